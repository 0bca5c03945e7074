#include "scenarios/city/routes.h"

#include <algorithm>
#include <limits>
#include <queue>
#include <utility>

namespace citybrain::city {

std::vector<model::RoadId> shortest_route(const model::RoadNetwork& network, model::RoadId from,
                                          model::RoadId to, double turn_cost_m) {
  using Entry = std::pair<double, std::uint32_t>;
  constexpr double kFar = std::numeric_limits<double>::infinity();
  std::vector<double> cost(network.roads.size(), kFar);
  std::vector<std::uint32_t> before(network.roads.size(), model::RoadId::kNone);
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> open;
  cost[from.value] = 0;
  open.emplace(0.0, from.value);
  while (!open.empty()) {
    const auto [c, r] = open.top();
    open.pop();
    if (c > cost[r]) continue;
    if (r == to.value) break;
    for (const auto m : network.roads[r].movements) {
      const auto& movement = network[m];
      const double next = c + network[movement.to].length_m +
                          (movement.turn == model::Turn::kStraight ? 0 : turn_cost_m);
      if (next < cost[movement.to.value]) {
        cost[movement.to.value] = next;
        before[movement.to.value] = r;
        open.emplace(next, movement.to.value);
      }
    }
  }
  if (cost[to.value] == kFar) return {};
  std::vector<model::RoadId> route;
  for (std::uint32_t r = to.value; r != model::RoadId::kNone; r = before[r])
    route.push_back(model::RoadId{r});
  std::reverse(route.begin(), route.end());
  return route;
}

double signal_delay_s(const model::Junction& j) {
  if (!j.signalised) return 0;
  double cycle = 0;
  const auto phases = model::cycle_of(j);
  for (const auto p : phases) cycle += j.phases[p].duration_s;
  const double red = cycle - cycle / static_cast<double>(phases.size()) + j.intergreen_s;
  return red * red / (2 * cycle);
}

double usual_seconds(const model::RoadNetwork& network, model::RoadId road) {
  const auto& r = network[road];
  return r.length_m / network[r.first_lane].speed_limit_mps + signal_delay_s(network[r.to]);
}

double usual_seconds(const model::RoadNetwork& network, const std::vector<model::RoadId>& route) {
  double s = 0;
  for (const auto r : route) s += usual_seconds(network, r);
  return s;
}

std::vector<float> usual_road_seconds(const model::RoadNetwork& network) {
  std::vector<float> s;
  for (std::uint32_t r = 0; r < network.roads.size(); ++r)
    s.push_back(static_cast<float>(usual_seconds(network, model::RoadId{r})));
  return s;
}

}  // namespace citybrain::city
