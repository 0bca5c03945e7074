#include "scenarios/city/emergencies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/strong_components.hpp>
#include <cmath>

namespace citybrain::city {

using model::Error;
using model::Result;
using model::RoadId;

namespace {

Error misfit(std::string what, std::string where) {
  return {"CB-INPUT-EMERGENCY", std::move(what), std::move(where), ""};
}

Result<RoadId> find(const EmergencySpec::At& at, const model::RoadNetwork& network,
                    const std::string& where) {
  const auto road = network.find_road(at.road);
  if (!road.valid()) return misfit(fmt::format("there is no road \"{}\"", at.road), where);
  if (!(at.at_m >= 0 && at.at_m <= network[road].length_m))
    return misfit(
        fmt::format("at_m is {:.1f}, the road is {:.1f} m long", at.at_m, network[road].length_m),
        where);
  return road;
}

/// The greatest part of the network within which one can drive from every road to every other.
std::vector<std::uint8_t> connected(const model::RoadNetwork& network) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS>;
  Graph graph(network.roads.size());
  for (const auto& m : network.movements) boost::add_edge(m.from.value, m.to.value, graph);
  std::vector<std::uint32_t> part(network.roads.size(), 0);
  const auto parts = boost::strong_components(
      graph,
      boost::make_iterator_property_map(part.begin(), boost::get(boost::vertex_index, graph)));
  std::vector<std::size_t> size(parts, 0);
  for (const auto p : part) ++size[p];
  const auto greatest = std::max_element(size.begin(), size.end()) - size.begin();
  std::vector<std::uint8_t> out;
  for (const auto p : part) out.push_back(p == static_cast<std::uint32_t>(greatest) ? 1 : 0);
  return out;
}

}  // namespace

double call_profile(std::uint32_t hour) {
  static constexpr std::array<double, 24> kByHour = {
      0.70, 0.60, 0.54, 0.50, 0.48, 0.52, 0.64, 0.84, 1.08, 1.26, 1.34, 1.36,
      1.32, 1.28, 1.26, 1.24, 1.24, 1.24, 1.24, 1.20, 1.14, 1.06, 1.00, 0.92};
  return kByHour[hour % 24];
}

Result<void> add_places(const EmergencySpec& spec, model::RoadNetwork& network) {
  for (std::size_t i = 0; i < spec.stations.size(); ++i) {
    const auto& s = spec.stations[i];
    CITYBRAIN_ASSIGN(road, find(s.place, network, fmt::format("emergencies.stations[{}]", i)));
    network.places.push_back({model::PlaceKind::kAmbulanceStation,
                              fmt::format("own-station-{}", i + 1), road, s.place.at_m,
                              s.ambulances});
  }
  for (std::size_t i = 0; i < spec.hospitals.size(); ++i) {
    const auto& h = spec.hospitals[i];
    CITYBRAIN_ASSIGN(road, find(h, network, fmt::format("emergencies.hospitals[{}]", i)));
    network.places.push_back(
        {model::PlaceKind::kHospital, fmt::format("own-hospital-{}", i + 1), road, h.at_m, 0});
  }
  return {};
}

Result<EmergencyPlan> resolve_emergencies(const EmergencySpec& spec,
                                          const model::RoadNetwork& network) {
  EmergencyPlan plan;
  plan.spec = spec;
  if (!spec.present) return plan;
  if (network.roads.empty()) return misfit("the network has no roads", "emergencies");
  const auto served = connected(network);
  for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
    if (served[r] == 0) continue;
    plan.roads.push_back(RoadId{r});
    const double before = plan.weight_sums.empty() ? 0 : plan.weight_sums.back();
    plan.weight_sums.push_back(before + network.roads[r].lanes * network.roads[r].length_m);
  }
  if (plan.roads.size() < 2)
    return misfit("the network has no part in which one can drive from every road to every other",
                  "emergencies");
  bool ambulances = false, hospitals = false;
  for (const auto& p : network.places) {
    const bool station = p.kind == model::PlaceKind::kAmbulanceStation;
    if (!station && p.kind != model::PlaceKind::kHospital) continue;
    if (served[p.road.value] == 0)
      return misfit(fmt::format("from or to \"{}\" on road \"{}\" one cannot drive everywhere",
                                p.name, network[p.road].name),
                    "emergencies");
    ambulances = ambulances || (station && p.capacity > 0);
    hospitals = hospitals || !station;
  }
  if (ambulances && !hospitals)
    return misfit("there are ambulances but no hospital", "emergencies.hospitals");
  for (std::size_t i = 0; i < spec.calls.size(); ++i) {
    const auto& c = spec.calls[i];
    const std::string where = fmt::format("emergencies.calls[{}]", i);
    CITYBRAIN_ASSIGN(road, find(c.place, network, where));
    if (served[road.value] == 0)
      return misfit(fmt::format("from or to road \"{}\" one cannot drive everywhere", c.place.road),
                    where);
    plan.calls.push_back({static_cast<std::uint32_t>(std::ceil(c.at_s)), road,
                          static_cast<float>(c.place.at_m), static_cast<std::uint8_t>(c.severity)});
  }
  std::stable_sort(plan.calls.begin(), plan.calls.end(),
                   [](const auto& a, const auto& b) { return a.at_s < b.at_s; });
  return plan;
}

}  // namespace citybrain::city
