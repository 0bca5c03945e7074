#include "scenarios/city/emergencies.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
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

/// Roads that can be reached from `start`, or from which it can be reached.
std::vector<std::uint8_t> reach(const model::RoadNetwork& network, RoadId start, bool forwards) {
  std::vector<std::vector<std::uint32_t>> next(network.roads.size());
  for (const auto& m : network.movements) {
    if (forwards) {
      next[m.from.value].push_back(m.to.value);
    } else {
      next[m.to.value].push_back(m.from.value);
    }
  }
  std::vector<std::uint8_t> seen(network.roads.size(), 0);
  std::vector<std::uint32_t> open{start.value};
  seen[start.value] = 1;
  while (!open.empty()) {
    const auto r = open.back();
    open.pop_back();
    for (const auto n : next[r]) {
      if (seen[n] == 0) open.push_back(n);
      seen[n] = 1;
    }
  }
  return seen;
}

/// A road of the network's greatest part within which everybody can drive everywhere, by trying
/// some.
std::vector<std::uint8_t> connected(const model::RoadNetwork& network) {
  std::vector<std::uint8_t> best(network.roads.size(), 0);
  std::ptrdiff_t most = 0;
  constexpr std::size_t kTries = 8;
  for (std::size_t t = 0; t < kTries && t < network.roads.size(); ++t) {
    const RoadId start{static_cast<std::uint32_t>(t * network.roads.size() / kTries)};
    const auto from = reach(network, start, true), to = reach(network, start, false);
    std::vector<std::uint8_t> both(from.size());
    for (std::size_t r = 0; r < from.size(); ++r) both[r] = from[r] & to[r];
    const auto n = std::count(both.begin(), both.end(), 1);
    if (n <= most) continue;
    most = n;
    best = both;
  }
  return best;
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
