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

/// What drivers hold a turn to cost beyond the mean delay of its signal, s: a left turn waits for a
/// phase of its own.
constexpr float kLeftTurn_s = 45, kRightTurn_s = 8;

/// Mean seconds that a junction's signal costs a vehicle: red^2 / (2 cycle), the uniform arrivals'
/// term of Webster (1958, Road Research Technical Paper 39). 0 without a signal.
double signal_delay_s(const model::Junction& junction);
/// Seconds at the speed limit, and at the signals on the way.
double usual_seconds(const model::RoadNetwork& network, model::RoadId road);
double usual_seconds(const model::RoadNetwork& network, const std::vector<model::RoadId>& route);
/// Of every road, as a Router wants them.
std::vector<float> usual_road_seconds(const model::RoadNetwork& network);

}  // namespace citybrain::city
