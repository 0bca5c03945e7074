// Taxis between two fares: nobody is lost, fares get the nearest one, who finds none goes home.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

#include "scenarios/city/invariants.h"
#include "scenarios/city/taxis.h"
#include "tests/city/people_worlds.h"

namespace citybrain::city {
namespace {

using State = Taxis::State;
using test::Watched;

DemandSpec busy(double taxis, std::uint64_t seed) {
  DemandSpec d;
  d.trips_per_hour = 2500;
  d.duration_s = 500;
  d.profiled = false;
  d.mean_trip_m = 1200;
  d.taxis = taxis;
  d.seed = seed;
  return d;
}

const Streets& small_streets() {
  static const auto network = test::make_network(test::small_city());
  static const Streets streets(*network);
  return streets;
}

/// Traffic and signals of a small city that run their own plans.
class Streetscape {
 public:
  Streetscape(const DemandSpec& demand, const TaxiSpec& taxis, std::uint64_t seed,
              const NavigationSpec& navigation = {})
      : traffic(streets, *generate_trips(demand, network), seed, {}, navigation, taxis),
        heads(network, {false, 1}),
        invariants(streets, traffic, heads) {
    for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
      traffic.signal_changed(model::JunctionId{j}, heads.for_drivers(model::JunctionId{j}), 0);
  }
  /// What does not hold after the next second.
  std::string second() {
    changed.clear();
    heads.run_own_plans(now_s, faults, changed);
    for (const auto j : changed) traffic.signal_changed(j, heads.for_drivers(j), now_s);
    truth.clear();
    traffic.second(now_s, truth);
    created += truth.created_s.size();
    finished += truth.finished.size();
    return invariants.broken(++now_s, truth);
  }
  std::size_t in(State state) const {
    std::size_t n = 0;
    for (std::uint32_t k = 0; k < traffic.taxis()->size(); ++k)
      n += (*traffic.taxis())[k].state == state ? 1 : 0;
    return n;
  }
  /// Vehicles of taxis without passengers on the lanes and in the junctions.
  std::size_t vacant_on_the_road() const {
    std::size_t n = 0;
    for (WayId w = 0; w < streets.ways(); ++w)
      for (const Car& c : traffic.cars(w)) n += traffic.trip(c) >= traffic.trips() ? 1 : 0;
    return n;
  }

