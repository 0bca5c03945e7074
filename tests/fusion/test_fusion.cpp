#include <gtest/gtest.h>

#include "hub/fusion/fusion.h"
#include "tests/support/networks.h"

namespace citybrain::fusion {
namespace {

using model::DatasetId;
using model::EventTime;
using model::LaneId;

constexpr DatasetId kLoops{0}, kVideo{1}, kProbes{2};

class FusionTest : public ::testing::Test {
 protected:
  FusionTest() : network(test::crossing()) {}
  void start(Options options = {}, std::uint64_t grants = 7) {
    fuser = std::make_unique<Fuser>(network, options);
    state = fuser->initial_state();
    situation = fuser->initial_situation(model::ViewId{0}, {grants});
    situation.signals[0].greens = 0;
    now = EventTime{1'000'000};
  }
  void step(const model::ObservationBatch& batch = {}) {
    now = now + 1000;
    fuser->fuse(model::kCityDistrict, batch, {}, now, now, state, situation);
  }
  model::QueueReport picture(LaneId lane, std::uint16_t queued, float reach = 150,
                             std::int64_t age_ms = 0) const {
    model::QueueReport q;
    q.lane = lane;
    q.at = now + 1000 - age_ms;
    q.source = kVideo;
    q.reach_m = reach;
    q.queued = queued;
    q.queue_end_m = queued > 0 ? (queued - 1) * 7.5F : 0;
    return q;
  }
  float queue(LaneId lane) const { return situation.lanes[lane.value].queue_veh.value; }
  LaneId lane(const char* road, std::uint32_t index) const {
    return network.lane(network.find_road(road), index);
  }

