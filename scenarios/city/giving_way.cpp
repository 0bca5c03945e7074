// Giving way by the rules of the road, where the network's source says who has to: a driver looks
// for a gap at the place where he waits, as SUMO's do (MSLink::blockedByFoe; Erdmann and Krajzewicz
// 2013, "SUMO's Road Intersection Model", SUMO User Conference), and then goes. Who waits inside
// the junction leaves it when the others have red.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

namespace {
/// Seconds between the path's clearing and the next one's coming (SUMO's jmTimegapMinor).
constexpr float kSpareGap_s = 1;
/// From where one who gives way sees the others (SUMO's foe visibility distance), m.
constexpr float kSeesFoes_m = 4.5F;
/// Vehicles in a row come this far apart at least, s.
constexpr float kBehindEachOther_s = 1;
/// A vehicle that is over its waiting place by less waits, too, m.
constexpr float kStandsAt_m = 0.2F;
/// Who stands this much farther behind another one than he would has room to go on, m.
constexpr float kHeldUp_m = 2;
constexpr std::uint32_t kRoadsBack = 3;

/// Seconds for a distance, going on as fast as the vehicle can.
float earliest_s(float speed, float top_mps, float accel, float distance_m) {
  const float top = std::max(top_mps, speed);
  const float gaining_m = (top * top - speed * speed) / (2 * accel);
  if (distance_m <= gaining_m)
    return (std::sqrt(speed * speed + 2 * accel * std::max(distance_m, 0.0F)) - speed) / accel;
  return (top - speed) / accel + (distance_m - gaining_m) / top;
}
}  // namespace

void Traffic::note_wait(Slot vehicle) {
  if (vehicle >= waits_.size()) waits_.resize(journeys_.size());
  Wait& wait = waits_[vehicle];
  if (wait.until_s == now_s_) return;
  if (wait.until_s + 1 != now_s_) wait.since_s = now_s_;
  wait.until_s = now_s_;
}

/// In the last second; what happens in this one depends on whose turn it is.
bool Traffic::waited(Slot vehicle) const {
  if (vehicle >= waits_.size()) return false;
  const Wait& wait = waits_[vehicle];
  return wait.until_s != kNever && wait.since_s < now_s_ && wait.until_s + 1 >= now_s_;
}

float Traffic::giving_way_speed(const Car& car, WayId path, float to_path_m, float v) {
  const auto& k = kinds_[car.kind];
  const float left = ways_[path].waits_at_m - to_path_m;
  if (left < -kStandsAt_m) return v;
  if (braking_distance(k, car.speed_mps) > std::max(left, kStandsAt_m)) return v;
  if (left > kSeesFoes_m && !may_meet(path)) return v;
  if (left <= kSeesFoes_m && gap_is_free(car, path, to_path_m)) return v;
  if (left <= kSeesFoes_m) note_wait(car.vehicle);
  return std::min(v, stopping_speed(k, car.speed_mps, std::max(left, 0.0F)));
}

/// Somebody that it gives way to has a green light, or is in the junction.
bool Traffic::may_meet(WayId path) const {
  for (const auto& c : streets_.crossings(path)) {
    if (c.right != Right::kTheirs) continue;
    if (!cars_[c.other].empty()) return true;
    if (is_green(ways_[c.other])) return true;
  }
  return false;
}

bool Traffic::gap_is_free(const Car& car, WayId path, float to_path_m) const {
  const auto& k = kinds_[car.kind];
  const Way& way = ways_[path];
  const float limit = k.free_mps(cars_[path].limit_mps);
  const float clear_s =
      earliest_s(car.speed_mps, limit, k.usual_accel, way.length_m - to_path_m + k.length_m);
  for (const auto& c : streets_.crossings(path)) {
    if (c.right != Right::kTheirs) continue;
    if (path_is_taken(car, c)) return false;
    if (!is_green(ways_[c.other])) continue;
    Approach approach;
    approach.path = c.other;
    approach.until_s = clear_s + kSpareGap_s;
    const Slot foe = who_comes(ways_[c.other].from, approach);
    if (foe != kNobody && foe != car.vehicle) return false;
  }
  return true;
}

