#include "scenarios/city/demand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {

constexpr std::size_t kMostRoads = 65'000;

Error bad(std::string what) { return {"CB-INPUT-FLOW", std::move(what), "", ""}; }

bool can_drive(const VehicleKind& k) {
  for (const float v : {k.length_m, k.max_speed_mps, k.max_accel_mps2, k.max_decel_mps2,
                        k.usual_accel_mps2, k.usual_decel_mps2})
    if (!(v > 0) || !std::isfinite(v)) return false;
  return k.min_gap_m >= 0 && k.headway_s >= 0 && std::isfinite(k.min_gap_m) &&
         std::isfinite(k.headway_s);
}

}  // namespace

bool pack_route(const model::RoadNetwork& network, std::span<const model::RoadId> route,
                std::vector<std::uint8_t>& turns) {
  for (std::size_t i = 0; i + 1 < route.size(); ++i) {
    const auto& out = network[route[i]].movements;
    const auto it =
        std::find_if(out.begin(), out.end(), [&](auto m) { return network[m].to == route[i + 1]; });
    if (it == out.end() || it - out.begin() > 255) return false;
    turns.push_back(static_cast<std::uint8_t>(it - out.begin()));
  }
  return true;
}

Result<void> Demand::add(const model::RoadNetwork& network, const TripSpec& spec) {
  const auto& route = spec.route;
  if (route.empty()) return bad("the route is empty");
  if (route.size() > kMostRoads)
    return bad(fmt::format("the route has {} roads; at most {}", route.size(), kMostRoads));
  for (const auto r : route)
    if (r.value >= network.roads.size()) return bad("the route uses a road that the network lacks");
  for (std::size_t k = 0; k + 1 < route.size(); ++k)
    if (!network.find_movement(route[k], route[k + 1]).valid())
      return bad(fmt::format("the network has no turn from {} to {}", network[route[k]].name,
                             network[route[k + 1]].name));
  if (!can_drive(spec.kind))
    return bad("a vehicle needs positive length, speed, acceleration and deceleration");
  if (!std::isfinite(spec.depart_s) || spec.depart_s < 0)
    return bad("a departure is a number of seconds, 0 or later");
  std::vector<std::uint8_t> turns;
  if (!pack_route(network, route, turns)) return bad("a road has more than 256 turns");
  add_packed(spec.depart_s, spec.kind, route.front(), turns);
  return {};
}

void Demand::add_packed(double depart_s, const VehicleKind& kind, model::RoadId first,
                        std::span<const std::uint8_t> turns) {
  const std::uint32_t at = store(turns);
  trips_.push_back(
      {depart_s, first, at, static_cast<std::uint16_t>(turns.size() + 1), kind_of(kind), kNoStop});
}

Result<void> Demand::add_stops(const model::RoadNetwork& network, std::span<const Stop> stops) {
  if (trips_.empty()) return bad("there is no trip to add stops to");
  if (stops.empty()) return {};
  const auto roads = route(network, trips_.size() - 1);
  std::uint32_t last = 0xFFFFFFFFU;
  float last_m = 0;
  for (const Stop& s : stops) {
    if (s.roads_left >= roads.size()) return bad("a stop lies on no road of the route");
    const auto& road = network[roads[roads.size() - 1 - s.roads_left]];
    if (!(s.at_m > 0 && s.at_m <= static_cast<float>(road.length_m)))
      return bad(fmt::format("a stop at {:.1f} m of the road {}, which is {:.1f} m long", s.at_m,
                             road.name, road.length_m));
    if (s.roads_left > last || (s.roads_left == last && s.at_m <= last_m))
      return bad("the stops of a route are not in its order");
    if (!(s.boardings_per_s >= 0 && s.boardings_per_s < 100))
      return bad("passengers arrive at a stop at 0 to 100 a second");
    last = s.roads_left;
    last_m = s.at_m;
    stop_places_ = std::max<std::size_t>(stop_places_, s.place + 1U);
  }
  trips_.back().first_stop = static_cast<std::uint32_t>(stops_.size());
  stops_.insert(stops_.end(), stops.begin(), stops.end());
  stops_.push_back({kTripEnds, 0, 0, 0});
  return {};
}

void Demand::repeat(std::size_t trip, double depart_s) {
  Trip t = trips_[trip];
  t.depart_s = depart_s;
  trips_.push_back(t);
}

std::uint16_t Demand::kind_of(const VehicleKind& kind) {
  const auto it = std::find(kinds_.begin(), kinds_.end(), kind);
  if (it != kinds_.end()) return static_cast<std::uint16_t>(it - kinds_.begin());
  kinds_.push_back(kind);
  return static_cast<std::uint16_t>(kinds_.size() - 1);
}

/// A route that the last trip took too is not written again; generators and importers give equal
/// routes one after the other.
std::uint32_t Demand::store(std::span<const std::uint8_t> turns) {
  if (!trips_.empty()) {
    const std::uint32_t at = trips_.back().turns_at;
    const std::size_t n = trips_.back().roads - 1U;
    if (n == turns.size() && std::equal(turns.begin(), turns.end(), turns_.begin() + at)) return at;
  }
  const auto at = static_cast<std::uint32_t>(turns_.size());
  turns_.insert(turns_.end(), turns.begin(), turns.end());
  return at;
}

void Demand::sort_by_departure() {
  std::stable_sort(trips_.begin(), trips_.end(),
                   [](const Trip& a, const Trip& b) { return a.depart_s < b.depart_s; });
}

void Demand::shrink() {
  trips_.shrink_to_fit();
  turns_.shrink_to_fit();
}

std::vector<model::RoadId> Demand::route(const model::RoadNetwork& network,
                                         std::size_t trip) const {
  const Trip& t = trips_[trip];
  std::vector<model::RoadId> out{t.first};
  for (std::size_t i = 0; i + 1 < t.roads; ++i)
    out.push_back(network[network[out.back()].movements[turns_[t.turns_at + i]]].to);
  return out;
}

std::size_t Demand::bytes() const {
  return trips_.capacity() * sizeof(Trip) + turns_.capacity() +
         kinds_.capacity() * sizeof(VehicleKind) + stops_.capacity() * sizeof(Stop);
}

}  // namespace citybrain::city