  model::RoadNetwork network;
  std::unique_ptr<Fuser> fuser;
  State state;
  model::Situation situation;
  EventTime now;
};

TEST_F(FusionTest, PerfectCamerasGiveExactQueues) {
  start({true, 0});
  for (const std::uint16_t n : {3, 7, 0, 12}) {
    model::ObservationBatch b;
    b.queues.push_back(picture(lane("in_E", 1), n, 300));
    b.queues.back().moving[10] = 2;
    step(b);
    EXPECT_FLOAT_EQ(queue(lane("in_E", 1)), n);
    EXPECT_NEAR(situation.lanes[lane("in_E", 1).value].vehicles.value, n + 2, 1e-4);
  }
}

TEST_F(FusionTest, MissesAreMadeUpForAndLeaveUncertainty) {
  start({true, 0.2F});
  for (int i = 0; i < 30; ++i) {
    model::ObservationBatch b;
    b.queues.push_back(picture(lane("in_E", 1), 8));
    step(b);
  }
  EXPECT_GT(queue(lane("in_E", 1)), 8.5F);
  EXPECT_LT(queue(lane("in_E", 1)), 12);
  EXPECT_GT(situation.lanes[lane("in_E", 1).value].queue_veh.variance, 0.1F);
}

TEST_F(FusionTest, QueuesGrowBeyondTheCamerasReachAndAreNotCutBack) {
  start();
  auto& f = state.lanes[lane("in_E", 1).value];
  f.queue = 30;
  model::ObservationBatch b;
  b.queues.push_back(picture(lane("in_E", 1), 20));  // ends at the edge of view
  step(b);
  EXPECT_GT(queue(lane("in_E", 1)), 29);
}

TEST_F(FusionTest, LoopCountsTakeVehiclesOut) {
  start();
  state.lanes[lane("in_E", 1).value].queue = 10;
  for (int i = 0; i < 5; ++i) {
    model::ObservationBatch b;
    b.counts.push_back({lane("in_E", 1), now + 1000, kLoops, 1, true});
    step(b);
  }
  EXPECT_NEAR(queue(lane("in_E", 1)), 10 - 5 / 0.98F, 0.05);
}

TEST_F(FusionTest, DeparturesUpstreamArriveDownstream) {
  // Vehicles that leave in_E straight on come onto out_W; with neighbours = false nobody knows.
  for (const bool neighbours : {true, false}) {
    start({neighbours, 0.05F});
    for (int i = 0; i < 10; ++i) {
      model::ObservationBatch b;
      b.counts.push_back({lane("in_E", 1), now + 1000, kLoops, 1, true});
      step(b);
    }
    float vehicles = 0;
    for (std::uint32_t i = 0; i < 3; ++i)
      vehicles += situation.lanes[lane("out_W", i).value].vehicles.value;
    if (neighbours) {
      EXPECT_NEAR(vehicles, 10 / 0.98F, 0.3);
    } else {
      EXPECT_NEAR(vehicles, 0, 0.3);
    }
  }
}

TEST_F(FusionTest, OnlyGrantedSourcesAreSeen) {
  start({true, 0}, 1);  // loops only
  model::ObservationBatch b;
  b.queues.push_back(picture(lane("in_E", 1), 9, 300));
  model::ProbePoint p;
  p.road = network.find_road("in_E");
  p.source = kProbes;
  p.speed_mps = 1;
  b.probes.push_back(p);
  step(b);
  EXPECT_FLOAT_EQ(queue(lane("in_E", 1)), 0);
  EXPECT_FLOAT_EQ(situation.roads[0].speed_mps.value, 11.111F);
  EXPECT_EQ(situation.lanes[lane("in_E", 1).value].queue_veh.from.bits, 0U);
}

TEST_F(FusionTest, ALatePictureCorrectsTheTimeItSpeaksOf) {
  start({true, 0.001F});
  auto& f = state.lanes[lane("in_E", 1).value];
  f.queue = 5;
  f.queue_variance = 100;
  step();
  step();
  for (int i = 0; i < 2; ++i) {  // two leave after the picture was taken
    model::ObservationBatch b;
    b.counts.push_back({lane("in_E", 1), now + 1000, kLoops, 1, true});
    if (i == 1) b.queues.push_back(picture(lane("in_E", 1), 10, 150, 2000));
    step(b);
  }
  EXPECT_NEAR(queue(lane("in_E", 1)), 8, 0.4);
}

TEST_F(FusionTest, LoopsThatFallSilentAreKnown) {
  start();
  model::ObservationBatch b;
  b.counts.push_back({lane("in_E", 1), now + 1000, kLoops, 0, true});
  step(b);
  EXPECT_TRUE(situation.lanes[lane("in_E", 1).value].occupied);
  for (int i = 0; i < 15; ++i) step();
  EXPECT_NEAR(situation.lanes[lane("in_E", 1).value].loop_silent_s, 15, 0.1);
  EXPECT_NEAR(situation.lanes[lane("in_E", 1).value].since_occupied_s, 15, 0.1);
  EXPECT_GT(situation.lanes[lane("in_E", 2).value].loop_silent_s, 1e5F);
}

TEST_F(FusionTest, ProbesMoveTheRoadsSpeed) {
  start();
  for (int i = 0; i < 60; ++i) {
    model::ObservationBatch b;
    model::ProbePoint p;
    p.pseudonym = static_cast<std::uint64_t>(i);
    p.road = network.find_road("in_E");
    p.at = now;
    p.source = kProbes;
    p.to_stop_line_m = 200;
    p.speed_mps = 4;
    b.probes.push_back(p);
    step(b);
  }
  EXPECT_NEAR(situation.roads[0].speed_mps.value, 4, 0.3);
  EXPECT_LT(situation.roads[0].speed_mps.variance, 4);
}

TEST_F(FusionTest, TheSameObservationsGiveTheSameBytes) {
  const auto run = [&] {
    start();
    for (int i = 0; i < 50; ++i) {
      model::ObservationBatch b;
      b.counts.push_back({lane("in_E", 1), now + 1000, kLoops,
                          static_cast<std::uint16_t>(i % 3 == 0), i % 2 == 0});
      b.queues.push_back(picture(lane("in_N", 0), static_cast<std::uint16_t>(i % 5)));
      step(b);
    }
    model::Writer w;
    fuser->save(model::kCityDistrict, state, situation, w);
    return w.take();
  };
  EXPECT_EQ(run(), run());
}

model::VehiclePosition position(std::uint64_t vehicle, model::FleetRole role, DatasetId source,
                                EventTime at, model::RoadId road, float speed_mps) {
  model::VehiclePosition v;
  v.vehicle = vehicle;
  v.role = role;
  v.state = model::VehiclePosition::State::kDriving;
  v.at = at;
  v.source = source;
  v.road = road;
  v.speed_mps = speed_mps;
  return v;
}

TEST_F(FusionTest, BusesAndTaxisOnTheMoveAreProbesOfLessWeight) {
  const auto variance_after = [&](model::FleetRole role, model::VehiclePosition::State state_of) {
    start();
    for (int i = 0; i < 60; ++i) {
      model::ObservationBatch b;
      auto v = position(1, role, kProbes, now, network.find_road("in_E"), 4);
      v.state = state_of;
      b.vehicles.push_back(v);
      step(b);
    }
    return situation.roads[0].speed_mps.variance;
  };
  using State = model::VehiclePosition::State;
  const float taxi = variance_after(model::FleetRole::kTaxi, State::kDriving);
  EXPECT_NEAR(situation.roads[0].speed_mps.value, 4, 0.3);
  const float bus = variance_after(model::FleetRole::kBus, State::kDriving);
  EXPECT_NEAR(situation.roads[0].speed_mps.value, 4, 0.6);
  EXPECT_LT(taxi, bus);
  EXPECT_LT(bus, variance_after(model::FleetRole::kBus, State::kAtStop));
  EXPECT_GT(situation.roads[0].speed_mps.value, 10);  // a bus at its stop says nothing of traffic
  variance_after(model::FleetRole::kAmbulance, State::kDriving);
  EXPECT_GT(situation.roads[0].speed_mps.value, 10);
}

TEST_F(FusionTest, TheNewestOfAVehicleIsKeptWhateverTheOrder) {
  start({}, 4);
  model::ObservationBatch b;
  const auto road = network.find_road("in_E");
  b.vehicles.push_back(position(7, model::FleetRole::kBus, kProbes, now, road, 5));
  b.vehicles.push_back(position(7, model::FleetRole::kBus, kProbes, now - 3000, road, 9));
  b.vehicles.push_back(position(3, model::FleetRole::kBus, kProbes, now, road, 6));
  b.vehicles.push_back(position(1, model::FleetRole::kBus, kVideo, now, road, 6));  // no grant
  step(b);
  ASSERT_EQ(situation.vehicles.size(), 2U);
  EXPECT_EQ(situation.vehicles[0].last.vehicle, 3U);
  EXPECT_EQ(situation.vehicles[1].last.speed_mps, 5);
  EXPECT_EQ(situation.vehicles[1].heard, now);
  for (int i = 0; i < 700; ++i) step();
  EXPECT_TRUE(situation.vehicles.empty());  // silent for ten minutes
}

TEST_F(FusionTest, SeveralCallersAboutOneThingAreOneEvent) {
  start();
  using Kind = model::EventReport::Kind;
  const auto in_e = network.find_road("in_E"), in_w = network.find_road("in_W");
  model::ObservationBatch b;
  b.events.push_back({1, Kind::kIncident, 3, true, now, kProbes, in_e, 100});
  b.events.push_back({2, Kind::kIncident, 2, true, now - 60'000, kProbes, in_e, 140});
  b.events.push_back({3, Kind::kIncident, 4, true, now, kProbes, in_w, 10});  // 500 m away
  b.events.push_back({4, Kind::kFlood, 4, true, now, kProbes, in_e, 100});    // something else
  step(b);
  ASSERT_EQ(situation.events.size(), 3U);
  const auto& e = situation.events[0];
  EXPECT_EQ(e.reports, 2U);
  EXPECT_EQ(e.severity, 2);
  EXPECT_NEAR(e.at_m, 120, 1e-3);
  EXPECT_EQ(e.last - e.first, 60'000);
  for (int i = 0; i < 1000; ++i) step();
  b = {};
  b.events.push_back({5, Kind::kIncident, 1, true, now, kProbes, in_e, 100});  // a new one there
  step(b);
  EXPECT_EQ(situation.events.size(), 4U);
  EXPECT_EQ(situation.events.back().number, 3U);
}

TEST_F(FusionTest, PlacesShowWhatTheyLastMeasured) {
  start();
  using Quantity = model::Measurement::Quantity;
  model::ObservationBatch b;
  b.measurements.push_back({9, Quantity::kFreePlaces, now, kProbes, 30});
  b.measurements.push_back({9, Quantity::kCapacity, now, kProbes, 80});
  b.measurements.push_back({9, Quantity::kFreePlaces, now - 60'000, kProbes, 12});  // came late
  b.measurements.push_back({4, Quantity::kEntries, now, kProbes, 2});
  step(b);
  ASSERT_EQ(situation.places.size(), 2U);
  EXPECT_EQ(situation.places[0].place, 4U);
  EXPECT_EQ(situation.places[0].entries, 2);
  EXPECT_EQ(situation.places[1].free, 30);
  EXPECT_EQ(situation.places[1].capacity, 80);
}

}  // namespace
}  // namespace citybrain::fusion
