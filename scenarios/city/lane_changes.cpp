// Lane changes: to a lane that leads on (a must), or past a slower queue (when it is worth a
// vehicle's length and there is room). A change takes no time; it is the gaps that it needs, not
// its seconds, that matter to throughput.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

double Traffic::gap_ahead(WayId lane, double at_m) const {
  const auto& cars = cars_[lane];
  const auto behind =
      std::partition_point(cars.begin(), cars.end(), [&](const Car& c) { return c.at_m >= at_m; });
  if (behind == cars.begin()) return streets_[lane].length_m - at_m;
  const Car& ahead = *(behind - 1);
  return ahead.at_m - kinds_[ahead.kind].length_m - at_m;
}

/// Both gaps are at least the braking distance of whoever follows.
bool Traffic::fits(const Car& car, WayId lane) const {
  const auto& cars = cars_[lane];
  const auto& k = kinds_[car.kind];
  const auto behind = std::partition_point(cars.begin(), cars.end(),
                                           [&](const Car& c) { return c.at_m >= car.at_m; });
  if (behind != cars.begin()) {
    const Car& ahead = *(behind - 1);
    if (ahead.at_m - kinds_[ahead.kind].length_m - car.at_m <
        std::max(braking_distance(k, car.speed_mps), 0.5))
      return false;
  }
  if (behind != cars.end()) {
    const double gap = car.at_m - behind->at_m - k.length_m;
    if (gap < std::max(braking_distance(kinds_[behind->kind], behind->speed_mps), 0.5))
      return false;
  }
  return true;
}

WayId Traffic::wanted_lane(const Car& car, WayId lane, double gap_m, std::uint32_t now_s) const {
  const auto& road = streets_.network()[streets_[lane].road];
  const WayId first = road.first_lane.value, last = first + road.lanes - 1;
  const model::RoadId next = next_road(car);
  if (car.stuck) {
    const WayId towards = streets_.lane_towards(lane, next);
    if (towards == kNoWay) return kNoWay;
    return towards > lane ? lane + 1 : lane - 1;
  }
  const auto& k = kinds_[car.kind];
  if (static_cast<float>(now_s) - journeys_[car.vehicle].last_change_s <
      static_cast<float>(kChangeCooling_s))
    return kNoWay;
  if (streets_[lane].length_m - car.at_m < kNoChangeZone_m) return kNoWay;
  if (gap_m > 2 * k.length_m + 4 * k.max_speed_mps || gap_m < 1.5 * k.length_m) return kNoWay;
  WayId best = kNoWay;
  double best_gap = gap_m + k.length_m;
  for (const WayId other : {lane + 1, lane - 1}) {
    if (other < first || other > last) continue;
    if (!car.on_last_road && !streets_.leads_to(other, next)) continue;
    if (const double gap = gap_ahead(other, car.at_m); gap > best_gap) {
      best = other;
      best_gap = gap;
    }
  }
  return best;
}

void Traffic::change_lanes(std::uint32_t now_s) {
  for (const auto& road : streets_.network().roads) {
    if (road.lanes < 2) continue;
    for (std::uint32_t l = 0; l < road.lanes; ++l) {
      const WayId lane = road.first_lane.value + l;
      auto& cars = cars_[lane];
      for (std::size_t i = 0; i < cars.size(); ++i) {
        const Car car = cars[i];
        const double gap =
            i > 0 ? cars[i - 1].at_m - kinds_[cars[i - 1].kind].length_m - car.at_m : 1e9;
        if (!car.stuck && (i == 0 || car.speed_mps == 0)) continue;
        const WayId to = wanted_lane(car, lane, gap, now_s);
        if (to == kNoWay || !fits(car, to)) continue;
        Car changed = car;
        settle(changed, to);
        journeys_[car.vehicle].last_change_s = static_cast<float>(now_s);
        cars.erase(cars.begin() + static_cast<std::ptrdiff_t>(i));
        --i;
        auto& there = cars_[to];
        there.insert(std::partition_point(there.begin(), there.end(),
                                          [&](const Car& c) { return c.at_m >= changed.at_m; }),
                     changed);
      }
    }
  }
}

}  // namespace citybrain::city
