// Every awake vehicle's next speed, and until when it may sleep.
#include <algorithm>
#include <bit>
#include <cmath>

#include "scenarios/city/four.h"
#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// Lanes with somebody awake, in order.
void Traffic::awake_lanes(std::vector<WayId>& out) const {
  out.clear();
  const FourInts now = all(static_cast<std::int32_t>(now_s_));
  for (WayId w = 0; w < wake_s_.size(); w += 4)
    for (unsigned b = bits(load(wake_s_.data() + w) <= now); b != 0; b &= b - 1)
      out.push_back(w + static_cast<WayId>(std::countr_zero(b)));
}

[[gnu::flatten]] void Traffic::think() {
  awake_.clear();
  movers_.clear();
  awake_lanes(up_);
  up_.insert(up_.end(), busy_paths_.begin(), busy_paths_.end());
  for (std::size_t i = 0; i < up_.size(); ++i) {
    if (i + kSoon < up_.size()) cars_[up_[i + kSoon]].fetch();
    think_way(up_[i]);
  }
}

void Traffic::think_way(WayId w) {
  auto& cars = cars_[w];
  std::uint32_t next_wake = kNever;
  const auto first_mover = static_cast<std::uint32_t>(movers_.size());
  for (std::size_t i = 0, n = cars.size(); i < n; ++i) {
    std::uint32_t wake_s = cars.wake_s(i);
    if (wake_s <= now_s_) {
      wake_s = think_of(w, cars[i], i > 0 ? &cars[i - 1] : nullptr);
      cars.wake_s(i) = wake_s;
      if (wake_s == now_s_ + 1) movers_.push_back(static_cast<std::uint32_t>(i));
    }
    next_wake = std::min(next_wake, wake_s);
  }
  if (first_mover < movers_.size())
    awake_.push_back({w, first_mover, static_cast<std::uint32_t>(movers_.size())});
  if (w >= streets_.lanes()) return;
  wake_s_[w] = next_wake;
  if ((now_s_ + w) % 64 == 0) {
    restless_[w] = 0;
    for (const Car& car : cars) restless_[w] |= car.flags & Car::kRestless;
  }
}

/// The car's next speed, and until when it may sleep: now + 1 when it must move in this second.
std::uint32_t Traffic::think_of(WayId w, Car& car, const Car* ahead) {
  car.at_m = car.at(now_s_);
  car.since_s = now_s_;
  Leader leader;
  if (ahead != nullptr) {
    const auto& leading = kinds_[ahead->kind];
    leader = {ahead, ahead->at(now_s_) - leading.length_m - car.at_m};
    // The second bound of no_collision_speed holds it until that one moves.
    if (car.speed_mps == 0 && ahead->speed_mps == 0 &&
        leader.gap_m <= kinds_[car.kind].min_gap_m + leading.usual_decel / 2 && !car.is(Car::kHeld))
      return car.is(Car::kStuck) || ahead->is(Car::kHeld) ? now_s_ + kLookAround_s : kNever;
  } else {
    leader = leader_beyond(car, w);
  }
  if (car.is(Car::kHeld)) {
    car.next_speed_mps = held_speed(car);
    if (car.is(Car::kHeld))
      return car.speed_mps > 0 ? now_s_ + 1 : journeys_[car.vehicle].held_until_s;
  }
  car.next_speed_mps = next_speed(car, w, leader);
  return now_s_ + rest(car, w, ahead, leader);
}

/// For how many seconds the car's speed cannot change; 1 when it does now.
std::uint32_t Traffic::rest(const Car& car, WayId w, const Car* ahead, const Leader& leader) const {
  const Way& way = streets_[w];
  if (!way.is_lane) return 1;
  if (car.speed_mps == 0) {
    // First at red: until the signal changes. (With no room behind the junction it looks on.)
    const bool red = ahead == nullptr && car.next_speed_mps <= 0 && car.next != kNoWay &&
                     !is_green(streets_[car.next]);
    return red ? kNever - now_s_ : 1;
  }
  const auto& k = kinds_[car.kind];
  const float v = car.speed_mps;
  if (car.next_speed_mps != v) return 1;
  const bool follows = ahead != nullptr && ahead->speed_mps >= v;
  const bool free = v == k.free_mps(limit_mps_[w]);
  if (!follows && !free) return 1;
  // Till the junction comes into sight; till a leader that it follows as it is changes its speed,
  // or one that it catches up with matters.
  float room = way.length_m - car.at_m;
  if (car.next != kNoWay) room -= streets_[car.next].is_turn ? k.sight_m : k.stop_sight_m(v);
  if (car.is(Car::kStuck)) room -= k.far_m(v);
  if (car.is(Car::kStops))
    room = std::min(room, demand_.stops()[journeys_[car.vehicle].next_stop].at_m - car.at_m -
                              k.stop_sight_m(v));
  if (ahead != nullptr && !follows) room = std::min(room, leader.gap_m - k.far_m(v));
  std::uint32_t seconds = room > 0 ? static_cast<std::uint32_t>(room / v) : 0;
  if (car.is(Car::kAstray) || car.is(Car::kStuck) || (!free && car.is(Car::kChoice)))
    seconds = std::min(seconds, kLookAround_s);
  return std::max(seconds, 1U);
}

