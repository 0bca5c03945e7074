// What keeping lineage and the audit chain costs the hub: one run's log is worked off again and
// again by the hub alone, with and without them, by turns; it publishes into a log and commits to a
// store of its own each time. CPU time of the whole process. Errors as run() and PastHub have them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

struct LineageBenchOptions {
  ScenarioRequest scenario;
  std::uint32_t horizon_s = 600;
  std::uint32_t pairs = 7;
  std::function<void(double fraction)> progress;
  const std::atomic<bool>* stop = nullptr;
};

/// CPU seconds of each round, in order.
struct HubCost {
  std::string name;  ///< "neither", "lineage", "audit", "both"
  std::vector<double> cpu_s;
};

struct LineageBench {
  std::uint64_t records = 0, observations = 0, commands = 0;
  std::uint32_t steps = 0;
  std::vector<HubCost> costs;  ///< "neither" first

  struct Ratio {
    double least = 0, median = 0, most = 0;
  };
  /// Throughput of costs[i] over that of "neither", round by round: 0.95 is a cost of 5%.
  Ratio throughput(std::size_t i) const;
};

model::Result<LineageBench> bench_lineage(const LineageBenchOptions& options);

}  // namespace citybrain::experiment
