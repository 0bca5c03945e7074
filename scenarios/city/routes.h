// What roads cost, and the shortest ways over them. Private to scenarios/city.
#pragma once

#include <vector>

#include "hub/model/road_network.h"
#include "scenarios/city/router.h"

namespace citybrain::city {

/// Shortest ways by length plus `turn_cost_m` for every turn that is not straight on; ties go to
/// the lower road.
class ShortWays {
 public:
  ShortWays(const model::RoadNetwork& network, float turn_cost_m);
  /// The roads from `from` to `to`, both included; empty when there is no way.
  std::vector<model::RoadId> route(model::RoadId from, model::RoadId to);

 private:
  const model::RoadNetwork& network_;
  Router router_;
  std::vector<float> length_m_;
  Router::Search search_;
  std::vector<std::uint8_t> turns_;
};

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
