// What a policy needs to know of a junction: its stages and the lanes they serve. Private to
// hub/brain.
#pragma once

#include <vector>

#include "hub/brain/brain.h"

namespace citybrain::brain {

/// A lane and the share of its vehicles that a stage's greens let go (lanes shared by several
/// movements).
struct ServedLane {
  model::LaneId lane;
  float share = 1;
};

/// An entering lane's vehicles on their way to one exit road.
struct ServedMovement {
  std::vector<ServedLane> lanes;
  model::RoadId exit;
};

struct Stage {
  std::int32_t phase = 0;
  std::vector<ServedMovement> movements;  ///< without those that are always green
  std::vector<model::LaneId> lanes;       ///< distinct
};

/// The stages are the leading phases of the junction's plan up to the first that completes the
/// service of all groups.
struct Plan {
  model::JunctionId junction;
  std::vector<Stage> stages;

  /// The stage of a phase; -1 when it is none.
  std::int32_t stage_of(std::int32_t phase) const;
};

Plan make_plan(const model::RoadNetwork& network, model::JunctionId junction);
std::vector<Plan> make_plans(const model::RoadNetwork& network,
                             const std::vector<model::JunctionId>& junctions);

/// Whole seconds since the start; decisions "every n seconds" are at its multiples.
std::int64_t seconds_since(model::EventTime start, model::EventTime now);
double parameter(const Parameters& parameters, const char* name, double otherwise);

}  // namespace citybrain::brain
