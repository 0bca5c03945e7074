// The replay behind a lineage: what each record did to the estimates asked about, and what a
// junction's desks proposed. Private to scenarios/experiment.
#pragma once

#include <vector>

#include "hub/model/decision.h"
#include "scenarios/experiment/lineage.h"
#include "scenarios/experiment/lineage_records.h"
#include "scenarios/experiment/lineage_targets.h"
#include "scenarios/experiment/past_hub.h"

namespace citybrain::experiment {

/// A decision as the special database keeps it.
struct StoredCommand {
  model::Command command;
  model::Step step = 0;
  std::uint32_t district = 0;
};

struct ReplayQuestion {
  model::Step step = 0;   ///< what is asked about
  model::Step until = 0;  ///< replayed up to here, to be held against the run's digest
  model::ViewId view;
  std::vector<LineageTarget> targets;
  model::JunctionId junction;  ///< of a command; kNone
  std::uint32_t window_s = 0;
};

/// Fills estimates and the command's proposals and refusals.
model::Result<void> replay_lineage(PastHub& hub, const ReplayQuestion& question,
                                   LineageRecords& records, Lineage& out);

}  // namespace citybrain::experiment
