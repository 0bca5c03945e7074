// The schema registry as a command: serve one, or check a schema against it before it is published.
#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>

#include "hub/api/registry_service.h"
#include "hub/registry/errors.h"
#include "hub/registry/own.h"
#include "hub/runtime/files.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/metrics_options.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/run_log.h"
#include "scenarios/cli/stable_service.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct RegistryArguments {
  std::string run, address = "127.0.0.1", lang;
  std::string network = "embedded", network_config;
  std::uint16_t port = 8081;
  bool validate_defaults = false, empty = false;
  std::string file, subject, level;
  bool json = false;
  MetricsOptions metrics;
  StableOptions stable;
  bool front = false;
};

constexpr const char* kRegistryExamples = R"(
Examples:
  ./citybrain registry --port 8081                        the program's own schemas, in memory
  ./citybrain registry --run runs/quickstart --port 0     those of a run, on any free port
  ./citybrain registry --network kafka:localhost:9092/tuesday   those of a run on Kafka
  ./citybrain registry --network kafka:localhost:9092     kept on a topic of Kafka's
  ./citybrain registry --empty                            for programs of your own
  ./citybrain registry --network kafka:localhost:9092 --port 0 --node com-1 \
      --clouds deploy/cloud/clouds.yaml                   on a node of a cloud
  ./citybrain registry front --network kafka:localhost:9092   its address that stays
  curl http://127.0.0.1:8081/subjects
  ./citybrain registry check new.proto --subject traffic_police.video_flow-value
The interface is Confluent's; docs/schema-registry.md says what is checked.
)";

/// A registry and the log below it, which must outlive it.
struct Opened {
  std::unique_ptr<network::Log> log;
  std::unique_ptr<registry::Registry> registry;
};

/// Of a registry that may not be the only one on its topic: nobody else appends under this name.
std::string own_name() {
  const auto began = std::chrono::system_clock::now().time_since_epoch();
  return fmt::format("hub/registry/{}-{}", getpid(),
                     std::chrono::duration_cast<std::chrono::milliseconds>(began).count());
}

Result<Opened> open(const RegistryArguments& a) {
  Opened out;
  std::unique_ptr<registry::Storage> storage = registry::in_memory();
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.network_config));
  const bool of_run = !a.run.empty() || (kafka && !kafka->prefix.empty());
  if (!a.run.empty()) {
    CITYBRAIN_ASSIGN(log, open_run_log(a.run));
    out.log = std::move(log);
  } else if (kafka) {
    CITYBRAIN_ASSIGN(log, open_registry_log(std::move(*kafka)));
    out.log = std::move(log);
  }
  if (out.log) {
    CITYBRAIN_ASSIGN(on_log, registry::on_log(*out.log, kafka ? own_name() : std::string()));
    storage = std::move(on_log);
  }
  CITYBRAIN_ASSIGN(opened, registry::Registry::open(std::move(storage), {a.validate_defaults}));
  out.registry = std::make_unique<registry::Registry>(std::move(opened));
  if (!of_run && !a.empty) CITYBRAIN_TRY(registry::register_own(*out.registry));
  return out;
}

/// The stable address: hands on to whichever registry says on Kafka that it answers.
Result<void> serve_front(const RegistryArguments& a, Language language) {
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.network_config));
  if (!kafka)
    return Error{"CB-USAGE-NETWORK", "registries that move say on Kafka where they are",
                 "--network", "--network kafka:HOST:PORT"};
  CITYBRAIN_ASSIGN(log, open_registry_log(std::move(*kafka)));
  api::ServerOptions options;
  options.address = a.address;
  options.port = a.port;
  CITYBRAIN_ASSIGN(server, stable_front(*log, a.stable.service, options));
  fmt::print(fmt::runtime(language == Language::kChinese
                              ? "模式注册中心的固定地址 http://{}:{}(按 Ctrl-C 结束)\n"
                              : "stable address of the registry: http://{}:{} (Ctrl-C ends it)\n"),
             a.address, server.port());
  std::fflush(stdout);
  server.serve(true);
  return {};
}

Result<void> serve(const RegistryArguments& a, Language language) {
  CITYBRAIN_ASSIGN(opened, open(a));
  api::ServerOptions options;
  options.address = a.address;
  options.port = a.port;
  CITYBRAIN_ASSIGN(metrics, MetricsOutput::start(a.metrics));
  CITYBRAIN_ASSIGN(server, api::Server::listen(options, [&](const api::Request& request) {
                     auto reply = api::answer(*opened.registry, request);
                     if (metrics.wanted())
                       metrics.metrics()
                           .counter("citybrain_registry_requests_total",
                                    "Requests answered, by HTTP status",
                                    {{"status", std::to_string(reply.status)}})
                           .add();
                     return reply;
                   }));
  std::optional<StableService> stable;
  if (opened.log && a.run.empty() && !a.stable.node.empty()) {
    CITYBRAIN_ASSIGN(
        begun, StableService::begin(*opened.log, a.stable,
                                    fmt::format("{}:{}", a.address, server.port()), own_name()));
    stable.emplace(std::move(begun));
  }
  fmt::print(fmt::runtime(language == Language::kChinese
                              ? "模式注册中心 http://{}:{}(按 Ctrl-C 结束)\n"
                              : "schema registry at http://{}:{} (Ctrl-C ends it)\n"),
             a.address, server.port());
  std::fflush(stdout);
  server.serve(true);
  if (stable) CITYBRAIN_TRY(stable->end());
  return metrics.finish();
}

