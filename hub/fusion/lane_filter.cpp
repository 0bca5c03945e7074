#include "hub/fusion/lane_filter.h"

#include <algorithm>
#include <cmath>

namespace citybrain::fusion {

using model::Arrivals;
using model::QueueReport;

namespace {

constexpr float kProcessVariance = 0.04F;  ///< per second, vehicles squared
constexpr float kDriftShare = 0.03F;       ///< of arrivals, per vehicle
constexpr float kPictureVariance =
    0.15F;  ///< of a picture's queue beyond its misses: vehicles about to stop or start
constexpr float kMovingGain = 0.8F;  ///< weight of a picture against the profile
constexpr float kMinute = 1.0F / 60, kFiveMinutes = 1.0F / 300;
constexpr float kStill = 0.3F;  ///< fewer standing vehicles than this are none to the profile

/// Removes `vehicles` from the profile, those nearest to the stop line first.
void take_from_profile(LaneFilter& f, float vehicles) {
  for (float& bin : f.moving) {
    if (vehicles <= 0) return;
    const float taken = std::min(bin, vehicles);
    bin -= taken;
    vehicles -= taken;
  }
}

float largest_queue(const LaneTable& lane) { return lane.length_m / kJam_m; }

/// The profile comes one second nearer; what reaches the tail of a standing queue or a red light
/// joins it.
float approach(const LaneTable& lane, bool stops, LaneFilter& f) {
  float joined = f.moving.front();
  std::copy(f.moving.begin() + 1, f.moving.end(), f.moving.begin());
  f.moving.back() = 0;
  if (f.queue > kStill || stops) {
    const auto reached = static_cast<std::size_t>(f.queue * kJam_m / lane.free_mps);
    for (std::size_t i = 0; i < std::min<std::size_t>(reached, f.moving.size()); ++i) {
      joined += f.moving[i];
      f.moving[i] = 0;
    }
  }
  return joined;
}

}  // namespace

void insert(const LaneTable& lane, float distance_m, float vehicles, LaneFilter& f) {
  const auto bin = static_cast<std::size_t>(std::max(0.0F, distance_m) / lane.free_mps);
  f.moving[std::min(bin, f.moving.size() - 1)] += vehicles;
}

void predict(const LaneTable& lane, const Predict& p, LaneFilter& f) {
  for (std::size_t i = f.recent_queue.size() - 1; i > 0; --i)
    f.recent_queue[i] = f.recent_queue[i - 1];
  const bool stops = lane.signalised && !p.green;
  const float joined = approach(lane, stops, f);
  if (p.arrived > 0) insert(lane, lane.length_m + p.entry_s * lane.free_mps, p.arrived, f);
  float left = 0;
  if (p.passed >= 0) {
    left = static_cast<float>(p.passed) / (1 - kLoopMiss);
  } else if (!lane.signalised) {
    left = joined;  // nothing holds anybody back here
  } else if (p.green) {
    left = std::min(f.queue + joined, kSaturation_vps);
  }
  f.queue += joined - left;
  if (f.queue < 0) {
    take_from_profile(f, -f.queue);
    f.queue = 0;
  }
  f.queue = std::min(f.queue, largest_queue(lane));
  f.queue_variance += kProcessVariance + kDriftShare * (joined + left);
  f.discharge_vps += kMinute * (left - f.discharge_vps);
  f.arrival_vps += kFiveMinutes * (left - f.arrival_vps);
  f.recent_queue[0] = f.queue;
}

Correction correct(const LaneTable& lane, const QueueReport& r, float age_s, float miss,
                   LaneFilter& f) {
  Correction did;
  const float reach = std::min(r.reach_m, lane.length_m);
  const auto seen_share = [&](float distance_m) {
    return 1 - std::min(0.9F, miss * (0.5F + 1.5F * distance_m / std::max(1.0F, reach)));
  };
  // The queue: a full picture unless its end is at the edge of view.
  const float share = seen_share(r.queue_end_m / 2);
  const float seen = static_cast<float>(r.queued) / share;
  const bool cut_off = reach < lane.length_m - 1 && r.queue_end_m > reach - 2 * kJam_m;
  const auto age = static_cast<std::size_t>(
      std::clamp(age_s, 0.0F, static_cast<float>(f.recent_queue.size() - 1)));
  const float innovation = seen - f.recent_queue[age];
  did.seen = seen;
  did.innovation = innovation;
  did.prior_variance = f.queue_variance;
  if (!cut_off || innovation > 0) {
    const float noise = miss > 0 ? 2 * seen * (1 - share) / share + kPictureVariance : 0.0F;
    const float gain =
        f.queue_variance + noise > 0 ? f.queue_variance / (f.queue_variance + noise) : 1.0F;
    did.gain = miss > 0 ? gain : 1.0F;
    did.noise_variance = noise;
    f.queue =
        std::clamp(f.queue + (miss > 0 ? gain : 1.0F) * innovation, 0.0F, largest_queue(lane));
    f.queue_variance = miss > 0 ? (1 - gain) * f.queue_variance : 0;
    for (std::size_t i = 0; i <= age; ++i) f.recent_queue[i] += gain * innovation;
    f.recent_queue[0] = f.queue;
  }
  // Moving vehicles: zones become seconds of travel, brought forward by the report's age.
  const float gain = miss > 0 ? kMovingGain : 1.0F;
  const float per_zone_s = QueueReport::kZoneLength_m / lane.free_mps;
  const auto covered = static_cast<std::size_t>(
      std::clamp(reach / lane.free_mps - age_s, 0.0F, static_cast<float>(f.moving.size())));
  const bool whole_lane = reach >= lane.length_m - 1;
  const std::size_t until = whole_lane ? f.moving.size() : covered;
  for (std::size_t i = 0; i < until; ++i) f.moving[i] *= 1 - gain;
  for (std::size_t z = 0; z < QueueReport::kZones; ++z) {
    if (r.moving[z] == 0) continue;
    const float vehicles = gain * static_cast<float>(r.moving[z]) /
                           seen_share((static_cast<float>(z) + 0.5F) * QueueReport::kZoneLength_m);
    const float first = static_cast<float>(z) * per_zone_s - age_s;
    // Evenly over the seconds that the zone takes.
    const auto pieces = static_cast<std::size_t>(per_zone_s) + 1;
    for (std::size_t p = 0; p < pieces; ++p) {
      const float at_s =
          first + (static_cast<float>(p) + 0.5F) * per_zone_s / static_cast<float>(pieces);
      insert(lane, std::max(0.0F, at_s) * lane.free_mps, vehicles / static_cast<float>(pieces), f);
    }
  }
  if (r.mean_speed_mps > 0) f.moving_speed_mps = r.mean_speed_mps;
  return did;
}

namespace {

void show_arrivals(const LaneTable& lane, const LaneFilter& f, model::LaneSituation& out) {
  auto& expected = out.arrivals.expected;
  expected.fill(0);
  constexpr float kHalf = Arrivals::kBin_s;
  for (std::size_t i = 0; i < f.moving.size(); ++i) {
    if (f.moving[i] == 0) continue;
    const auto first = static_cast<std::size_t>(static_cast<float>(i) / kHalf);
    if (first >= Arrivals::kBins) break;
    const auto last = static_cast<std::size_t>((static_cast<float>(i) + 1) / kHalf);
    const float boundary = static_cast<float>(first + 1) * kHalf;
    const float in_first = std::min(1.0F, boundary - static_cast<float>(i));
    expected[first] += in_first * f.moving[i];
    if (last > first && last < Arrivals::kBins) expected[last] += (1 - in_first) * f.moving[i];
  }
  // Beyond the lane's own length nobody is on it yet: the mean rate.
  for (auto b = static_cast<std::size_t>(static_cast<float>(lane.seconds) / kHalf) + 1;
       b < Arrivals::kBins; ++b)
    expected[b] = std::max(expected[b], f.arrival_vps * kHalf);
}

}  // namespace

void show(const LaneTable& lane, const LaneFilter& f, float road_speed_mps, model::EventTime now,
          model::SourceMask from, model::LaneSituation& out) {
  float moving = 0, near = 0;
  for (std::size_t i = 0; i < f.moving.size(); ++i) {
    moving += f.moving[i];
    const float begins = static_cast<float>(i) * lane.free_mps;
    if (begins < kNear_m) near += f.moving[i] * std::min(1.0F, (kNear_m - begins) / lane.free_mps);
  }
  const float vehicles = f.queue + moving;
  const float moving_speed = f.moving_speed_mps > 0 ? f.moving_speed_mps
                             : road_speed_mps > 0   ? road_speed_mps
                                                    : 0.85F * lane.free_mps;
  const float speed =
      vehicles > 0.05F ? std::min(lane.free_mps, moving_speed) * moving / vehicles : 0.0F;
  const float vehicles_variance = f.queue_variance + 0.3F * moving + 0.05F;
  out.queue_veh = {f.queue, f.queue_variance + (f.queue > 0 ? 0.05F : 0.02F), now, from};
  out.vehicles = {vehicles, vehicles_variance, now, from};
  out.speed_mps = {speed, vehicles > 0.05F ? 2.0F : 9.0F, now, from};
  const float km = lane.length_m / 1000;
  out.density_vpkm = {vehicles / km, vehicles_variance / (km * km), now, from};
  out.running_near_veh = {near, 0.3F * near + 0.05F, now, from};
  out.flow_vps = f.discharge_vps;
  show_arrivals(lane, f, out);
}

}  // namespace citybrain::fusion
