#include "scenarios/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

namespace citybrain::cli {

using model::Error;
using model::Result;

void add_common(CLI::App& command, CommonOptions& o, ScenarioIs scenario) {
  command
      .add_option(scenario == ScenarioIs::kArgument ? "SCENARIO" : "--scenario", o.scenario,
                  "a name in scenarios/library, a scenario.yaml, or its folder")
      ->required();
  command.add_option("--data", o.data, "folder with the scenario's city files");
  command.add_option(
      "--roadnet", o.roadnet,
      "road network: CityFlow's JSON (scenario cityflow) or SUMO's .net.xml (scenario sumo)");
  command.add_option(
      "--flow", o.flow,
      "vehicle flow: CityFlow's JSON (scenario cityflow) or SUMO's .rou.xml (scenario sumo)");
  command
      .add_option(
          "--set", o.settings,
          "KEY=VALUE: a parameter of the scenario, or any key by its dotted path; may be repeated")
      ->allow_extra_args(false);
  command.add_option("--horizon", o.horizon, "simulated time, e.g. 90s, 15m, 1h");
  command.add_option("--policy", o.policy, "policy of every desk instead of the scenario's");
  command.add_option("--clouds", o.clouds,
                     "file of clouds and nodes: hubs stand on nodes that may hold their districts");
  command
      .add_option("--network", o.network,
                  "where the log is: embedded, or kafka:HOST:PORT[,HOST:PORT...][/PREFIX] (the "
                  "topics' names begin with PREFIX)")
      ->capture_default_str();
  command.add_option("--network-config", o.network_config,
                     "file of librdkafka properties, key=value (TLS, SASL; docs/network.md)");
  command.add_option("--fsync", o.fsync, "when the log is synced: every-commit, group:100ms, os")
      ->capture_default_str();
  command.add_option("--out", o.out, "folder of the results");
  command.add_option("--lang", o.lang, "en or zh; default from the locale");
  command.add_flag("--resume", o.resume, "go on with the interrupted work in the --out folder");
  command.add_flag("--lenient", o.lenient,
                   "skip what is wrong in city files, with warnings, instead of refusing them");
  command.add_flag("--json", o.json,
                   "print the JSON report to standard output, and nothing else there");
  command.add_flag("--no-progress", o.no_progress, "no progress line");
}

Result<std::uint32_t> parse_duration(const std::string& text, const char* option) {
  const Error bad{
      "CB-USAGE-HORIZON",
      fmt::format("expected a time such as 90s, 15m or 1h30m (up to 7 days), found \"{}\"", text),
      option, ""};
  std::uint64_t total = 0, number = 0;
  bool digits = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
      digits = true;
      if (number > 10'000'000) return bad;
      continue;
    }
    const std::uint64_t unit = c == 'h' ? 3600 : c == 'm' ? 60 : c == 's' ? 1 : 0;
    if (unit == 0 || !digits) return bad;
    total += number * unit;
    number = 0;
    digits = false;
  }
  total += number;  // a bare number is seconds
  if (total == 0 || total > 7 * 86'400) return bad;
  return static_cast<std::uint32_t>(total);
}

Result<std::optional<network::KafkaOptions>> parse_network(const std::string& network,
                                                           const std::string& config) {
  constexpr std::string_view kKafka = "kafka:";
  if (network == "embedded") {
    if (config.empty()) return std::optional<network::KafkaOptions>();
    return Error{"CB-USAGE-NETWORK", "the embedded log has no settings of a network",
                 "--network-config", "use it with --network kafka:HOST:PORT"};
  }
  if (!network.starts_with(kKafka))
    return Error{"CB-USAGE-NETWORK",
                 fmt::format("expected embedded or kafka:HOST:PORT, found \"{}\"", network),
                 "--network", ""};
  CITYBRAIN_ASSIGN(address, network::KafkaAddress::parse(network.substr(kKafka.size())));
  network::KafkaOptions options;
  options.brokers = address.brokers;
  options.prefix = address.prefix;
  if (!config.empty()) {
    CITYBRAIN_ASSIGN(properties, network::read_kafka_properties(config));
    options.properties = std::move(properties);
  }
  return std::optional(std::move(options));
}

Result<experiment::ScenarioRequest> request_of(const CommonOptions& o) {
  experiment::ScenarioRequest request;
  request.name_or_path = o.scenario;
  request.data = o.data;
  request.roadnet = o.roadnet;
  request.flow = o.flow;
  request.clouds = o.clouds;
  for (const auto& s : o.settings) {
    const auto equals = s.find('=');
    if (equals == std::string::npos || equals == 0)
      return Error{"CB-USAGE-SET", fmt::format("expected KEY=VALUE, found \"{}\"", s), "--set",
                   "for example --set flow=2"};
    request.settings.emplace_back(s.substr(0, equals), s.substr(equals + 1));
  }
  return request;
}

Result<Loaded> load(const CommonOptions& o) {
  CITYBRAIN_ASSIGN(request, request_of(o));
  CITYBRAIN_ASSIGN(kafka, parse_network(o.network, o.network_config));
  CITYBRAIN_ASSIGN(fsync, network::Fsync::parse(o.fsync));
  std::uint32_t horizon_s = 0;
  if (!o.horizon.empty()) {
    CITYBRAIN_ASSIGN(seconds, parse_duration(o.horizon));
    horizon_s = seconds;
  }
  CITYBRAIN_ASSIGN(home, experiment::home());
  CITYBRAIN_ASSIGN(catalog, catalog::Catalog::load(home / "schemas" / "contracts"));
  CITYBRAIN_ASSIGN(scenario, experiment::load_scenario(request, home));
  CITYBRAIN_ASSIGN(world, experiment::build_world(scenario, o.lenient));
  return Loaded{std::move(scenario), std::move(world), std::move(catalog), fsync,
                std::move(kafka),    horizon_s};
}

}  // namespace citybrain::cli
