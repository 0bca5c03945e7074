// The moving part of the city: vehicles in order on ways, one second at a time. Private to
// scenarios/city.
//
// A second has four parts, so that nobody sees a half-moved neighbour: new vehicles enter; lane
// changes; every vehicle's next speed from the present state; all move. Units: metres, seconds.
// Positions are from the beginning of the way to the vehicle's front.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "hub/runtime/random.h"
#include "scenarios/city/city.h"
#include "scenarios/city/following.h"
#include "scenarios/city/signal_heads.h"
#include "scenarios/city/streets.h"

namespace citybrain::city {

using VehicleNumber = std::uint32_t;
constexpr VehicleNumber kNobody = 0xFFFFFFFFU;

/// A vehicle on a way.
struct Car {
  double at_m = 0;
  double speed_mps = 0;
  double next_speed_mps = 0;
  VehicleNumber vehicle = kNobody;
  WayId next = kNoWay;     ///< the way after this one; kNoWay at the route's end, or when the lane
                           ///< must still be changed
  std::uint16_t kind = 0;  ///< its VehicleClass
  bool on_last_road = false;
  bool stuck = false;  ///< on a lane that does not lead on
};

/// What does not fit into a queue of cars: by vehicle.
struct Journey {
  std::uint32_t leg = 0;  ///< index of the present road in the trip's route
  std::uint16_t kind = 0;
  float lane_entered_s = 0;
  float created_s = 0;
  float last_change_s = -1e6F;
  std::uint32_t on_path_since = 0xFFFFFFFFU;  ///< second when it entered the junction
  WayId came_by = kNoWay;                     ///< the path by which it came into its lane
  VehicleNumber blocked_by = kNobody;         ///< who it yields to
};

class Traffic {
 public:
  Traffic(const Streets& streets, Demand demand, std::uint64_t seed);

  /// The second from `now_s` to `now_s` + 1. `truth` gets what happened.
  void second(std::uint32_t now_s, const SignalHeads& heads, TruthStep& truth);

  const std::vector<Car>& cars(WayId way) const { return cars_[way]; }
  std::uint32_t crossings(WayId lane) const { return crossed_[lane]; }
  model::RoadId next_road(const Car& car) const;
  const VehicleClass& kind(const Car& car) const { return kinds_[car.kind]; }
  const Journey& journey(VehicleNumber v) const { return journeys_[v]; }
  std::uint32_t running() const { return running_; }
  std::uint32_t waiting_outside() const { return waiting_; }

 private:
  struct Leader {
    const Car* car = nullptr;
    double gap_m = 0;
  };
  struct Foe {
    VehicleNumber vehicle = kNobody;
    const Car* car = nullptr;
    double distance_m = 0;  ///< to the crossing, negative once past it
  };
  struct Moved {
    Car car;
    WayId to = kNoWay;
  };

  // traffic.cpp
  void create(std::uint32_t now_s, TruthStep& truth);
  WayId first_lane(VehicleNumber v) const;
  void admit(std::uint32_t now_s);
  void settle(Car& car, WayId lane);
  void think(const SignalHeads& heads);
  double next_speed(const Car& car, WayId way, const Leader& leader, const SignalHeads& heads);
  Leader leader_beyond(const Car& car, WayId way) const;
  void move(std::uint32_t now_s, TruthStep& truth);
  bool cross_over(Car& car, WayId from, std::uint32_t now_s, TruthStep& truth, WayId& to);
  void place(std::vector<Moved>& moved);
  // yielding.cpp
  void find_heads(const SignalHeads& heads);
  double junction_speed(const Car& car, WayId way, const SignalHeads& heads);
  Foe foe_on(WayId path, double at_m) const;
  bool can_pass(const Car& car, double distance_m, WayId path, const Foe& foe, WayId other) const;
  bool can_yield(const Car& car, double distance_m) const;
  bool waits_in_circle(VehicleNumber foe) const;
  // lane_changes.cpp
  void change_lanes(std::uint32_t now_s);
  WayId wanted_lane(const Car& car, WayId lane, double gap_m, std::uint32_t now_s) const;
  double gap_ahead(WayId lane, double at_m) const;
  bool fits(const Car& car, WayId lane) const;

  const Streets& streets_;
  Demand demand_;
  runtime::Random random_;
  std::vector<VehicleClass> kinds_;
  std::vector<Journey> journeys_;
  std::vector<std::vector<Car>> cars_;              // by way, the one in front first
  std::vector<std::deque<VehicleNumber>> outside_;  // by lane, who waits to enter
  std::vector<std::uint32_t> crossed_;              // by lane, in the last second
  std::vector<std::uint8_t> approached_;  // by path: somebody is on it or next to enter it
  std::vector<Moved> moved_;
  std::size_t next_trip_ = 0;
  std::uint32_t running_ = 0;
  std::uint32_t waiting_ = 0;
};

}  // namespace citybrain::city
