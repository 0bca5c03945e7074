#include "scenarios/city/traffic.h"

#include <algorithm>
#include <cmath>

#include "scenarios/city/routes.h"

namespace citybrain::city {

using model::RoadId;

namespace {
constexpr auto kFirstLane = runtime::purpose("city/first-lane");
}

Traffic::Traffic(const Streets& streets, Demand demand, std::uint64_t seed)
    : streets_(streets),
      demand_(std::move(demand)),
      random_(seed),
      router_(streets.network(), {kLeftTurn_s, kRightTurn_s}),
      road_cost_(usual_road_seconds(streets.network())) {
  cars_.resize(streets.ways());
  wake_s_.assign(streets.lanes(), kNever);
  arrivals_.resize(streets.ways());
  on_path_.resize(streets.mask_words());
  front_next_.assign(streets.lanes(), kNoWay);
  tail_path_.assign(streets.lanes(), kNoWay);
  restless_.resize(streets.lanes());
  outside_.resize(streets.lanes());
  crossed_.resize(streets.lanes());
  occupied_.resize(streets.mask_words());
  looked_at_s_.assign(streets.network().junctions.size(), kNever);
  for (const auto& k : demand_.kinds()) kinds_.emplace_back(k, 1.0F, 1.0F);
  limit_factor_.assign(streets.lanes(), 1.0F);
  for (WayId w = 0; w < streets.ways(); ++w) limit_mps_.push_back(streets[w].speed_limit_mps);
  served_s_.assign(demand_.stop_places(), 0);
}

const std::uint8_t* Traffic::turns(const Journey& j) const {
  return (j.turns_at & kDetour) != 0 ? detours_.data() + (j.turns_at & ~kDetour)
                                     : demand_.turns().data() + j.turns_at;
}

RoadId Traffic::next_road(const Car& car, WayId lane) const {
  const Journey& j = journeys_[car.vehicle];
  if (j.roads_left == 0) return {};
  return streets_.after(streets_[lane].road, *turns(j));
}

std::size_t Traffic::vehicle_bytes() const {
  std::size_t sum = demand_.bytes() + journeys_.capacity() * sizeof(Journey) +
                    free_slots_.capacity() * sizeof(Slot) + moved_.capacity() * sizeof(Moved);
  for (const auto& q : cars_) sum += q.bytes();
  for (const auto& o : outside_) sum += o.trips.capacity() * sizeof(std::uint32_t);
  return sum;
}

void Traffic::second(std::uint32_t now_s, const SignalHeads& heads, TruthStep& truth) {
  now_s_ = now_s;
  for (const WayId lane : crossed_lanes_) crossed_[lane] = 0;
  crossed_lanes_.clear();
  hinder(now_s);
  create(truth);
  admit();
  change_lanes();
  think(heads);
  move(truth);
  truth.running = running_;
  truth.waiting_outside = waiting_;
}

void Traffic::create(TruthStep& truth) {
  const auto& trips = demand_.trips();
  for (; next_trip_ < trips.size() && trips[next_trip_].depart_s <= now_s_; ++next_trip_) {
    const WayId lane = first_lane(static_cast<std::uint32_t>(next_trip_));
    auto& outside = outside_[lane];
    if (outside.trips.empty()) entered_lanes_.push_back(lane);
    outside.trips.push_back(static_cast<std::uint32_t>(next_trip_));
    truth.created_s.push_back(now_s_);
    ++waiting_;
  }
}

/// One of the lanes of the first road that lead to the second, by keyed randomness.
WayId Traffic::first_lane(std::uint32_t trip) const {
  const Trip& t = demand_.trips()[trip];
  const auto& road = streets_.network()[t.first];
  const RoadId second =
      t.roads > 1 ? streets_.after(t.first, demand_.turns()[t.turns_at]) : RoadId{};
  const auto leads = [&](std::uint32_t i) {
    return !second.valid() || streets_.leads_to(road.first_lane.value + i, second);
  };
  std::uint64_t candidates = 0;
  for (std::uint32_t i = 0; i < road.lanes; ++i) candidates += leads(i) ? 1 : 0;
  CITYBRAIN_CHECK(candidates > 0);
  std::uint64_t chosen = random_.bits(kFirstLane, trip) % candidates;
  for (std::uint32_t i = 0;; ++i)
    if (leads(i) && chosen-- == 0) return road.first_lane.value + i;
}

Slot Traffic::take_slot(const Journey& journey) {
  Slot s = static_cast<Slot>(journeys_.size());
  if (free_slots_.empty()) {
    journeys_.push_back(journey);
  } else {
    s = free_slots_.back();
    free_slots_.pop_back();
    journeys_[s] = journey;
  }
  return s;
}

Slot Traffic::new_slot(std::uint32_t trip) {
  const Trip& t = demand_.trips()[trip];
  Journey j;
  j.trip = trip;
  j.turns_at = t.turns_at;
  j.roads_left = static_cast<std::uint16_t>(t.roads - 1);
  j.lane_entered_s = static_cast<float>(now_s_);
  j.next_stop = t.first_stop;
  return take_slot(j);
}

void Traffic::admit() {
  std::size_t kept = 0;
  for (const WayId lane : entered_lanes_) {
    auto& queue = outside_[lane];
    const std::uint32_t trip = queue.trips[queue.head];
    const std::uint16_t kind = demand_.trips()[trip].kind;
    const auto& cars = cars_[lane];
    if (cars.empty() ||
        cars.back().at(now_s_) > kinds_[cars.back().kind].length_m + kinds_[kind].min_gap_m) {
      Car car;
      car.vehicle = new_slot(trip);
      car.kind = kind;
      car.since_s = now_s_;
      settle(car, lane);
      arrive(lane, car, now_s_);
      --waiting_;
      ++running_;
      if (++queue.head == queue.trips.size()) {
        queue = {};
        continue;
      }
    }
    entered_lanes_[kept++] = lane;
  }
  entered_lanes_.resize(kept);
}

/// Chooses the way after `lane`, on which the car has just come.
void Traffic::settle(Car& car, WayId lane) {
  const Journey& j = journeys_[car.vehicle];
  car.flags = 0;
  car.next = kNoWay;
  look_for_stop(car);
  if (j.roads_left == 0) {
    car.set(Car::kLastRoad, true);
    car.set(Car::kChoice, streets_.network()[streets_[lane].road].lanes > 1);
    return;
  }
  const std::uint8_t* route = turns(j);
  const Steer& steer =
      streets_.steer(lane, route[0], j.roads_left > 1 ? route[1] : Streets::kNoTurn);
  car.next = steer.path;
  car.goal = steer.goal;
  car.set(Car::kStuck, steer.path == kNoWay);
  car.set(Car::kChoice, steer.path != kNoWay && streets_.has_choice(lane));
  car.set(Car::kAstray, steer.astray);
}

/// Whether the vehicle has a stop on the road that it is on.
void Traffic::look_for_stop(Car& car) {
  const Journey& j = journeys_[car.vehicle];
  car.set(Car::kStops, false);
  if (j.next_stop == kNoStop) return;
  const Stop& stop = demand_.stops()[j.next_stop];
  car.set(Car::kStops, stop.roads_left == j.roads_left && stop.at_m > car.at_m);
}

/// Puts a car behind the last one of a way.
void Traffic::arrive(WayId way, const Car& car, std::uint32_t wake_s) {
  auto& cars = cars_[way];
  cars.push_back(car, wake_s);
  if (way >= streets_.lanes()) {
    if (cars.size() > 1) return;
    const Way& path = streets_[way];
    busy_paths_.push_back(way);
    on_path_[streets_.mask_at(path.junction) + path.place / 64] |= std::uint64_t{1}
                                                                   << (path.place % 64);
    return;
  }
  wake_s_[way] = std::min(wake_s_[way], wake_s);
  restless_[way] |= car.flags & Car::kRestless;
  tail_path_[way] = journeys_[car.vehicle].came_by;
  if (cars.size() == 1) front_changed(way);
}

void Traffic::front_changed(WayId lane) {
  front_next_[lane] = cars_[lane].empty() ? kNoWay : cars_[lane].front().next;
}

void Traffic::wake(WayId way, std::size_t i, std::uint32_t at_s) {
  auto& wake_s = cars_[way].wake_s(i);
  wake_s = std::min(wake_s, at_s);
  if (way < wake_s_.size()) wake_s_[way] = std::min(wake_s_[way], at_s);
}

void Traffic::signal_changed(model::JunctionId junction, std::uint32_t now_s) {
  for (const WayId lane : streets_.entries(junction))
    if (!cars_[lane].empty()) wake(lane, 0, now_s);
}

[[gnu::flatten]] void Traffic::think(const SignalHeads& heads) {
  awake_.clear();
  movers_.clear();
  up_.clear();
  for (WayId w = 0; w < wake_s_.size(); ++w)
    if (wake_s_[w] <= now_s_) up_.push_back(w);
  up_.insert(up_.end(), busy_paths_.begin(), busy_paths_.end());
  for (const WayId w : up_) think_way(w, heads);
}

void Traffic::think_way(WayId w, const SignalHeads& heads) {
  auto& cars = cars_[w];
  std::uint32_t next_wake = kNever;
  const auto first_mover = static_cast<std::uint32_t>(movers_.size());
  for (std::size_t i = 0, n = cars.size(); i < n; ++i) {
    std::uint32_t& wake_s = cars.wake_s(i);
    if (wake_s <= now_s_) {
      wake_s = think_of(w, cars[i], i > 0 ? &cars[i - 1] : nullptr, heads);
      if (wake_s == now_s_ + 1) movers_.push_back(static_cast<std::uint32_t>(i));
    }
    next_wake = std::min(next_wake, wake_s);
  }
  awake_.push_back({w, first_mover, static_cast<std::uint32_t>(movers_.size())});
  if (w >= wake_s_.size()) return;
  wake_s_[w] = next_wake;
  if ((now_s_ + w) % 64 == 0) {
    restless_[w] = 0;
    for (const Car& car : cars) restless_[w] |= car.flags & Car::kRestless;
  }
}

/// The car's next speed, and until when it may sleep: now + 1 when it must move in this second.
std::uint32_t Traffic::think_of(WayId w, Car& car, const Car* ahead, const SignalHeads& heads) {
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
  car.next_speed_mps = next_speed(car, w, leader, heads);
  return now_s_ + rest(car, w, ahead, leader, heads);
}

/// For how many seconds the car's speed cannot change; 1 when it does now.
std::uint32_t Traffic::rest(const Car& car, WayId w, const Car* ahead, const Leader& leader,
                            const SignalHeads& heads) const {
  const Way& way = streets_[w];
  if (!way.is_lane) return 1;
  if (car.speed_mps == 0) {
    // First at red: until the signal changes. (With no room behind the junction it looks on.)
    const bool red = ahead == nullptr && car.next_speed_mps <= 0 && car.next != kNoWay &&
                     !heads.is_green(way.junction, streets_[car.next].group);
    return red ? kNever - now_s_ : 1;
  }
  const auto& k = kinds_[car.kind];
  const float v = car.speed_mps;
  if (car.next_speed_mps != v) return 1;
  const bool follows = ahead != nullptr && ahead->speed_mps >= v;
  const bool free = v == std::min(k.max_speed_mps, limit_mps_[w]);
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

float Traffic::next_speed(Car& car, WayId w, const Leader& leader, const SignalHeads& heads) {
  const auto& k = kinds_[car.kind];
  const Way& way = streets_[w];
  const float free = std::min(k.max_speed_mps, limit_mps_[w]);
  float v = std::min(free, car.speed_mps + k.max_accel);
  if (leader.car != nullptr && leader.gap_m < k.far_m(free)) {
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
    v = std::min({v, junction_speed(car, w, heads), speed_beyond(car, w, left_m, heads)});
  if (car.is(Car::kStops)) v = std::min(v, speed_to_stop(car));
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
    const std::uint64_t* on_path = on_path_.data() + streets_.mask_at(streets_[w].junction);
    for (const WayId path : streets_.paths(w)) {
      const auto place = streets_[path].place;
      if (((on_path[place / 64] >> (place % 64)) & 1U) == 0) continue;
      const Leader l = last_of(path, distance);
      if (nearest.car == nullptr || l.gap_m < nearest.gap_m) nearest = l;
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
  const std::uint8_t* route = turns(j) + ahead.turn;
  ++ahead.turn;
  return streets_
      .steer(ahead.lane, route[0], ahead.turn < j.roads_left ? route[1] : Streets::kNoTurn)
      .path;
}

[[gnu::flatten]] void Traffic::move(TruthStep& truth) {
  moved_.clear();
  for (const Awake& a : awake_) move_way(a, truth);
  busy_paths_.erase(std::remove_if(busy_paths_.begin(), busy_paths_.end(),
                                   [&](WayId p) { return cars_[p].empty(); }),
                    busy_paths_.end());
  place();
}

void Traffic::move_way(const Awake& awake, TruthStep& truth) {
  const WayId w = awake.way;
  auto& cars = cars_[w];
  const float length = streets_[w].length_m;
  const std::uint32_t then = now_s_ + 1;
  gone_.clear();
  for (std::uint32_t m = awake.first_mover; m < awake.last_mover; ++m) {
    const std::size_t i = movers_[m];
    Car& car = cars[i];
    float distance = 0;
    if (car.next_speed_mps < 0) {
      distance = braking_distance(kinds_[car.kind], car.speed_mps);
      car.next_speed_mps = 0;
    } else {
      distance = (car.speed_mps + car.next_speed_mps) / 2;
    }
    const bool changed = car.speed_mps != car.next_speed_mps;
    car.speed_mps = car.next_speed_mps;
    car.at_m += distance;
    car.since_s = then;
    if (car.is(Car::kStuck)) car.at_m = std::min(car.at_m, length);
    const bool over = car.at_m > length;
    if ((changed || over) && i + 1 < cars.size()) wake(w, i + 1, then);
    if (!over) continue;
    gone_.push_back(i);
    WayId to = kNoWay;
    Car crossing = car;
    if (cross_over(crossing, w, truth, to)) moved_.push_back({crossing, to});
  }
  if (gone_.empty()) return;
  // Those in front, as a rule; where streets are shorter than the way of a second, others too.
  for (auto i = gone_.rbegin(); i != gone_.rend(); ++i) {
    if (*i == 0) {
      cars.pop_front();
    } else {
      cars.erase(*i);
    }
  }
  if (w < streets_.lanes()) {
    front_changed(w);
  } else if (cars.empty()) {
    const Way& path = streets_[w];
    on_path_[streets_.mask_at(path.junction) + path.place / 64] &=
        ~(std::uint64_t{1} << (path.place % 64));
  }
}

/// Follows a car over the ends of ways. False when its journey is over.
bool Traffic::cross_over(Car& car, WayId from, TruthStep& truth, WayId& to) {
  Journey& journey = journeys_[car.vehicle];
  to = from;
  while (car.at_m > streets_[to].length_m) {
    const Way& way = streets_[to];
    if (way.is_lane) {
      if (crossed_[to]++ == 0) crossed_lanes_.push_back(to);
      if (way.signalised)
        truth.passages.push_back({journey.trip, way.junction.value, journey.lane_entered_s,
                                  static_cast<double>(now_s_)});
      if (car.is(Car::kLastRoad)) {
        truth.finished.push_back({journey.trip, std::ceil(demand_.trips()[journey.trip].depart_s),
                                  static_cast<double>(now_s_)});
        free_slots_.push_back(car.vehicle);
        --running_;
        return false;
      }
      if (car.next == kNoWay) {  // came by a short way onto a lane that does not lead on
        car.at_m = way.length_m;
        return true;
      }
      car.at_m -= way.length_m;
      to = car.next;
      car.next = streets_[to].to;
      journey.on_path_since = now_s_;
    } else {
      car.at_m -= way.length_m;
      journey.came_by = to;
      journey.on_path_since = kNever;
      to = way.to;
      ++journey.turns_at;
      --journey.roads_left;
      journey.lane_entered_s = static_cast<float>(now_s_);
      settle(car, to);
    }
  }
  return true;
}

/// Cars that came onto a way in this second queue up behind those that were there, the one farthest
/// along first.
void Traffic::place() {
  for (const auto& m : moved_) arrivals_[m.to] = arrivals_[m.to] == 0 ? 1 : 2;
  together_.clear();
  for (auto& m : moved_) {
    if (arrivals_[m.to] == 1) {
      put(m);
    } else {
      together_.push_back(m);
    }
  }
  std::sort(together_.begin(), together_.end(), [&](const Moved& a, const Moved& b) {
    return a.car.at_m != b.car.at_m ? a.car.at_m > b.car.at_m
                                    : journeys_[a.car.vehicle].trip < journeys_[b.car.vehicle].trip;
  });
  for (auto& m : together_) put(m);
  for (const auto& m : moved_) arrivals_[m.to] = 0;
}

void Traffic::put(Moved& m) {
  const std::uint32_t then = now_s_ + 1;
  const auto& cars = cars_[m.to];
  if (!cars.empty()) {
    const Car& last = cars.back();
    // Below 0 it stands in the junction yet.
    const float behind = last.at(then) - kinds_[last.kind].length_m;
    if (m.car.at_m > behind) {
      m.car.at_m = behind;
      m.car.speed_mps = std::min(m.car.speed_mps, last.speed_mps);
    }
  }
  arrive(m.to, m.car, then);
}

}  // namespace citybrain::city
