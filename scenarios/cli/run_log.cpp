#include "scenarios/cli/run_log.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>

#include "hub/runtime/files.h"
#include "scenarios/cli/options.h"

namespace citybrain::cli {

using model::Error;
using model::Result;

namespace {

constexpr const char* kNoRun = "CB-INPUT-RUN";

struct Run {
  std::string identity;
  std::string prefix;  ///< of its topics on Kafka; empty: embedded
};

Result<Run> run_of(const std::filesystem::path& folder) {
  CITYBRAIN_ASSIGN(text, runtime::read_file(folder / "run.json", kNoRun));
  boost::json::error_code ec;
  const auto marker = boost::json::parse(text, ec);
  const auto* object = ec ? nullptr : marker.if_object();
  const auto word = [&](const char* key) {
    const auto* v = object == nullptr ? nullptr : object->if_contains(key);
    return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
  };
  Run out{word("identity"), word("kafka_prefix")};
  if (out.identity.empty())
    return Error{kNoRun, "this is no folder of a run", folder.string(),
                 "name the folder that `run --out` made"};
  return out;
}

}  // namespace

Result<std::unique_ptr<network::Log>> open_run_log(const std::filesystem::path& folder) {
  CITYBRAIN_ASSIGN(run, run_of(folder));
  if (!run.prefix.empty())
    return Error{kNoRun, "the log of this run is on Kafka (topics " + run.prefix + ".*)",
                 folder.string(), "read it at its broker; --network kafka:HOST:PORT/" + run.prefix};
  network::EmbeddedOptions options;
  options.directory = folder / "log";
  options.identity = run.identity;
  return network::open_embedded(options);
}

Result<std::unique_ptr<network::Log>> open_registry_log(network::KafkaOptions options) {
  if (options.prefix.empty()) {
    options.prefix = "registry";
    options.identity = "a schema registry";
  }
  return network::open_kafka(options);
}

void add_log_options(CLI::App& command, LogArguments& a) {
  auto* run = command.add_option("RUN", a.run, "folder of a run that is over");
  command.add_option("--network", a.network, "kafka:HOST:PORT/PREFIX: a run on Kafka")
      ->excludes(run);
  command.add_option("--network-config", a.network_config,
                     "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
}

Result<std::unique_ptr<network::Log>> open_log(const LogArguments& a) {
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.network_config));
  if (a.run.empty() == !kafka || (kafka && kafka->prefix.empty()))
    return Error{"CB-USAGE-NETWORK", "expected a run's folder, or where it is on Kafka", "RUN",
                 "name the folder, or --network kafka:HOST:PORT/PREFIX"};
  return kafka ? network::open_kafka(*kafka) : open_run_log(a.run);
}

Result<std::vector<network::TopicSpec>> topics_by_name(network::Log& log) {
  CITYBRAIN_ASSIGN(all, log.topics());
  std::sort(all.begin(), all.end(), [](auto& x, auto& y) { return x.name < y.name; });
  return std::move(all);
}

Result<void> visit_records(network::Log& log, const network::TopicSpec& topic,
                           const RecordVisit& visit) {
  constexpr std::size_t kBatch = 1024;
  for (network::Partition p = 0; p < topic.partitions; ++p) {
    CITYBRAIN_ASSIGN(begin, log.begin(topic.name, p));
    CITYBRAIN_ASSIGN(cursor, log.cursor(topic.name, p, begin));
    for (;;) {
      CITYBRAIN_ASSIGN(records, cursor->poll(kBatch));
      if (records.empty()) break;
      for (const auto& r : records) visit(p, r);
    }
  }
  return {};
}

}  // namespace citybrain::cli
