// Which run a log holds, as its city says it on control.run. Private to scenarios/experiment.
// Errors CB-INPUT-NETWORK (another run, or this one without --resume), CB-RUN-SILENT (no city).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/network/patience.h"

namespace citybrain::experiment {

/// Departments beside the city say here from when on they need what others say.
constexpr const char* kKeptTopic = "control.kept";

struct RunIdentity {
  std::string text;                  ///< identity_of()
  std::vector<std::string> sources;  ///< that give barriers
  std::vector<std::string> hubs;     ///< that say how far they have decided
  model::EventTime start;            ///< of the run
};

/// Says it, or, with `resume`, finds it said.
model::Result<void> announce(network::Log& log, const RunIdentity& run, bool resume);
/// What was said, on a log that has the topic; nothing when nothing was.
model::Result<std::optional<RunIdentity>> identity_on(network::Log& log);
/// Waits until it is said; `mine` is what this part belongs to.
model::Result<RunIdentity> recognise(network::Log& log, const std::string& mine,
                                     const network::Patience& patience);

}  // namespace citybrain::experiment
