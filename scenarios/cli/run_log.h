// The log of a run that is over, opened for whoever looks in: readers, a registry. Errors:
// CB-INPUT-RUN (no folder of a run, or no run on Kafka with that prefix), CB-NETWORK-*.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hub/model/result.h"
#include "hub/network/kafka.h"
#include "hub/network/network.h"

namespace citybrain::cli {

/// The embedded log in the folder that `run --out` made. Nobody else may have it open.
model::Result<std::unique_ptr<network::Log>> open_run_log(const std::filesystem::path& run);

/// The topics of a registry on Kafka: with a prefix those of the run that is there, without one a
/// registry's own (prefix "registry"), made when they are not there.
model::Result<std::unique_ptr<network::Log>> open_registry_log(network::KafkaOptions options);

}  // namespace citybrain::cli
