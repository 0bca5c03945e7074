// Units on the road: with siren beside the queues, without it among everybody.
#include <algorithm>
#include <cmath>

#include "scenarios/city/fleets.h"

namespace citybrain::city {

using city_port::FleetVehicle;
using model::RoadId;

namespace {
/// Nobody stops nearer to a road's beginning or end than this, if the road is long enough.
constexpr float kFromStart_m = 25, kFromEnd_m = 10;
/// Who is that near is there.
constexpr float kThere_m = 5;

float stopping_point(const model::RoadNetwork& n, RoadId road, float at_m) {
  const auto length = static_cast<float>(n[road].length_m);
  return std::clamp(at_m, std::min(kFromStart_m, length / 2),
                    std::max(length - kFromEnd_m, length / 2));
}
}  // namespace

std::size_t Fleets::index_of(const Unit& u) const {
  return static_cast<std::size_t>(&u - units_.data());
}

model::Point Fleets::point(const Spot& s) const {
  const auto& road = streets_.network()[s.road];
  const auto &a = road.shape.front(), &b = road.shape.back();
  const double part = road.length_m > 0 ? static_cast<double>(s.at_m) / road.length_m : 0;
  return {a.x + (b.x - a.x) * part, a.y + (b.y - a.y) * part};
}

/// A place on a road, drawn by lanes x length.
Fleets::Spot Fleets::drawn_spot(std::uint64_t purpose, std::uint64_t entity,
                                std::uint64_t step) const {
  const auto& sums = plan_.weight_sums;
  const double at = random_.uniform(purpose, entity, 2 * step) * sums.back();
  const auto i =
      static_cast<std::size_t>(std::upper_bound(sums.begin(), sums.end(), at) - sums.begin());
  const RoadId road = plan_.roads[std::min(i, sums.size() - 1)];
  const auto u = static_cast<float>(random_.uniform(purpose, entity, 2 * step + 1));
  return {road, stopping_point(streets_.network(), road,
                               u * static_cast<float>(streets_.network()[road].length_m))};
}

/// Those among others have moved, and others with them.
void Fleets::look_for_units(std::uint32_t now_s) {
  now_s_ = now_s;
  traffic_.look(now_s);
  for (Unit& u : units_)
    if (u.how == How::kDrives) CITYBRAIN_CHECK(traffic_.find(u.slot, u.spot));
}

/// Where the unit is now.
Fleets::Spot Fleets::whereabouts(const Unit& u) const {
  if (u.how == How::kSiren) {
    const auto& d = sirens_[index_of(u)];
    if (streets_[d.way].is_lane) return {streets_[d.way].road, d.at_m};
    return {d.route[d.leg], streets_[streets_[d.way].from].length_m};
  }
  if (u.how == How::kDrives) {
    const Way& way = streets_[u.spot.way];
    if (!way.is_lane) return {streets_[way.from].road, streets_[way.from].length_m};
    // Below 0 it stands in the junction yet.
    return {way.road, std::max(0.0F, traffic_.cars(u.spot.way)[u.spot.at].at(now_s_))};
  }
  return u.here;
}

/// From where a new route can begin: in a junction, from the road behind it.
Fleets::Spot Fleets::start_of_route(const Unit& u) const {
  const WayId way = u.how == How::kSiren    ? sirens_[index_of(u)].way
                    : u.how == How::kDrives ? u.spot.way
                                            : kNoWay;
  if (way == kNoWay || streets_[way].is_lane) return whereabouts(u);
  return {streets_[streets_[way].to].road, 0};
}

/// The quickest way by usual times; when the place lies behind it on the same road, round the
/// block. Empty when there is none.
std::vector<RoadId> Fleets::way(const Spot& from, const Spot& to) {
  const auto& n = streets_.network();
  std::vector<RoadId> best;
  const auto follow = [&](RoadId road) {
    best.push_back(road);
    for (const auto t : turns_) best.push_back(road = streets_.after(road, t));
  };
  if (from.road != to.road || from.at_m <= to.at_m + kThere_m) {
    if (router_.route(from.road, to.road, road_cost_, search_, turns_)) follow(from.road);
    return best;
  }
  float least = 0;
  for (const auto m : n[from.road].movements) {
    const RoadId next = n[m].to;
    if (!router_.route(next, to.road, road_cost_, search_, turns_)) continue;
    float cost = 0;
    RoadId road = next;
    for (const auto t : turns_) cost += road_cost_[road.value], road = streets_.after(road, t);
    if (!best.empty() && cost >= least) continue;
    least = cost;
    best.assign(1, from.road);
    follow(next);
  }
  return best;
}

/// Sets out from where it is, by `route` or, if that is empty, its own.
void Fleets::depart(Unit& u, const Spot& to, bool siren, std::vector<RoadId> route) {
  const Spot start = start_of_route(u);
  u.to = {to.road, stopping_point(streets_.network(), to.road, to.at_m)};
  if (route.empty() || route.front() != start.road) route = way(start, u.to);
  CITYBRAIN_CHECK(!route.empty());
  const auto i = index_of(u);
  const bool hurries = siren && plan_.spec.siren;
  if (u.how == How::kSiren && hurries) {
    if (!streets_[sirens_[i].way].is_lane)
      route.insert(route.begin(), sirens_[i].route[sirens_[i].leg]);
    sirens_.reroute(i, std::move(route), u.to.at_m);
    return;
  }
  float speed = 0;
  if (u.how == How::kDrives && streets_[u.spot.way].is_lane)
    speed = traffic_.cars(u.spot.way)[u.spot.at].speed_mps;
  off_the_road(u);
  u.here = start;
  if (hurries) {
    sirens_.start(i, start.at_m, speed, std::move(route), u.to.at_m);
    u.how = How::kSiren;
  } else {
    u.route = std::move(route);
    u.how = How::kJoins;
  }
}

void Fleets::off_the_road(Unit& u) {
  if (u.how != How::kOff && u.how != How::kJoins) u.here = whereabouts(u);
  if (u.how == How::kSiren) sirens_.stop(index_of(u));
  const bool left = u.how == How::kDrives;
  if (left) traffic_.leave(u.spot);
  u.how = How::kOff;
  u.slot = kNobody;
  u.braking = false;
  if (left) look_for_units(now_s_);  // others in that queue have moved up
}

/// True when it is there, and off the road.
bool Fleets::drive(Unit& u) {
  if (u.how == How::kJoins) {
    if (u.here.road == u.to.road && std::abs(u.here.at_m - u.to.at_m) < kThere_m) {
      off_the_road(u);
      return true;
    }
    try_to_join(u);
    return false;
  }
  if (u.how == How::kDrives && traffic_.is_in_the_wrong_lane(u.spot)) {
    depart(u, u.to, true, {});  // by siren, or from the kerb: two would wait for each other
    return false;
  }
  const bool there = u.how == How::kSiren ? sirens_[index_of(u)].arrived : drive_among_others(u);
  if (there) off_the_road(u);
  return there;
}

void Fleets::try_to_join(Unit& u) {
  const auto& road = streets_.network()[u.here.road];
  const auto kind = kinds_[u.role == Role::kPolice ? 1 : 0];
  // The way from here; its turns are what the engine wants.
  turns_.clear();
  CITYBRAIN_CHECK(pack_route(streets_.network(), u.route, turns_));
  for (std::uint32_t i = road.lanes; i-- > 0;) {
    const WayId lane = road.first_lane.value + i;
    const float length = streets_[lane].length_m;
    u.slot = traffic_.join(lane, std::min(u.here.at_m, length),
                           static_cast<std::uint32_t>(index_of(u)), u.role, kind, turns_);
    if (u.slot == kNobody) continue;
    u.spot = {lane, 0};
    u.how = How::kDrives;
    look_for_units(now_s_);
    u.route.clear();
    return;
  }
}

/// Brakes in time for its place; true when it stands there.
bool Fleets::drive_among_others(Unit& u) {
  const Car& car = traffic_.cars(u.spot.way)[u.spot.at];
  if (u.braking) return car.speed_mps == 0;
  const Way& way = streets_[u.spot.way];
  const auto& journey = traffic_.journey(u.slot);
  float left = u.to.at_m - car.at(now_s_);
  if (way.is_lane && journey.roads_left > 0) {
    if (journey.roads_left > 1 || car.next == kNoWay) return false;
    left += way.length_m + streets_[car.next].length_m;
  } else if (!way.is_lane) {
    if (journey.roads_left > 1) return false;
    left += way.length_m;
  }
  const auto& k = traffic_.kind(car);
  if (left > car.speed_mps * (1 + car.speed_mps * k.per_2_usual_decel)) return false;
  traffic_.hold(u.spot);
  u.braking = true;
  return false;
}

std::span<const FleetVehicle> Fleets::fleet(std::uint32_t now_s) {
  look_for_units(now_s);
  fleet_.clear();
  constexpr FleetVehicle::State kStates[] = {
      FleetVehicle::State::kParked,     FleetVehicle::State::kParked,
      FleetVehicle::State::kToScene,    FleetVehicle::State::kAtScene,
      FleetVehicle::State::kToHospital, FleetVehicle::State::kAtHospital,
      FleetVehicle::State::kDriving};
  for (std::size_t i = 0; i < units_.size(); ++i) {
    const Unit& u = units_[i];
    FleetVehicle v;
    const Spot at = whereabouts(u);
    v.unit = u.number;
    v.role = u.role;
    v.state = kStates[static_cast<std::size_t>(u.phase)];
    v.siren = u.how == How::kSiren;
    v.road = at.road;
    v.at_m = at.at_m;
    v.call = u.call;
    const WayId way = u.how == How::kSiren    ? sirens_[i].way
                      : u.how == How::kDrives ? u.spot.way
                                              : kNoWay;
    if (way != kNoWay) {
      v.vehicle = model::VehicleId{traffic_.trips() + static_cast<std::uint32_t>(i)};
      if (streets_[way].is_lane) v.lane = model::LaneId{way};
      v.speed_mps = v.siren ? sirens_[i].speed_mps : traffic_.cars(way)[u.spot.at].speed_mps;
    }
    fleet_.push_back(v);
  }
  return fleet_;
}

}  // namespace citybrain::city
