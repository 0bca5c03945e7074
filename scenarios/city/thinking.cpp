// Every awake vehicle's next speed, and until when it may sleep; who does not moves at once.
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

[[gnu::flatten]] void Traffic::drive() {
  over_.clear();
  awake_lanes(up_);
  up_.insert(up_.end(), busy_paths_.begin(), busy_paths_.end());
  for (std::size_t i = 0; i < up_.size(); ++i) {
    if (i + kSoon < up_.size()) cars_[up_[i + kSoon]].fetch();
    drive_way(up_[i]);
  }
}

/// Who of the first 64 of `n` is awake, a bit each.
inline std::uint64_t Traffic::due(const std::uint32_t* wakes, std::uint32_t n) const {
  const FourInts now = all(static_cast<std::int32_t>(now_s_));
  std::uint64_t awake = 0;
  for (std::uint32_t i = 0; i < std::min(n, 64U); i += 4)
    awake |= std::uint64_t{bits(load(wakes + i) <= now)} << i;
  return awake;
}

/// When the first one of `n` wakes.
inline std::uint32_t Traffic::soonest(const std::uint32_t* wakes, std::uint32_t n) {
  FourInts least_of = all(kNever);
  for (std::uint32_t i = 0; i < n; i += 4) least_of = min(least_of, load(wakes + i));
  return least(least_of);
}

/// All who are awake on a way, from the first one on.
void Traffic::drive_way(WayId w) {
  auto& queue = cars_[w];
  const auto n = static_cast<std::uint32_t>(queue.size());
  const std::uint32_t* const wakes = queue.wakes_data();
  std::uint32_t next_wake = kNever;
  for (std::uint32_t first = 0; first < n; first += 64) {
    std::uint64_t awake = due(wakes + first, n - first);
    while (awake != 0) {
      const std::uint32_t i = first + static_cast<std::uint32_t>(std::countr_zero(awake));
      const std::uint32_t next = drive_from(w, queue, i, next_wake);
      // A chain that ends beyond these 64 has given the next ones their wake times.
      awake = next - first < 64 ? awake & (~std::uint64_t{0} << (next - first)) : 0;
    }
  }
  if (w >= lanes_) return;
  wake_s_[w] = next_wake > now_s_ + 1 ? soonest(wakes, n) : next_wake;
  if ((now_s_ + w) % 64 == 0) {
    restless_[w] = 0;
    for (const Car& car : queue) restless_[w] |= car.flags & Car::kRestless;
  }
}

/// Car i, who is awake, and those behind him who are. Returns the first one behind them who need
/// not be looked at.
inline std::uint32_t Traffic::drive_from(WayId w, CarQueue& queue, std::uint32_t i,
                                         std::uint32_t& next_wake) {
  Car* const cars = queue.data();
  std::uint32_t* const wakes = queue.wakes_data();
  const auto n = static_cast<std::uint32_t>(queue.size());
  const std::uint32_t then = now_s_ + 1;
  bool ahead_changes = false;
  for (;;) {
    Car& car = cars[i];
    const Car* const ahead = i > 0 ? cars + i - 1 : nullptr;
    std::uint32_t wake_s = then;
    bool changes = true;
    if (ahead == nullptr || !follow(w, car, *ahead)) {
      const Thought thought = think_of(w, car, ahead);
      wake_s = thought.wake_s;
      changes = wake_s == then && go_on(w, car, car.at_m, thought.mps);
      if (car.at_m > ways_[w].length_m && car.since_s == then) {
        over_.push_back({w, i});
        changes = true;
      }
    }
    wakes[i] = ahead_changes ? then : wake_s;
    next_wake = std::min(next_wake, wakes[i]);
    ahead_changes = changes;
    if (wakes[++i] <= now_s_) continue;  // not behind the last one: kNever
    if (!ahead_changes || i == n) return i;
    wakes[i] = next_wake = then;
    return i + 1;
  }
}

/// Who only follows, far from the junction, has no more to think of. False: he has, and nothing has
/// happened.
inline bool Traffic::follow(WayId w, Car& car, const Car& ahead) const {
  constexpr unsigned kSimple = Car::kChoice | Car::kLastRoad;
  if (w >= lanes_ || (car.flags & ~kSimple) != 0) return false;
  const auto& k = kinds_[car.kind];
  const float at_m = car.at(now_s_), mps = car.speed_mps;
  if (ways_[w].length_m - at_m <= k.sight_m) return false;
  const float gap_m = ahead.seen_at(now_s_) - kinds_[ahead.kind].length_m - at_m;
  const float free = k.free_mps(cars_[w].limit_mps);
  const float v = std::max(speed_behind(k, mps, free, ahead, gap_m), mps - k.max_decel);
  if (v == mps || (mps == 0 && v <= 0)) return false;
  return go_on(w, car, at_m, v);
}

/// Moves from `at_m`. Whether its speed is another one now.
inline bool Traffic::go_on(WayId w, Car& car, float at_m, float next_mps) const {
  const float mps = car.speed_mps;
  float to_m =
      at_m + (next_mps < 0 ? braking_distance(kinds_[car.kind], mps) : (mps + next_mps) / 2);
  if (car.is(Car::kStuck)) to_m = std::min(to_m, ways_[w].length_m);
  car.go(at_m, to_m, std::max(next_mps, 0.0F), now_s_);
  return mps != car.speed_mps;
}

