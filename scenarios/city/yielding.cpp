// At junctions: signals, room behind the junction, and who goes first where paths cross (CityFlow's
// rules, constants.h).
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// Marks the paths that somebody is on, is first in line for, or has left with his tail still on
/// it: crossings with the others need no look.
void Traffic::look_at_junction(model::JunctionId junction, const SignalHeads& heads) {
  looked_at_s_[junction.value] = now_s_;
  std::uint64_t* mask = occupied_.data() + streets_.mask_at(junction);
  const auto paths = streets_.junction_paths(junction);
  std::copy_n(on_path_.data() + streets_.mask_at(junction), (paths.size() + 63) / 64, mask);
  const auto mark = [&](WayId path) {
    const auto place = streets_[path].place;
    mask[place / 64] |= std::uint64_t{1} << (place % 64);
  };
  for (const WayId lane : streets_.entries(junction)) {
    const WayId next = front_next_[lane];
    if (next != kNoWay && heads.is_green(junction, streets_[next].group)) mark(next);
  }
  for (const WayId lane : streets_.exits(junction)) {
    const WayId by = tail_path_[lane];
    if (by == kNoWay) continue;
    tail_path_[lane] = kNoWay;
    if (cars_[lane].empty()) continue;
    const Car& last = cars_[lane].back();
    if (last.at(now_s_) >= kinds_[last.kind].length_m) continue;
    tail_path_[lane] = by;
    if (streets_[by].to == lane) mark(by);
  }
}

/// The speed at a distance before a turn: CityFlow's cars take it from the approach on; where the
/// path has a limit of its own, they brake to it as usual.
float Traffic::turning_speed(const Driving& k, const Way& path, float distance_m) {
  if (path.speed_limit_mps > kNoLimit_mps) return kTurnSpeed_mps;
  const float limit = path.speed_limit_mps;
  return std::sqrt(limit * limit + 2 * k.usual_decel * std::max(distance_m, 0.0F));
}

bool Traffic::has_room(WayId lane, float length_m) const {
  const auto& cars = cars_[lane];
  return cars.empty() || cars.back().at(now_s_) > kinds_[cars.back().kind].length_m + length_m ||
         cars.back().speed_mps >= kClearingSpeed_mps;
}

/// Signals and full streets beyond the next junction matter where the street between is shorter
/// than the sight.
float Traffic::speed_beyond(const Car& car, WayId w, float left_m, const SignalHeads& heads) const {
  const auto& k = kinds_[car.kind];
  const Way& way = streets_[w];
  const Way& first = way.is_lane ? streets_[car.next] : way;
  float distance = left_m + (way.is_lane ? first.length_m : 0);
  Ahead ahead{first.to, 1};
  for (;;) {
    distance += streets_[ahead.lane].length_m;
    if (distance > k.sight_m) return k.max_speed_mps;
    const WayId path = path_after(car, ahead);
    if (path == kNoWay) return k.max_speed_mps;
    const Way& p = streets_[path];
    if (!has_room(p.to, k.length_m) || !heads.is_green(p.junction, p.group)) {
      if (braking_distance(k, car.speed_mps) > distance) return k.max_speed_mps;
      return stopping_speed(k, car.speed_mps, distance);
    }
    distance += p.length_m;
    ahead.lane = p.to;
  }
}

float Traffic::junction_speed(const Car& car, WayId w, const SignalHeads& heads) {
  const auto& k = kinds_[car.kind];
  const Way& way = streets_[w];
  float v = k.max_speed_mps;
  if (!way.is_lane) return yielding_speed(car, w, car.at_m, v, heads);
  const float to_path_m = car.at_m - way.length_m;  // along the path; negative before it
  const Way& p = streets_[car.next];
  if (!has_room(p.to, k.length_m) || !heads.is_green(p.junction, p.group)) {
    if (braking_distance(k, car.speed_mps) <= -to_path_m)
      return std::min(v, stopping_speed(k, car.speed_mps, -to_path_m));
  }
  if (p.is_turn) v = std::min(v, turning_speed(k, p, -to_path_m));
  return yielding_speed(car, car.next, to_path_m, v, heads);
}

