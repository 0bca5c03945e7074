// Sirens in traffic, missions, orders from outside, pre-emption: what they do and what they never
// do.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <set>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {
namespace {

using city_port::DispatchActuation;
using city_port::FleetVehicle;
using State = FleetVehicle::State;
using What = TruthStep::Emergency::What;

/// A row of three crossings, 600 m apart, with a station in the west and a hospital in the east.
class Rescue : public ::testing::Test {
 protected:
  void build(std::uint32_t lanes = 3) {
    CitySpec s;
    s.rows = 2;
    s.columns = 3;
    s.block_m = 600;
    s.irregular = 0;
    s.arterial_every = 0;
    s.collector_lanes = lanes;
    auto made = std::move(*generate_city(s));
    spec.present = true;
    ASSERT_TRUE(add_places(spec, made));
    network = std::make_shared<const model::RoadNetwork>(std::move(made));
    main = network->find_road("x0y0>x1y0");
    east = network->find_road("x1y0>x2y0");
    ASSERT_TRUE(main.valid() && east.valid());
  }
  void start() {
    Options o;
    o.own_plan_after_s = own_plan_after_s;
    auto plan = resolve_emergencies(spec, *network);
    ASSERT_TRUE(plan) << plan.error().text();
    o.emergencies = *plan;
    if (!events.empty()) o.disturbances = *resolve_events(events, *network);
    demand.sort_by_departure();
    city = std::move(*make_city(network, demand, o));
    log.clear();
    faults = 0;
  }
  /// Runs and keeps what happened; nobody may overlap in a lane.
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      city->advance_to(city->now() + 1000).value();
      const auto& t = truth(*city);
      for (const auto& e : t.emergencies) log.push_back({t.step, e});
      faults += t.monitor_faults.size();
      for (std::uint32_t l = 0; l < network->lanes.size(); ++l) {
        const auto seen = city->sensors().vehicles(model::LaneId{l});
        for (std::size_t k = 1; k < seen.size(); ++k)
          ASSERT_GT(seen[k].to_stop_line_m - seen[k - 1].to_stop_line_m, 4.9F);
      }
    }
  }
  /// When it happened first; 0: not yet.
  model::Step when(What what, std::uint32_t call = 0) const {
    for (const auto& [step, e] : log)
      if (e.what == what && e.call == call) return step;
    return 0;
  }
  FleetVehicle unit(std::uint32_t number = 0, Role role = Role::kAmbulance) const {
    for (const auto& v : city->sensors().fleet())
      if (v.unit == number && v.role == role) return v;
    ADD_FAILURE() << "no such unit";
    return {};
  }
  void call(double at_s, const char* road, double at_m, std::uint32_t severity = 1) {
    spec.calls.push_back({at_s, {road, at_m}, severity});
  }
  model::Result<void> order(std::uint32_t unit_number, std::uint32_t call_number,
                            std::uint32_t hospital = DispatchActuation::kNone,
                            std::vector<model::RoadId> route = {}) {
    return city->apply(
        DispatchActuation{Role::kAmbulance, unit_number, call_number, hospital, std::move(route)});
  }

  EmergencySpec spec = [] {
    EmergencySpec s;
    s.processing_s = 10;
    s.turnout_s = 20;
    s.scene_s = 60;
    s.handover_s = 60;
    s.stations.push_back({{"x0y0>x1y0", 100}, 1});
    s.hospitals.push_back({"x1y0>x2y0", 500});
    return s;
  }();
  std::vector<CityEvent> events;
  std::uint32_t own_plan_after_s = 1;
  std::shared_ptr<const model::RoadNetwork> network;
  model::RoadId main, east;
  Demand demand;
  std::unique_ptr<city_port::City> city;
  std::vector<std::pair<model::Step, TruthStep::Emergency>> log;
  std::size_t faults = 0;
};

