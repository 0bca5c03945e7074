// The clouds as a command: what is where, why, and what a change would make of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/experiment/cloud_report.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct CloudArguments {
  std::string scenario = "quickstart", data, sharing, clouds, lang;
  experiment::CloudChange change;
  bool json = false;
};

constexpr const char* kExamples = R"(
Examples:
  ./citybrain cloud                                                    where quickstart's parts are
  ./citybrain cloud xiaoshan --clouds deploy/cloud/clouds.yaml         on nodes of three clouds
  ./citybrain cloud xiaoshan --clouds deploy/cloud/clouds.yaml --lose gov-1
  ./citybrain cloud xiaoshan --clouds deploy/cloud/clouds.yaml --move schema-registry --to government
  ./citybrain cloud hangzhou --sharing silo --json
Exit code 1 when something cannot be placed. The file's keys, the classes of data and the JSON are
in docs/cloud.md.
)";

/// Whether everything has its place.
Result<bool> work(const CloudArguments& a, Language language) {
  if (a.change.service.empty() != a.change.to.empty())
    return Error{"CB-USAGE-NODE", "a service moves to a cloud",
                 a.change.to.empty() ? "--move" : "--to",
                 "--move SERVICE --to government|commercial|civilian"};
  CITYBRAIN_ASSIGN(home, experiment::home());
  CITYBRAIN_ASSIGN(catalog, catalog::Catalog::load(home / "schemas" / "contracts"));
  experiment::ScenarioRequest request;
  request.name_or_path = a.scenario;
  request.data = a.data;
  request.clouds = a.clouds;
  CITYBRAIN_ASSIGN(scenario, experiment::load_scenario(request, home));
  CITYBRAIN_ASSIGN(world, experiment::build_world(scenario, true));
  CITYBRAIN_ASSIGN(plan, experiment::cloud_plan(scenario, *world.network, catalog,
                                                experiment::clouds_of(scenario), a.sharing));
  CITYBRAIN_ASSIGN(view, experiment::cloud_view(scenario, std::move(plan), a.change, a.sharing));
  fmt::print("{}", a.json ? experiment::cloud_json(view, catalog) + "\n"
                          : experiment::cloud_text(view, catalog, language));
  return !view.error.has_value();
}

int execute(const CloudArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = work(a, *lang);
  if (!done) return fail(done.error(), *lang);
  return *done ? 0 : 1;
}

}  // namespace

std::function<int()> add_cloud(CLI::App& app) {
  auto a = std::make_shared<CloudArguments>();
  auto* command = app.add_subcommand(
      "cloud", "Which node of which cloud holds which district and service, and why");
  command
      ->add_option("SCENARIO", a->scenario,
                   "a name in scenarios/library, a scenario.yaml, or its folder")
      ->capture_default_str();
  command->add_option("--data", a->data, "folder with the scenario's city files");
  command->add_option("--sharing", a->sharing,
                      "mode whose grants say which data flow to districts; default the scenario's");
  command->add_option("--clouds", a->clouds,
                      "file that registers nodes and services; default the scenario's, or one node "
                      "of the government cloud");
  command
      ->add_option("--lose", a->change.lost,
                   "show what moves when this node is lost; may be repeated")
      ->allow_extra_args(false);
  command->add_option("--move", a->change.service, "show what moves when this service ...");
  command->add_option("--to", a->change.to,
                      "... goes to this cloud: government, commercial, civilian");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
