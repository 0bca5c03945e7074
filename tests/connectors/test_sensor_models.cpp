#include <gtest/gtest.h>

#include <vector>

#include "connectors/city_port/sensor_models.h"

namespace citybrain::city_port {
namespace {

class Street final : public Sensors {
 public:
  std::vector<VehicleOnLane> cars;
  std::uint32_t crossed = 0;
  std::uint32_t crossings(model::LaneId) const override { return crossed; }
  std::span<const VehicleOnLane> vehicles(model::LaneId) const override { return cars; }
  model::GroupSet greens(model::JunctionId) const override { return 0; }
};

Street queue_of(int n) {
  Street s;
  for (int i = 0; i < n; ++i)
    s.cars.push_back(
        {model::VehicleId{static_cast<std::uint32_t>(i)}, 7.5F * static_cast<float>(i), 0, {}});
  return s;
}

TEST(SensorModels, PerfectOnesAreExact) {
  const auto m = SensorModels::perfect();
  auto s = queue_of(10);
  s.cars.push_back({model::VehicleId{99}, 140, 8, {}});
  s.crossed = 2;
  const runtime::Random r(1);
  const auto loop = read_loop(m.loop, r, s, model::LaneId{0}, 5);
  ASSERT_TRUE(loop);
  EXPECT_EQ(loop->pulses, 2);
  EXPECT_TRUE(loop->presence);
  VideoReading v;
  read_video(m.video, r, s, model::LaneId{0}, 300, 5, v);
  EXPECT_EQ(v.queued, 10);
  EXPECT_FLOAT_EQ(v.queue_end_m, 67.5F);
  EXPECT_FLOAT_EQ(v.mean_speed_mps, 8);
  EXPECT_EQ(v.moving[8], 1);  // 140 m in zones of 16.7 m
  std::vector<ProbeReading> probes;
  read_probes(m.probe, r, s, model::LaneId{0}, 5, probes);
  EXPECT_EQ(probes.size(), 11U);
  EXPECT_EQ(transmit(m.video_channel, r, 1, 2, 3).count, 1U);
}

TEST(SensorModels, SharesAreWhatTheParametersSay) {
  const runtime::Random r(7);
  const auto s = queue_of(20);
  SensorModels m;
  m.loop.dead = 0.2;
  m.video.miss = 0.1;
  int dead = 0, seen = 0, probes = 0, lost = 0, twice = 0;
  constexpr int kSteps = 4000;
  m.probe_channel = {0.1, 0.05, 3, 2};
  for (model::Step t = 0; t < kSteps; ++t) {
    if (!read_loop(m.loop, r, s, model::LaneId{t}, 0)) ++dead;
    VideoReading v;
    read_video(m.video, r, s, model::LaneId{0}, 300, t * 4, v);
    seen += v.queued;
    const auto copies = transmit(m.probe_channel, r, 1, t, 0);
    lost += copies.count == 0;
    twice += copies.count == 2;
    for (std::uint32_t i = 0; i < copies.count; ++i) {
      EXPECT_GE(copies.delay_steps[i], 1U);
      EXPECT_LE(copies.delay_steps[i], 5U);
    }
  }
  std::vector<ProbeReading> out;
  for (model::Step t = 0; t < 3; ++t)
    read_probes(m.probe, r, queue_of(3000), model::LaneId{0}, t, out);
  probes = static_cast<int>(out.size());
  EXPECT_NEAR(dead / double{kSteps}, 0.2, 0.03);
  EXPECT_NEAR(seen / (20.0 * kSteps), 1 - 0.1 * (0.5 + 0.75 * 142.5 / 150), 0.02);
  EXPECT_NEAR(probes / 3000.0, 0.3, 0.04);  // each client once in three seconds
  EXPECT_NEAR(lost / double{kSteps}, 0.1, 0.02);
  EXPECT_NEAR(twice / double{kSteps}, 0.045, 0.02);
}

TEST(SensorModels, LuckIsKeyedNotDrawn) {
  const runtime::Random r(3);
  const SensorModels m;
  auto one = queue_of(12), more = queue_of(12);
  more.cars.push_back({model::VehicleId{500}, 120, 0, {}});
  for (model::Step t = 0; t < 200; ++t) {
    VideoReading a, b;
    read_video(m.video, r, one, model::LaneId{4}, 300, t, a);
    read_video(m.video, r, more, model::LaneId{4}, 300, t, b);
    EXPECT_GE(b.queued, a.queued);  // one more vehicle changes nobody else's luck
    EXPECT_LE(b.queued, a.queued + 1);
  }
}

TEST(SensorModels, CamerasDoNotSeeBeyondTheirReach) {
  auto m = SensorModels::perfect();
  m.video.reach_m = 50;
  VideoReading v;
  read_video(m.video, runtime::Random(1), queue_of(20), model::LaneId{0}, 300, 0, v);
  EXPECT_EQ(v.queued, 7);
}

}  // namespace
}  // namespace citybrain::city_port
