// The speed of the next second. Formulas of CityFlow's car following (source in constants.h): a
// discrete-time collision-free speed as in Krauss (1998, DLR-Forschungsbericht 98-08) with a
// headway term. dt is 1 s throughout. Pure functions, single precision (a metre's ten-thousandth
// at a kilometre).
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include "scenarios/city/constants.h"
#include "scenarios/city/demand.h"

namespace citybrain::city {

/// A vehicle kind with what follows from it.
struct Driving {
  explicit Driving(const VehicleKind& k, float speed_factor, float headway_factor)
      : length_m(k.length_m),
        min_gap_m(k.min_gap_m),
        max_speed_mps(k.max_speed_mps * speed_factor),
        max_accel(k.max_accel_mps2 * (1 - k.imperfection)),
        max_decel(k.max_decel_mps2),
        usual_accel(k.usual_accel_mps2 * (1 - k.imperfection)),
        usual_decel(k.usual_decel_mps2),
        per_2_max_decel(0.5F / k.max_decel_mps2),
        per_2_usual_decel(0.5F / k.usual_decel_mps2),
        same_braking(k.usual_decel_mps2 == k.max_decel_mps2),
        per_headway(1 / (k.headway_s * headway_factor +
                         k.imperfection * k.max_accel_mps2 / k.usual_decel_mps2 + 0.5F)),
        limit_factor(k.limit_factor),
        imperfection(k.imperfection),
        loss_mps(k.imperfection * k.max_accel_mps2) {
    const float v = max_speed_mps, b = std::min(usual_decel, max_decel);
    sight_m = v * v / usual_decel / 2 + v * 2;
    outlook_m = 2 * length_m + 4 * max_speed_mps;
    per_2_least_decel = 0.5F / b;
    if (loss_mps > 0)
      follows_at_m =
          min_gap_m + loss_mps * k.headway_s * headway_factor + loss_mps * loss_mps * 0.5F / b;
    far_m_at_top = far_m(max_speed_mps);
  }

  /// The speed at which it drives where nothing is in its way: what an imperfect driver loses in a
  /// second he makes up for in the next (Krauss 1998, section 4.1), so that he stays below it by
  /// his mean loss.
  float free_mps(float limit_mps) const {
    const float v = std::min(max_speed_mps, limit_mps * limit_factor);
    return v - std::min(loss_mps, imperfection * v);
  }
  /// The gap beyond which not even a standing leader holds back who drives at `v`; no leader at all
  /// brakes harder than 10 m/s2 (second bound of no_collision_speed).
  float far_m(float v) const {
    return std::max(
               {v / per_headway + follows_at_m, v * v * per_2_least_decel + v + min_gap_m, v + 5}) +
           0.5F;
  }
  /// From here on a stop line may slow who drives evenly at `v` (first condition of
  /// stopping_speed), or what stands just behind it.
  float stop_sight_m(float v) const {
    const float next = v + usual_accel;
    return std::max((v + next) / 2 + next * next * per_2_usual_decel, far_m(v) + length_m) + 0.5F;
  }

