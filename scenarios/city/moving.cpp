// Over the end of a way, onto the next one.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

[[gnu::flatten]] void Traffic::cross_over(TruthStep& truth) {
  moved_.clear();
  for (std::size_t i = 0; i < over_.size();) i = leave_way(i, truth);
  std::erase_if(busy_paths_, [&](WayId p) { return cars_[p].empty(); });
  place();
}

/// Those from over_[i] on that are over the end of one way leave it. Returns the first one of
/// another.
std::size_t Traffic::leave_way(std::size_t i, TruthStep& truth) {
  const WayId w = over_[i].way;
  auto& cars = cars_[w];
  const std::size_t first = i;
  for (; i < over_.size() && over_[i].way == w; ++i) {
    Moved m{cars[over_[i].place], w};
    if (go_over(m.car, truth, m.to)) moved_.push_back(m);
  }
  // Those in front, as a rule; where streets are shorter than the way of a second, others too.
  for (std::size_t k = i; k-- > first;) {
    if (over_[k].place == 0) {
      cars.pop_front();
    } else {
      cars.erase(over_[k].place);
    }
  }
  if (w < lanes_) {
    front_changed(w);
  } else if (cars.empty()) {
    at(ways_[w]).on_path &= ~bit(ways_[w]);
  }
  return i;
}

/// Follows a car over the ends of ways, from the one it is on. False when its journey is over.
bool Traffic::go_over(Car& car, TruthStep& truth, WayId& to) {
  Journey& journey = journeys_[car.vehicle];
  while (car.at_m > ways_[to].length_m) {
    const Way& way = ways_[to];
    if (way.is_lane) {
      if (car.is(Car::kLastRoad) && is_guest(journey)) {  // it leaves by its own command only
        if (taxi_stops(car.vehicle, to, truth)) return false;
        car.at_m = way.length_m;
        return true;
      }
      if (car.next == kNoWay && !car.is(Car::kLastRoad)) {
        car.at_m = way.length_m;  // came by a short way onto a lane that does not lead on
        return true;
      }
      ++lane_counts_[to].left;
      journey.driven_m += way.length_m;
      if (crossed_[to]++ == 0) crossed_lanes_.push_back(to);
      crossers_.push_back({to, journey.trip});
      if (way.signalised && !is_guest(journey))
        truth.passages.push_back({journey.trip, way.junction.value, journey.lane_entered_s,
                                  static_cast<double>(now_s_)});
      if (navigation_ != nullptr && !is_guest(journey))
        navigation_->passed(car.vehicle, way.road,
                            static_cast<float>(now_s_) - journey.lane_entered_s);
      if (car.is(Car::kLastRoad)) {
        const std::uint32_t trip = journey.trip;
        truth.finished.push_back({trip, std::ceil(demand_.trips()[trip].depart_s()),
                                  static_cast<double>(now_s_), journey.driven_m});
        leave(car.vehicle);
        if (taxis_ != nullptr && taxis_->is_fare(trip))
          taxis_->set_down(trip, way.road, now_s_ + 1);
        return false;
      }
      car.at_m -= way.length_m;
      to = car.next;
      car.next = ways_[to].to;
      journey.on_path_since = now_s_;
    } else {
      car.at_m -= way.length_m;
      journey.came_by = to;
      journey.on_path_since = kNever;
      to = way.to;
      ++lane_counts_[to].entered;
      journey.driven_m += way.length_m;
      ++journey.turns_at;
      --journey.roads_left;
      journey.lane_entered_s = static_cast<float>(now_s_);
      if (taxis_ != nullptr && is_guest(journey)) taxi_comes(car, to, truth);
      settle(car, to);
    }
  }
  return true;
}

/// The vehicle is where it wanted to be.
void Traffic::leave(Slot v) {
  if (parking_ != nullptr) parking_->arrived(v, journeys_[v].trip, now_s_ + 1);
  journeys_[v].trip = kNoTrip;
  free_slots_.push_back(v);
  --running_;
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
    const auto& ahead = kinds_[last.kind];
    // Below 0 it stands in the junction yet.
    const float behind = last.at(then) - ahead.length_m;
    m.car.at_m = std::min(m.car.at_m, behind);
    // Where ways merge, who comes too fast to stay behind brakes as hard as it takes.
    const float room = behind - m.car.at_m + braking_distance(ahead, last.speed_mps);
    if (braking_distance(kinds_[m.car.kind], m.car.speed_mps) > room)
      m.car.speed_mps = std::min(m.car.speed_mps, last.speed_mps);
  }
  arrive(m.to, m.car, then);
}

}  // namespace citybrain::city
