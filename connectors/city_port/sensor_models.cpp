#include "connectors/city_port/sensor_models.h"

#include <algorithm>
#include <cmath>

namespace citybrain::city_port {

using runtime::purpose;
using runtime::Random;

SensorModels SensorModels::perfect() {
  SensorModels m;
  m.loop = {30, 0, 0, 0};
  m.video = {1e6, 0, 0, 0, 1};
  m.probe = {1, 1, 0, 0, 1};
  m.loop_channel = m.video_channel = m.probe_channel = {0, 0, 0, 0};
  return m;
}

std::optional<LoopReading> read_loop(const LoopModel& model, const Random& random,
                                     const Sensors& sensors, model::LaneId lane, model::Step step) {
  constexpr auto kDead = purpose("loop/dead"), kMiss = purpose("loop/miss"),
                 kFalse = purpose("loop/false");
  if (random.chance(model.dead, kDead, lane.value)) return std::nullopt;
  LoopReading out;
  for (std::uint32_t i = 0, n = sensors.crossings(lane); i < n; ++i)
    if (!random.chance(model.miss, kMiss, lane.value * 16ULL + i, step)) ++out.pulses;
  const auto seen = sensors.vehicles(lane);
  out.presence =
      (!seen.empty() && static_cast<double>(seen.front().to_stop_line_m) <= model.zone_m) ||
      random.chance(model.false_presence, kFalse, lane.value, step);
  return out;
}

bool camera_blind(const VideoModel& model, const Random& random, model::JunctionId junction,
                  std::uint32_t camera, model::Step step) {
  return random.chance(model.blind, purpose("video/blind"),
                       (std::uint64_t{junction.value} << 8) | camera, step);
}

void read_video(const VideoModel& model, const Random& random, const Sensors& sensors,
                model::LaneId lane, double lane_length_m, model::Step step, VideoReading& out) {
  constexpr auto kMiss = purpose("video/miss"), kSpeed = purpose("video/speed");
  out = {};
  const double reach = std::min(model.reach_m, lane_length_m);
  out.moving.assign(
      std::clamp<std::size_t>(
          static_cast<std::size_t>(std::ceil(reach / model::QueueReport::kZoneLength_m)), 1,
          model::QueueReport::kZones),
      0);
  double sum = 0;
  std::uint32_t moving = 0;
  for (const auto& v : sensors.vehicles(lane)) {
    if (static_cast<double>(v.to_stop_line_m) > reach) break;
    // Farther vehicles are smaller in the picture: the share overlooked grows to twice its value at
    // the reach's end.
    const double overlooked =
        model.miss * (0.5 + 1.5 * static_cast<double>(v.to_stop_line_m) / reach);
    // A vehicle overlooked stays so for some seconds (it is hidden or dark), hence the step in
    // fours.
    if (model.miss > 0 &&
        random.chance(std::min(1.0, overlooked), kMiss, v.vehicle.value, step / 4))
      continue;
    if (v.speed_mps < kStandingSpeed_mps) {
      ++out.queued;
      out.queue_end_m = v.to_stop_line_m;
      continue;
    }
    const auto zone =
        std::min(static_cast<std::size_t>(v.to_stop_line_m / model::QueueReport::kZoneLength_m),
                 out.moving.size() - 1);
    if (out.moving[zone] < 255) ++out.moving[zone];
    sum += static_cast<double>(v.speed_mps);
    ++moving;
  }
  if (moving > 0)
    out.mean_speed_mps = static_cast<float>(std::max(
        0.0, sum / moving * (1 + model.speed_noise * random.normal(kSpeed, lane.value, step))));
}

void read_probes(const ProbeModel& model, const Random& random, const Sensors& sensors,
                 model::LaneId lane, model::Step step, std::vector<ProbeReading>& out) {
  constexpr auto kClient = purpose("probe/client"), kTurnOf = purpose("probe/turn"),
                 kAlong = purpose("probe/along"), kAcross = purpose("probe/across"),
                 kSpeed = purpose("probe/speed"), kRoute = purpose("probe/route");
  for (const auto& v : sensors.vehicles(lane)) {
    const std::uint64_t id = v.vehicle.value;
    if (!random.chance(model.penetration, kClient, id)) continue;
    if ((step + random.bits(kTurnOf, id)) % model.interval_s != 0) continue;
    ProbeReading r;
    r.vehicle = v.vehicle;
    r.lane = lane;
    r.to_stop_line_m = v.to_stop_line_m +
                       static_cast<float>(model.position_noise_m * random.normal(kAlong, id, step));
    r.across_m = static_cast<float>(model.position_noise_m * random.normal(kAcross, id, step));
    r.speed_mps = std::max(0.0F, v.speed_mps + static_cast<float>(model.speed_noise_mps *
                                                                  random.normal(kSpeed, id, step)));
    if (random.chance(model.announces_route, kRoute, id)) r.next_road = v.next_road;
    out.push_back(r);
  }
}

Copies transmit(const ChannelModel& model, const Random& random, std::uint64_t channel,
                std::uint64_t message, model::Step step) {
  constexpr auto kLoss = purpose("channel/loss"), kTwice = purpose("channel/twice"),
                 kDelay = purpose("channel/delay");
  const std::uint64_t entity = channel * 0x9E3779B97F4A7C15ULL + message;
  Copies c;
  if (random.chance(model.loss, kLoss, entity, step)) return c;
  c.count = random.chance(model.duplicate, kTwice, entity, step) ? 2 : 1;
  for (std::uint32_t i = 0; i < c.count; ++i) {
    const double spread = model.delay_spread_s *
                          (2 * random.uniform(kDelay, entity, std::uint64_t{step} * 2 + i) - 1);
    c.delay_steps[i] = static_cast<std::uint32_t>(std::max(0.0, model.delay_mean_s + spread) + 0.5);
  }
  return c;
}

}  // namespace citybrain::city_port
