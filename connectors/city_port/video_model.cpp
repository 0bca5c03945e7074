#include "connectors/city_port/video_model.h"

#include <algorithm>
#include <cmath>

namespace citybrain::city_port {

using runtime::purpose;
using runtime::Random;

bool camera_blind(const VideoModel& model, const Random& random, model::JunctionId junction,
                  std::uint32_t camera, model::Step step) {
  return random.chance(model.blind, purpose("video/blind"),
                       (std::uint64_t{junction.value} << 8) | camera, step);
}

void read_video(const VideoModel& model, const Random& random, const Sensors& sensors,
                model::LaneId lane, double lane_length_m, model::Step step, VideoReading& out) {
  constexpr auto kMiss = purpose("video/miss"), kSpeed = purpose("video/speed"),
                 kBias = purpose("video/bias"), kSlow = purpose("video/calibration");
  out = {};
  const double reach = std::min(model.reach_m, lane_length_m);
  out.moving.assign(
      std::clamp<std::size_t>(
          static_cast<std::size_t>(std::ceil(reach / model::QueueReport::kZoneLength_m)), 1,
          model::QueueReport::kZones),
      0);
  const bool errs = model.miss > 0 || model.count_bias > 0;
  const double bias =
      model.count_bias > 0 ? model.count_bias * random.normal(kBias, lane.value) : 0;
  double sum = 0;
  std::uint32_t moving = 0;
  for (const auto& v : sensors.vehicles(lane)) {
    if (static_cast<double>(v.to_stop_line_m) > reach) break;
    std::uint8_t as = 1;
    if (errs) {
      // Farther vehicles are smaller in the picture: the share overlooked grows to twice its value
      // at the reach's end. A vehicle overlooked or split stays so for some seconds (it is hidden
      // or dark), hence the step in fours.
      const double overlooked =
          model.miss * (0.5 + 1.5 * static_cast<double>(v.to_stop_line_m) / reach);
      const double luck = random.uniform(kMiss, v.vehicle.value, step / 4);
      if (luck < overlooked + std::max(0.0, -bias)) continue;
      if (luck >= 1 - bias) as = 2;
    }
    if (v.speed_mps < kStandingSpeed_mps) {
      out.queued = static_cast<std::uint16_t>(out.queued + as);
      out.queue_end_m = v.to_stop_line_m;
      continue;
    }
    const auto zone =
        std::min(static_cast<std::size_t>(v.to_stop_line_m / model::QueueReport::kZoneLength_m),
                 out.moving.size() - 1);
    if (out.moving[zone] < 254) out.moving[zone] = static_cast<std::uint8_t>(out.moving[zone] + as);
    sum += static_cast<double>(v.speed_mps);
    ++moving;
  }
  if (moving > 0)
    out.mean_speed_mps = static_cast<float>(
        std::max(0.0, sum / moving * (1 + model.speed_bias * random.normal(kSlow, lane.value)) *
                          (1 + model.speed_noise * random.normal(kSpeed, lane.value, step))));
}

}  // namespace citybrain::city_port
