#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>

#include "hub/network/access_rules.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/read_command.h"
#include "scenarios/cli/serve_command.h"
#include "scenarios/cli/truncate_command.h"
#include "scenarios/experiment/access_list.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/trace_walk.h"

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

struct TraceArguments {
  std::string run, command, config, lang;
  std::string network = "embedded";
  bool json = false;
};

constexpr const char* kTraceExamples = R"(
Examples:
  ./citybrain network trace runs/quickstart-hub-seed-1                    which commands there are
  ./citybrain network trace runs/quickstart-hub-seed-1 9c1d0a6b2f3e4d58
  ./citybrain network trace runs/lab1 9c1d0a6b2f3e4d58 --network kafka:localhost:9092
docs/network.md says which record is a cause, and how kcat and grep find the same.
)";

constexpr const char* kNetworkExamples = R"(
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

/// What librdkafka cannot set, as lines for Kafka's own tool.
void print_rest(const std::vector<network::AccessRule>& rules, const std::string& brokers,
                Language language) {
  fmt::print(stderr, "{}",
             language == Language::kChinese
                 ? "citybrain: 事务标识的权限只能用 Kafka 自带工具设置:\n"
                 : "citybrain: rights for transactional ids need Kafka's own tool:\n");
  for (auto at = rules.begin(); at != rules.end();) {
    const auto end = std::find_if(at, rules.end(), [&](const network::AccessRule& r) {
      return r.resource != at->resource || r.name != at->name || r.principal != at->principal;
    });
    if (at->resource == network::AccessResource::kTransaction)
      fmt::print(stderr, "  {}\n", network::tool_line({at, end}, brokers));
    at = end;
  }
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
    print_rest(rules, kafka->brokers, language);
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

Result<void> trace(const TraceArguments& a, Language language) {
  std::uint64_t command = 0;
  if (!a.command.empty()) {
    CITYBRAIN_ASSIGN(id, experiment::parse_command_id(a.command));
    command = id;
  }
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.config));
  CITYBRAIN_ASSIGN(log, experiment::open_past_log(a.run, kafka));
  if (a.command.empty()) {
    CITYBRAIN_ASSIGN(commands, experiment::commands_of(*log));
    fmt::print("{}", experiment::commands_text(commands));
    return {};
  }
  CITYBRAIN_ASSIGN(chain, experiment::follow(*log, command));
  fmt::print("{}", a.json ? experiment::chain_json(chain) + "\n"
                          : experiment::chain_text(chain, language));
  return {};
}

int execute(const TraceArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = trace(a, *lang);
  return done ? 0 : fail(done.error(), *lang);
}

CLI::App* add_trace(CLI::App& group, TraceArguments& a) {
  auto* command = group.add_subcommand(
      "trace", "Walk from a command to the records that caused it, and to its acknowledgement");
  command->add_option("RUN", a.run, "folder of a run")->required();
  auto* id = command->add_option("COMMAND-ID", a.command,
                                 "ce_id of a record of hub.commands; without it: a line a command");
  command->add_option("--network", a.network, "kafka:HOST:PORT: where the run's topics are");
  command->add_option("--network-config", a.config,
                      "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  command->add_flag("--json", a.json, "print JSON to standard output, and nothing else there")
      ->needs(id);
  command->add_option("--lang", a.lang, "en or zh; default from the locale");
  command->footer(kTraceExamples);
  return command;
}

}  // namespace

std::function<int()> add_network(CLI::App& app) {
  auto a = std::make_shared<AccessArguments>();
  auto* group =
      app.add_subcommand("network",
                         "The network: who may use it, how others read a run, what caused "
                         "a command, and how much of a log may go");
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
  command->footer(kNetworkExamples);
  auto t = std::make_shared<TraceArguments>();
  const auto* traces = add_trace(*group, *t);
  auto serve = add_network_serve(*group);
  auto topics = add_network_topics(*group);
  auto read = add_network_read(*group);
  auto truncate = add_network_truncate(*group);
  return [=] {
    if (traces->parsed()) return execute(*t);
    if (command->parsed()) return execute(*a);
    if (group->got_subcommand("read")) return read();
    if (group->got_subcommand("truncate")) return truncate();
    return group->got_subcommand("serve") ? serve() : topics();
  };
}

}  // namespace citybrain::cli
