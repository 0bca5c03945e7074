// The checks of builds that are not for release find what they are for.
#include <gtest/gtest.h>

#include "scenarios/city/invariants.h"

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

#ifdef CITYBRAIN_INVARIANTS
TEST(InvariantsDeathTest, ABrokenOneStopsTheProgram) {
  EXPECT_DEATH(CITYBRAIN_ASSERT_NOTHING(std::string("two vehicles overlap")), "overlap");
  CITYBRAIN_ASSERT_NOTHING(std::string());
}
#endif

}  // namespace
}  // namespace citybrain::city
