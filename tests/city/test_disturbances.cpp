// Incidents, works, storms, power cuts, broken devices, bus stops: what they do to traffic, and
// that they end.
#include <gtest/gtest.h>

#include <memory>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"
#include "tests/city/worlds.h"

namespace citybrain::city {
namespace {

using model::LaneId;

/// A straight road of three lanes, 600 m, from a gate to a gate.
class Straight : public ::testing::Test {
 protected:
  void SetUp() override {
    CitySpec spec;
    spec.rows = 1;
    spec.columns = 3;
    spec.block_m = 600;
    spec.irregular = 0;
    spec.arterial_every = 0;
    network = std::make_shared<const model::RoadNetwork>(std::move(*generate_city(spec)));
    west = network->find_road("gate-1_0>x0y0");
    main = network->find_road("x0y0>x1y0");
    east = network->find_road("x1y0>x2y0");
    ASSERT_TRUE(west.valid() && main.valid() && east.valid());
  }
  void flow(int vehicles, double every_s) {
    for (int i = 0; i < vehicles; ++i)
      ASSERT_TRUE(demand.add(*network, {i * every_s, {}, {west, main, east}}));
    demand.sort_by_departure();
  }
  void start(const std::vector<CityEvent>& events) {
    Options o;
    o.own_plan_after_s = 1;
    auto resolved = resolve_events(events, *network);
    ASSERT_TRUE(resolved) << resolved.error().text();
    o.disturbances = *resolved;
    city = std::move(*make_city(network, demand, o));
  }
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      city->advance_to(city->now() + 1000).value();
      const auto& t = truth(*city);
      created += t.created_s.size();
      finished += t.finished.size();
      ASSERT_EQ(created, finished + t.running + t.waiting_outside);
    }
  }
  /// Vehicles that stand on the lane.
  std::size_t standing(model::RoadId road, std::uint32_t index) const {
    std::size_t n = 0;
    for (const auto& v : city->sensors().vehicles(network->lane(road, index)))
      n += v.speed_mps < city_port::kStandingSpeed_mps;
    return n;
  }

  std::shared_ptr<const model::RoadNetwork> network;
  model::RoadId west, main, east;
  Demand demand;
  std::unique_ptr<city_port::City> city;
  std::size_t created = 0, finished = 0;
};

CityEvent event(CityEvent::Kind kind, double from_s, double until_s) {
  CityEvent e;
  e.kind = kind;
  e.from_s = from_s;
  e.until_s = until_s;
  return e;
}

TEST_F(Straight, ABrokenDownVehicleStandsAndTheOthersPassIt) {
  flow(150, 4);
  auto e = event(CityEvent::Kind::kIncident, 100, 500);
  e.road = "x0y0>x1y0";
  e.at_m = 300;
  e.lanes = 1;
  start({e});
  run(450);
  const auto at_incident = finished;
  EXPECT_GT(at_incident, 20U) << "the others pass";
  bool stands = false;
  for (const auto& v : city->sensors().vehicles(network->lane(main, 2)))
    stands = stands || (v.speed_mps == 0 && v.to_stop_line_m > 200 && v.to_stop_line_m < 380);
  EXPECT_TRUE(stands);
  run(900);
  EXPECT_EQ(finished, 150U) << "it goes on when its time is over";
}

TEST_F(Straight, WorksCloseLanesUntilTheyEnd) {
  flow(100, 4);
  auto e = event(CityEvent::Kind::kRoadworks, 10, 400);
  e.road = "x0y0>x1y0";
  e.at_m = 400;
  e.length_m = 100;
  e.lanes = 3;
  e.speed_factor = 0.5;
  start({e});
  run(399);
  EXPECT_EQ(finished, 0U) << "all lanes are closed";
  for (std::uint32_t i = 0; i < 3; ++i)
    for (const auto& v : city->sensors().vehicles(network->lane(main, i)))
      EXPECT_GE(static_cast<double>(v.to_stop_line_m), (*network)[main].length_m - 300);
  run(900);
  EXPECT_EQ(finished, 100U);
}

