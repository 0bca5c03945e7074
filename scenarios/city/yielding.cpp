// At junctions: signals, room behind the junction, and who goes first where paths cross (CityFlow's
// rules, constants.h).
#include <algorithm>
#include <bit>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// The last one on a lane now came by the path.
void Traffic::last_came_by(WayId path) {
  if (path != kNoWay) at(ways_[path]).tails |= bit(ways_[path]);
}

/// Unless a tail stands on the path yet, it need not be looked at for one.
void Traffic::forget_tail(WayId w) {
  const Way& path = ways_[w];
  AtJunction& here = at(path);
  if ((here.tails & bit(path)) == 0) return;
  if (!cars_[path.to].empty()) {
    const Car& last = cars_[path.to].back();
    if (last.seen_at(now_s_) < kinds_[last.kind].length_m && journeys_[last.vehicle].came_by == w)
      return;
  }
  here.tails &= ~bit(path);
}

/// The speed at a distance before a turn: CityFlow's cars take it from the approach on; where the
/// path has a limit of its own, they brake to it as usual.
float Traffic::turning_speed(const Driving& k, const Way& path, float distance_m) {
  if (path.speed_limit_mps > kNoLimit_mps) return kTurnSpeed_mps;
  const float limit = k.free_mps(path.speed_limit_mps);
  return std::sqrt(limit * limit + 2 * k.usual_decel * std::max(distance_m, 0.0F));
}

bool Traffic::has_room(WayId lane, float length_m) const {
  if (cars_[lane].empty()) return true;
  const Car& last = cars_[lane].back();
  return last.seen_at(now_s_) > kinds_[last.kind].length_m + length_m ||
         last.seen_mps(now_s_) >= kClearingSpeed_mps;
}

/// Signals and full streets beyond the next junction matter where the street between is shorter
/// than the sight.
float Traffic::speed_beyond(const Car& car, WayId w, float left_m) const {
  const auto& k = kinds_[car.kind];
  const Way& way = ways_[w];
  const Way& first = way.is_lane ? ways_[car.next] : way;
  if (left_m + (way.is_lane ? first.beyond_m : ways_[first.to].length_m) > k.sight_m)
    return k.max_speed_mps;
  float distance = left_m + (way.is_lane ? first.length_m : 0);
  Ahead ahead{first.to, 1};
  for (;;) {
    distance += ways_[ahead.lane].length_m;
    if (distance > k.sight_m) return k.max_speed_mps;
    const WayId path = path_after(car, ahead);
    if (path == kNoWay) return k.max_speed_mps;
    const Way& p = ways_[path];
    if (!is_green(p) || !has_room(p.to, k.length_m)) {
      if (braking_distance(k, car.speed_mps) > distance) return k.max_speed_mps;
      return stopping_speed(k, car.speed_mps, distance);
    }
    distance += p.length_m;
    ahead.lane = p.to;
  }
}

float Traffic::junction_speed(Car& car, WayId w) {
  const auto& k = kinds_[car.kind];
  const Way& way = ways_[w];
  float v = k.max_speed_mps;
  if (!way.is_lane) {
    if (way.gives_way) v = giving_way_speed(car, w, car.at_m, v);
    return yielding_speed(car, w, car.at_m, v);
  }
  const float to_path_m = car.at_m - way.length_m;  // along the path; negative before it
  const Way& p = ways_[car.next];
  if (!is_green(p) || !has_room(p.to, k.length_m)) {
    if (braking_distance(k, car.speed_mps) <= -to_path_m) {
      if (p.ruled) note_wait(car.vehicle);
      return std::min(v, stopping_speed(k, car.speed_mps, -to_path_m));
    }
  }
  if (p.is_turn) v = std::min(v, turning_speed(k, p, -to_path_m));
  if (p.gives_way) v = giving_way_speed(car, car.next, to_path_m, v);
  return yielding_speed(car, car.next, to_path_m, v);
}

float Traffic::yielding_speed(Car& car, WayId path, float to_path_m, float v) {
  const Way& way = ways_[path];
  const AtJunction* here = at_junctions_.data() + way.mask_at;
  const std::uint16_t* place = streets_.crossing_places(path).data();
  const Crossing* crossing = streets_.crossings(path).data();
  if (way.mask_words == 1) {
    for (std::uint64_t left = way.mask & here->occupied(); left != 0; ++place, ++crossing) {
      const std::uint64_t bit = std::uint64_t{1} << *place;
      if ((left & bit) == 0) continue;
      if (blocks(car, path, to_path_m, *crossing, v)) return v;
      left ^= bit;
    }
    return v;
  }
  const auto crossed = streets_.crossing_mask(path);
  int left = 0;
  for (std::size_t i = 0; i < crossed.size(); ++i)
    left += std::popcount(crossed[i] & here[i].occupied());
  for (; left > 0; ++place, ++crossing) {
    if (((here[*place / 64U].occupied() >> (*place % 64U)) & 1U) == 0) continue;
    if (blocks(car, path, to_path_m, *crossing, v)) break;
    --left;
  }
  return v;
}

