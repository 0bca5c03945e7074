#include "scenarios/city/routes.h"

namespace citybrain::city {

ShortWays::ShortWays(const model::RoadNetwork& network, float turn_cost_m)
    : network_(network), router_(network, {turn_cost_m, turn_cost_m}, Router::Costs::kAny) {
  for (const auto& r : network.roads) length_m_.push_back(static_cast<float>(r.length_m));
}

std::vector<model::RoadId> ShortWays::route(model::RoadId from, model::RoadId to) {
  if (!router_.route(from, to, length_m_, search_, turns_)) return {};
  std::vector<model::RoadId> route{from};
  for (const auto t : turns_) route.push_back(network_[network_[route.back()].movements[t]].to);
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
