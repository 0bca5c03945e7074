#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "connectors/city_port/sensor_models.h"
#include "tests/support/networks.h"

namespace citybrain::city_port {
namespace {

class Street final : public Sensors {
 public:
  std::vector<VehicleOnLane> cars;
  std::uint32_t count = 0;
  std::vector<model::VehicleId> who;
  std::vector<FleetVehicle> units;
  std::vector<Call> begun;
  std::uint32_t crossings(model::LaneId) const override { return count; }
  std::span<const VehicleOnLane> vehicles(model::LaneId) const override { return cars; }
  model::GroupSet greens(model::JunctionId) const override { return 0; }
  std::span<const model::VehicleId> crossed(model::LaneId) const override { return who; }
  std::span<const FleetVehicle> fleet() const override { return units; }
  std::span<const Call> calls() const override { return begun; }
};

Street queue_of(int n) {
  Street s;
  for (int i = 0; i < n; ++i)
    s.cars.push_back(
        {model::VehicleId{static_cast<std::uint32_t>(i)}, 7.5F * static_cast<float>(i), 0, {}});
  return s;
}

Street crossing_of(std::uint32_t n) {
  Street s;
  s.count = n;
  for (std::uint32_t i = 0; i < n; ++i) s.who.push_back(model::VehicleId{i});
  return s;
}

TEST(SensorModels, PerfectOnesAreExact) {
  const auto m = SensorModels::perfect();
  auto s = queue_of(10);
  s.cars.push_back({model::VehicleId{99}, 140, 8, {}});
  s.count = 2;
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
  read_probes(m.probe, r, s, model::LaneId{0}, model::RoadId{0}, 5, probes);
  ASSERT_EQ(probes.size(), 11U);
  EXPECT_EQ(probes[10].to_stop_line_m, 140);
  EXPECT_EQ(probes[10].speed_mps, 8);
  for (const auto* c :
       {&m.loop_channel, &m.video_channel, &m.plate_channel, &m.probe_channel, &m.bus_channel,
        &m.taxi_channel, &m.ambulance_channel, &m.parking_channel, &m.call_channel}) {
    const auto copies = transmit(*c, r, 1, 2, 3);
    EXPECT_EQ(copies.count, 1U);
    EXPECT_EQ(copies.delay_steps[0], 0U);
  }
}

TEST(SensorModels, PerfectFleetsPlatesAndCallsAreExact) {
  const auto m = SensorModels::perfect();
  const runtime::Random r(2);
  auto s = crossing_of(40);
  std::vector<PlateReading> plates;
  read_plates(m.plate, r, s, model::LaneId{3}, 9, plates);
  ASSERT_EQ(plates.size(), 40U);
  for (std::uint32_t i = 0; i < 40; ++i)
    EXPECT_EQ(plates[i].plate, plate_of(r, model::VehicleId{i}));
  s.units.push_back({model::VehicleId{7}, 4, Role::kAmbulance, FleetVehicle::State::kToScene, true,
                     model::RoadId{2}, model::LaneId{6}, 120, 15, 8, FleetVehicle::kNone, 0});
  std::vector<AvlReading> units;
  read_fleet(m.ambulance, r, s, Role::kAmbulance, 1, units);
  read_fleet(m.bus, r, s, Role::kBus, 1, units);  // there is none
  ASSERT_EQ(units.size(), 1U);
  EXPECT_EQ(units[0].at_m, 120);
  EXPECT_EQ(units[0].across_m, 0);
  EXPECT_EQ(units[0].speed_mps, 15);
  EXPECT_EQ(units[0].state, FleetVehicle::State::kToScene);
  EXPECT_EQ(clock_error_ms(m.ambulance.clock, r, units[0].device, 1), 0);
  const auto network = test::crossing();
  s.begun = {{5, Call::Kind::kIncident, model::RoadId{1}, 80, 2}};
  std::vector<CallReading> calls;
  read_calls(m.call, r, s, network, 1, calls);
  ASSERT_EQ(calls.size(), 1U);
  EXPECT_EQ(calls[0].after_s, 0U);
  EXPECT_EQ(calls[0].kind, Call::Kind::kIncident);
  EXPECT_EQ(calls[0].severity, 2);
  EXPECT_EQ(calls[0].at_m, 80);
  EXPECT_TRUE(calls[0].located);
  EXPECT_EQ(calls[0].east_m, 0);
}

TEST(SensorModels, SharesAreWhatTheParametersSay) {
  const runtime::Random r(7);
  const auto s = queue_of(20);
  SensorModels m;
  m.loop.dead = 0.2;
  m.video.miss = 0.1;
  m.video.count_bias = 0;
  int dead = 0, seen = 0, probes = 0, lost = 0, twice = 0;
  constexpr int kSteps = 4000;
  m.probe_channel = {0.1, 0.05, 3, 2, 0, 0};
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
  m.probe.dropout.working_s = 0;
  for (model::Step t = 0; t < 3; ++t)
    read_probes(m.probe, r, queue_of(3000), model::LaneId{0}, model::RoadId{0}, t, out);
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
    EXPECT_LE(b.queued, a.queued + 2);
  }
}

TEST(SensorModels, CamerasDoNotSeeBeyondTheirReach) {
  auto m = SensorModels::perfect();
  m.video.reach_m = 50;
  VideoReading v;
  read_video(m.video, runtime::Random(1), queue_of(20), model::LaneId{0}, 300, 0, v);
  EXPECT_EQ(v.queued, 7);
}

/// Mean and standard deviation of values.
struct Moments {
  double mean = 0, sd = 0;
  explicit Moments(const std::vector<double>& v) {
    for (const double x : v) mean += x / static_cast<double>(v.size());
    for (const double x : v) sd += (x - mean) * (x - mean) / static_cast<double>(v.size());
    sd = std::sqrt(sd);
  }
};

TEST(SensorModels, LoopsAreBiasedEachInItsOwnWayAndAlwaysTheSame) {
  auto m = SensorModels::perfect();
  m.loop.count_bias = 0.05;
  const runtime::Random r(11);
  const auto s = crossing_of(2);
  std::vector<double> shares;
  for (std::uint32_t lane = 0; lane < 300; ++lane) {
    double halves[2] = {0, 0};
    for (model::Step t = 0; t < 2000; ++t)
      halves[t / 1000] += read_loop(m.loop, r, s, model::LaneId{lane}, t)->pulses / 2000.0;
    EXPECT_NEAR(halves[0], halves[1], 0.07);
    shares.push_back((halves[0] + halves[1]) / 2);
  }
  const Moments of(shares);
  EXPECT_NEAR(of.mean, 1, 0.01);
  EXPECT_NEAR(of.sd, 0.05, 0.01);
}

TEST(SensorModels, PlacesBetweenHighBuildingsShiftEverybodyThereAlike) {
  const PositionModel m{2, 0, 0, 0.3, 20};
  const runtime::Random r(5);
  int canyons = 0;
  std::vector<double> spread;
  for (std::uint32_t road = 0; road < 400; ++road) {
    double across[2] = {0, 0};
    for (std::uint64_t device = 0; device < 2; ++device)
      for (model::Step t = 0; t < 100; ++t)
        across[device] +=
            static_cast<double>(fix(m, r, device, model::RoadId{road}, 10, t).across_m) / 100;
    EXPECT_NEAR(across[0], across[1], 1.5);  // it belongs to the place, not to the device
    if (std::fabs(across[0]) < 1) continue;
    ++canyons;
    spread.push_back(across[0]);
  }
  EXPECT_NEAR(canyons / 400.0, 0.3 * 0.96, 0.07);
  EXPECT_NEAR(Moments(spread).sd, 20, 3);
}

TEST(SensorModels, DevicesFallSilentInBurstsOfTheLengthAsked) {
  const DropoutModel m{600, 60};
  const runtime::Random r(9);
  std::uint64_t silent = 0, bursts = 0, steps = 0;
  for (std::uint64_t device = 0; device < 60; ++device) {
    bool before = false;
    for (model::Step t = 0; t < 20'000; t += kDropoutSlot_s) {
      const bool now = is_silent(m, r, device, t);
      silent += now;
      bursts += now && !before;
      before = now;
      ++steps;
    }
  }
  EXPECT_NEAR(static_cast<double>(silent) / static_cast<double>(steps), silent_share(m), 0.01);
  EXPECT_NEAR(silent_share(m), 60.0 / 660, 1e-9);
  EXPECT_NEAR(static_cast<double>(silent) * kDropoutSlot_s / static_cast<double>(bursts), 60, 5);
  EXPECT_FALSE(is_silent({0, 60}, r, 1, 1000));
}

TEST(SensorModels, ClocksDriftWithinBoundsAndStepWhenTheyAreSet) {
  const ClockModel m{20, 50, 600};
  const runtime::Random r(4);
  std::vector<double> errors;
  for (std::uint64_t device = 0; device < 200; ++device) {
    int jumps = 0;
    for (model::Step t = 1; t < 6000; ++t) {
      const auto a = clock_error_ms(m, r, device, t - 1), b = clock_error_ms(m, r, device, t);
      EXPECT_LE(std::abs(b), clock_bound_ms(m));
      jumps += std::abs(b - a) > 1;  // drift alone is 0.3 ms a second at most
      if (t % 37 == 0) errors.push_back(static_cast<double>(b));
    }
    EXPECT_GE(jumps, 5) << device;  // ten corrections
    EXPECT_LE(jumps, 10) << device;
  }
  // Left over and drift are independent; drift is uniform in time since the correction.
  EXPECT_NEAR(Moments(errors).sd, std::sqrt(20.0 * 20 + 30.0 * 30 / 3), 3);
  EXPECT_NEAR(Moments(errors).mean, 0, 3);
}

TEST(SensorModels, TailsAreHeavyAndMessagesOvertakeEachOther) {
  const ChannelModel m{0, 0, 2, 0, 0.2, 10};
  const runtime::Random r(6);
  std::uint32_t late = 0, very_late = 0, overtaken = 0, before = 0;
  double further = 0;
  constexpr std::uint32_t kMessages = 50'000;
  for (model::Step t = 0; t < kMessages; ++t) {
    const auto delay = transmit(m, r, 1, 0, t).delay_steps[0];
    EXPECT_GE(delay, 2U);
    EXPECT_LE(delay, 600U);
    late += delay > 2;
    very_late += delay > 42;  // four times the tail's mean
    further += (delay - 2.0) / kMessages;
    overtaken += t > 0 && t + delay < before;
    before = std::max(before, t + delay);
  }
  EXPECT_NEAR(late / double{kMessages}, 0.2 / std::pow(1.05, 2), 0.01);  // rounded to a second
  EXPECT_NEAR(very_late / double{kMessages}, 0.2 / std::pow(1 + 4.05, 2), 0.002);
  EXPECT_NEAR(further, 0.2 * 10, 0.3);
  EXPECT_GT(overtaken, kMessages / 20);
}

TEST(SensorModels, PlatesAreMissedAndTakenForLookAlikes) {
  PlateModel m;
  m.miss = 0.1;
  m.misread = 0.2;
  const runtime::Random r(8);
  const auto s = crossing_of(20'000);
  std::vector<PlateReading> read;
  read_plates(m, r, s, model::LaneId{0}, 1, read);
  EXPECT_NEAR(static_cast<double>(read.size()) / 20'000, 0.9, 0.01);
  std::set<Plate> right;
  for (std::uint32_t i = 0; i < 20'000; ++i) right.insert(plate_of(r, model::VehicleId{i}));
  int wrong = 0;
  for (const auto& p : read) wrong += !right.contains(p.plate);
  // Nine plates in ten have a character with a look-alike.
  EXPECT_NEAR(wrong / static_cast<double>(read.size()), 0.2 / 0.9 * 0.894, 0.02);
  const Plate plate{'A', '8', 'C', '7', '7', '7'};
  EXPECT_EQ(misread(plate, 5), (Plate{'A', 'B', 'C', '7', '7', '7'}));
  EXPECT_EQ(misread({'A', 'C', '7', 'E', 'F', 'H'}, 3), (Plate{'A', 'C', '7', 'E', 'F', 'H'}));
}

TEST(SensorModels, CountersOfCarParksRunAwayUntilSomebodyCounts) {
  ParkingModel m;
  m.miss = 0.05;
  m.twice = 0;
  m.count_bias = 0;
  m.recount_s = 0;
  const runtime::Random r(12);
  ParkingCounter counter;
  ParkingState state{3, 1000, 0, 0, 0};
  counter.count(m, r, state, 0);
  for (model::Step t = 1; t <= 800; ++t) {  // they come, nobody leaves
    state.came = 1;
    ++state.occupied;
    counter.count(m, r, state, t);
  }
  auto reading = counter.read();
  EXPECT_NEAR(reading.entries, 760, 25);
  EXPECT_EQ(reading.free, 1000 - reading.entries);  // more than the 200 that there are
  EXPECT_GT(reading.free, 210U);
  EXPECT_EQ(counter.read().entries, 0U);
  m.recount_s = 50;
  state.came = 0;
  for (model::Step t = 801; t <= 850; ++t) counter.count(m, r, state, t);
  EXPECT_EQ(counter.read().free, 200U);
  auto exact = SensorModels::perfect().parking;
  ParkingCounter perfect;
  perfect.count(exact, r, {3, 10, 4, 0, 0}, 0);
  perfect.count(exact, r, {3, 10, 6, 3, 1}, 1);
  reading = perfect.read();
  EXPECT_EQ(reading.entries, 3U);
  EXPECT_EQ(reading.exits, 1U);
  EXPECT_EQ(reading.free, 4U);
}

TEST(SensorModels, CallersAreNoneOneOrSeveral) {
  CallModel m;
  m.unreported = 0.1;
  m.more_callers = 0.8;
  m.false_per_hour = 36;
  const runtime::Random r(13);
  const auto network = test::crossing();
  Street s;
  for (std::uint32_t i = 0; i < 5000; ++i)
    s.begun.push_back({i, Call::Kind::kMedical, model::RoadId{0}, 100, 2});
  std::vector<CallReading> out;
  read_calls(m, r, s, network, 1, out);
  std::set<std::uint64_t> numbers, about;
  std::vector<double> east;
  std::uint32_t other = 0, latest = 0;
  for (const auto& c : out) {
    numbers.insert(c.number);
    about.insert(c.number / kMostCallers);
    east.push_back(static_cast<double>(c.east_m));
    other += c.kind != Call::Kind::kMedical;
    latest = std::max(latest, c.after_s);
  }
  EXPECT_EQ(numbers.size(), out.size());
  EXPECT_NEAR(static_cast<double>(about.size()) / 5000, 0.9, 0.02);
  EXPECT_NEAR(static_cast<double>(out.size()) / static_cast<double>(about.size()), 1.8, 0.1);
  EXPECT_NEAR(Moments(east).sd, m.place_noise_m, 2);
  EXPECT_NEAR(other / static_cast<double>(out.size()), m.wrong_kind, 0.01);
  EXPECT_LE(latest, 280U);
  s.begun.clear();
  out.clear();
  for (model::Step t = 0; t < 36'000; ++t) read_calls(m, r, s, network, t, out);
  EXPECT_NEAR(static_cast<double>(out.size()), 360, 60);
}

TEST(SensorModels, FleetsReportAtTheirTurnAndCrewsForgetButtons) {
  AvlModel m;
  m.interval_s = 10;
  m.unpressed = 0.25;
  m.dropout.working_s = 0;
  const runtime::Random r(14);
  Street s;
  for (std::uint32_t u = 0; u < 2000; ++u)
    s.units.push_back({model::VehicleId{u},
                       u,
                       Role::kAmbulance,
                       FleetVehicle::State::kAtScene,
                       false,
                       model::RoadId{0},
                       {},
                       50,
                       0,
                       u,
                       FleetVehicle::kNone,
                       0});
  std::vector<AvlReading> out;
  for (model::Step t = 0; t < 20; ++t) read_fleet(m, r, s, Role::kAmbulance, t, out);
  EXPECT_EQ(out.size(), 4000U);
  int unknown = 0;
  for (const auto& u : out) unknown += !u.state;
  EXPECT_NEAR(unknown / 4000.0, 0.25, 0.03);
}

/// What every kind says of vehicles other than `but`, as texts.
std::multiset<std::string> said_of_others(const Street& s, const runtime::Random& r,
                                          model::Step step, std::uint32_t but) {
  const SensorModels m;
  std::multiset<std::string> out;
  const auto say = [&](const char* kind, std::uint64_t who, float a, float b, float c) {
    out.insert(std::string(kind) + std::to_string(who) + " " + std::to_string(a) + " " +
               std::to_string(b) + " " + std::to_string(c));
  };
  std::vector<ProbeReading> probes;
  read_probes(m.probe, r, s, model::LaneId{3}, model::RoadId{1}, step, probes);
  for (const auto& p : probes)
    if (p.vehicle.value != but)
      say("probe", p.vehicle.value, p.to_stop_line_m, p.across_m, p.speed_mps);
  std::vector<AvlReading> avl;
  read_fleet(m.bus, r, s, Role::kBus, step, avl);
  read_taxis(m.taxi, r, s, model::LaneId{3}, model::RoadId{1}, 300, step, avl);
  for (const auto& a : avl)
    if (a.unit != but)
      say(a.role == Role::kBus ? "bus" : "taxi", a.unit, a.at_m, a.across_m, a.speed_mps);
  std::vector<PlateReading> plates;
  read_plates(m.plate, r, s, model::LaneId{3}, step, plates);
  const Plate own = plate_of(r, model::VehicleId{but});
  for (const auto& p : plates)
    if (std::count_if(p.plate.begin(), p.plate.end(),
                      [&, i = 0U](char c) mutable { return c == own[i++]; }) < 5)
      out.insert("plate " + std::string(p.plate.begin(), p.plate.end()));
  return out;
}

RC_GTEST_PROP(SensorModels, OneMoreVehicleChangesNobodyElsesReading, ()) {
  const runtime::Random r(*rc::gen::inRange<std::uint64_t>(1, 1'000'000));
  const auto count = *rc::gen::inRange<std::uint32_t>(0, 30);
  const auto place = *rc::gen::inRange<std::uint32_t>(0, count + 1);
  const auto step = *rc::gen::inRange<model::Step>(0, 5000);
  constexpr std::uint32_t kMore = 777;
  Street without, with;
  for (std::uint32_t i = 0; i <= count; ++i) {
    const bool more = i == place;
    const std::uint32_t id = more ? kMore : i * 3;
    for (Street* s : {&without, &with}) {
      if (more && s == &without) continue;
      s->cars.push_back({model::VehicleId{id},
                         8.0F * static_cast<float>(i),
                         5,
                         {},
                         i % 2 == 0 ? Role::kTaxi : Role::kCar});
      s->who.push_back(model::VehicleId{id});
      FleetVehicle bus;
      bus.vehicle = model::VehicleId{id};
      bus.unit = id;
      bus.road = model::RoadId{i % 7};
      bus.at_m = 10;
      s->units.push_back(bus);
    }
  }
  for (Street* s : {&without, &with}) s->count = static_cast<std::uint32_t>(s->who.size());
  RC_ASSERT(said_of_others(without, r, step, kMore) == said_of_others(with, r, step, kMore));
  // Sums: the one more is counted not at all, once or twice; the others as before.
  const LoopModel loop{30, 0.1, 0, 0, 0.05, {}, {}};
  const auto fewer = read_loop(loop, r, without, model::LaneId{3}, step)->pulses;
  const auto more = read_loop(loop, r, with, model::LaneId{3}, step)->pulses;
  RC_ASSERT(more >= fewer);
  RC_ASSERT(more <= fewer + 2);
}

}  // namespace
}  // namespace citybrain::city_port