float Traffic::yielding_speed(const Car& car, WayId path, float to_path_m, float v,
                              const SignalHeads& heads) {
  auto& journey = journeys_[car.vehicle];
  journey.blocked_by = kNobody;
  const auto junction = streets_[path].junction;
  if (looked_at_s_[junction.value] != now_s_) look_at_junction(junction, heads);
  const std::uint64_t* occupied = occupied_.data() + streets_.mask_at(junction);
  const auto crossed = streets_.crossing_mask(path);
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < crossed.size(); ++i) any |= crossed[i] & occupied[i];
  if (any == 0) return v;
  for (const auto& c : streets_.crossings(path)) {
    if (c.at_m < to_path_m || ((occupied[c.place / 64] >> (c.place % 64)) & 1U) == 0) continue;
    const Foe foe = foe_on(c.other, c.other_at_m, heads);
    if (foe.car == nullptr || foe.car->vehicle == car.vehicle) continue;
    const float distance = c.at_m - to_path_m;
    if (can_pass(car, distance, path, foe, c.other)) continue;
    journey.blocked_by = foe.car->vehicle;
    return std::min(v, stopping_speed(kinds_[car.kind], car.speed_mps,
                                      std::max(0.0F, distance - kYieldDistance_m)));
  }
  return v;
}

/// The first vehicle of the path that is not clear of its point `at_m`: behind it already with its
/// tail on it, on the path, or the first one waiting for it with a green light.
Traffic::Foe Traffic::foe_on(WayId path, float at_m, const SignalHeads& heads) const {
  const Way& way = streets_[path];
  if (!cars_[way.to].empty()) {
    const Car& last = cars_[way.to].back();
    const float at = last.at(now_s_), beyond = way.length_m - at_m;
    if (beyond + at - kinds_[last.kind].length_m < 0 && journeys_[last.vehicle].came_by == path)
      return {&last, -(at + beyond)};
  }
  for (const Car& c : cars_[path]) {
    const float at = c.at(now_s_);
    if (at - kinds_[c.kind].length_m <= at_m) return {&c, at_m - at};
  }
  if (!cars_[way.from].empty()) {
    const Car& first = cars_[way.from].front();
    if (first.next == path && heads.is_green(way.junction, way.group))
      return {&first, streets_[way.from].length_m - first.at(now_s_) + at_m};
  }
  return {};
}

namespace {
float top_speed(const Driving& k, const Way& path) {
  const float turn = path.is_turn ? kTurnSpeed_mps : k.max_speed_mps;
  return path.speed_limit_mps > kNoLimit_mps ? turn
                                             : std::min(k.max_speed_mps, path.speed_limit_mps);
}
}  // namespace

bool Traffic::can_yield(const Car& car, float distance_m) const {
  const auto& k = kinds_[car.kind];
  return (distance_m > 0 && braking_distance(k, car.speed_mps) < distance_m - kYieldDistance_m) ||
         (distance_m < 0 && distance_m + k.length_m < 0);
}

bool Traffic::waits_in_circle(Slot foe) const {
  const auto next = [&](Slot v) { return v == kNobody ? kNobody : journeys_[v].blocked_by; };
  Slot slow = foe, fast = foe;
  while (fast != kNobody && next(fast) != kNobody) {
    slow = next(slow);
    fast = next(next(fast));
    if (slow == fast && slow != kNobody) return true;
  }
  return false;
}

bool Traffic::can_pass(const Car& car, float distance_m, WayId path, const Foe& foe,
                       WayId other) const {
  if (!can_yield(car, distance_m)) return true;
  const auto& foe_kind = kinds_[foe.car->kind];
  const auto goes_first = [&] {
    if (!can_yield(*foe.car, foe.distance_m)) return false;
    const int mine = streets_[path].rank, theirs = streets_[other].rank;
    if (mine > theirs) return true;
    if (foe.distance_m <= 0) return foe.distance_m + foe_kind.length_m < 0;
    const auto& k = kinds_[car.kind];
    const float my_s = seconds_to_reach(k, car.speed_mps, distance_m, top_speed(k, streets_[path]));
    const float their_s = seconds_to_reach(foe_kind, foe.car->speed_mps, foe.distance_m,
                                           top_speed(foe_kind, streets_[other]));
    if (mine < theirs || my_s != their_s) return their_s > my_s;
    const Journey &me = journeys_[car.vehicle], &they = journeys_[foe.car->vehicle];
    if (me.on_path_since != they.on_path_since) return me.on_path_since < they.on_path_since;
    return distance_m != foe.distance_m ? distance_m < foe.distance_m : me.trip < they.trip;
  };
  return goes_first() || waits_in_circle(foe.car->vehicle);
}

}  // namespace citybrain::city