TEST_F(Rescue, AMissionGoesThroughItsStagesAndEndsAtTheStation) {
  call(5, "x1y0>x2y0", 300);
  build();
  start();
  run(6);
  ASSERT_EQ(city->sensors().calls().size(), 1U) << "in its step";
  EXPECT_EQ(city->sensors().calls()[0].road, east);
  EXPECT_EQ(city->sensors().calls()[0].severity, 1);
  run(1);
  EXPECT_TRUE(city->sensors().calls().empty());
  EXPECT_EQ(unit().state, State::kParked);
  std::vector<State> states;
  for (int i = 0; i < 900; ++i) {
    run(1);
    const auto u = unit();
    if (states.empty() || states.back() != u.state) states.push_back(u.state);
    EXPECT_EQ(u.siren, u.state == State::kToScene || u.state == State::kToHospital);
    if (u.state == State::kAtScene) EXPECT_FALSE(u.lane.valid()) << "at the roadside";
  }
  EXPECT_EQ(states, (std::vector<State>{State::kParked, State::kToScene, State::kAtScene,
                                        State::kToHospital, State::kAtHospital, State::kDriving,
                                        State::kParked}));
  EXPECT_EQ(when(What::kCalled), 6U);
  EXPECT_EQ(when(What::kSent), 16U) << "ten seconds of processing";
  EXPECT_GT(when(What::kAtScene), when(What::kSent) + 30);
  EXPECT_GT(when(What::kAtHospital), when(What::kAtScene));
  EXPECT_GT(when(What::kFree), when(What::kAtHospital));
  EXPECT_EQ(unit().road, main) << "back at its station";
  EXPECT_NEAR(unit().at_m, 100, 12);
}

/// Seconds from the order to the scene behind a queue that stands before a breakdown.
class Queue : public Rescue {
 protected:
  int drive_s(std::uint32_t lanes, bool siren, bool passes) {
    spec.siren = siren;
    spec.siren_passes = passes;
    spec.calls.clear();
    call(200, "x1y0>x2y0", 100);
    build(lanes);
    demand = {};
    const auto gate = network->find_road("gate-1_0>x0y0");
    for (int i = 0; i < 400; ++i)
      EXPECT_TRUE(demand.add(*network, {i * 0.4, {}, {gate, main, east}}));
    CityEvent e;
    e.kind = CityEvent::Kind::kIncident;
    e.from_s = 1;
    e.until_s = 2000;
    e.road = "x0y0>x1y0";
    e.at_m = 560;
    e.lanes = lanes;
    events = {e};
    start();
    run(1000);
    return when(What::kAtScene, 1) == 0 ? 9999 : static_cast<int>(when(What::kAtScene, 1)) - 200;
  }
};

TEST_F(Queue, ASirenPassesAStandingQueueMoreSlowlyWhereThereIsOneLane) {
  const int three = drive_s(3, true, true), one = drive_s(1, true, true);
  EXPECT_LT(three, 200);
  EXPECT_GT(one, three + 20);
  EXPECT_LT(one, 320) << "at 10 km/h, but it passes";
  EXPECT_EQ(drive_s(3, true, false), 9999) << "stuck behind the queue if nobody makes way";
  EXPECT_EQ(drive_s(3, false, true), 9999) << "without a siren like everybody";
}

TEST_F(Rescue, ASirenCrossesRedWhileOthersWaitForIt) {
  call(5, "x1y0>x2y0", 300);
  build();
  own_plan_after_s = 0;
  start();
  // The crossing in between shows red to the ambulance for good.
  const auto x1 = network->find_junction("x1y0");
  const auto movement = network->find_movement(main, east);
  const auto group = (*network)[movement].group;
  for (const auto& p : (*network)[x1].phases)
    if (!model::has(p.greens, group)) ASSERT_TRUE(city->apply({x1, p.greens, 0}));
  run(300);
  EXPECT_FALSE(model::has(city->sensors().greens(x1), group));
  EXPECT_GT(when(What::kAtScene), 0U) << "it does not wait for green";
}

TEST_F(Rescue, CrossTrafficWithGreenGivesWay) {
  call(5, "x1y0>x2y0", 300);
  build();
  own_plan_after_s = 0;
  const auto south = network->find_road("x1y1>x1y0");
  ASSERT_TRUE(south.valid());
  model::RoadId out;
  for (const auto m : (*network)[south].movements)
    if ((*network)[m].turn == model::Turn::kStraight) out = (*network)[m].to;
  ASSERT_TRUE(out.valid());
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(demand.add(*network, {i * 1.5, {}, {south, out}}));
  start();
  const auto x1 = network->find_junction("x1y0");
  const auto cross = (*network)[network->find_movement(south, out)].group;
  for (const auto& p : (*network)[x1].phases)
    if (model::has(p.greens, cross)) ASSERT_TRUE(city->apply({x1, p.greens, 0}));
  std::uint32_t while_it_crosses = 0;
  for (int i = 0; i < 300 && when(What::kAtScene) == 0; ++i) {
    run(1);
    const auto u = unit();
    // In the junction: between the two roads, on no lane.
    if (!u.siren || u.lane.valid()) continue;
    for (std::uint32_t l = 0; l < (*network)[south].lanes; ++l)
      while_it_crosses += city->sensors().crossings(network->lane(south, l));
  }
  EXPECT_GT(when(What::kAtScene), 0U);
  EXPECT_EQ(while_it_crosses, 0U) << "nobody enters across its way";
  std::uint32_t after = 0;
  for (int i = 0; i < 60; ++i) {
    run(1);
    for (std::uint32_t l = 0; l < (*network)[south].lanes; ++l)
      after += city->sensors().crossings(network->lane(south, l));
  }
  EXPECT_GT(after, 5U) << "they go on when it has passed";
}

