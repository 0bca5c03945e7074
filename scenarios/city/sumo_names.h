// What SUMO calls the things of an imported network: needed where SUMO itself is the city. Values;
// safe to read from many threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

/// A traffic light of SUMO (tlLogic); it may control several junctions.
struct SumoLight {
  struct Link {
    model::JunctionId junction;  ///< kNone: nothing that cars may use (rails, footpaths, cycles)
    std::uint8_t group = 0;
  };
  std::string name;
  std::vector<Link> links;          ///< by SUMO's link index
  std::vector<std::string> states;  ///< of all its programs' phases, one letter a link
};

struct SumoNames {
  std::vector<std::string> lanes;     ///< by LaneId
  std::vector<double> lane_length_m;  ///< by LaneId; a road's length is its longest lane's
  std::vector<SumoLight> lights;
};

struct SumoNet {
  model::RoadNetwork network;
  SumoNames names;
};

}  // namespace citybrain::city