TEST_F(Straight, AStormSlowsEverybodyAndPasses) {
  const auto time_of_one = [&](const std::vector<CityEvent>& events) {
    demand = {};
    flow(1, 1);
    start(events);
    created = finished = 0;
    int s = 0;
    while (finished == 0 && s < 2000) run(1), ++s;
    return s;
  };
  auto storm = event(CityEvent::Kind::kStorm, 0, 5000);
  storm.speed_factor = 0.5;
  storm.headway_factor = 1.2;
  const int dry = time_of_one({}), wet = time_of_one({storm});
  EXPECT_GT(wet, dry * 3 / 2);
  storm.until_s = 1;
  EXPECT_EQ(time_of_one({storm}), dry);
}

TEST_F(Straight, WithoutPowerTheHeadsFlashAndDevicesAreSilent) {
  flow(60, 5);
  auto cut = event(CityEvent::Kind::kPowerCut, 50, 300);
  cut.junction = "x0y0";
  auto broken = event(CityEvent::Kind::kDeviceFailure, 10, 40);
  broken.junction = "x1y0";
  broken.device = city_port::Device::kLoops;
  start({cut, broken});
  const auto x0 = network->find_junction("x0y0"), x1 = network->find_junction("x1y0");
  using city_port::Device;
  run(20);
  EXPECT_FALSE(city->sensors().works(Device::kLoops, x1));
  EXPECT_TRUE(city->sensors().works(Device::kCamera, x1));
  run(40);
  EXPECT_TRUE(city->sensors().works(Device::kLoops, x1));
  EXPECT_FALSE(city->sensors().works(Device::kCamera, x0));
  EXPECT_EQ(city->sensors().greens(x0), 0U);
  EXPECT_EQ(city->apply({x0, 1, 0}).error().code, "CB-CITY-DEVICE");
  const auto before = finished;
  run(240);
  EXPECT_GT(finished, before + 20) << "vehicles give way to each other and go";
  run(60);
  EXPECT_TRUE(city->sensors().works(Device::kSignal, x0));
  EXPECT_TRUE(truth(*city).monitor_faults.empty());
  run(600);
  EXPECT_EQ(finished, 60U);
}

TEST_F(Straight, ABusServesItsStopsAndWhoeverWaits) {
  const auto travel_s = [&](std::vector<Stop> stops) {
    demand = {};
    VehicleKind bus;
    bus.role = Role::kBus;
    bus.length_m = 12;
    EXPECT_TRUE(demand.add(*network, {0, bus, {west, main, east}}));
    EXPECT_TRUE(demand.add_stops(*network, stops));
    start({});
    created = finished = 0;
    int s = 0;
    while (finished == 0 && s < 3000) run(1), ++s;
    return s;
  };
  const int through = travel_s({});
  const int one = travel_s({{1, 0, 200, 0.0F}});
  const int crowded = travel_s({{1, 0, 200, 0.2F}});
  EXPECT_GE(one, through);
  EXPECT_GT(crowded, one + 10) << "a passenger takes 2.2 s to board";
  demand = {};
  ASSERT_TRUE(demand.add(*network, {0, {}, {west, main, east}}));
  EXPECT_FALSE(demand.add_stops(*network, std::vector<Stop>{{1, 0, 5000, 0}}));
  EXPECT_FALSE(demand.add_stops(*network, std::vector<Stop>{{0, 0, 10, 0}, {1, 1, 10, 0}}));
}

TEST_F(Straight, EventsThatDoNotFitAreNamed) {
  const auto says = [&](CityEvent e, const char* word) {
    const auto r = resolve_events({e}, *network);
    ASSERT_FALSE(r) << word;
    EXPECT_EQ(r.error().code, "CB-INPUT-EVENT");
    EXPECT_NE(r.error().text().find(word), std::string::npos) << r.error().text();
  };
  auto e = event(CityEvent::Kind::kIncident, 10, 5);
  says(e, "end after");
  e = event(CityEvent::Kind::kIncident, 0, 5);
  e.road = "nowhere";
  says(e, "nowhere");
  e.road = "x0y0>x1y0";
  e.at_m = 9000;
  says(e, "m long");
  e.at_m = 100;
  e.lanes = 7;
  says(e, "7 lanes");
  e = event(CityEvent::Kind::kStorm, 0, 5);
  e.speed_factor = 0;
  says(e, "speed_factor");
  e = event(CityEvent::Kind::kPowerCut, 0, 5);
  e.junction = "gate-1_0";
  says(e, "no signal");
}

}  // namespace
}  // namespace citybrain::city
