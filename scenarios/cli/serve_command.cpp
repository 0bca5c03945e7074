#include "scenarios/cli/serve_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <memory>
#include <optional>
#include <thread>

#include "hub/api/registry_service.h"
#include "hub/api/wire.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/run_log.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct ServeArguments {
  std::string run, listen = "127.0.0.1:0", advertise, registry, lang;
};

constexpr const char* kServeExamples = R"(
Examples:
  ./citybrain run quickstart --out runs/quickstart
  ./citybrain network serve runs/quickstart --listen 127.0.0.1:9092 --registry 127.0.0.1:8081
  kcat -b 127.0.0.1:9092 -L                                        the topics
  kcat -b 127.0.0.1:9092 -C -t hub.commands -o beginning -e -f '%T %k %h\n'
docs/network.md has more, also for confluent-kafka and kafkajs.
)";

struct Place {
  std::string host;
  std::uint16_t port = 0;
};

Result<Place> place_of(const std::string& text, const char* option) {
  const auto colon = text.rfind(':');
  std::uint16_t port = 0;
  const char* last = text.data() + text.size();
  const auto [end, ec] = colon == std::string::npos
                             ? std::from_chars_result{last, std::errc::invalid_argument}
                             : std::from_chars(text.data() + colon + 1, last, port);
  if (ec != std::errc{} || end != last || colon == 0)
    return Error{"CB-USAGE-LISTEN", fmt::format("expected HOST:PORT, found \"{}\"", text), option,
                 "for example 127.0.0.1:9092; port 0 is any free one"};
  auto host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  return Place{host, port};
}

/// A registry on the run's own log, served on a thread of its own.
class RegistryBeside {
 public:
  static Result<std::unique_ptr<RegistryBeside>> start(network::Log& log, const Place& at) {
    auto out = std::unique_ptr<RegistryBeside>(new RegistryBeside);
    CITYBRAIN_ASSIGN(storage, registry::on_log(log));
    CITYBRAIN_ASSIGN(opened, registry::Registry::open(std::move(storage)));
    out->registry_.emplace(std::move(opened));
    api::ServerOptions options;
    options.address = at.host;
    options.port = at.port;
    auto* registry = &*out->registry_;
    CITYBRAIN_ASSIGN(server, api::Server::listen(options, [registry](const api::Request& request) {
                       return api::answer(*registry, request);
                     }));
    out->server_.emplace(std::move(server));
    out->thread_ = std::thread([server = &*out->server_] { server->serve(false); });
    return out;
  }
  ~RegistryBeside() {
    if (server_) server_->stop();
    if (thread_.joinable()) thread_.join();
  }
  std::uint16_t port() const { return server_->port(); }

 private:
  RegistryBeside() = default;
  std::optional<registry::Registry> registry_;
  std::optional<api::Server> server_;
  std::thread thread_;
};

Result<void> serve(const ServeArguments& a, Language language) {
  CITYBRAIN_ASSIGN(at, place_of(a.listen, "--listen"));
  api::WireOptions options;
  options.address = at.host;
  options.port = at.port;
  if (!a.advertise.empty()) {
    CITYBRAIN_ASSIGN(told, place_of(a.advertise, "--advertise"));
    options.advertised_host = told.host;
    options.advertised_port = told.port;
  }
  std::optional<Place> beside;
  if (!a.registry.empty()) {
    CITYBRAIN_ASSIGN(place, place_of(a.registry, "--registry"));
    beside = place;
  }
  CITYBRAIN_ASSIGN(log, open_run_log(a.run));
  CITYBRAIN_ASSIGN(server, api::WireServer::listen(options, *log));
  std::unique_ptr<RegistryBeside> registry;
  if (beside) {
    CITYBRAIN_ASSIGN(started, RegistryBeside::start(*log, *beside));
    registry = std::move(started);
  }
  const bool zh = language == Language::kChinese;
  fmt::print(fmt::runtime(zh ? "Kafka 协议(只读):{}:{}(按 Ctrl-C 结束)\n"
                             : "Kafka's protocol, read-only, at {}:{} (Ctrl-C ends it)\n"),
             at.host, server.port());
  if (registry)
    fmt::print(
        fmt::runtime(zh ? "模式注册中心 http://{}:{}\n" : "schema registry at http://{}:{}\n"),
        beside->host, registry->port());
  std::fflush(stdout);
  server.serve(true);
  return {};
}

struct TopicsArguments {
  LogArguments log;
  std::string lang;
};

Result<void> print_topics(const TopicsArguments& a) {
  CITYBRAIN_ASSIGN(log, open_log(a.log));
  CITYBRAIN_ASSIGN(all, topics_by_name(*log));
  for (const auto& topic : all) {
    std::uint64_t n = 0;  // every record is read, as our own readers do it
    CITYBRAIN_TRY(visit_records(*log, topic, [&](network::Partition, const auto&) { ++n; }));
    fmt::print("{} {}\n", topic.name, n);
  }
  return {};
}

}  // namespace

std::function<int()> add_network_topics(CLI::App& group) {
  auto a = std::make_shared<TopicsArguments>();
  auto* command = group.add_subcommand("topics", "The topics of a run and their records, counted");
  add_log_options(*command, a->log);
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  return [a] {
    const auto lang = language(a->lang);
    if (!lang) return fail(lang.error(), Language::kEnglish);
    const auto done = print_topics(*a);
    return done ? 0 : fail(done.error(), *lang);
  };
}

std::function<int()> add_network_serve(CLI::App& group) {
  auto a = std::make_shared<ServeArguments>();
  auto* command = group.add_subcommand(
      "serve", "Let Kafka's clients (kcat, confluent-kafka, kafkajs) read a run's embedded log");
  command->add_option("RUN", a->run, "folder of a run that is over, as `run --out` made it")
      ->required();
  command->add_option("--listen", a->listen, "HOST:PORT to serve on; port 0: any free one")
      ->capture_default_str();
  command->add_option("--advertise", a->advertise,
                      "HOST:PORT that clients are told to connect to; default: where they came in");
  command->add_option("--registry", a->registry,
                      "HOST:PORT for the run's schema registry; default: none");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kServeExamples);
  return [a] {
    const auto lang = language(a->lang);
    if (!lang) return fail(lang.error(), Language::kEnglish);
    const auto done = serve(*a, *lang);
    return done ? 0 : fail(done.error(), *lang);
  };
}

}  // namespace citybrain::cli
