// The log of a run that is over, opened for whoever looks in: readers, a registry. Errors:
// CB-INPUT-RUN (no folder of a run, or no run on Kafka with that prefix), CB-USAGE-NETWORK,
// CB-NETWORK-*.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/network/kafka.h"
#include "hub/network/network.h"

namespace CLI {
class App;
}

namespace citybrain::cli {

/// The embedded log in the folder that `run --out` made. Nobody else may have it open.
model::Result<std::unique_ptr<network::Log>> open_run_log(const std::filesystem::path& run);

/// The topics of a registry on Kafka: with a prefix those of the run that is there, without one a
/// registry's own (prefix "registry"), made when they are not there.
model::Result<std::unique_ptr<network::Log>> open_registry_log(network::KafkaOptions options);

/// Which log a command reads: a run's folder, or where its topics are on Kafka.
struct LogArguments {
  std::string run, network = "embedded", network_config;
};
void add_log_options(CLI::App& command, LogArguments& a);
model::Result<std::unique_ptr<network::Log>> open_log(const LogArguments& a);

model::Result<std::vector<network::TopicSpec>> topics_by_name(network::Log& log);
/// Every record of a topic, by partition and position.
using RecordVisit = std::function<void(network::Partition, const network::RecordView&)>;
model::Result<void> visit_records(network::Log& log, const network::TopicSpec& topic,
                                  const RecordVisit& visit);

}  // namespace citybrain::cli
