// Lane changes: to a lane that leads on (a must), or past a slower queue (when it is worth a
// vehicle's length and there is room). A change takes no time; it is the gaps that it needs, not
// its seconds, that matter to throughput.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// Finds the place, from where it is about.
void Traffic::find_beside(Beside& beside, float at_m) const {
  const auto& cars = cars_[beside.lane];
  std::size_t& behind = beside.behind;
  behind = std::min(behind, cars.size());
  while (behind > 0 && cars[behind - 1].at(now_s_) < at_m) --behind;
  while (behind < cars.size() && cars[behind].at(now_s_) >= at_m) ++behind;
}

float Traffic::gap_ahead(Beside& beside, float at_m) const {
  find_beside(beside, at_m);
  if (beside.behind == 0) return ways_[beside.lane].length_m - at_m;
  const Car& ahead = cars_[beside.lane][beside.behind - 1];
  return ahead.at(now_s_) - kinds_[ahead.kind].length_m - at_m;
}

/// Both gaps are at least the braking distance of whoever follows.
bool Traffic::fits(const Car& car, Beside& beside) const {
  find_beside(beside, car.at_m);
  const auto& cars = cars_[beside.lane];
  const auto& k = kinds_[car.kind];
  if (beside.behind > 0) {
    const Car& ahead = cars[beside.behind - 1];
    if (ahead.at(now_s_) - kinds_[ahead.kind].length_m - car.at_m <
        std::max(braking_distance(k, car.speed_mps), 0.5F))
      return false;
  }
  if (beside.behind < cars.size()) {
    const Car& follower = cars[beside.behind];
    const float gap = car.at_m - follower.at(now_s_) - k.length_m;
    if (gap < std::max(braking_distance(kinds_[follower.kind], follower.speed_mps), 0.5F))
      return false;
  } else if (car.at_m - k.length_m < kNoChangeZone_m && comes_behind(car, beside.lane)) {
    return false;
  }
  return true;
}

/// Somebody in the junction behind is about to come onto the lane, too near to brake for the car.
bool Traffic::comes_behind(const Car& car, WayId lane) const {
  const float behind_m = car.at_m - kinds_[car.kind].length_m;
  const auto paths = streets_.paths_into(lane);
  return std::any_of(paths.begin(), paths.end(), [&](WayId path) {
    if (cars_[path].empty()) return false;
    const Car& next = cars_[path].front();
    const float gap = behind_m + ways_[path].length_m - next.at(now_s_);
    return gap < std::max(braking_distance(kinds_[next.kind], next.speed_mps), 0.5F);
  });
}

Traffic::Beside* Traffic::wanted_lane(const Car& car, WayId lane, float gap_m, Beside& inner,
                                      Beside& outer) const {
  if (!car.is(Car::kStuck) && !car.is(Car::kAstray))
    return faster_lane(car, lane, gap_m, inner, outer);
  if (car.is(Car::kAstray) && ways_[lane].length_m - car.at_m < kNoChangeZone_m) return nullptr;
  return car.goal > ways_[lane].index ? &outer : &inner;
}

/// The lane beside on which to pass what stands ahead: one that leads on, if there is one.
Traffic::Beside* Traffic::way_round(WayId lane, const Car& car, Beside& inner,
                                    Beside& outer) const {
  const Way& here = ways_[lane];
  const Way& ahead = ways_[car.next == kNoWay ? lane : car.next];
  const bool to_inner = ahead.inner_too && fits(car, inner);
  if (to_inner) return &inner;
  if (ahead.outer_too && fits(car, outer)) return &outer;
  if (here.inner_too && fits(car, inner)) return &inner;
  return here.outer_too ? &outer : nullptr;
}

/// Who drives as fast as he likes looks, too, whenever he is awake: on coming into the road, so
/// that queues are alike before they stand.
Traffic::Beside* Traffic::faster_lane(const Car& car, WayId lane, float gap_m, Beside& inner,
                                      Beside& outer) const {
  const auto& k = kinds_[car.kind];
  const Way& way = ways_[lane];
  if (gap_m > k.outlook_m || gap_m < 1.5F * k.length_m) return nullptr;
  if (way.length_m - car.at_m < kNoChangeZone_m) return nullptr;
  const Way& ahead = ways_[car.next == kNoWay ? lane : car.next];
  Beside* best = nullptr;
  float best_gap = gap_m + k.length_m;
  const auto look = [&](Beside& beside) {
    if (const float gap = gap_ahead(beside, car.at_m); gap > best_gap) {
      best = &beside;
      best_gap = gap;
    }
  };
  if (ahead.outer_too) look(outer);
  if (ahead.inner_too) look(inner);
  if (best == nullptr) return nullptr;
  const std::uint32_t last_change_s = journeys_[car.vehicle].last_change_s;
  return last_change_s != 0 && now_s_ - last_change_s < kChangeCooling_s ? nullptr : best;
}

