// Options that several commands share, and how the command line becomes a scenario. Errors
// CB-USAGE-*, CB-INPUT-*.
#pragma once

#include <CLI/App.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/model/result.h"
#include "hub/network/kafka.h"
#include "hub/network/network.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::cli {

struct CommonOptions {
  std::string scenario;
  std::string data;
  std::string roadnet;
  std::string flow;
  std::vector<std::string> settings;
  std::string horizon;
  std::string policy;
  std::string clouds;  ///< file of clouds and nodes instead of the scenario's
  std::string network = "embedded";
  std::string network_config;
  std::string fsync = "group:100ms";
  std::string out;
  std::string lang;
  bool resume = false;
  bool lenient = false;
  bool json = false;
  bool no_progress = false;
};

enum class ScenarioIs : std::uint8_t { kArgument, kOption };
void add_common(CLI::App& command, CommonOptions& options,
                ScenarioIs scenario = ScenarioIs::kArgument);

/// What the options name, loaded and checked.
struct Loaded {
  experiment::Scenario scenario;
  experiment::World world;
  catalog::Catalog catalog;
  network::Fsync fsync;
  std::optional<network::KafkaOptions> kafka;  ///< empty: embedded
  std::uint32_t horizon_s = 0;                 ///< 0: the scenario's
};
/// Which scenario the options name, and their settings.
model::Result<experiment::ScenarioRequest> request_of(const CommonOptions& options);
model::Result<Loaded> load(const CommonOptions& options);

/// --network and --network-config: "embedded" (nothing), or where Kafka is and its settings. Errors
/// CB-USAGE-NETWORK, CB-INPUT-NETCONFIG.
model::Result<std::optional<network::KafkaOptions>> parse_network(const std::string& network,
                                                                  const std::string& config);

/// "90", "90s", "15m", "1h", "1h30m" in seconds. Error CB-USAGE-HORIZON, which names the option.
model::Result<std::uint32_t> parse_duration(const std::string& text,
                                            const char* option = "--horizon");

}  // namespace citybrain::cli
