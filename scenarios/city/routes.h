// Shortest routes over roads and turns. Private to scenarios/city. Deterministic: ties go to the
// lower road.
#pragma once

#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

/// The roads from `from` to `to`, both included, by length plus `turn_cost_m` for every left or
/// right turn; empty when there is no way.
std::vector<model::RoadId> shortest_route(const model::RoadNetwork& network, model::RoadId from,
                                          model::RoadId to, double turn_cost_m);

}  // namespace citybrain::city