TEST_F(Rescue, OrdersFromOutsideAreDoneOrRefusedWithTheReason) {
  spec.own_dispatch = false;
  spec.stations.push_back({{"x1y1>x0y1", 200}, 1});
  spec.hospitals.push_back({"x1y1>x0y1", 400});
  call(5, "x1y0>x2y0", 300);
  call(6, "x0y0>x1y0", 400);
  build();
  start();
  const auto says = [&](const model::Result<void>& r, const char* word) {
    ASSERT_FALSE(r) << word;
    EXPECT_EQ(r.error().code, "CB-CITY-DEVICE");
    EXPECT_NE(r.error().what.find(word), std::string::npos) << r.error().text();
  };
  run(50);
  EXPECT_EQ(when(What::kSent), 0U) << "nobody is sent who is not told to go";
  says(order(7, 0), "no such unit");
  says(order(0, 9), "no call 9");
  says(order(0, 0, 9999), "no hospital");
  says(order(0, 0, DispatchActuation::kNone, {east}), "begins on");
  says(order(0, 0, DispatchActuation::kNone, {main}), "ends on");
  const auto far = network->find_road("x1y1>x0y1");
  says(order(0, 0, DispatchActuation::kNone, {main, far, east}), "one cannot drive");
  says(city->apply(DispatchActuation{Role::kPolice, 0, 0, DispatchActuation::kNone, {}}),
       "no such unit");
  std::uint32_t hospitals[2] = {0, 0};
  for (std::uint32_t i = 0, n = 0; i < network->places.size(); ++i)
    if (network->places[i].kind == model::PlaceKind::kHospital) hospitals[n++] = i;
  ASSERT_TRUE(order(0, 0, hospitals[1], {main, east}));
  says(order(0, 1), "serves call 0");
  ASSERT_TRUE(order(1, 1));
  run(5);
  ASSERT_TRUE(order(1, 1)) << "saying it again changes nothing";
  run(200);
  ASSERT_GT(when(What::kAtScene, 0), 0U);
  says(order(1, 0), "serv");
  run(600);
  EXPECT_GT(when(What::kAtHospital, 0), 0U);
  for (const auto& [step, e] : log)
    if (e.what == What::kAtHospital && e.call == 0) EXPECT_EQ(e.unit, 0U);
}

TEST_F(Rescue, ACallChangesHandsUntilSomebodyIsThere) {
  spec.stations.push_back({{"x1y0>x2y0", 100}, 1});
  call(5, "x1y0>x2y0", 300);
  build();
  start();
  run(20);
  EXPECT_EQ(unit(1).call, 0U) << "the nearest was sent";
  ASSERT_TRUE(order(0, 0));
  run(1);
  EXPECT_EQ(unit(0).call, 0U);
  EXPECT_EQ(unit(1).call, FleetVehicle::kNone);
  run(300);
  for (const auto& [step, e] : log)
    if (e.what == What::kAtScene) EXPECT_EQ(e.unit, 0U);
}

TEST_F(Rescue, PolicePatrolAndClearAnIncidentEarlier) {
  const auto over_s = [&](std::uint32_t cars) {
    spec.police_cars = cars;
    build();
    demand = {};
    const auto gate = network->find_road("gate-1_0>x0y0");
    for (int i = 0; i < 200; ++i)
      EXPECT_TRUE(demand.add(*network, {i * 5.0, {}, {gate, main, east}}));
    CityEvent e;
    e.kind = CityEvent::Kind::kIncident;
    e.from_s = 100;
    e.until_s = 900;
    e.road = "x0y0>x1y0";
    e.at_m = 400;
    e.lanes = 1;
    events = {e};
    start();
    std::set<std::uint32_t> roads;
    int last = 0;
    model::VehicleId broken;
    for (int t = 0; t < 1000; ++t) {
      run(1);
      for (std::uint32_t c = 0; c < cars; ++c) roads.insert(unit(c, Role::kPolice).road.value);
      for (std::uint32_t l = 0; l < 3; ++l) {
        for (const auto& v : city->sensors().vehicles(network->lane(main, l))) {
          if (v.speed_mps > 0 || v.to_stop_line_m < 120 || v.to_stop_line_m > 200) continue;
          if (!broken.valid()) broken = v.vehicle;
          if (v.vehicle == broken) last = t;
        }
      }
    }
    if (cars > 0) {
      EXPECT_GT(roads.size(), 4U) << "they patrol";
      EXPECT_GT(when(What::kAtScene), 100U);
    }
    return last;
  };
  const int alone = over_s(0), with_police = over_s(2);
  EXPECT_GT(alone, 850);
  EXPECT_LT(with_police, 700) << "half of the time that is left";
}