  const Streets& streets = small_streets();
  const model::RoadNetwork& network = streets.network();
  Traffic traffic;
  SignalHeads heads;
  Invariants invariants;
  std::vector<std::string> faults;
  std::vector<model::JunctionId> changed;
  TruthStep truth;
  std::uint32_t now_s = 0;
  std::size_t created = 0, finished = 0;
};

RC_GTEST_PROP(Taxis, NobodyIsLost, ()) {
  const auto seed = *rc::gen::inRange<std::uint64_t>(1, 100);
  TaxiSpec spec;
  spec.vacant = *rc::gen::inRange(1U, 60U);
  spec.reach_m = *rc::gen::inRange(100, 3000);
  spec.wait_s = *rc::gen::inRange(0, 200);
  spec.patience_s = *rc::gen::inRange(0, 500);
  NavigationSpec navigation;
  if (*rc::gen::arbitrary<bool>()) navigation = {0.7, 1, 30};
  const auto demand = busy(*rc::gen::inRange(1, 10) / 10.0, seed);
  Streetscape city(demand, spec, seed, navigation);
  for (int s = 0; s < 400; ++s) {
    const std::string broken = city.second();
    if (!broken.empty()) RC_FAIL(broken);
    RC_ASSERT(city.vacant_on_the_road() == city.in(State::kCruises));
    std::set<std::uint32_t> fares;
    for (std::uint32_t k = 0; k < city.traffic.taxis()->size(); ++k) {
      const auto& t = (*city.traffic.taxis())[k];
      RC_ASSERT((t.state == State::kOccupied) <= (t.fare != Taxis::kNone));
      RC_ASSERT((t.state == State::kWaits || t.state == State::kOffDuty) <=
                (t.fare == Taxis::kNone));
      if (t.fare != Taxis::kNone) RC_ASSERT(fares.insert(t.fare).second);
    }
  }
}

TEST(Taxis, TheyCruiseWaitAndCarryAgain) {
  Streetscape city(busy(0.3, 3), {30}, 3);
  std::map<std::uint32_t, std::set<std::uint32_t>> fares;  // by taxi
  std::size_t most_cruising = 0, most_waiting = 0;
  for (int s = 0; s < 900; ++s) {
    ASSERT_EQ(city.second(), "");
    most_cruising = std::max(most_cruising, city.in(State::kCruises));
    most_waiting = std::max(most_waiting, city.in(State::kWaits));
    for (std::uint32_t k = 0; k < city.traffic.taxis()->size(); ++k)
      if ((*city.traffic.taxis())[k].state == State::kOccupied)
        fares[k].insert((*city.traffic.taxis())[k].fare);
  }
  EXPECT_GT(most_cruising, 5U);
  EXPECT_GT(most_waiting, 5U);
  std::size_t again = 0;
  for (const auto& [taxi, carried] : fares) again += carried.size() > 1 ? 1 : 0;
  EXPECT_GT(again, 3U);
}

TEST(Taxis, WhoFindsNoFareGoesHome) {
  auto demand = busy(1, 2);
  demand.duration_s = 60;
  Streetscape city(demand, {20, 1500, 30, 200}, 1);
  for (int s = 0; s < 3000; ++s) ASSERT_EQ(city.second(), "");
  EXPECT_EQ(city.in(State::kOffDuty), city.traffic.taxis()->size());
  EXPECT_EQ(city.vacant_on_the_road(), 0U);
  EXPECT_EQ(city.created, city.finished);
  EXPECT_EQ(city.created, city.traffic.trips()) << "every fare was carried";
}

TEST(Taxis, AFareTakesTheNearestFreeOne) {
  const auto network = test::make_network(test::small_city());
  const Streets streets(*network);
  const Demand demand = *generate_trips(busy(1, 5), *network);
  const runtime::Random random(7);
  Taxis taxis(*network, {25}, random, demand, demand.size());
  const auto distance = [&](std::uint32_t k, model::RoadId to) {
    if (taxis[k].road == to) return 0.0;
    const auto a = (*network)[taxis[k].road].shape.back(), b = (*network)[to].shape.front();
    return (a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y);
  };
  std::size_t called = 0;
  for (std::uint32_t trip = 0; trip < demand.size() && called < 15; ++trip) {
    const auto origin = demand.trips()[trip].first;
    const auto k = taxis.nearest(origin);
    if (k == Taxis::kNone) continue;
    for (std::uint32_t other = 0; other < taxis.size(); ++other)
      if (taxis[other].fare == Taxis::kNone)
        EXPECT_GE(distance(other, origin), distance(k, origin));
    EXPECT_EQ(taxis[k].fare, Taxis::kNone);
    const bool drives = taxis[k].road != origin;
    EXPECT_EQ(taxis.call(k, trip, origin), drives);
    EXPECT_EQ(taxis[k].state, drives ? State::kJoins : State::kOccupied);
    EXPECT_EQ(taxis[k].fare, trip);
    ++called;
  }
  EXPECT_EQ(called, 15U);
}

/// The same seed gives the same bytes; and the port tells vacant from occupied.
TEST(Taxis, ThePortSaysWhoIsVacantAndRunsAreAlike) {
  const auto network = test::make_network(test::small_city());
  const auto run = [&](std::uint64_t seed, std::size_t& vacant, std::size_t& occupied) {
    Options o;
    o.seed = seed;
    o.taxis.vacant = 30;
    Watched watched(network, *generate_trips(busy(0.3, 3), *network), o);
    for (int s = 0; s < 500; ++s) {
      watched.seconds(1);
      for (std::uint32_t lane = 0; lane < network->lanes.size(); ++lane)
        for (const auto& v : watched.city->sensors().vehicles(model::LaneId{lane})) {
          if (v.role != Role::kTaxi) EXPECT_FALSE(v.vacant);
          if (v.role == Role::kTaxi) ++(v.vacant ? vacant : occupied);
        }
    }
    return watched.log;
  };
  std::size_t vacant = 0, occupied = 0, other = 0;
  const auto log = run(1, vacant, occupied);
  EXPECT_GT(vacant, 1000U);
  EXPECT_GT(occupied, 1000U);
  EXPECT_EQ(run(1, other, other), log);
  EXPECT_NE(run(2, other, other), log);
}

}  // namespace
}  // namespace citybrain::city
