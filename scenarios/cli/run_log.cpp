#include "scenarios/cli/run_log.h"

#include <boost/json.hpp>

#include "hub/runtime/files.h"

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

}  // namespace citybrain::cli
