// The lock-step of one run: advance the city, let departments act and observe, let the hub do its
// Step; nobody passes what the hub has decided. Private to scenarios/experiment.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "connectors/connector.h"
#include "hub/node/node.h"
#include "scenarios/city/city.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/run.h"
#include "scenarios/outputs/recorder.h"

namespace citybrain::experiment {

/// Everything of one run, wired.
struct Parts {
  std::unique_ptr<network::Log> log;
  std::unique_ptr<Guard> guard;  ///< may be none
  std::unique_ptr<city_port::City> city;
  std::vector<std::unique_ptr<connectors::Connector>> connectors;
  std::unique_ptr<node::Node> node;
  std::vector<std::string> views;  ///< names, by view id
  /// Shortens the log, after steps with a snapshot; may be empty.
  std::function<model::Result<void>(model::Step)> trim;
};

constexpr model::Step kTrimSteps = 60;  ///< as often as there are snapshots

struct LockstepResult {
  std::vector<float> record_to_command_ms;  ///< wall time, a step each
};

model::Result<LockstepResult> lockstep(Parts& parts, model::Epoch epoch, model::Step steps,
                                       std::int64_t lookahead_ms, outputs::Recorder& recorder,
                                       const RunHooks& hooks);

}  // namespace citybrain::experiment