/// By one who comes to the crossing or stands on it.
bool Traffic::path_is_taken(const Car& car, const Crossing& crossing) const {
  const float waits_at = ways_[crossing.other].waits_at_m;
  for (const Car& c : cars_[crossing.other]) {
    const float at = c.seen_at(now_s_);
    if (c.vehicle == car.vehicle || at - kinds_[c.kind].length_m > crossing.other_at_m) continue;
    if (at <= waits_at + kStandsAt_m && waited(c.vehicle)) continue;
    return true;
  }
  return false;
}

/// The first vehicle that takes the path before `until_s`, on this lane or those before it.
Slot Traffic::who_comes(WayId lane, Approach approach) const {
  const Way& way = ways_[lane];
  const auto next_s = [&](const Car& c, WayId on, float distance_m) {
    const auto& k = kinds_[c.kind];
    const float t =
        earliest_s(c.seen_mps(now_s_), k.free_mps(cars_[on].limit_mps), k.usual_accel, distance_m);
    return approach.last_s = std::max(t, approach.last_s + kBehindEachOther_s);
  };
  approach.last_s -= kBehindEachOther_s;
  for (const Car& c : cars_[lane]) {
    const float left = way.length_m - c.seen_at(now_s_);
    if (comes_no_farther(c, lane, left)) return kNobody;
    if (next_s(c, lane, left + approach.to_path_m) > approach.until_s) return kNobody;
    if (takes(c, lane, approach)) return c.vehicle;
  }
  const float farthest = way.speed_limit_mps * (approach.until_s - approach.last_s);
  approach.to_path_m += way.length_m;
  if (++approach.turns >= kRoadsBack || approach.to_path_m > farthest) return kNobody;
  const auto begins = streets_.network()[way.road].from;
  for (const WayId p : streets_.junction_paths(begins)) {
    if (ways_[p].to != lane) continue;
    Approach before = approach;
    bool seen = false;
    for (const Car& c : cars_[p]) {
      const float t = earliest_s(c.seen_mps(now_s_), cars_[p].limit_mps, kinds_[c.kind].usual_accel,
                                 ways_[p].length_m - c.seen_at(now_s_) + before.to_path_m);
      seen = std::max(t, before.last_s + kBehindEachOther_s) <= before.until_s;
      if (seen && takes(c, p, before)) return c.vehicle;
      break;
    }
    if (!is_green(ways_[p])) continue;
    before.to_path_m += ways_[p].length_m;
    if (const Slot foe = who_comes(ways_[p].from, before); foe != kNobody) return foe;
  }
  return kNobody;
}

/// It will stop at the end of its lane.
bool Traffic::comes_no_farther(const Car& car, WayId lane, float left_m) const {
  if (car.is(Car::kHeld)) return true;
  if (car.next == kNoWay) return !car.is(Car::kLastRoad);
  const bool green = is_green(ways_[car.next]);
  if (!green) return braking_distance(kinds_[car.kind], car.seen_mps(now_s_)) <= left_m;
  if (waited(car.vehicle)) return true;
  return car.seen_mps(now_s_) == 0 && is_held_up(car, lane);
}

/// Stands behind one that stands, too.
bool Traffic::is_held_up(const Car& first, WayId lane) const {
  const Leader leader = leader_beyond(first, first.seen_at(now_s_), lane);
  return leader.car != nullptr && leader.car->seen_mps(now_s_) == 0 &&
         leader.gap_m < kinds_[first.kind].min_gap_m + kHeldUp_m;
}

/// Whether the car's way leads over the path.
bool Traffic::takes(const Car& car, WayId way, const Approach& approach) const {
  if (car.next == kNoWay) return false;
  if (car.next == approach.path) return true;
  Ahead ahead{ways_[way].is_lane ? ways_[car.next].to : car.next, 1};
  for (std::uint32_t i = 0; i < approach.turns; ++i) {
    const WayId p = path_after(car, ahead);
    if (p == approach.path) return true;
    if (p == kNoWay) return false;
    ahead.lane = ways_[p].to;
  }
  return false;
}

/// The vehicle on (or before) the other path of the crossing can stop at its waiting place.
bool Traffic::leaves_to_me(const Car& car, WayId path, float to_crossing_m,
                           const Crossing& c) const {
  const float left = ways_[path].waits_at_m - (c.other_at_m - to_crossing_m);
  return left >= -kStandsAt_m &&
         braking_distance(kinds_[car.kind], car.seen_mps(now_s_)) <= std::max(left, kStandsAt_m);
}

}  // namespace citybrain::city
