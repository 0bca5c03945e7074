#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "hub/network/access_rules.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/serve_command.h"
#include "scenarios/experiment/access_list.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct AccessArguments {
  std::string scenario, data, sharing, config, lang;
  std::string network = "embedded";
  bool apply = false;
  bool json = false;
};

constexpr const char* kExamples = R"(
Examples:
  ./citybrain network acls quickstart                          who may read and write what
  ./citybrain network acls quickstart --sharing silo           without sharing
  ./citybrain network acls quickstart --network kafka:localhost:9092/monday \
      --network-config admin.properties --apply                set them at the broker
docs/kafka.md says what the users are called and how a broker is told to ask for passwords.
)";

void print(const network::AccessChange& change, Language language) {
  fmt::print(stderr,
             fmt::runtime(language == Language::kChinese
                              ? "citybrain: 访问控制列表:新增 {},删除 {},保留 {}\n"
                              : "citybrain: access lists: {} added, {} removed, {} kept\n"),
             change.added, change.removed, change.kept);
}

Result<void> work(const AccessArguments& a, Language language) {
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.config));
  if (a.apply && !kafka)
    return Error{"CB-USAGE-NETWORK", "--apply needs a broker", "--network",
                 "kafka:HOST:PORT[/PREFIX]"};
  CITYBRAIN_ASSIGN(home, experiment::home());
  CITYBRAIN_ASSIGN(catalog, catalog::Catalog::load(home / "schemas" / "contracts"));
  experiment::ScenarioRequest request;
  request.name_or_path = a.scenario;
  request.data = a.data;
  CITYBRAIN_ASSIGN(scenario, experiment::load_scenario(request, home));
  const std::string prefix = kafka ? kafka->prefix : "";
  CITYBRAIN_ASSIGN(rules, experiment::access_list(scenario, a.sharing, catalog, prefix));
  if (a.apply) {
    const auto ours = [&](const network::AccessRule& r) {
      return experiment::is_of_access_lists(r, prefix);
    };
    network::AccessTarget target;
    target.brokers = kafka->brokers;
    for (const auto& p : kafka->properties) target.properties.emplace_back(p.key, p.value);
    CITYBRAIN_ASSIGN(change, network::apply_access_rules(target, rules, ours));
    print(change, language);
  }
  fmt::print("{}", a.json ? experiment::access_json(rules) + "\n" : experiment::access_text(rules));
  return {};
}

int execute(const AccessArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = work(a, *lang);
  return done ? 0 : fail(done.error(), *lang);
}

}  // namespace

std::function<int()> add_network(CLI::App& app) {
  auto a = std::make_shared<AccessArguments>();
  auto* group = app.add_subcommand("network", "Who may use the network, and how others read a run");
  group->require_subcommand(1);
  auto* command = group->add_subcommand(
      "acls", "Print the access lists that follow from a scenario's grants, or set them");
  command
      ->add_option("SCENARIO", a->scenario,
                   "a name in scenarios/library, a scenario.yaml, or its folder")
      ->required();
  command->add_option("--data", a->data, "folder with the scenario's city files");
  command->add_option("--sharing", a->sharing, "mode whose grants count; default the scenario's");
  command->add_option("--network", a->network,
                      "kafka:HOST:PORT[,HOST:PORT...][/PREFIX]: the broker, and what stands before "
                      "the topics' names");
  command->add_option("--network-config", a->config,
                      "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  command->add_flag("--apply", a->apply,
                    "set them at the broker, and remove ours that no grant asks for");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kExamples);
  auto serve = add_network_serve(*group);
  auto topics = add_network_topics(*group);
  return [=] {
    if (command->parsed()) return execute(*a);
    return group->got_subcommand("serve") ? serve() : topics();
  };
}

}  // namespace citybrain::cli
