// Which run a log holds, as its city says it on control.run. Private to scenarios/experiment.
// Errors CB-INPUT-NETWORK (another run, or this one without --resume), CB-RUN-SILENT (no city).
#pragma once

#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/network/patience.h"

namespace citybrain::experiment {

struct RunIdentity {
  std::string text;                  ///< identity_of()
  std::vector<std::string> sources;  ///< that give barriers
  std::vector<std::string> hubs;     ///< that say how far they have decided
};

/// Says it, or, with `resume`, finds it said.
model::Result<void> announce(network::Log& log, const RunIdentity& run, model::EventTime start,
                             bool resume);
/// Waits until it is said; `mine` is what this part belongs to.
model::Result<RunIdentity> recognise(network::Log& log, const std::string& mine,
                                     const network::Patience& patience);

}  // namespace citybrain::experiment
