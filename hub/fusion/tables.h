// What fusion needs to know of every lane and road, derived once from the network. Private to
// hub/fusion.
#pragma once

#include <vector>

#include "hub/model/districts.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"

namespace citybrain::fusion {

/// A lane upstream whose departures arrive here.
struct Upstream {
  model::LaneId lane;
  float weight = 1;  ///< share of its departures that come this way
  float seconds =
      0;  ///< from its stop line to this road's beginning, at free speed with the start of a queue;
          ///< of another district's lane, whose count comes a step later, less that step
};

struct LaneTable {
  model::RoadId road;
  model::JunctionId junction;  ///< at its end; none when it leaves the network
  bool signalised = false;
  model::GroupSet groups = 0;  ///< of its movements that need a signal
  model::GroupSet all_groups = 0;
  float length_m = 0;
  float free_mps = 0;
  std::uint32_t seconds = 0;  ///< of free-flow travel, rounded up
  std::uint32_t bins =
      0;  ///< of the moving profile: the lane and the way through the junction before it
};

struct RoadTable {
  model::LaneId first;
  std::uint32_t lanes = 0;
  std::vector<Upstream> upstream;
};

struct Tables {
  std::vector<LaneTable> lanes;
  std::vector<RoadTable> roads;
  std::vector<std::vector<model::LaneId>> watched;  ///< by district: lanes of others upstream
  std::vector<std::uint8_t> leads_out;              ///< by lane: others watch it
};

Tables make_tables(const model::RoadNetwork& network, const model::Districts& districts);

}  // namespace citybrain::fusion
