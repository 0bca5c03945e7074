// From streets as a map has them (points and lines) to a road network that can be driven and
// controlled: junction sizes, turn lanes, paths, signal phases and intergreens follow from
// geometry. Shared by the generator and the OpenStreetMap importer. Private to scenarios/city.
//
// Rules (documented in docs/cities.md):
// - turns: by the angle between the roads: within 45 degrees straight on, beyond 150 a U-turn (only
//   where nothing else leads on), else left or right;
// - lanes: the inner lane turns left, the outer one right; with few lanes they are shared;
// - phases: opposite approaches together, straight and right first, then left where it has a lane
//   of its own; an approach without a counterpart alone; right turns from the outer lane always;
// - yellow and all red: the kinematic equations of the Institute of Transportation Engineers
//   (Traffic Engineering Handbook, 7th edition, 2016): yellow = 1 s + v / (2 x 3 m/s2), red =
//   (junction width + vehicle length) / v, both rounded up to whole seconds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

struct StreetNode {
  std::string name;
  model::Point at;
  bool signal = false;    ///< kept only where at least two approaches meet
  bool boundary = false;  ///< vehicles appear and vanish here
  std::uint32_t district = 0;
};

/// One direction of a street between two nodes.
struct StreetEdge {
  std::string name;
  std::uint32_t from = 0, to = 0;   ///< indexes of nodes
  std::vector<model::Point> shape;  ///< from node to node; empty: a straight line
  std::uint32_t lanes = 1;
  double speed_mps = 11.111;
  std::uint8_t priority = 0;  ///< where there is no signal, the lower one gives way
};

struct StreetPlan {
  std::string name;
  model::GeoPoint anchor;
  std::vector<std::string> districts;
  std::vector<StreetNode> nodes;
  std::vector<StreetEdge> edges;
};

/// Errors CB-INPUT-ROADNET name the node or edge.
model::Result<model::RoadNetwork> build_streets(const StreetPlan& plan);

}  // namespace citybrain::city
