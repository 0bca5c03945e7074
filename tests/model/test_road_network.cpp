#include <gtest/gtest.h>

#include "tests/support/networks.h"

namespace citybrain::model {
namespace {

GroupSet bit(std::uint32_t group) { return GroupSet{1} << group; }

TEST(RoadNetwork, CrossingPathsConflictAndOpposedOnesDoNot) {
  const auto n = test::crossing();
  const auto& j = n.junctions[0];
  ASSERT_TRUE(j.signalised);
  // Groups: per side E, N, W, S: left, straight, right.
  EXPECT_NE(j.conflicts[1] & bit(4), 0U);  // straight from E against straight from N
  EXPECT_EQ(j.conflicts[1] & bit(7), 0U);  // straight from E with straight from W
  EXPECT_NE(j.conflicts[0] & bit(7), 0U);  // left from E against straight from W
  EXPECT_EQ(j.conflicts[0] & bit(6), 0U);  // left from E with left from W: a phase of the source
  for (std::size_t a = 0; a < 12; ++a)
    for (std::size_t b = 0; b < 12; ++b)
      EXPECT_EQ((j.conflicts[a] >> b) & 1U, (j.conflicts[b] >> a) & 1U);
}

TEST(RoadNetwork, RightTurnsAreAlwaysGreen) {
  const auto n = test::crossing();
  EXPECT_EQ(n.junctions[0].always_green, bit(2) | bit(5) | bit(8) | bit(11));
}

TEST(RoadNetwork, NoPhaseHoldsAConflict) {
  const auto n = test::crossing();
  const auto& j = n.junctions[0];
  for (const auto& p : j.phases)
    for (std::size_t g = 0; g < j.movements.size(); ++g)
      if ((p.greens >> g) & 1U) EXPECT_EQ(j.conflicts[g] & p.greens, 0U);
}

TEST(RoadNetwork, ACycleServesEverybodyOnceAndKeepsItsTails) {
  Junction j;
  j.phases = {{0b0011, 30}, {0b0001, 9}, {0b1100, 30}, {0b1000, 9}, {0b0101, 30}, {0b0100, 9}};
  EXPECT_EQ(cycle_of(j), (std::vector<std::size_t>{0, 1, 2, 3}));
  j.phases.erase(j.phases.begin() + 3);  // what follows is no tail of the phase before
  EXPECT_EQ(cycle_of(j), (std::vector<std::size_t>{0, 1, 2}));
}

TEST(RoadNetwork, NamesAreFound) {
  const auto n = test::crossing();
  EXPECT_EQ(n.find_road("in_W"), RoadId{2});
  EXPECT_FALSE(n.find_road("in_X").valid());
  EXPECT_TRUE(n.find_movement(RoadId{0}, RoadId{6}).valid());
  EXPECT_FALSE(n.find_movement(RoadId{0}, RoadId{1}).valid());
}

TEST(RoadNetwork, InconsistencyIsNamed) {
  auto n = test::crossing();
  n.roads[3].length_m = 0;
  const auto built = n.build();
  ASSERT_FALSE(built);
  EXPECT_EQ(built.error().code, "CB-INPUT-ROADNET");
  EXPECT_EQ(built.error().where, "in_S");
  n = test::crossing();
  n.roads[2].name = "in_E";
  EXPECT_FALSE(n.build());
  n = test::crossing();
  n.movements[0].links[0].from = LaneId{20};
  EXPECT_FALSE(n.build());
}

}  // namespace
}  // namespace citybrain::model
