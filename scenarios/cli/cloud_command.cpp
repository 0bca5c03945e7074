// The clouds as a command: what is where, why, and what a change would make of it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/run_log.h"
#include "scenarios/experiment/cloud_record.h"
#include "scenarios/experiment/cloud_report.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct CloudArguments {
  std::string scenario = "quickstart", data, sharing, clouds, lang;
  std::string network = "embedded", network_config;
  experiment::CloudChange change;
  bool json = false;
};

constexpr const char* kCloudExamples = R"(
Examples:
  ./citybrain cloud                                                    where quickstart's parts are
  ./citybrain cloud xiaoshan --clouds deploy/cloud/clouds.yaml         on nodes of three clouds
  ./citybrain cloud xiaoshan --clouds deploy/cloud/clouds.yaml --lose gov-1
  ./citybrain cloud xiaoshan --clouds deploy/cloud/clouds.yaml --move schema-registry --to government
  ./citybrain cloud hangzhou --sharing silo --json
  ./citybrain cloud runs/xiaoshan                                      what a run said of its nodes
  ./citybrain cloud --network kafka:localhost:9092/tuesday             of one on Kafka
Exit code 1 when something cannot be placed. The file's keys, the classes of data and the JSON are
in docs/cloud.md.
)";

/// What a run said: in its folder, or in its topics on Kafka.
Result<bool> show_run(const CloudArguments& a, Language language) {
  if (a.change.any() || !a.clouds.empty() || !a.sharing.empty())
    return Error{"CB-USAGE-NODE", "a run is shown as it was", a.scenario,
                 "ask a scenario for --clouds, --sharing, --lose and --move"};
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.network_config));
  CITYBRAIN_ASSIGN(log, kafka ? open_registry_log(std::move(*kafka)) : open_run_log(a.scenario));
  CITYBRAIN_ASSIGN(said, cloud::CloudReader::open(*log));
  if (said.nodes().empty())
    return Error{"CB-CLOUD-SERVICE", "this run said nothing of clouds", a.scenario,
                 "run it with --clouds FILE"};
  fmt::print("{}", a.json ? experiment::cloud_run_json(said) + "\n"
                          : experiment::cloud_run_text(said, language));
  return true;
}

/// Whether everything has its place.
Result<bool> work(const CloudArguments& a, Language language) {
  if (a.network != "embedded" ||
      std::filesystem::exists(std::filesystem::path(a.scenario) / "run.json"))
    return show_run(a, language);
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
  command->add_option("--network", a->network,
                      "kafka:HOST:PORT/PREFIX: what the run said whose topics are there");
  command->add_option("--network-config", a->network_config,
                      "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  command
      ->add_option("SCENARIO", a->scenario,
                   "a name in scenarios/library, a scenario.yaml, or its folder; or the folder of "
                   "a run, for what it said of its nodes")
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
  command->footer(kCloudExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
