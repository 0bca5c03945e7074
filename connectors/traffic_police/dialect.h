// The traffic police's own names and clocks. Private to connectors/traffic_police; dialect.md
// describes them for people.
#pragma once

#include <string>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::connectors {

/// One signal cabinet: its number and the lanes that its detectors 1, 2, ... watch.
struct Cabinet {
  model::JunctionId junction;
  std::string number;  ///< "CAB-0007"
  std::vector<model::LaneId> detectors;
};

/// One camera: it looks up one approach of a signalised junction.
struct Camera {
  model::JunctionId junction;
  model::RoadId road;
  std::string code;  ///< "33010207_E_012"
};

std::vector<Cabinet> cabinets(const model::RoadNetwork& network);
std::vector<Camera> cameras(const model::RoadNetwork& network);
/// Lanes are numbered from the kerb, from 1.
std::uint32_t kerb_number(const model::Road& road, std::uint32_t lane_index);

}  // namespace citybrain::connectors
