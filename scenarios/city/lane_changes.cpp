// Lane changes: to a lane that leads on (a must), or past a slower queue (when it is worth a
// vehicle's length and there is room). A change takes no time; it is the gaps that it needs, not
// its seconds, that matter to throughput.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// Index of the first car of the lane that is behind the place.
std::size_t Traffic::first_behind(WayId lane, float at_m) const {
  const auto& cars = cars_[lane];
  const auto* it = std::partition_point(cars.begin(), cars.end(),
                                        [&](const Car& c) { return c.at(now_s_) >= at_m; });
  return static_cast<std::size_t>(it - cars.begin());
}

float Traffic::gap_ahead(WayId lane, float at_m) const {
  const std::size_t behind = first_behind(lane, at_m);
  if (behind == 0) return streets_[lane].length_m - at_m;
  const Car& ahead = cars_[lane][behind - 1];
  return ahead.at(now_s_) - kinds_[ahead.kind].length_m - at_m;
}

/// Both gaps are at least the braking distance of whoever follows.
bool Traffic::fits(const Car& car, WayId lane) const {
  const auto& cars = cars_[lane];
  const auto& k = kinds_[car.kind];
  const std::size_t behind = first_behind(lane, car.at_m);
  if (behind > 0) {
    const Car& ahead = cars[behind - 1];
    if (ahead.at(now_s_) - kinds_[ahead.kind].length_m - car.at_m <
        std::max(braking_distance(k, car.speed_mps), 0.5F))
      return false;
  }
  if (behind < cars.size()) {
    const Car& follower = cars[behind];
    const float gap = car.at_m - follower.at(now_s_) - k.length_m;
    if (gap < std::max(braking_distance(kinds_[follower.kind], follower.speed_mps), 0.5F))
      return false;
  }
  return true;
}

WayId Traffic::wanted_lane(const Car& car, WayId lane, float gap_m) const {
  const auto& road = streets_.network()[streets_[lane].road];
  const WayId first = road.first_lane.value, last = first + road.lanes - 1;
  const model::RoadId next = next_road(car, lane);
  if (car.is(Car::kStuck)) {
    const WayId towards = streets_.lane_towards(lane, next);
    if (towards == kNoWay) return kNoWay;
    return towards > lane ? lane + 1 : lane - 1;
  }
  const auto& k = kinds_[car.kind];
  const std::uint32_t last_change_s = journeys_[car.vehicle].last_change_s;
  if (last_change_s != 0 && now_s_ - last_change_s < kChangeCooling_s) return kNoWay;
  if (streets_[lane].length_m - car.at_m < kNoChangeZone_m) return kNoWay;
  if (gap_m > 2 * k.length_m + 4 * k.max_speed_mps || gap_m < 1.5F * k.length_m) return kNoWay;
  WayId best = kNoWay;
  float best_gap = gap_m + k.length_m;
  for (const WayId other : {lane + 1, lane - 1}) {
    if (other < first || other > last) continue;
    if (!car.is(Car::kLastRoad) && !streets_.leads_to(other, next)) continue;
    if (const float gap = gap_ahead(other, car.at_m); gap > best_gap) {
      best = other;
      best_gap = gap;
    }
  }
  return best;
}

void Traffic::change_lanes() {
  for (WayId lane = 0; lane < restless_.size(); ++lane)
    if (restless_[lane] != 0 && wake_s_[lane] <= now_s_) change_lanes_from(lane);
}

void Traffic::change_lanes_from(WayId lane) {
  auto& cars = cars_[lane];
  for (std::size_t i = 0; i < cars.size(); ++i) {
    Car& car = cars[i];
    if (car.wake_s > now_s_ || !(car.is(Car::kStuck) || car.is(Car::kChoice))) continue;
    if (!car.is(Car::kStuck) && (i == 0 || car.speed_mps == 0)) continue;
    car.at_m = car.at(now_s_);
    car.since_s = now_s_;
    const float gap =
        i > 0 ? cars[i - 1].at(now_s_) - kinds_[cars[i - 1].kind].length_m - car.at_m : 1e9F;
    const WayId to = wanted_lane(car, lane, gap);
    if (to == kNoWay || !fits(car, to)) continue;
    Car changed = car;
    settle(changed, to);
    changed.wake_s = now_s_;
    journeys_[car.vehicle].last_change_s = now_s_;
    cars.erase(i);
    if (i < cars.size()) wake(lane, cars[i], now_s_);
    if (i == 0) front_changed(lane);
    --i;
    const std::size_t at = first_behind(to, changed.at_m);
    cars_[to].insert(at, changed);
    if (at + 1 < cars_[to].size()) wake(to, cars_[to][at + 1], now_s_);
    if (at == 0) front_changed(to);
    if (at + 1 == cars_[to].size()) tail_path_[to] = journeys_[changed.vehicle].came_by;
    wake_s_[to] = now_s_;
    restless_[to] = 1;
  }
}

}  // namespace citybrain::city
