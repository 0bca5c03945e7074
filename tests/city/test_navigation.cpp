// Navigation and advice: who is told what, who follows, and that everybody arrives.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "tests/city/people_worlds.h"

namespace citybrain::city {
namespace {

using city_port::GuidanceActuation;
using model::RoadId;
using test::Watched;

DemandSpec trips(double per_hour, double duration_s, std::uint64_t seed) {
  DemandSpec d;
  d.trips_per_hour = per_hour;
  d.duration_s = duration_s;
  d.profiled = false;
  d.mean_trip_m = 1200;
  d.seed = seed;
  return d;
}

/// All lanes of the road are closed over the 20 m before its end's last 60 m.
CityEvent closed(const model::RoadNetwork& n, RoadId road, double from_s, double until_s) {
  CityEvent e;
  e.kind = CityEvent::Kind::kRoadworks;
  e.from_s = from_s;
  e.until_s = until_s;
  e.road = n[road].name;
  e.lanes = n[road].lanes;
  e.at_m = n[road].length_m - 60;
  return e;
}

TEST(Navigation, WhoDoesNotFollowItChangesNothing) {
  const auto network = test::make_network(test::small_city());
  const auto demand = *generate_trips(trips(4000, 600, 3), *network);
  Options plain, ignored;
  ignored.navigation.share = 0.7;
  ignored.navigation.compliance = 0;
  ignored.navigation.interval_s = 20;
  Watched a(network, demand, plain), b(network, demand, ignored);
  a.seconds(900);
  b.seconds(900);
  EXPECT_EQ(a.log, b.log);
  EXPECT_EQ(b.rerouted, 0U);
  EXPECT_GT(a.finished, 300U);
}

/// From the west to the east, by the middle street unless it is closed.
class Around : public ::testing::Test {
 protected:
  void SetUp() override {
    auto spec = test::small_city();
    spec.rows = 3;
    spec.columns = 4;
    spec.irregular = spec.local_share = 0;
    spec.arterial_every = 0;
    network = test::make_network(spec);
    for (const char* name :
         {"gate-1_1>x0y1", "x0y1>x1y1", "x1y1>x2y1", "x2y1>x3y1", "x3y1>gate4_1"})
      route.push_back(network->find_road(name));
    for (const auto r : route) ASSERT_TRUE(r.valid());
    blocked = route[2];
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(demand.add(*network, {i * 10.0, {}, route}));
    demand.sort_by_departure();
    options.disturbances = *resolve_events({closed(*network, blocked, 1, 4000)}, *network);
  }
  std::shared_ptr<const model::RoadNetwork> network;
  std::vector<RoadId> route;
  RoadId blocked;
  Demand demand;
  Options options;
};

TEST_F(Around, AClosedRoadIsAvoidedOnceNavigationHasHeardOfIt) {
  Watched lost(network, demand, options);
  lost.seconds(2500);
  EXPECT_EQ(lost.finished, 0U) << "without navigation they wait";
  options.navigation = {1, 1, 30, 0.2, 60, 0, 64};
  Watched found(network, demand, options);
  found.seconds(2500);
  // Some cannot get into the lane for the new turn beside others, and meet the works after all.
  EXPECT_GE(found.finished, 30U) << "most get round it";
  EXPECT_GE(found.rerouted, 55U);
  options.navigation.heard_after_s = 300;
  Watched late(network, demand, options);
  late.seconds(1000);
  EXPECT_LT(late.finished, found.finished);
}

TEST_F(Around, NavigationFindsAJamWithoutBeingTold) {
  for (int i = 60; i < 150; ++i) ASSERT_TRUE(demand.add(*network, {i * 10.0, {}, route}));
  demand.sort_by_departure();
  options.navigation = {1, 1, 30, 0.2, 60, 3600, 64};  // hears of works after an hour only
  Watched run(network, demand, options);
  run.seconds(2500);
  EXPECT_GT(run.finished, 50U) << "the first ones stand, and are seen to stand";
}

TEST_F(Around, AdviceReachesItsShareOfDrivers) {
  options.disturbances.clear();
  const auto over_it = [&](float share) {
    Watched run(network, demand, options);
    if (share > 0) {
      GuidanceActuation a;
      a.road = blocked;
      a.from = run.city->now();
      a.until = run.city->now() + 3'600'000;
      a.share = share;
      run.city->guide(a).value();
    }
    std::size_t n = 0;
    for (int s = 0; s < 1500; ++s) {
      run.seconds(1);
      n += run.crossed(blocked);
    }
    EXPECT_EQ(run.finished, 60U);
    return n;
  };
  EXPECT_EQ(over_it(0), 60U);
  EXPECT_LE(over_it(1), 10U) << "but who is lined up for it already or misses the new turn";
  const auto half = over_it(0.5F);
  EXPECT_GT(half, 15U);
  EXPECT_LT(half, 45U);
}

TEST_F(Around, AdviceThatFitsNothingIsRefused) {
  Watched run(network, demand, options);
  GuidanceActuation a;
  a.road = RoadId{99'999};
  a.until = run.city->now() + 1000;
  a.from = run.city->now();
  EXPECT_EQ(run.city->guide(a).error().code, "CB-CITY-GUIDANCE");
  a.road = blocked;
  EXPECT_TRUE(run.city->guide(a));
  a.share = 0;
  EXPECT_FALSE(run.city->guide(a));
  a.share = 1;
  a.delay_s = -1;
  EXPECT_FALSE(run.city->guide(a));
  a.delay_s = 0;
  a.until = a.from;
  EXPECT_FALSE(run.city->guide(a));
  a.until = a.from + 1000;
  a.kind = GuidanceActuation::Kind::kLotFull;
  a.place = 0xFFFF;
  EXPECT_FALSE(run.city->guide(a));
}

TEST_F(Around, ADelayIsWorthAWayRoundOnlyWhenItIsLong) {
  options.disturbances.clear();
  const auto rerouted = [&](float delay_s) {
    Watched run(network, demand, options);
    GuidanceActuation a;
    a.kind = GuidanceActuation::Kind::kRoadDelay;
    a.road = blocked;
    a.delay_s = delay_s;
    a.from = run.city->now();
    a.until = run.city->now() + 3'600'000;
    run.city->guide(a).value();
    run.seconds(1200);
    return run.rerouted;
  };
  EXPECT_EQ(rerouted(20), 0U);
  EXPECT_GT(rerouted(900), 40U);
}

RC_GTEST_PROP(Navigation, ReroutedVehiclesArriveAndTheSameSeedGivesTheSame, ()) {
  auto spec = test::small_city();
  spec.seed = *rc::gen::inRange<std::uint64_t>(1, 50);
  const auto network = test::make_network(spec);
  const auto demand =
      *generate_trips(trips(*rc::gen::inRange(200, 800), 200, spec.seed), *network);
  Options o;
  o.seed = spec.seed;
  o.navigation.share = *rc::gen::inRange(1, 11) / 10.0;
  o.navigation.compliance = 1;
  o.navigation.interval_s = *rc::gen::inRange(10U, 60U);
  o.navigation.indifference = 0;
  o.navigation.indifference_s = *rc::gen::inRange(0, 30);
  o.navigation.trees_per_s = *rc::gen::inRange(1U, 20U);
  for (int i = 0; i < 3; ++i) {
    const RoadId r{
        *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(network->roads.size()))};
    if ((*network)[r].length_m < 100) continue;
    auto works = *resolve_events({closed(*network, r, 10, 300)}, *network);
    o.disturbances.push_back(works.front());
  }
  Watched a(network, demand, o), b(network, demand, o);
  a.seconds(250);
  b.seconds(250);
  RC_ASSERT(a.log == b.log);
  RC_ASSERT(a.rerouted == b.rerouted);
  for (int i = 0; i < 300 && a.finished < demand.size(); ++i) a.seconds(10);
  RC_ASSERT(a.finished == demand.size());
}

/// A city that can only be looked at.
class Shown final : public city_port::City {
 public:
  explicit Shown(const city_port::City& city) : city_(city) {}
  const model::RoadNetwork& network() const override { return city_.network(); }
  model::EventTime now() const override { return city_.now(); }
  model::Result<void> advance_to(model::EventTime) override { return {}; }
  const city_port::Sensors& sensors() const override { return city_.sensors(); }
  model::Result<void> apply(const city_port::SignalActuation&) override { return {}; }

 private:
  const city_port::City& city_;
};

TEST_F(Around, CitiesRefuseAdviceUnlessTheyTakeIt) {
  Watched run(network, demand, options);
  Shown shown(*run.city);
  EXPECT_EQ(shown.guide({}).error().code, "CB-CITY-GUIDANCE");
}

}  // namespace
}  // namespace citybrain::city
