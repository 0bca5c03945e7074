#include "scenarios/city/demand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace citybrain::city {

using model::Error;
using model::Result;

namespace {

constexpr std::size_t kMostRoads = 65'000;

Error bad(std::string what) { return {"CB-INPUT-FLOW", std::move(what), "", ""}; }

/// Rounded up, so that the whole second in which a trip begins stays the same.
std::uint32_t ticks(double depart_s) {
  return static_cast<std::uint32_t>(
      std::ceil(std::min(depart_s, Demand::kLatest_s) * Trip::kTicks));
}

bool can_drive(const VehicleKind& k) {
  for (const float v : {k.length_m, k.max_speed_mps, k.max_accel_mps2, k.max_decel_mps2,
                        k.usual_accel_mps2, k.usual_decel_mps2})
    if (!(v > 0) || !std::isfinite(v)) return false;
  if (!(k.limit_factor > 0 && k.limit_factor < 10) || !(k.imperfection >= 0 && k.imperfection < 1))
    return false;
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
  if (!(spec.depart_s >= 0 && spec.depart_s <= kLatest_s))
    return bad(fmt::format("a departure is a number of seconds, 0 to {:.0f}", kLatest_s));
  std::vector<std::uint8_t> turns;
  if (!pack_route(network, route, turns)) return bad("a road has more than 256 turns");
  add_packed(spec.depart_s, spec.kind, route.front(), turns);
  return {};
}

void Demand::add_packed(double depart_s, const VehicleKind& kind, model::RoadId first,
                        std::span<const std::uint8_t> turns) {
  const std::uint32_t at = store(turns);
  keep_exact();
  exact_s_.push_back(depart_s);
  trips_.push_back(
      {ticks(depart_s), first, at, static_cast<std::uint16_t>(turns.size() + 1), kind_of(kind)});
}

/// From here on departures are known exactly, till they are sorted.
void Demand::keep_exact() {
  if (exact_s_.size() == trips_.size()) return;
  exact_s_.clear();
  for (const auto& t : trips_) exact_s_.push_back(t.depart_s());
}

void Demand::set_departure(std::size_t trip, double depart_s) {
  keep_exact();
  exact_s_[trip] = depart_s;
  trips_[trip].depart_ticks = ticks(depart_s);
}

std::uint32_t Demand::add_later(const VehicleKind& kind) {
  trips_.push_back({0xFFFFFFFFU, {}, 0, 0, kind_of(kind)});
  return static_cast<std::uint32_t>(trips_.size() - 1);
}

void Demand::begin_later(std::uint32_t trip, double depart_s, model::RoadId first,
                         std::span<const std::uint8_t> turns) {
  const auto at = static_cast<std::uint32_t>(turns_.size());
  turns_.append(turns);
  trips_[trip] = {ticks(depart_s), first, at, static_cast<std::uint16_t>(turns.size() + 1),
                  trips_[trip].kind_bits};
}

void Demand::depart_at(std::uint32_t trip, double depart_s) {
  trips_[trip].depart_ticks = ticks(depart_s);
}

std::uint16_t Demand::add_line(Line line) {
  lines_.push_back(std::move(line));
  return static_cast<std::uint16_t>(lines_.size() - 1);
}

std::uint32_t Demand::rank_among_served(std::size_t trip) const {
  const auto it = std::lower_bound(served_.begin(), served_.end(), trip,
                                   [](const Served& s, std::size_t t) { return s.trip < t; });
  return static_cast<std::uint32_t>(it - served_.begin());
}

std::uint32_t Demand::first_stop(std::size_t trip) const {
  return trips_[trip].has_stops() ? served_[rank_among_served(trip)].first_stop : kNoStop;
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
  if (trips_.back().has_stops()) return bad("the trip has stops already");
  for (const Stop& s : stops)
    if (s.line != 0 && s.line >= lines_.size()) return bad("a stop's line is not known");
  trips_.back().kind_bits |= 0x8000;
  served_.push_back(
      {static_cast<std::uint32_t>(trips_.size() - 1), static_cast<std::uint32_t>(stops_.size())});
  stops_.insert(stops_.end(), stops.begin(), stops.end());
  stops_.push_back({kTripEnds, 0, 0, 0, 0, stops.front().line, stops.front().base});
  return {};
}

void Demand::repeat(std::size_t trip, double depart_s) {
  keep_exact();
  Trip t = trips_[trip];
  t.depart_ticks = ticks(depart_s);
  if (t.has_stops())
    served_.push_back({static_cast<std::uint32_t>(trips_.size()), first_stop(trip)});
  trips_.push_back(t);
  exact_s_.push_back(depart_s);
}

std::uint16_t Demand::kind_of(const VehicleKind& kind) {
  const auto it = std::find(kinds_.begin(), kinds_.end(), kind);
  if (it != kinds_.end()) return static_cast<std::uint16_t>(it - kinds_.begin());
  CITYBRAIN_CHECK(kinds_.size() < 0x7FFF);
  kinds_.push_back(kind);
  return static_cast<std::uint16_t>(kinds_.size() - 1);
}

/// A route that the last trip took too is not written again; generators and importers give equal
/// routes one after the other.
std::uint32_t Demand::store(std::span<const std::uint8_t> turns) {
  if (!trips_.empty()) {
    const std::uint32_t at = trips_.back().turns_at;
    const std::size_t roads = trips_.back().roads;
    if (roads == turns.size() + 1 && turns_.equal(at, turns)) return at;
  }
  const auto at = static_cast<std::uint32_t>(turns_.size());
  turns_.append(turns);
  return at;
}

void Demand::sort_by_departure() {
  keep_exact();
  std::vector<std::uint32_t> order(trips_.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return exact_s_[a] < exact_s_[b]; });
  std::vector<Trip> trips;
  trips.reserve(trips_.size());
  std::vector<Served> served;
  for (const auto from : order) {
    if (trips_[from].has_stops())
      served.push_back({static_cast<std::uint32_t>(trips.size()), first_stop(from)});
    trips.push_back(trips_[from]);
  }
  trips_ = std::move(trips);
  served_ = std::move(served);
  std::vector<double>().swap(exact_s_);
}

void Demand::shrink() {
  trips_.shrink_to_fit();
  turns_.shrink();
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
  return trips_.capacity() * sizeof(Trip) + exact_s_.capacity() * sizeof(double) + turns_.bytes() +
         kinds_.capacity() * sizeof(VehicleKind) + stops_.capacity() * sizeof(Stop) +
         served_.capacity() * sizeof(Served);
}

}  // namespace citybrain::city
