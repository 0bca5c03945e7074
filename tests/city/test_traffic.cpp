#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <vector>

#include "scenarios/city/city.h"
#include "scenarios/city/following.h"
#include "scenarios/city/sources.h"
#include "tests/city/worlds.h"

namespace citybrain::city {
namespace {

using model::JunctionId;
using model::LaneId;

/// The crossing with a given demand; J's signal is under the test's control.
class World {
 public:
  explicit World(const std::string& flow, const std::string& length = "300", Options options = {}) {
    auto n = import_cityflow_roadnet(test::crossing_roadnet(length), "x", {120, 30});
    network = std::make_shared<const model::RoadNetwork>(std::move(*n));
    ImportReport report;
    auto demand = import_cityflow_flow("[" + flow + "]", "f", *network, false, report);
    trips = demand->size();
    city = std::move(*make_city(network, std::move(*demand), options));
    junction = network->find_junction("J");
  }
  void show(model::GroupSet greens) { city->apply({junction, greens, 0}).value(); }
  void run(int seconds) {
    for (int i = 0; i < seconds; ++i) {
      city->advance_to(city->now() + 1000).value();
      const auto& t = truth(*city);
      created += t.created_s.size();
      for (const auto& f : t.finished) finished.push_back(f);
      faults.insert(faults.end(), t.monitor_faults.begin(), t.monitor_faults.end());
      EXPECT_EQ(created, finished.size() + t.running + t.waiting_outside)
          << "vehicles are conserved";
    }
  }
  LaneId lane(const char* road) const { return (*network)[network->find_road(road)].first_lane; }
  std::size_t standing(const char* road) const {
    std::size_t n = 0;
    for (const auto& v : city->sensors().vehicles(lane(road)))
      n += v.speed_mps < city_port::kStandingSpeed_mps;
    return n;
  }

