#include "scenarios/city/traffic.h"

#include <algorithm>

namespace citybrain::city {

using model::RoadId;

namespace {

VehicleClass class_of(const Trip& t) {
  VehicleClass k{t.length_m,         t.min_gap_m,      t.max_speed_mps,
                 t.max_accel_mps2,   t.max_decel_mps2, t.usual_accel_mps2,
                 t.usual_decel_mps2, t.headway_s,      0};
  k.settle();
  return k;
}

constexpr auto kFirstLane = runtime::purpose("city/first-lane");

}  // namespace

Traffic::Traffic(const Streets& streets, Demand demand, std::uint64_t seed)
    : streets_(streets), demand_(std::move(demand)), random_(seed) {
  journeys_.resize(demand_.trips.size());
  cars_.resize(streets.ways());
  outside_.resize(streets.lanes());
  crossed_.resize(streets.lanes());
  approached_.resize(streets.ways());
  for (std::size_t i = 0; i < demand_.trips.size(); ++i) {
    const VehicleClass k = class_of(demand_.trips[i]);
    auto it = std::find(kinds_.begin(), kinds_.end(), k);
    if (it == kinds_.end()) it = kinds_.insert(kinds_.end(), k);
    journeys_[i].kind = static_cast<std::uint16_t>(it - kinds_.begin());
  }
}

RoadId Traffic::next_road(const Car& car) const {
  const auto& route = demand_.trips[car.vehicle].route;
  const std::uint32_t leg = journeys_[car.vehicle].leg;
  return leg + 1 < route.size() ? route[leg + 1] : RoadId{};
}

void Traffic::second(std::uint32_t now_s, const SignalHeads& heads, TruthStep& truth) {
  std::fill(crossed_.begin(), crossed_.end(), 0);
  create(now_s, truth);
  admit(now_s);
  change_lanes(now_s);
  find_heads(heads);
  think(heads);
  move(now_s, truth);
  truth.running = running_;
  truth.waiting_outside = waiting_;
}

void Traffic::create(std::uint32_t now_s, TruthStep& truth) {
  for (; next_trip_ < demand_.trips.size() && demand_.trips[next_trip_].depart_s <= now_s;
       ++next_trip_) {
    const auto v = static_cast<VehicleNumber>(next_trip_);
    outside_[first_lane(v)].push_back(v);
    journeys_[v].created_s = static_cast<float>(now_s);
    truth.created_s.push_back(now_s);
    ++waiting_;
  }
}

/// One of the lanes of the first road that lead to the second, by keyed randomness.
WayId Traffic::first_lane(VehicleNumber v) const {
  const auto& route = demand_.trips[v].route;
  const auto& road = streets_.network()[route[0]];
  std::vector<WayId> candidates;
  for (std::uint32_t i = 0; i < road.lanes; ++i) {
    const WayId lane = road.first_lane.value + i;
    if (route.size() == 1 || streets_.leads_to(lane, route[1])) candidates.push_back(lane);
  }
  CITYBRAIN_CHECK(!candidates.empty());
  return candidates[random_.bits(kFirstLane, v) % candidates.size()];
}

void Traffic::admit(std::uint32_t now_s) {
  for (WayId lane = 0; lane < streets_.lanes(); ++lane) {
    auto& queue = outside_[lane];
    if (queue.empty()) continue;
    const VehicleNumber v = queue.front();
    auto& journey = journeys_[v];
    const auto& k = kinds_[journey.kind];
    auto& cars = cars_[lane];
    if (!cars.empty() && cars.back().at_m <= kinds_[cars.back().kind].length_m + k.min_gap_m)
      continue;
    Car car;
    car.vehicle = v;
    car.kind = journey.kind;
    journey.lane_entered_s = static_cast<float>(now_s);
    settle(car, lane);
    cars.push_back(car);
    queue.pop_front();
    --waiting_;
    ++running_;
  }
}

/// Chooses the way after `lane`, on which the car has just come.
void Traffic::settle(Car& car, WayId lane) {
  const auto& route = demand_.trips[car.vehicle].route;
  const std::uint32_t leg = journeys_[car.vehicle].leg;
  car.on_last_road = leg + 1 >= route.size();
  car.next = kNoWay;
  car.stuck = false;
  if (car.on_last_road) return;
  car.next =
      streets_.path(lane, route[leg + 1], leg + 2 < route.size() ? route[leg + 2] : RoadId{});
  car.stuck = car.next == kNoWay;
}

void Traffic::think(const SignalHeads& heads) {
  for (WayId w = 0; w < cars_.size(); ++w) {
    auto& cars = cars_[w];
    for (std::size_t i = 0; i < cars.size(); ++i) {
      Car& car = cars[i];
      Leader leader;
      if (i > 0) {
        const Car& ahead = cars[i - 1];
        leader = {&ahead, ahead.at_m - kinds_[ahead.kind].length_m - car.at_m};
        // Standing behind a standing vehicle at the standing gap: nothing to compute.
        if (car.speed_mps == 0 && ahead.speed_mps == 0 &&
            leader.gap_m <= kinds_[car.kind].min_gap_m) {
          car.next_speed_mps = 0;
          continue;
        }
      } else {
        leader = leader_beyond(car, w);
      }
      car.next_speed_mps = next_speed(car, w, leader, heads);
    }
  }
}

double Traffic::next_speed(const Car& car, WayId w, const Leader& leader,
                           const SignalHeads& heads) {
  const auto& k = kinds_[car.kind];
  const Way& way = streets_[w];
  double v = std::min({k.max_speed_mps, car.speed_mps + k.max_accel, way.speed_limit_mps});
  if (leader.car != nullptr)
    v = std::min(v, following_speed(k, car.speed_mps, kinds_[leader.car->kind],
                                    leader.car->speed_mps, leader.gap_m));
  const double left_m = way.length_m - car.at_m;
  if (!way.is_lane || (car.next != kNoWay && left_m <= k.sight_m))
    v = std::min(v, junction_speed(car, w, heads));
  if (car.stuck)
    v = std::min(v, no_collision_speed(0, 1, car.speed_mps, k.max_decel, left_m, k.min_gap_m));
  return std::max(v, car.speed_mps - k.max_decel);
}

/// The vehicle ahead of the first one on a way: on the paths out of the lane (they overlap at their
/// beginning), or beyond.
Traffic::Leader Traffic::leader_beyond(const Car& car, WayId w) const {
  const auto& k = kinds_[car.kind];
  double distance = streets_[w].length_m - car.at_m;
  WayId next = car.next;
  bool from_lane = streets_[w].is_lane;
  WayId lane = w;
  while (next != kNoWay && distance <= k.sight_m) {
    Leader nearest;
    if (from_lane) {
      for (const WayId path : streets_.paths(lane)) {
        if (cars_[path].empty()) continue;
        const Car& last = cars_[path].back();
        const double gap = distance + last.at_m - kinds_[last.kind].length_m;
        if (nearest.car == nullptr || gap < nearest.gap_m) nearest = {&last, gap};
      }
      if (nearest.car != nullptr) return nearest;
      distance += streets_[next].length_m;
      lane = streets_[next].to;
      next = lane;
      from_lane = false;
    } else {
      if (!cars_[next].empty()) {
        const Car& last = cars_[next].back();
        return {&last, distance + last.at_m - kinds_[last.kind].length_m};
      }
      return {};  // an empty lane: what lies beyond its end is out of sight in all but the shortest
                  // streets
    }
  }
  return {};
}

void Traffic::move(std::uint32_t now_s, TruthStep& truth) {
  moved_.clear();
  for (WayId w = 0; w < cars_.size(); ++w) {
    auto& cars = cars_[w];
    const double length = streets_[w].length_m;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < cars.size(); ++i) {
      Car car = cars[i];
      double distance = 0;
      if (car.next_speed_mps < 0) {
        distance = 0.5 * car.speed_mps * car.speed_mps / kinds_[car.kind].max_decel;
        car.next_speed_mps = 0;
      } else {
        distance = (car.speed_mps + car.next_speed_mps) / 2;
      }
      car.speed_mps = car.next_speed_mps;
      car.at_m += distance;
      if (car.stuck) car.at_m = std::min(car.at_m, length);
      if (car.at_m <= length) {
        cars[kept++] = car;
        continue;
      }
      WayId to = kNoWay;
      if (cross_over(car, w, now_s, truth, to)) moved_.push_back({car, to});
    }
    cars.resize(kept);
  }
  place(moved_);
}

