// The filter of one lane. Private to hub/fusion.
//
// State: standing vehicles at the stop line (a point queue with a tail, 7.5 m a vehicle), and the
// expected number of moving ones by second of free-flow travel from the stop line (cumulative-count
// model: Newell 1993, Transportation Research B 27). Prediction, each second: the profile moves one
// second nearer; what reaches the queue's tail joins it; what the loop counted (or, without a loop,
// saturation flow while green) leaves. Correction: a camera's queue by a scalar Kalman update
// (Kalman 1960) with the binomial variance of its misses; its moving vehicles replace the profile
// within its reach.
#pragma once

#include "hub/fusion/fusion.h"
#include "hub/fusion/tables.h"

namespace citybrain::fusion {

constexpr float kJam_m = 7.5F;           ///< road per standing vehicle
constexpr float kSaturation_vps = 0.4F;  ///< discharge of a lane on green, one vehicle every 2.5 s
constexpr float kLoopMiss = 0.02F;       ///< share of vehicles that stop-line loops do not count
constexpr float kNear_m = 167;           ///< Advanced-MP's zone

struct Predict {
  float arrived = 0;  ///< expected vehicles that enter the road's beginning in this second
  float entry_s = 0;  ///< their free-flow travel time to the beginning
  int passed = -1;    ///< counted by the loop; -1 without a loop
  bool green = false;
};
void predict(const LaneTable& lane, const Predict& p, LaneFilter& f);

/// Puts `vehicles` at a distance from the stop line into the profile.
void insert(const LaneTable& lane, float distance_m, float vehicles, LaneFilter& f);

/// What a report did to the queue.
struct Correction {
  float seen = 0;  ///< vehicles, its misses made up for
  float gain = 0;  ///< 0 where the picture was cut off and says nothing of the queue's end
  float innovation = 0, noise_variance = 0, prior_variance = 0;
};
/// A camera's report `age_s` seconds old.
Correction correct(const LaneTable& lane, const model::QueueReport& report, float age_s, float miss,
                   LaneFilter& f);

/// The lane as the situation shows it.
void show(const LaneTable& lane, const LaneFilter& f, float road_speed_mps, model::EventTime now,
          model::SourceMask from, model::LaneSituation& out);

}  // namespace citybrain::fusion
