// Demand: routes packed to bits come back, buses keep their stops, crowds come and go.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/city/people_worlds.h"

namespace citybrain::city {
namespace {

using model::RoadId;
using test::Watched;

RC_GTEST_PROP(Turns, ComeBackHoweverManyBitsTheyTake, (const std::vector<std::uint8_t>& given)) {
  Turns turns;
  for (std::size_t i = 0; i < given.size(); ++i) {
    turns.push_back(i % 3 == 0 ? given[i] : given[i] & 3);
    RC_ASSERT(turns.size() == i + 1);
  }
  for (std::size_t i = 0; i < given.size(); ++i)
    RC_ASSERT(turns[i] == (i % 3 == 0 ? given[i] : given[i] & 3));
}

TEST(Turns, TakeTwoBitsWhereThatIsEnough) {
  Turns turns;
  for (int i = 0; i < 4000; ++i) turns.push_back(i % 4);
  turns.shrink();
  EXPECT_LE(turns.bytes(), 1100U);
  EXPECT_EQ(sizeof(Trip), 16U);
}

RC_GTEST_PROP(Demand, KeepsRoutesStopsAndOrderOverSorting, ()) {
  static const auto network = test::make_network(test::small_city());
  struct Given {
    double depart_s = 0;
    std::vector<RoadId> route;
    bool stops = false;
  };
  Demand demand;
  std::vector<Given> given;
  const auto n = *rc::gen::inRange(1, 40);
  for (int i = 0; i < n; ++i) {
    Given g;
    g.depart_s = *rc::gen::inRange(0, 4'000'000) / 1000.0;
    g.route.push_back(RoadId{
        *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(network->roads.size()))});
    for (int k = *rc::gen::inRange(0, 30); k > 0; --k) {
      const auto& m = (*network)[g.route.back()].movements;
      if (m.empty()) break;
      g.route.push_back((*network)[m[*rc::gen::inRange<std::size_t>(0, m.size())]].to);
    }
    g.stops = *rc::gen::arbitrary<bool>();
    RC_ASSERT(static_cast<bool>(demand.add(*network, {g.depart_s, {}, g.route})));
    if (g.stops)
      RC_ASSERT(static_cast<bool>(
          demand.add_stops(*network, std::vector<Stop>{{0, static_cast<std::uint16_t>(i), 5.0F}})));
    given.push_back(g);
  }
  demand.sort_by_departure();
  std::stable_sort(given.begin(), given.end(),
                   [](const Given& a, const Given& b) { return a.depart_s < b.depart_s; });
  for (std::size_t i = 0; i < given.size(); ++i) {
    RC_ASSERT(demand.route(*network, i) == given[i].route);
    RC_ASSERT(demand.trips()[i].has_stops() == given[i].stops);
    RC_ASSERT((demand.first_stop(i) != kNoStop) == given[i].stops);
    const double kept = demand.trips()[i].depart_s();
    RC_ASSERT(kept >= given[i].depart_s && kept < given[i].depart_s + 0.001);
    RC_ASSERT(std::ceil(kept) == std::ceil(given[i].depart_s));
  }
}

class Buses : public ::testing::Test {
 protected:
  void SetUp() override {
    network = test::make_network(test::small_city());
    BusSpec spec;
    spec.lines = 4;
    spec.length_m = 1200;
    spec.duration_s = 1800;
    ASSERT_TRUE(add_bus_lines(spec, *network, demand));
  }
  std::shared_ptr<const model::RoadNetwork> network;
  Demand demand;
};

TEST_F(Buses, StopsLieAlongArterialsAtTheUsualDistance) {
  auto spec = test::small_city();
  spec.block_m = 1000;
  const auto big = test::make_network(spec);
  std::map<std::uint32_t, std::vector<double>> on;
  for (const auto& p : big->places)
    if (p.kind == model::PlaceKind::kBusStop) on[p.road.value].push_back(p.at_m);
  ASSERT_FALSE(on.empty());
  for (const auto& [road, at] : on)
    for (std::size_t i = 1; i < at.size(); ++i) {
      EXPECT_GE(at[i] - at[i - 1], 350);
      EXPECT_LE(at[i] - at[i - 1], 550);
    }
}

TEST_F(Buses, RunOnTheirLinesByTheTimetable) {
  EXPECT_GE(demand.lines().size(), 4U);
  EXPECT_LE(demand.lines().size(), 8U);
  const auto buses = demand.size();
  Watched run(network, demand, {});
  std::set<std::uint32_t> lines;
  std::size_t at_stop = 0, seen = 0;
  double delay_s = 0;
  for (int s = 0; s < 1800; ++s) {
    run.seconds(1);
    const auto fleet = run.city->sensors().fleet();
    EXPECT_LE(fleet.size(), truth(*run.city).running);
    for (const auto& f : fleet) {
      EXPECT_EQ(f.role, Role::kBus);
      ASSERT_LT(f.line, demand.lines().size());
      lines.insert(f.line);
      ASSERT_LT(f.road.value, network->roads.size());
      EXPECT_LE(f.at_m, (*network)[f.road].length_m + 0.01);
      at_stop += f.state == city_port::FleetVehicle::State::kAtStop;
      if (f.next_stop == city_port::FleetVehicle::kNone) continue;
      ASSERT_LT(f.next_stop, network->places.size());
      EXPECT_EQ(network->places[f.next_stop].kind, model::PlaceKind::kBusStop);
      delay_s += static_cast<double>(f.delay_s);
      ++seen;
    }
  }
  EXPECT_EQ(lines.size(), demand.lines().size());
  EXPECT_GT(at_stop, 500U);
  ASSERT_GT(seen, 1000U);
  EXPECT_LT(std::abs(delay_s / static_cast<double>(seen)), 120) << "an empty city keeps time";
  run.seconds(2500);
  EXPECT_EQ(run.finished, buses);
}

TEST(Headways, FollowTheHour) {
  EXPECT_LT(headway_s(8), headway_s(12));
  EXPECT_LT(headway_s(12), headway_s(22));
  EXPECT_EQ(headway_s(2), 0);
  EXPECT_EQ(headway_s(32), headway_s(8));
}

TEST(Crowds, ComeBeforeAndLeaveAfter) {
  const auto network = test::make_network(test::small_city());
  CityEvent e;
  e.kind = CityEvent::Kind::kCrowd;
  e.road = "x1y1>x2y1";
  if (!network->find_road(e.road).valid()) e.road = network->roads.front().name;
  e.from_s = 4000;
  e.until_s = 7000;
  e.vehicles = 300;
  e.come_over_s = 1800;
  e.leave_over_s = 900;
  e.from_gates = true;
  ASSERT_TRUE(resolve_events({e}, *network));
  EXPECT_TRUE(resolve_events({e}, *network)->empty()) << "it is in the demand";
  Demand demand, again;
  add_crowds({e}, *network, 5, demand);
  add_crowds({e}, *network, 5, again);
  ASSERT_EQ(demand.size(), 600U);
  ASSERT_EQ(again.size(), 600U);
  std::size_t before = 0;
  for (std::size_t i = 0; i < demand.size(); ++i) {
    const auto& t = demand.trips()[i];
    EXPECT_EQ(t.depart_ticks, again.trips()[i].depart_ticks);
    const auto route = demand.route(*network, i);
    if (t.depart_s() < e.from_s) {
      ++before;
      EXPECT_TRUE((*network)[(*network)[route.front()].from].boundary);
      EXPECT_GT(t.depart_s(), e.from_s - 1800 - 900);
    } else {
      EXPECT_GE(t.depart_s(), e.until_s);
      EXPECT_LE(t.depart_s(), e.until_s + 901);
      EXPECT_TRUE((*network)[(*network)[route.back()].to].boundary);
    }
  }
  EXPECT_EQ(before, 300U);
  e.road = "nowhere";
  EXPECT_EQ(resolve_events({e}, *network).error().code, "CB-INPUT-EVENT");
}

TEST(Lorries, AreLongerAndSlowerToStart) {
  const auto network = test::make_network(test::small_city());
  DemandSpec d;
  d.trips_per_hour = 3000;
  d.profiled = false;
  d.mean_trip_m = 1200;
  const auto demand = *generate_trips(d, *network);
  std::map<Role, std::size_t> count;
  std::map<Role, VehicleKind> kind;
  for (const auto& t : demand.trips()) {
    const auto& k = demand.kinds()[t.kind()];
    ++count[k.role];
    kind[k.role] = k;
  }
  const auto share = [&](Role r) { return static_cast<double>(count[r]) / demand.size(); };
  EXPECT_NEAR(share(Role::kTruck), 0.07, 0.02);
  EXPECT_NEAR(share(Role::kTaxi), 0.06, 0.02);
  EXPECT_GT(kind[Role::kTruck].length_m, kind[Role::kCar].length_m);
  // Alone on the same way, stops included.
  const auto time_of = [&](const VehicleKind& k) {
    Demand one;
    EXPECT_TRUE(one.add(*network, {0, k, demand.route(*network, 0)}));
    Watched run(network, one, {});
    int s = 0;
    while (run.finished == 0 && s++ < 2000) run.seconds(1);
    return s;
  };
  EXPECT_GE(time_of(kind[Role::kTruck]), time_of(kind[Role::kCar]));
}

}  // namespace
}  // namespace citybrain::city
