// What an indicator's name stands for in the situation, and which contributions concern it. Private
// to scenarios/experiment. Error CB-USAGE-LINEAGE names the nearest road or junction.
#pragma once

#include <string>
#include <vector>

#include "hub/fusion/fusion.h"
#include "hub/model/decision.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"
#include "scenarios/experiment/lineage_expression.h"

namespace citybrain::experiment {

struct LineageTarget {
  std::string indicator, name;
  std::vector<model::LaneId> lanes;  ///< taken together
  model::RoadId road;                ///< the estimate is the road's own; kNone: the lanes'

  const char* unit() const;
  /// Value and variance in a situation; of several lanes sums, of speeds means.
  model::Estimate in(const model::Situation& situation) const;
};

model::Result<LineageTarget> target_of(const LineageQuestion& question,
                                       const model::RoadNetwork& network);
/// The queues on the lanes that a command's phase serves.
std::vector<LineageTarget> targets_of(const model::Command& command,
                                      const model::RoadNetwork& network);

/// "picture", "count", "arrivals" or "speed"; null when the contribution does not concern it.
const char* concern(const LineageTarget& target, const fusion::Contribution& contribution,
                    const model::RoadNetwork& network);
/// Whether it corrects the target's own value, so that its gain is a weight.
bool corrects(const LineageTarget& target, const fusion::Contribution& contribution);

std::string lane_name(const model::RoadNetwork& network, model::LaneId lane);

}  // namespace citybrain::experiment