  float length_m, min_gap_m, max_speed_mps;
  float max_accel, max_decel, usual_accel, usual_decel;  // m/s2
  float per_2_max_decel, per_2_usual_decel;              ///< 1 / (2 decel)
  bool same_braking;
  float per_headway;  ///< 1 / (headway + half a second)
  float limit_factor, imperfection, loss_mps;
  float follows_at_m = 0;  ///< the part of the gap to a leader that does not grow with speed
  float sight_m = 0;  ///< from where signals and vehicles beyond the lane's end matter: comfortable
                      ///< braking from top speed and two seconds of travel
  float outlook_m = 0;  ///< gap beyond which no other lane is better
  float per_2_least_decel = 0;
  float far_m_at_top = 0;  ///< far_m at top speed
};

/// a or b, without a jump that the processor would guess wrong.
inline float choose(bool first, float a, float b) {
  const std::uint32_t mask = 0U - static_cast<std::uint32_t>(first);
  return std::bit_cast<float>((std::bit_cast<std::uint32_t>(a) & mask) |
                              (std::bit_cast<std::uint32_t>(b) & ~mask));
}

/// The greatest speed from which the follower can stop `target_gap` behind a leader that brakes as
/// hard as it can.
struct Braking {
  float decel = 1, per_2_decel = 0.5F;
};
inline float no_collision_speed(float leader_speed, Braking leader, float speed, Braking own,
                                float gap, float target_gap) {
  const float c =
      0.5F * speed + target_gap - leader_speed * leader_speed * leader.per_2_decel - gap;
  const float under_root = 0.25F - 4 * c * own.per_2_decel;
  if (under_root < 0) return -100;
  const float v1 = (std::sqrt(under_root) - 0.5F) * own.decel;
  const float v2 = 2 * leader_speed - leader.decel + 2 * (gap - target_gap);
  return std::min(v1, v2);
}

/// The same for a driver with imperfection, as Krauss's drivers follow: he drives at the speed that
/// is safe, less his loss L. At an even speed v that makes the gap min_gap + v tau + L tau +
/// ((v + L)^2 - v^2) / (2 decel), which is what the second bound keeps.
inline float imperfect_following_speed(const Driving& k, float speed, const Driving& leader,
                                       float leader_speed, float gap) {
  const float c =
      0.5F * speed + k.min_gap_m - gap - leader_speed * leader_speed * leader.per_2_usual_decel;
  const float under_root = 0.25F - 4 * c * k.per_2_usual_decel;
  if (under_root < 0) return -100;
  const float assumed = std::max(speed - leader_speed, 0.0F);
  return std::min(
      (std::sqrt(under_root) - 0.5F) * k.usual_decel,
      (gap - k.follows_at_m + (leader_speed + assumed / 2) - speed / 2) * k.per_headway);
}

inline float following_speed(const Driving& k, float speed, const Driving& leader,
                             float leader_speed, float gap) {
  if (k.imperfection > 0) return imperfect_following_speed(k, speed, leader, leader_speed, gap);
  float v = no_collision_speed(leader_speed, {leader.usual_decel, leader.per_2_usual_decel}, speed,
                               {k.usual_decel, k.per_2_usual_decel}, gap, k.min_gap_m);
  // With the same braking rates the bound without the standing gap is never the smaller one.
  if (!k.same_braking || !leader.same_braking)
    v = std::min(v, no_collision_speed(leader_speed, {leader.max_decel, leader.per_2_max_decel},
                                       speed, {k.max_decel, k.per_2_max_decel}, gap, 0));
  const float assumed = std::max(speed - leader_speed, 0.0F);
  return std::min(v, (gap + (leader_speed + assumed / 2) - speed / 2) * k.per_headway);
}

inline float braking_distance(const Driving& k, float speed) {
  return speed * speed * k.per_2_max_decel;
}

/// The speed on the way to a stop within `distance_m` >= 0.
inline float stopping_speed(const Driving& k, float speed, float distance_m) {
  const float next = speed + k.usual_accel;
  if ((speed + next) / 2 + next * next * k.per_2_usual_decel < distance_m) return next;
  const float seconds = 2 * distance_m / (speed + kTiny);
  if (seconds < 1) return speed - speed / std::max(seconds, kTiny);
  // Who brakes by parts of what is left would come near the line without end, and over it by the
  // last bit of a sum.
  return speed <= kNearSpeed_mps ? 0 : speed - speed / std::floor(std::min(seconds, 1e6F));
}

/// Whole seconds until `distance_m` is covered, accelerating to `target_mps`.
inline float seconds_to_reach(const Driving& k, float speed, float distance_m, float target_mps) {
  if (distance_m <= 0) return 0;
  if (speed > target_mps) return std::ceil(distance_m / speed);
  const float acc = k.usual_accel;
  const float whole = std::floor((target_mps - speed) / acc);
  const float reached = speed + whole * acc;
  float until = (speed + reached) * whole / 2;
  if (reached < target_mps) until += (reached + target_mps) / 2;
  if (until > distance_m)
    return std::ceil((std::sqrt(speed * speed + 2 * acc * distance_m) - speed) / acc);
  return std::ceil((target_mps - speed) / acc) + std::ceil((distance_m - until) / target_mps);
}

}  // namespace citybrain::city
