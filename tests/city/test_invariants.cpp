// The checks of builds that are not for release find what they are for.
#include <gtest/gtest.h>

#include "scenarios/city/invariants.h"
#include "tests/city/people_worlds.h"

namespace citybrain::city {
namespace {

Car car(float at_m, float speed_mps = 0) {
  Car c;
  c.at_m = at_m;
  c.speed_mps = speed_mps;
  return c;
}

TEST(Invariants, OverlapIsFoundWhenItComes) {
  const Driving kind({}, 1, 1);  // 5 m
  const auto kind_of = [&](const Car&) -> const Driving& { return kind; };
  const auto nobody = [](const Car&, float) { return false; };
  CarQueue cars;
  cars.push_back(car(100), kNever);
  cars.push_back(car(90, 1), kNever);
  EXPECT_EQ(overlap_on(7, cars, 5, kind_of, nobody), "");
  const std::string says = overlap_on(7, cars, 6, kind_of, nobody);
  EXPECT_NE(says.find("way 7"), std::string::npos) << says;
  EXPECT_NE(says.find("second 6"), std::string::npos) << says;
  CarQueue disorder;
  disorder.push_back(car(10), kNever);
  disorder.push_back(car(100), kNever);
  EXPECT_NE(overlap_on(0, disorder, 0, kind_of, nobody), "");
}

/// Who takes another turn at the line was remembered as one who goes nowhere: others did not yield
/// to him.
TEST(Invariants, OthersKnowOfHimWhoTakesAnotherTurn) {
  const auto network = test::make_network(test::small_city());
  DemandSpec d;
  d.trips_per_hour = 15'000;
  d.duration_s = 400;
  d.profiled = false;
  d.mean_trip_m = 1200;
  const Streets streets(*network);
  Traffic traffic(streets, *generate_trips(d, *network), 1, {}, {}, {});
  SignalHeads heads(*network, {false, 1});
  Invariants invariants(streets, traffic, heads);
  for (std::uint32_t j = 0; j < network->junctions.size(); ++j)
    traffic.signal_changed(model::JunctionId{j}, heads.for_drivers(model::JunctionId{j}), 0);
  std::vector<std::string> faults;
  std::vector<model::JunctionId> changed;
  TruthStep truth;
  for (std::uint32_t s = 0; s < 400; ++s) {
    changed.clear();
    heads.run_own_plans(s, faults, changed);
    for (const auto j : changed) traffic.signal_changed(j, heads.for_drivers(j), s);
    truth.clear();
    traffic.second(s, truth);
    ASSERT_EQ(invariants.broken(s + 1, truth), "");
  }
  EXPECT_GT(traffic.missed_turns(), 0U);
}

#ifdef CITYBRAIN_INVARIANTS
TEST(InvariantsDeathTest, ABrokenOneStopsTheProgram) {
  EXPECT_DEATH(CITYBRAIN_ASSERT_NOTHING(std::string("two vehicles overlap")), "overlap");
  CITYBRAIN_ASSERT_NOTHING(std::string());
}
#endif

}  // namespace
}  // namespace citybrain::city