Result<registry::Language> language_of_file(const std::string& file) {
  const auto ending = std::filesystem::path(file).extension();
  if (ending == ".proto") return registry::Language::kProtobuf;
  if (ending == ".avsc") return registry::Language::kAvro;
  if (ending == ".json") return registry::Language::kJson;
  return Error{"CB-INPUT-SCHEMA", "the language of the schema cannot be told from the file's name",
               file, "name it .proto, .avsc or .json"};
}

/// Exit code 0 compatible, 1 not.
Result<int> check(const RegistryArguments& a, Language language) {
  CITYBRAIN_ASSIGN(kind, language_of_file(a.file));
  CITYBRAIN_ASSIGN(text, runtime::read_file(a.file, "CB-INPUT-SCHEMA"));
  CITYBRAIN_ASSIGN(opened, open(a));
  if (!a.level.empty()) {
    registry::Config change;
    const auto level = registry::level_of(a.level);
    if (!level)
      return Error{"CB-USAGE-LEVEL", "unknown level " + a.level, "--level",
                   "NONE, BACKWARD, FORWARD, FULL, or one with _TRANSITIVE"};
    change.level = *level;
    if (a.run.empty()) CITYBRAIN_TRY(opened.registry->set_config(a.subject, change));
  }
  const auto why = opened.registry->incompatibilities(a.subject, {kind, text, {}, nullptr, nullptr},
                                                      std::nullopt, false);
  if (!why && registry::number_of(why.error()) == 42201)
    return Error{"CB-INPUT-SCHEMA", why.error().what, a.file, ""};
  if (!why) return why.error();
  if (a.json) {
    boost::json::array messages(why->begin(), why->end());
    fmt::print("{}\n", boost::json::serialize(boost::json::object{{"is_compatible", why->empty()},
                                                                  {"messages", messages}}));
    return why->empty() ? 0 : 1;
  }
  const bool zh = language == Language::kChinese;
  if (why->empty())
    fmt::print(fmt::runtime(zh ? "{}:与主题 {} 兼容\n" : "{}: compatible with subject {}\n"),
               a.file, a.subject);
  else
    fmt::print(fmt::runtime(zh ? "{}:与主题 {} 不兼容\n" : "{}: incompatible with subject {}\n"),
               a.file, a.subject);
  for (const auto& m : *why) fmt::print("  {}\n", m);
  return why->empty() ? 0 : 1;
}

int execute(const RegistryArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  if (a.file.empty()) {
    const auto done = a.front ? serve_front(a, *lang) : serve(a, *lang);
    return done ? 0 : fail(done.error(), *lang);
  }
  const auto done = check(a, *lang);
  return done ? *done : fail(done.error(), *lang);
}

}  // namespace

std::function<int()> add_registry(CLI::App& app) {
  auto a = std::make_shared<RegistryArguments>();
  auto* command = app.add_subcommand("registry", "Serve the schema registry, or check a schema");
  command->add_option("--port", a->port, "port to serve on; 0: any free one")
      ->capture_default_str();
  command->add_option("--address", a->address, "address to serve on")->capture_default_str();
  command->add_option("--run", a->run,
                      "folder of a finished run, whose registry is served and kept; default: the "
                      "program's own schemas, in memory");
  command
      ->add_option("--network", a->network,
                   "kafka:HOST:PORT/PREFIX: those of a run on Kafka; without /PREFIX: the "
                   "program's own, on the topic registry._schemas")
      ->excludes(command->get_option("--run"));
  command->add_option("--network-config", a->network_config,
                      "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  command->add_flag("--empty", a->empty, "begin with no schema at all, for programs of your own")
      ->excludes(command->get_option("--run"));
  command->add_flag("--validate-defaults", a->validate_defaults,
                    "refuse Avro defaults that are no value of their type");
  command->add_option("--node", a->stable.node,
                      "on Kafka: the cloud's node that this one stands on; with it the registry "
                      "says that it answers, and `registry front` finds it");
  command->add_option("--clouds", a->stable.clouds,
                      "file that registers the node; default: one node of the government cloud");
  command->add_option("--advertise", a->stable.advertise,
                      "on Kafka: HOST:PORT where others reach it; default: where it listens");
  add_metrics(*command, a->metrics);
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kRegistryExamples);
  auto* front = command->add_subcommand(
      "front", "The registry's stable address: hands requests on to the one that answers now");
  front->add_option("--port", a->port, "port to serve on; 0: any free one")->capture_default_str();
  front->add_option("--address", a->address, "address to serve on")->capture_default_str();
  front->add_option("--network", a->network, "kafka:HOST:PORT[/PREFIX], as the registries have it");
  front->add_option("--network-config", a->network_config,
                    "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  front->add_option("--service", a->stable.service, "its name on the clouds")
      ->capture_default_str();
  front->add_option("--lang", a->lang, "en or zh; default from the locale");
  front->callback([a] { a->front = true; });
  auto* check = command->add_subcommand("check", "May this schema be a subject's next version?");
  check->add_option("FILE", a->file, "a schema: .proto, .avsc (Avro) or .json (JSON Schema)")
      ->required();
  check->add_option("--subject", a->subject, "e.g. traffic_police.video_flow-value")->required();
  check->add_option("--run", a->run, "folder of a run; default: the program's own schemas");
  auto* level = check->add_option(
      "--level", a->level, "NONE, BACKWARD (the default), FORWARD, FULL, or one with _TRANSITIVE");
  level->excludes(check->get_option("--run"));  // a run's own configuration holds
  check->add_option("--lang", a->lang, "en or zh; default from the locale");
  check->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