/// Whether the car yields at a crossing that is ahead of it; `v` then lets it stop before.
bool Traffic::blocks(Car& car, WayId path, float to_path_m, const Crossing& c, float& v) {
  if (c.at_m < to_path_m) return false;
  const Foe foe = foe_on(c.other, c.other_at_m);
  if (foe.car == nullptr) {
    forget_tail(c.other);
    return false;
  }
  if (foe.car->vehicle == car.vehicle) return false;
  const float distance = c.at_m - to_path_m;
  if (can_pass(car, distance, path, foe, c)) return false;
  yield_to(car.vehicle, foe.car->vehicle);
  v = std::min(v, stopping_speed(kinds_[car.kind], car.speed_mps,
                                 std::max(0.0F, distance - kYieldDistance_m)));
  return true;
}

/// The first vehicle of the path that is not clear of its point `at_m`: behind it already with its
/// tail on it, on the path, or the first one waiting for it with a green light.
Traffic::Foe Traffic::foe_on(WayId path, float at_m) const {
  const Way& way = ways_[path];
  if (!cars_[way.to].empty()) {
    const Car& last = cars_[way.to].back();
    const float at = last.seen_at(now_s_), beyond = way.length_m - at_m;
    if (beyond + at - kinds_[last.kind].length_m < 0 && journeys_[last.vehicle].came_by == path)
      return {&last, -(at + beyond)};
  }
  for (const Car& c : cars_[path]) {
    const float at = c.seen_at(now_s_);
    if (at - kinds_[c.kind].length_m <= at_m) return {&c, at_m - at};
  }
  if (!cars_[way.from].empty()) {
    const Car& first = cars_[way.from].front();
    if (first.next == path && is_green(way))
      return {&first, ways_[way.from].length_m - first.seen_at(now_s_) + at_m};
  }
  return {};
}

namespace {
float top_speed(const Driving& k, const Way& path) {
  const float turn = path.is_turn ? kTurnSpeed_mps : k.max_speed_mps;
  return path.speed_limit_mps > kNoLimit_mps ? turn : k.free_mps(path.speed_limit_mps);
}
}  // namespace

bool Traffic::can_yield(const Car& car, float distance_m) const {
  const auto& k = kinds_[car.kind];
  return (distance_m > 0 &&
          braking_distance(k, car.seen_mps(now_s_)) < distance_m - kYieldDistance_m) ||
         (distance_m < 0 && distance_m + k.length_m < 0);
}

void Traffic::yield_to(Slot vehicle, Slot foe) {
  Journey& j = journeys_[vehicle];
  if (j.blocked_s != now_s_) {
    j.blocked_before = j.blocked_by;
    j.blocked_before_s = j.blocked_s;
  }
  j.blocked_by = foe;
  j.blocked_s = now_s_;
}

/// Whether the vehicles that yielded to each other in the second before this one, from `foe` on,
/// form a circle. All of them see it alike, in whatever order they think.
bool Traffic::waits_in_circle(Slot foe) const {
  const auto next = [&](Slot v) {
    if (v == kNobody) return kNobody;
    const Journey& j = journeys_[v];
    if (j.blocked_s + 1 == now_s_) return j.blocked_by;
    return j.blocked_s == now_s_ && j.blocked_before_s + 1 == now_s_ ? j.blocked_before : kNobody;
  };
  Slot slow = foe, fast = foe;
  while (fast != kNobody && next(fast) != kNobody) {
    slow = next(slow);
    fast = next(next(fast));
    if (slow == fast && slow != kNobody) return true;
  }
  return false;
}

bool Traffic::can_pass(const Car& car, float distance_m, WayId path, const Foe& foe,
                       const Crossing& c) const {
  const WayId other = c.other;
  if (!can_yield(car, distance_m)) return true;
  const bool ruled = c.right != Right::kUnsaid;
  // Who has to wait by the rules waits where it should, and nowhere else.
  if (c.right == Right::kMine && leaves_to_me(*foe.car, other, foe.distance_m, c)) return true;
  if (c.right == Right::kTheirs && foe.distance_m > c.other_at_m) return true;
  const auto& foe_kind = kinds_[foe.car->kind];
  const auto goes_first = [&] {
    if (!can_yield(*foe.car, foe.distance_m)) return false;
    const int mine = ruled ? 0 : ways_[path].rank, theirs = ruled ? 0 : ways_[other].rank;
    if (mine > theirs) return true;
    if (foe.distance_m <= 0) return foe.distance_m + foe_kind.length_m < 0;
    const auto& k = kinds_[car.kind];
    const float my_s = seconds_to_reach(k, car.speed_mps, distance_m, top_speed(k, ways_[path]));
    const float their_s = seconds_to_reach(foe_kind, foe.car->seen_mps(now_s_), foe.distance_m,
                                           top_speed(foe_kind, ways_[other]));
    if (mine < theirs || my_s != their_s) return their_s > my_s;
    const Journey &me = journeys_[car.vehicle], &they = journeys_[foe.car->vehicle];
    if (me.on_path_since != they.on_path_since) return me.on_path_since < they.on_path_since;
    return distance_m != foe.distance_m ? distance_m < foe.distance_m : me.trip < they.trip;
  };
  return goes_first() || waits_in_circle(foe.car->vehicle);
}

}  // namespace citybrain::city