float Traffic::next_speed(Car& car, WayId w, const Leader& leader) {
  const auto& k = kinds_[car.kind];
  const Way& way = streets_[w];
  const float free = k.free_mps(limit_mps_[w]);
  float v = std::min(free, car.speed_mps + k.max_accel);
  if (leader.car != nullptr && leader.gap_m < k.far_m_at_top) {
    const float ahead_mps = leader.car->speed_mps;
    v = std::min(
        v, following_speed(k, car.speed_mps, kinds_[leader.car->kind], ahead_mps, leader.gap_m));
    // Followers come near a leader's speed without end; who is that near drives at it.
    if (ahead_mps > kClearingSpeed_mps && std::abs(v - ahead_mps) < kNearSpeed_mps &&
        ahead_mps < free)
      v = ahead_mps;
  }
  if (v > free - kNearSpeed_mps) v = free;
  const float left_m = way.length_m - car.at_m;
  if (!way.is_lane || (car.next != kNoWay && left_m <= k.sight_m))
    v = std::min({v, junction_speed(car, w), speed_beyond(car, w, left_m)});
  if (car.is(Car::kStops)) v = std::min(v, speed_to_stop(car));
  if (car.is(Car::kAside)) v = std::min(v, aside_speed(car));
  if (car.is(Car::kStuck))
    v = std::min(v, no_collision_speed(0, {}, car.speed_mps, {k.max_decel, k.per_2_max_decel},
                                       left_m, k.min_gap_m));
  return std::max(v, car.speed_mps - k.max_decel);
}

/// The vehicle ahead of the first one on a way: on the paths out of the lane (they overlap at their
/// beginning), or beyond, over as many short streets as are in sight.
Traffic::Leader Traffic::leader_beyond(const Car& car, WayId w) const {
  const auto last_of = [&](WayId way, float distance) {
    const Car& last = cars_[way].back();
    return Leader{&last, distance + last.at(now_s_) - kinds_[last.kind].length_m};
  };
  const float sight = kinds_[car.kind].sight_m;
  float distance = streets_[w].length_m - car.at_m;
  if (car.next == kNoWay || distance > sight) return {};
  WayId lane = car.next;
  if (streets_[w].is_lane) {
    Leader nearest;
    const Way& way = streets_[w];
    // One look at the mask says, as a rule, that nobody is on any of them.
    if (way.mask_words > 1 || (at_junctions_[way.mask_at].on_path & way.mask) != 0) {
      for (const WayId path : streets_.paths(w)) {
        if (!is_on_path(streets_[path])) continue;
        const Leader l = last_of(path, distance);
        if (nearest.car == nullptr || l.gap_m < nearest.gap_m) nearest = l;
      }
    }
    if (nearest.car != nullptr) return nearest;
    distance += streets_[car.next].length_m;
    lane = streets_[car.next].to;
  }
  Ahead ahead{lane, 1};
  while (distance <= sight) {
    if (!cars_[ahead.lane].empty()) return last_of(ahead.lane, distance);
    distance += streets_[ahead.lane].length_m;
    const WayId path = distance <= sight ? path_after(car, ahead) : kNoWay;
    if (path == kNoWay) return {};
    if (!cars_[path].empty()) return last_of(path, distance);
    distance += streets_[path].length_m;
    ahead.lane = streets_[path].to;
  }
  return {};
}

/// The path at the end of a lane ahead on the car's way; moves `ahead` on by a turn.
WayId Traffic::path_after(const Car& car, Ahead& ahead) const {
  const Journey& j = journeys_[car.vehicle];
  if (ahead.turn >= j.roads_left) return kNoWay;
  const TurnsFrom route = turns(j);
  const std::uint32_t turn = ahead.turn++;
  return streets_
      .steer(ahead.lane, route[turn],
             ahead.turn < j.roads_left ? route[turn + 1] : Streets::kNoTurn)
      .path;
}

}  // namespace citybrain::city