/// As fast as the road and a leader allow.
inline float Traffic::speed_behind(const Driving& k, float speed_mps, float free_mps,
                                   const Car& ahead, float gap_m) const {
  float v = std::min(free_mps, speed_mps + k.max_accel);
  if (gap_m < k.far_m_at_top) {
    const float ahead_mps = ahead.seen_mps(now_s_);
    v = std::min(v, following_speed(k, speed_mps, kinds_[ahead.kind], ahead_mps, gap_m));
    // Followers come near a leader's speed without end; who is that near drives at it.
    v = choose((ahead_mps > kClearingSpeed_mps) & (std::abs(v - ahead_mps) < kNearSpeed_mps) &
                   (ahead_mps < free_mps),
               ahead_mps, v);
  }
  return v > free_mps - kNearSpeed_mps ? free_mps : v;
}

/// The car's next speed, and until when it may sleep: now + 1 when it must move in this second.
Traffic::Thought Traffic::think_of(WayId w, Car& car, const Car* ahead) {
  car.at_m = car.at(now_s_);
  car.since_s = now_s_;
  Leader leader;
  if (ahead != nullptr) {
    const auto& leading = kinds_[ahead->kind];
    leader = {ahead, ahead->seen_at(now_s_) - leading.length_m - car.at_m};
    // The second bound of no_collision_speed holds it until that one moves.
    if (car.speed_mps == 0 && ahead->seen_mps(now_s_) == 0 &&
        leader.gap_m <= kinds_[car.kind].min_gap_m + leading.usual_decel / 2 && !car.is(Car::kHeld))
      return {0, car.is(Car::kStuck) || ahead->is(Car::kHeld) ? now_s_ + kLookAround_s : kNever};
  } else {
    leader = leader_beyond(car, car.at_m, w);
  }
  if (car.is(Car::kHeld)) {
    const float mps = held_speed(car);
    if (car.is(Car::kHeld))
      return {mps, car.speed_mps > 0 ? now_s_ + 1 : journeys_[car.vehicle].held_until_s};
  }
  const float mps = next_speed(car, w, leader);
  return {mps, now_s_ + rest(car, mps, w, ahead, leader)};
}

/// For how many seconds the car's speed cannot change; 1 when it does now.
std::uint32_t Traffic::rest(const Car& car, float next_mps, WayId w, const Car* ahead,
                            const Leader& leader) const {
  const Way& way = ways_[w];
  if (!way.is_lane) return 1;
  if (car.speed_mps == 0) {
    // First at red: until the signal changes, if it is the line that it stands at, not one who is
    // about to clear the junction. (With no room behind the junction it looks on.)
    const bool red =
        ahead == nullptr && next_mps <= 0 && car.next != kNoWay && !is_green(ways_[car.next]) &&
        stopping_speed(kinds_[car.kind], 0, std::max(way.length_m - car.at_m, 0.0F)) <= 0;
    return red ? kNever - now_s_ : 1;
  }
  const auto& k = kinds_[car.kind];
  const float v = car.speed_mps;
  if (next_mps != v) return 1;
  const bool follows = ahead != nullptr && ahead->seen_mps(now_s_) >= v;
  const bool free = v == k.free_mps(cars_[w].limit_mps);
  if (!follows && !free) return 1;
  // Till the junction comes into sight; till a leader that it follows as it is changes its speed,
  // or one that it catches up with matters.
  float room = way.length_m - car.at_m;
  if (car.next != kNoWay) room -= ways_[car.next].is_turn ? k.sight_m : k.stop_sight_m(v);
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
  const Way& way = ways_[w];
  const float free = k.free_mps(cars_[w].limit_mps);
  float v = std::min(free, car.speed_mps + k.max_accel);
  if (leader.car != nullptr) {
    v = speed_behind(k, car.speed_mps, free, *leader.car, leader.gap_m);
  } else if (v > free - kNearSpeed_mps) {
    v = free;
  }
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
Traffic::Leader Traffic::leader_beyond(const Car& car, float at_m, WayId w) const {
  const auto last_of = [&](WayId way, float distance) {
    const Car& last = cars_[way].back();
    return Leader{&last, distance + last.seen_at(now_s_) - kinds_[last.kind].length_m};
  };
  const float sight = kinds_[car.kind].sight_m;
  float distance = ways_[w].length_m - at_m;
  if (car.next == kNoWay || distance > sight) return {};
  WayId lane = car.next;
  if (ways_[w].is_lane) {
    Leader nearest;
    const Way& way = ways_[w];
    // One look at the mask says, as a rule, that nobody is on any of them.
    if (way.mask_words > 1 || (at_junctions_[way.mask_at].on_path & way.mask) != 0) {
      for (const WayId path : streets_.paths(w)) {
        if (!is_on_path(ways_[path])) continue;
        const Leader l = last_of(path, distance);
        if (nearest.car == nullptr || l.gap_m < nearest.gap_m) nearest = l;
      }
    }
    if (nearest.car != nullptr) return nearest;
    distance += ways_[car.next].length_m;
    lane = ways_[car.next].to;
  }
  Ahead ahead{lane, 1};
  while (distance <= sight) {
    if (!cars_[ahead.lane].empty()) return last_of(ahead.lane, distance);
    distance += ways_[ahead.lane].length_m;
    const WayId path = distance <= sight ? path_after(car, ahead) : kNoWay;
    if (path == kNoWay) return {};
    if (!cars_[path].empty()) return last_of(path, distance);
    distance += ways_[path].length_m;
    ahead.lane = ways_[path].to;
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