/// Follows a car over the ends of ways. False when its journey is over.
bool Traffic::cross_over(Car& car, WayId from, std::uint32_t now_s, TruthStep& truth, WayId& to) {
  auto& journey = journeys_[car.vehicle];
  to = from;
  while (car.at_m > streets_[to].length_m) {
    const Way& way = streets_[to];
    if (way.is_lane) {
      ++crossed_[to];
      const auto& road = streets_.network()[way.road];
      const auto& junction = streets_.network()[road.to];
      if (junction.signalised)
        truth.passages.push_back(
            {car.vehicle, road.to.value, journey.lane_entered_s, static_cast<double>(now_s)});
      if (car.on_last_road) {
        truth.finished.push_back({car.vehicle, journey.created_s, static_cast<double>(now_s)});
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
      journey.on_path_since = now_s;
    } else {
      car.at_m -= way.length_m;
      journey.came_by = to;
      journey.on_path_since = 0xFFFFFFFFU;
      to = way.to;
      ++journey.leg;
      journey.lane_entered_s = static_cast<float>(now_s);
      settle(car, to);
    }
  }
  return true;
}

/// Cars that came onto a way in this second queue up behind those that were there, the one farthest
/// along first.
void Traffic::place(std::vector<Moved>& moved) {
  std::stable_sort(moved.begin(), moved.end(), [](const Moved& a, const Moved& b) {
    return a.car.at_m != b.car.at_m ? a.car.at_m > b.car.at_m : a.car.vehicle < b.car.vehicle;
  });
  for (auto& m : moved) {
    auto& cars = cars_[m.to];
    if (!cars.empty()) {
      const Car& last = cars.back();
      const double behind = std::max(0.0, last.at_m - kinds_[last.kind].length_m);
      if (m.car.at_m > behind) {
        m.car.at_m = behind;
        m.car.speed_mps = std::min(m.car.speed_mps, last.speed_mps);
      }
    }
    cars.push_back(m.car);
  }
}

}  // namespace citybrain::city
