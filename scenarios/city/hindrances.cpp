// What makes vehicles stand apart from traffic and signals: breakdowns, closed lanes, bus stops;
// and what slows everybody: weather.
#include <algorithm>
#include <cmath>

#include "scenarios/city/traffic.h"

namespace citybrain::city {

/// The lane's limit as weather and works leave it; whoever is on it looks up.
void Traffic::settle_limit(WayId lane, std::uint32_t now_s) {
  cars_[lane].limit_mps = ways_[lane].speed_limit_mps * limit_factor_[lane] * speed_factor_;
  for (std::size_t i = 0; i < cars_[lane].size(); ++i) wake(lane, i, now_s);
}

void Traffic::set_weather(float speed_factor, float headway_factor, std::uint32_t now_s) {
  speed_factor_ = speed_factor;
  headway_factor_ = headway_factor;
  for (std::size_t k = 0; k < driven_.size(); ++k)
    kinds_[k] = Driving(driven_[k], speed_factor, headway_factor);
  for (WayId lane = 0; lane < streets_.lanes(); ++lane) settle_limit(lane, now_s);
}

void Traffic::set_limit_factor(WayId lane, float factor, std::uint32_t now_s) {
  limit_factor_[lane] = factor;
  settle_limit(lane, now_s);
}

void Traffic::break_down(WayId lane, float at_m, std::uint32_t until_s) {
  breakdowns_to_come_.push_back({lane, at_m, 0, until_s});
}

void Traffic::close(WayId lane, float at_m, float length_m, std::uint32_t until_s) {
  closures_.push_back({lane, at_m, length_m, until_s});
}

/// What waits for its place or its vehicle tries again; what is over goes.
void Traffic::hinder(std::uint32_t now_s) {
  release(now_s);
  std::erase_if(closures_, [&](const Closure& c) { return c.until_s <= now_s || try_to_close(c); });
  std::erase_if(breakdowns_to_come_,
                [&](const Closure& c) { return c.until_s <= now_s || try_to_break_down(c); });
}

bool Traffic::try_to_close(const Closure& c) {
  auto& cars = cars_[c.lane];
  std::size_t i = 0;
  while (i < cars.size() && cars[i].at(now_s_) - kinds_[cars[i].kind].length_m >= c.at_m) ++i;
  // Who comes must be able to stop before it.
  if (i < cars.size()) {
    const Car& next = cars[i];
    if (next.at(now_s_) + braking_distance(kinds_[next.kind], next.speed_mps) >=
        c.at_m - c.length_m)
      return false;
  }
  VehicleKind kind;
  kind.length_m = c.length_m;
  Journey journey;
  journey.trip = kNoTrip;
  journey.held_until_s = c.until_s;
  const Slot slot = take_slot(journey);
  Car car;
  car.at_m = c.at_m;
  car.vehicle = slot;
  car.since_s = now_s_;
  car.kind = drives_as(kind);
  car.flags = Car::kHeld;
  cars.insert(i, car, c.until_s);
  if (i == 0) front_changed(c.lane);
  if (i + 1 < cars.size()) wake(c.lane, i + 1, now_s_);
  wake_s_[c.lane] = std::min(wake_s_[c.lane], c.until_s);
  restless_[c.lane] |= Car::kHeld;
  obstacles_.push_back({c.lane, slot, c.until_s});
  return true;
}

/// The first vehicle before the place that is within a few seconds of it.
bool Traffic::try_to_break_down(const Closure& c) {
  constexpr float kNear_m = 25;
  auto& cars = cars_[c.lane];
  for (std::size_t i = 0; i < cars.size(); ++i) {
    Car& car = cars[i];
    const float at = car.at(now_s_);
    if (at > c.at_m || car.is(Car::kHeld)) continue;
    if (at < c.at_m - kNear_m) return false;
    car.at_m = at;
    car.since_s = now_s_;
    car.set(Car::kHeld, true);
    journeys_[car.vehicle].held_until_s = c.until_s;
    wake(c.lane, i, now_s_);
    restless_[c.lane] |= Car::kHeld;
    return true;
  }
  return false;
}

/// Takes obstacles away whose time is over.
void Traffic::release(std::uint32_t now_s) {
  std::erase_if(obstacles_, [&](const Obstacle& o) {
    if (o.until_s > now_s) return false;
    auto& cars = cars_[o.lane];
    for (std::size_t i = 0; i < cars.size(); ++i) {
      if (cars[i].vehicle != o.slot) continue;
      cars.erase(i);
      free_slots_.push_back(o.slot);
      if (i < cars.size()) wake(o.lane, i, now_s);
      if (i == 0) front_changed(o.lane);
      break;
    }
    return true;
  });
}

/// Brakes, then stands; free again when its time is over.
float Traffic::held_speed(Car& car) {
  if (now_s_ < journeys_[car.vehicle].held_until_s)
    return std::max(0.0F, car.speed_mps - kinds_[car.kind].usual_decel);
  car.set(Car::kHeld, false);
  return 0;
}

/// The speed with which a bus comes to its stop; there its doors open.
float Traffic::speed_to_stop(Car& car) {
  const Stop& stop = demand_.stops()[journeys_[car.vehicle].next_stop];
  const float left_m = stop.at_m - car.at_m;
  if (left_m > kAtStop_m || car.speed_mps > kClearingSpeed_mps)
    return stopping_speed(kinds_[car.kind], car.speed_mps, std::max(left_m, 0.0F));
  arrive_at_stop(car);
  return 0;
}

void Traffic::arrive_at_stop(Car& car) {
  Journey& j = journeys_[car.vehicle];
  const Stop& stop = demand_.stops()[j.next_stop];
  const auto waited_s = static_cast<float>(now_s_ - served_s_[stop.place]);
  const float boardings = std::min(kMostBoardings, stop.boardings_per_s * waited_s);
  served_s_[stop.place] = now_s_;
  j.held_until_s =
      now_s_ + static_cast<std::uint32_t>(std::ceil(kDoors_s + kBoarding_s * boardings));
  if (stop.due_s > 0)
    bus_delay_s_[car.vehicle] =
        static_cast<float>(j.held_until_s - demand_.trips()[j.trip].depart_s()) - stop.due_s;
  ++j.next_stop;
  if (demand_.stops()[j.next_stop].roads_left == Demand::kTripEnds) j.next_stop = kNoStop;
  car.set(Car::kHeld, true);
  look_for_stop(car);
}

}  // namespace citybrain::city
