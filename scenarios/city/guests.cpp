// Vehicles of fleets in traffic: they join a lane where they stand, drive like everybody, stop
// where they are wanted and leave the lane there. And what others do for sirens.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

Slot Traffic::join(WayId lane, float at_m, std::uint32_t guest, Role role, std::uint16_t kind,
                   std::span<const std::uint8_t> route) {
  Car car;
  car.at_m = at_m;
  car.kind = kind;
  car.since_s = now_s_;
  Beside place{lane, 0};
  if (!fits(car, place)) return kNobody;
  if (guest >= guest_roles_.size()) guest_roles_.resize(guest + 1, Role::kCar);
  guest_roles_[guest] = role;
  Journey j;
  j.trip = trips() + guest;
  j.lane_entered_s = static_cast<float>(now_s_);
  car.vehicle = take_slot(j);
  give_route(car.vehicle, route);
  settle(car, lane);
  auto& cars = cars_[lane];
  cars.insert(place.behind, car, now_s_);
  if (place.behind + 1 < cars.size()) wake(lane, place.behind + 1, now_s_);
  ++lane_counts_[lane].changed_in;
  if (place.behind == 0) front_changed(lane);
  wake_s_[lane] = now_s_;
  restless_[lane] |= car.flags & Car::kRestless;
  return car.vehicle;
}

bool Traffic::find_on(WayId way, Slot vehicle, Spot& spot) const {
  const auto& cars = cars_[way];
  for (std::size_t i = 0; i < cars.size(); ++i) {
    if (cars[i].vehicle != vehicle) continue;
    spot = {way, i};
    return true;
  }
  return false;
}

/// On its way, on the lanes beside, and up to three roads on.
bool Traffic::find(Slot vehicle, Spot& spot) const {
  if (find_on(spot.way, vehicle, spot)) return true;
  const Way& way = ways_[spot.way];
  std::vector<model::RoadId> roads{ways_[way.is_lane ? spot.way : way.from].road};
  constexpr std::size_t kFar = 40;  // three junctions of three exits each
  for (std::size_t r = 0; r < roads.size() && r < kFar; ++r) {
    const auto& road = streets_.network()[roads[r]];
    for (WayId lane = road.first_lane.value; lane < road.first_lane.value + road.lanes; ++lane) {
      if (find_on(lane, vehicle, spot)) return true;
      for (const WayId path : streets_.paths(lane)) {
        if (find_on(path, vehicle, spot)) return true;
        const auto next = ways_[ways_[path].to].road;
        if (std::find(roads.begin(), roads.end(), next) == roads.end()) roads.push_back(next);
      }
    }
  }
  return false;
}

bool Traffic::is_in_the_wrong_lane(const Spot& spot) const {
  const Car& car = cars_[spot.way][spot.at];
  return spot.way < lanes_ && spot.at == 0 && car.is(Car::kStuck) && car.speed_mps == 0 &&
         static_cast<float>(now_s_) - journeys_[car.vehicle].lane_entered_s >= kWrongLane_s;
}

void Traffic::hold(const Spot& spot) {
  Car& car = cars_[spot.way][spot.at];
  car.set(Car::kHeld, true);
  journeys_[car.vehicle].held_until_s = kNever;
  wake(spot.way, spot.at, now_s_);
  if (spot.way < lanes_) restless_[spot.way] |= Car::kHeld;
}

void Traffic::leave(const Spot& spot) {
  auto& cars = cars_[spot.way];
  journeys_[cars[spot.at].vehicle].trip = kNoTrip;
  free_slots_.push_back(cars[spot.at].vehicle);
  cars.erase(spot.at);
  if (spot.at < cars.size()) wake(spot.way, spot.at, now_s_);
  if (spot.way < lanes_) {
    ++lane_counts_[spot.way].changed_out;
    if (spot.at == 0) front_changed(spot.way);
  } else if (cars.empty()) {
    at(ways_[spot.way]).on_path &= ~bit(ways_[spot.way]);
  }
}

void Traffic::pull_aside(const Spot& spot, bool aside) {
  Car& car = cars_[spot.way][spot.at];
  if (car.is(Car::kAside) == aside) return;
  car.set(Car::kAside, aside);
  wake(spot.way, spot.at, now_s_);
}

/// Takes the foot off, down to a slow pace beside the kerb.
float Traffic::aside_speed(const Car& car) const {
  return std::max(kAside_mps, car.speed_mps - kinds_[car.kind].usual_accel);
}

void Traffic::clear_up(WayId lane, float at_m, std::uint32_t until_s) {
  constexpr float kNear_m = 30;
  for (auto& c : breakdowns_to_come_)
    if (c.lane == lane && c.at_m == at_m) c.until_s = std::min(c.until_s, until_s);
  for (std::size_t i = 0; i < cars_[lane].size(); ++i) {
    const Car& car = cars_[lane][i];
    Journey& j = journeys_[car.vehicle];
    if (!car.is(Car::kHeld) || is_guest(j) || std::abs(car.at(now_s_) - at_m) > kNear_m) continue;
    j.held_until_s = std::min(j.held_until_s, until_s);
    wake(lane, i, std::max(now_s_, j.held_until_s));
  }
}

}  // namespace citybrain::city