/// A driver who could not get into the lane for his turn takes the turn that his lane allows and
/// finds another way.
void Traffic::take_another_turn(Car& car, WayId lane) {
  Journey& j = journeys_[car.vehicle];
  model::RoadId end = ways_[lane].road;
  const TurnsFrom route = turns(j);
  // A bus goes on from its next stop as before.
  const std::uint32_t kept = j.next_stop == kNoStop ? 0 : demand_.stops()[j.next_stop].roads_left;
  for (std::uint32_t i = 0; i + kept < j.roads_left; ++i) end = streets_.after(end, route[i]);
  std::vector<std::uint8_t> best;
  model::RoadId taken;
  const auto& movements = streets_.network()[ways_[lane].road].movements;
  for (std::size_t m = 0; m < movements.size(); ++m) {
    const auto to = streets_.network()[movements[m]].to;
    if (!streets_.leads_to(lane, to)) continue;
    if (!router_.route(to, end, known_costs(j.trip), search_, new_turns_)) continue;
    if (taken.valid() && new_turns_.size() + 1 >= best.size()) continue;
    taken = to;
    best.assign(1, static_cast<std::uint8_t>(m));
    best.insert(best.end(), new_turns_.begin(), new_turns_.end());
  }
  if (!taken.valid()) {
    leave_by_another_road(car, lane);
    return;
  }
  for (std::uint32_t i = j.roads_left - kept; i < j.roads_left; ++i) best.push_back(route[i]);
  go_another_way(car, lane, best);
}

/// The first one on the lane has missed its turn and goes on by others.
void Traffic::go_another_way(Car& car, WayId lane, std::span<const std::uint8_t> turns) {
  const Journey& j = journeys_[car.vehicle];
  give_route(car.vehicle, turns);
  ++missed_turns_;
  if (!is_guest(j)) detoured_.push_back(j.trip);
  settle(car, lane);
  front_changed(lane);
}

/// Every turn of the lane leads out of the city. Two who need each other's lane would stand there
/// for ever; in the end a driver goes out by the wrong road. An ambulance or a police car does not:
/// it is needed here (Fleets has it go on by siren).
void Traffic::leave_by_another_road(Car& car, WayId lane) {
  Journey& j = journeys_[car.vehicle];
  if (is_callers(j)) return;
  if (static_cast<float>(now_s_) - j.lane_entered_s < kWrongLane_s) return;
  const auto& movements = streets_.network()[ways_[lane].road].movements;
  for (std::size_t m = 0; m < movements.size(); ++m) {
    if (!streets_.leads_to(lane, streets_.network()[movements[m]].to)) continue;
    j.next_stop = kNoStop;
    const auto turn = static_cast<std::uint8_t>(m);
    go_another_way(car, lane, {&turn, 1});
    return;
  }
}

void Traffic::change_lanes() {
  awake_lanes(up_);
  for (const WayId lane : up_) {
    // Who must change looks every second, who only may, every third.
    if (restless_[lane] == 0 ||
        (restless_[lane] == Car::kChoice && (now_s_ + lane) % kChangeCooling_s != 0))
      continue;
    change_lanes_from(lane);
  }
}

void Traffic::change_lanes_from(WayId lane) {
  Beside inner{lane - 1, 0}, outer{lane + 1, 0};
  for (std::size_t i = 0, last = 0;;) {
    const CarQueue& cars = cars_[lane];
    while (i < cars.size() && cars.wake_s(i) > now_s_) ++i;
    if (i == cars.size()) return;
    // Lanes beside have about as many cars.
    inner.behind += i - last;
    outer.behind += i - last;
    last = i;
    if (!change_lanes_at(lane, i, inner, outer)) ++i;
  }
}

/// True when car i has left the lane.
bool Traffic::change_lanes_at(WayId lane, std::size_t i, Beside& inner, Beside& outer) {
  auto& cars = cars_[lane];
  Car& car = cars[i];
  if (car.is(Car::kHeld)) return false;
  const bool hindered = i > 0 && cars[i - 1].is(Car::kHeld) && car.speed_mps < kClearingSpeed_mps;
  const bool must = car.is(Car::kStuck);
  if (!must && !hindered && !car.is(Car::kChoice)) return false;
  if (!must && !hindered && (car.speed_mps == 0 || (i == 0 && !car.is(Car::kAstray)))) return false;
  car.at_m = car.at(now_s_);
  car.since_s = now_s_;
  const float gap =
      i > 0 ? cars[i - 1].at(now_s_) - kinds_[cars[i - 1].kind].length_m - car.at_m : 1e9F;
  Beside* to =
      hindered ? way_round(lane, car, inner, outer) : wanted_lane(car, lane, gap, inner, outer);
  if (to != nullptr && fits(car, *to)) {
    change(lane, i, *to);
    return true;
  }
  if (must && i == 0 && car.speed_mps < kClearingSpeed_mps &&
      ways_[lane].length_m - car.at_m < kMissedTurn_m)
    take_another_turn(car, lane);
  return false;
}

void Traffic::change(WayId lane, std::size_t i, Beside& to) {
  auto& cars = cars_[lane];
  auto& others = cars_[to.lane];
  Car changed = cars[i];
  settle(changed, to.lane);
  journeys_[changed.vehicle].last_change_s = now_s_;
  ++lane_counts_[lane].changed_out;
  ++lane_counts_[to.lane].changed_in;
  cars.erase(i);
  if (i < cars.size()) wake(lane, i, now_s_);
  if (i == 0) front_changed(lane);
  others.insert(to.behind, changed, now_s_);
  if (to.behind + 1 < others.size()) wake(to.lane, to.behind + 1, now_s_);
  if (to.behind == 0) front_changed(to.lane);
  if (to.behind + 1 == others.size()) last_came_by(journeys_[changed.vehicle].came_by);
  wake_s_[to.lane] = now_s_;
  restless_[to.lane] |= changed.flags & Car::kRestless;
}

}  // namespace citybrain::city