/// One that could not get into its lane used to leave the city by another road, and was looked for.
TEST_F(Rescue, NoUnitLeavesTheCityByAWrongLane) {
  spec.police_cars = 30;
  for (const std::uint64_t seed : {1U, 2U, 3U, 4U}) {
    const bool is_crowded = seed == 1;  // nearly nobody moves any more
    build();
    DemandSpec d;
    d.trips_per_hour = is_crowded ? 6000 : 3000;
    d.duration_s = 900;
    d.profiled = false;
    d.seed = seed;
    demand = *generate_trips(d, *network);
    start();
    run(1500);
    std::vector<FleetVehicle> then;
    for (std::uint32_t u = 0; u < spec.police_cars; ++u) {
      then.push_back(unit(u, Role::kPolice));
      ASSERT_TRUE(then.back().road.valid());
      EXPECT_FALSE((*network)[then.back().road].movements.empty()) << "on a road out of the city";
    }
    run(500);
    for (std::uint32_t u = 0; u < spec.police_cars && !is_crowded; ++u) {
      const auto now = unit(u, Role::kPolice);
      EXPECT_TRUE(now.road != then[u].road || now.at_m != then[u].at_m) << "stands for good";
    }
  }
}

TEST_F(Rescue, ASignalGivesGreenAndGoesBackAndRefusesMeanwhile) {
  call(5, "x1y0>x2y0", 300);
  spec.preemption_lead_s = 15;
  build();
  own_plan_after_s = 0;
  start();
  const auto x1 = network->find_junction("x1y0");
  const auto group = (*network)[network->find_movement(main, east)].group;
  model::GroupSet against = 0;
  for (const auto& p : (*network)[x1].phases)
    if (!model::has(p.greens, group)) against = p.greens;
  ASSERT_TRUE(city->apply({x1, against, 0}));
  bool green = false, refused = false;
  for (int i = 0; i < 300; ++i) {
    run(1);
    green = green || model::has(city->sensors().greens(x1), group);
    if (green && !refused) {
      const auto r = city->apply({x1, against, 0});
      ASSERT_FALSE(r);
      EXPECT_NE(r.error().what.find("emergency"), std::string::npos);
      refused = true;
    }
  }
  EXPECT_TRUE(green);
  EXPECT_EQ(city->sensors().greens(x1), against) << "as it was told last";
  EXPECT_GT(when(What::kPreempted, x1.value), 0U);
  EXPECT_EQ(faults, 1U) << "that of the test's own first command, without an intergreen";
}

TEST_F(Rescue, WhatDoesNotFitIsNamed) {
  const auto says = [&](const char* word) {
    auto made = *network;
    const auto placed = add_places(spec, made);
    const auto r =
        placed ? resolve_emergencies(spec, made) : model::Result<EmergencyPlan>(placed.error());
    ASSERT_FALSE(r) << word;
    EXPECT_EQ(r.error().code, "CB-INPUT-EMERGENCY");
    EXPECT_NE(r.error().text().find(word), std::string::npos) << r.error().text();
  };
  const auto good = spec;
  build();
  spec.calls = {{1, {"nowhere", 5}, 1}};
  says("nowhere");
  spec = good;
  spec.present = true;
  spec.calls = {{1, {"x0y0>x1y0", 9000}, 1}};
  says("m long");
  spec.calls = {{1, {"gate-1_0>x0y0", 10}, 1}};
  says("cannot drive everywhere");
  spec.calls.clear();
  spec.stations = {{{"gate-1_0>x0y0", 10}, 1}};
  says("cannot drive everywhere");
  CitySpec bare;
  network = std::make_shared<const model::RoadNetwork>(std::move(*generate_city(bare)));
  spec.stations = {{{network->roads[0].name, 10}, 1}};
  spec.hospitals.clear();
  for (const auto& r : network->roads)
    if (!(*network)[r.from].boundary && !(*network)[r.to].boundary)
      spec.stations[0].place.road = r.name;
  says("no hospital");
}

}  // namespace
}  // namespace citybrain::city