  std::shared_ptr<const model::RoadNetwork> network;
  std::unique_ptr<city_port::City> city;
  JunctionId junction;
  std::size_t trips = 0, created = 0;
  std::vector<TruthStep::Finished> finished;
  std::vector<std::string> faults;
};

const char* kWest = R"(["we","je"])";
const char* kNorth = R"(["ns","js"])";

TEST(Traffic, ALoneVehicleTravelsAtFreeSpeed) {
  World w(test::flow_entry(kWest, 0, 0, 1));
  w.run(90);
  ASSERT_EQ(w.finished.size(), 1U);
  // 600 m at 11.111 m/s and the start from rest.
  EXPECT_NEAR(w.finished[0].finished_s - w.finished[0].created_s, 600 / 11.111 + 3, 1.5);
}

TEST(Traffic, RedHoldsAndGreenDischargesAtSaturation) {
  World w(test::flow_entry(kWest, 0, 40, 2));
  w.show(2);
  w.run(200);
  EXPECT_EQ(w.standing("we"), 21U);
  EXPECT_EQ(w.city->sensors().vehicles(w.lane("je")).size(), 0U);
  w.show(1);
  std::vector<int> at;
  std::set<std::uint32_t> crossed;
  for (int t = 0; t < 70; ++t) {
    w.run(1);
    for (std::uint32_t i = 0; i < w.city->sensors().crossings(w.lane("we")); ++i) at.push_back(t);
    const auto who = w.city->sensors().crossed(w.lane("we"));
    ASSERT_EQ(who.size(), w.city->sensors().crossings(w.lane("we")));
    for (const auto v : who) EXPECT_TRUE(crossed.insert(v.value).second) << "crossed twice";
  }
  ASSERT_EQ(at.size(), 21U);
  EXPECT_LE(at[0], 1);                   // the first starts with the green
  EXPECT_NEAR(at[1] - at[0], 4.5, 1.5);  // the second after the start-up
  EXPECT_NEAR((at[20] - at[5]) / 15.0, 2.45, 0.2);
}

/// Who stood behind one that was still in the junction when the light turned red slept there until
/// the next green, a vehicle's length or more before the line.
TEST(Traffic, AtRedTheFirstOneComesUpToTheLine) {
  // A slow one is over the line when the light changes, and others cross before it.
  std::string slow = test::flow_entry(kWest, 0, 0, 1);
  for (const std::string rate : {R"("maxPosAcc":)", R"("usualPosAcc":)"})
    slow.replace(slow.find(rate + "2"), rate.size() + 1, rate + "0.5");
  World w(slow + "," + test::flow_entry(kWest, 5, 5, 1) + "," + test::flow_entry(kNorth, 0, 40, 2));
  w.show(0);
  w.run(120);
  ASSERT_EQ(w.standing("we"), 2U);
  const auto left_m = [&] {
    return w.city->sensors().vehicles(w.lane("we")).back().to_stop_line_m;
  };
  ASSERT_GT(left_m(), 7.0F);
  w.show(1);
  w.run(2);
  w.show(2);
  w.run(40);
  ASSERT_EQ(w.city->sensors().vehicles(w.lane("we")).size(), 1U) << "the slow one is over the line";
  ASSERT_EQ(w.standing("we"), 1U) << "the other one stands behind it";
  ASSERT_GT(left_m(), 1.5F);
  w.run(60);
  ASSERT_EQ(w.city->sensors().vehicles(w.lane("ns")).size(), 0U) << "the junction is clear";
  ASSERT_EQ(w.standing("we"), 1U);
  EXPECT_LT(left_m(), 0.5F);
}

TEST(Traffic, AFullRoadSpillsBackAndVehiclesWaitOutside) {
  World w(test::flow_entry(kWest, 0, 600, 2), "120");
  w.show(2);
  w.run(400);
  EXPECT_GE(w.standing("we"), 13U);  // 105 m at 7.5 m a vehicle
  EXPECT_LE(w.standing("we"), 15U);
  EXPECT_GT(truth(*w.city).waiting_outside, 150U);
}

TEST(Traffic, VehiclesThatWaitForEachOtherInACircleGoOn) {
  const auto drive = [](double crowd_s) {
    auto n = import_cityflow_roadnet(test::ring_roadnet(), "x", {120, 30});
    auto network = std::make_shared<const model::RoadNetwork>(std::move(*n));
    ImportReport report;
    std::string flow;
    for (const char* route : {R"(["inA","outB"])", R"(["inB","outC"])", R"(["inC","outA"])"})
      flow += (flow.empty() ? "[" : ",") + test::flow_entry(route, 0, 600, crowd_s);
    auto demand = import_cityflow_flow(flow + "]", "f", *network, false, report);
    const std::size_t trips = demand->size();
    auto city = std::move(*make_city(network, std::move(*demand), {}));
    std::size_t finished = 0;
    for (int t = 0; t < 3000; ++t) {
      city->advance_to(city->now() + 1000).value();
      finished += truth(*city).finished.size();
    }
    EXPECT_EQ(finished, trips) << "a vehicle every " << crowd_s << " s";
  };
  for (const double crowd_s : {2.0, 4.0, 7.0, 11.0}) drive(crowd_s);
}

TEST(Traffic, WhoDrivesFreelyTakesTheEmptierLane) {
  // "je" has a second lane that nobody is led into; all come at the limit, a few lengths apart.
  std::string net = test::crossing_roadnet("400");
  const std::string lane = R"({"width":4,"maxSpeed":11.111})";
  net.insert(net.find(lane, net.find(R"("id":"je")")), lane + ",");
  auto n = import_cityflow_roadnet(net, "x", {120, 30});
  ASSERT_TRUE(n) << n.error().text();
  auto network = std::make_shared<const model::RoadNetwork>(std::move(*n));
  ImportReport report;
  auto demand = import_cityflow_flow("[" + test::flow_entry(kWest, 0, 120, 4) + "]", "f", *network,
                                     false, report);
  auto city = std::move(*make_city(network, std::move(*demand), {}));
  city->advance_to(city->now() + 110'000).value();
  const auto first = (*network)[network->find_road("je")].first_lane;
  const auto on_lane = [&](std::uint32_t i) {
    return city->sensors().vehicles(LaneId{first.value + i}).size();
  };
  EXPECT_GE(on_lane(0) + on_lane(1), 8U);
  EXPECT_GE(on_lane(1), 3U);
}

TEST(Traffic, QueuesStandAtTheirGapAndInOrder) {
  World w(test::flow_entry(kWest, 0, 60, 3));
  w.show(2);
  w.run(200);
  const auto seen = w.city->sensors().vehicles(w.lane("we"));
  for (std::size_t i = 1; i < seen.size(); ++i) {
    const float gap = seen[i].to_stop_line_m - seen[i - 1].to_stop_line_m - 5;
    EXPECT_GT(gap, 2.0F);
    EXPECT_LT(gap, 4.5F);
  }
}

TEST(Traffic, NobodyPassesARedLight) {
  World w(test::flow_entry(kWest, 0, 300, 3) + "," + test::flow_entry(kNorth, 0, 300, 3));
  for (int cycle = 0; cycle < 8; ++cycle) {
    w.show(1);
    w.run(25);
    w.show(0);
    w.run(4);  // vehicles that could not brake may still pass in these seconds
    std::uint32_t north = 0;
    w.run(1);
    w.show(2);
    for (int t = 0; t < 20; ++t) {
      w.run(1);
      north += w.city->sensors().crossings(w.lane("ns"));
      EXPECT_EQ(w.city->sensors().crossings(w.lane("we")), 0U);
    }
    w.show(0);
    w.run(5);
    EXPECT_GT(north, 0U);
  }
  EXPECT_TRUE(w.faults.empty());
}

TEST(Traffic, TheConflictMonitorFires) {
  World w(test::flow_entry(kWest, 0, 0, 1));
  w.run(10);
  w.show(3);
  w.run(1);
  ASSERT_EQ(w.faults.size(), 1U);
  EXPECT_NE(w.faults[0].find("green together"), std::string::npos);
  w.show(0);
  w.run(2);
  w.show(2);  // two seconds after the other's green: the intergreen is five
  w.run(1);
  ASSERT_EQ(w.faults.size(), 2U);
  EXPECT_NE(w.faults[1].find("intergreen"), std::string::npos);
}

TEST(Traffic, AStoppingMonitorTurnsTheJunctionRed) {
  Options o;
  o.conflict_monitor_stops = true;
  World w(test::flow_entry(kWest, 0, 0, 1), "300", o);
  w.show(3);
  EXPECT_EQ(w.city->sensors().greens(w.junction), 0U);
}

TEST(Traffic, DevicesThatAreNotThereAreRefused) {
  World w(test::flow_entry(kWest, 0, 0, 1));
  EXPECT_FALSE(w.city->apply({w.network->find_junction("W"), 1, 0}));
  EXPECT_FALSE(w.city->apply({JunctionId{99}, 1, 0}));
  EXPECT_FALSE(w.city->apply({w.junction, 8, 0}));
  EXPECT_FALSE(w.city->advance_to(w.city->now() + 500));
}

TEST(Traffic, TheSameSeedGivesTheSameCity) {
  GridSpec spec;
  spec.rows = 2;
  spec.columns = 2;
  spec.trips_per_hour = 2000;
  const auto network = std::make_shared<const model::RoadNetwork>(std::move(*generate_grid(spec)));
  const auto run = [&](std::uint64_t seed) {
    Options o;
    o.seed = seed;
    auto city = make_city(network, *generate_demand(spec, *network), o);
    double sum = 0;
    for (int t = 0; t < 600; ++t) {
      (*city)->advance_to((*city)->now() + 1000).value();
      for (const auto& f : truth(**city).finished) sum += f.finished_s * (1 + f.vehicle);
      for (const auto& p : truth(**city).passages) sum += p.left_s * (1 + p.vehicle);
    }
    return sum;
  };
  EXPECT_EQ(run(1), run(1));
}

TEST(Traffic, ATripWithoutARoadIsAnError) {
  auto n = std::make_shared<const model::RoadNetwork>(
      std::move(*import_cityflow_roadnet(test::crossing_roadnet(), "x", {})));
  Demand d;
  EXPECT_EQ(d.add(*n, {0, {}, {model::RoadId{0}, model::RoadId{2}}}).error().code, "CB-INPUT-FLOW");
  EXPECT_EQ(d.add(*n, {0, {}, {}}).error().code, "CB-INPUT-FLOW");
  EXPECT_EQ(d.add(*n, {-1, {}, {model::RoadId{0}}}).error().code, "CB-INPUT-FLOW");
  EXPECT_EQ(d.size(), 0U);
}

}  // namespace
/// Drivers who brake by parts of what is left once came near the line without end, until a rounding
/// took them over it at red.
TEST(Traffic, WhoBrakesToTheLineStandsBeforeItInTheEnd) {
  const Driving k(VehicleKind{}, 1, 1);
  for (float left_m = 0.3F; left_m < 60; left_m += 0.37F) {
    for (float speed = 0.05F; speed * speed * k.per_2_max_decel <= left_m; speed += 0.31F) {
      float at = 0, v = speed;
      int seconds = 0;
      for (; v > 0 && seconds < 60; ++seconds) {
        const float next = std::max(stopping_speed(k, v, left_m - at), v - k.max_decel);
        at += next < 0 ? braking_distance(k, v) : (v + next) / 2;
        v = std::max(next, 0.0F);
        ASSERT_LE(at, left_m) << "from " << speed << " m/s and " << left_m << " m";
      }
      ASSERT_LT(seconds, 60) << "from " << speed << " m/s and " << left_m << " m";
    }
  }
}

}  // namespace citybrain::city
