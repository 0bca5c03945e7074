// The speed of the next second. Formulas of CityFlow's car following (source in constants.h): a
// discrete-time collision-free speed as in Krauss (1998, DLR-Forschungsbericht 98-08) with a
// headway term. dt is 1 s throughout. Pure functions.
#pragma once

#include <algorithm>
#include <cmath>

#include "scenarios/city/constants.h"

namespace citybrain::city {

/// Parameters that many vehicles share.
struct VehicleClass {
  double length_m = 5, min_gap_m = 2.5, max_speed_mps = 11.111;
  double max_accel = 2, max_decel = 4.5, usual_accel = 2, usual_decel = 4.5;  // m/s2
  double headway_s = 2;
  double sight_m = 0;  ///< from where signals and vehicles beyond the lane's end matter

  friend bool operator==(const VehicleClass&, const VehicleClass&) = default;
  /// Comfortable braking distance from top speed and two seconds of travel.
  void settle() { sight_m = max_speed_mps * max_speed_mps / usual_decel / 2 + max_speed_mps * 2; }
};

/// The greatest speed from which the follower can stop `target_gap` behind a leader that brakes as
/// hard as it can.
inline double no_collision_speed(double leader_speed, double leader_decel, double speed,
                                 double decel, double gap, double target_gap) {
  const double c = speed / 2 + target_gap - 0.5 * leader_speed * leader_speed / leader_decel - gap;
  const double a = 0.5 / decel;
  constexpr double b = 0.5;
  const double under_root = b * b - 4 * a * c;
  if (under_root < 0) return -100;
  const double v1 = (std::sqrt(under_root) - b) * decel;
  const double v2 = 2 * leader_speed - leader_decel + 2 * (gap - target_gap);
  return std::min(v1, v2);
}

inline double following_speed(const VehicleClass& k, double speed, const VehicleClass& leader,
                              double leader_speed, double gap) {
  double v =
      no_collision_speed(leader_speed, leader.usual_decel, speed, k.usual_decel, gap, k.min_gap_m);
  // With the same braking rates the bound without the standing gap is never the smaller one.
  if (k.usual_decel != k.max_decel || leader.usual_decel != leader.max_decel)
    v = std::min(v, no_collision_speed(leader_speed, leader.max_decel, speed, k.max_decel, gap, 0));
  const double assumed = speed > leader_speed ? speed - leader_speed : 0;
  return std::min(v, (gap + (leader_speed + assumed / 2) - speed / 2) / (k.headway_s + 0.5));
}

inline double braking_distance(const VehicleClass& k, double speed) {
  return 0.5 * speed * speed / k.max_decel;
}

/// The speed on the way to a stop within `distance_m` >= 0.
inline double stopping_speed(const VehicleClass& k, double speed, double distance_m) {
  const double next = speed + k.usual_accel;
  if ((speed + next) / 2 + next * next / k.usual_decel / 2 < distance_m) return next;
  const double seconds = 2 * distance_m / (speed + kTiny);
  return seconds >= 1 ? speed - speed / static_cast<int>(seconds)
                      : speed - speed / std::max(seconds, kTiny);
}

/// Whole seconds until `distance_m` is covered, accelerating to `target_mps`.
inline double seconds_to_reach(const VehicleClass& k, double speed, double distance_m,
                               double target_mps) {
  if (distance_m <= 0) return 0;
  if (speed > target_mps) return std::ceil(distance_m / speed);
  const double acc = k.usual_accel;
  const double whole = std::floor((target_mps - speed) / acc);
  const double reached = speed + whole * acc;
  double until = (speed + reached) * whole / 2;
  if (reached < target_mps) until += (reached + target_mps) / 2;
  if (until > distance_m)
    return std::ceil((std::sqrt(speed * speed + 2 * acc * distance_m) - speed) / acc);
  return std::ceil((target_mps - speed) / acc) + std::ceil((distance_m - until) / target_mps);
}

}  // namespace citybrain::city
