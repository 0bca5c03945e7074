// Jams over a run, from the looks: which is which, when each was there, whether it dissolved.
#include <gtest/gtest.h>

#include "scenarios/evaluator/gridlock.h"
#include "tests/support/networks.h"

namespace citybrain::evaluator {
namespace {

TEST(GridlockHistory, FollowsEveryJamToItsEnd) {
  const auto network = test::crossing();
  GridlockHistory history(network);
  history.look(60, 0, {});
  history.look(120, 2, {{0, 30'000, 10, 5, {0, 1}, {1}}});
  history.look(180, 7, {{0, 30'000, 14, 9, {0, 3}, {2, 0}}, {1, 100'000, 8, 0, {}, {0}}});
  history.look(240, 1, {{1, 100'000, 6, 1, {}, {0}}});
  const auto& g = history.result();
  ASSERT_EQ(g.jams.size(), 2U);
  EXPECT_DOUBLE_EQ(g.jams[0].began_s, 30);
  EXPECT_DOUBLE_EQ(g.jams[0].seen_until_s, 180);
  EXPECT_TRUE(g.jams[0].dissolved);
  EXPECT_EQ(g.jams[0].vehicles, 14U);
  EXPECT_EQ(g.jams[0].behind, 9U);
  const auto& first = network[network.lanes[0].road];
  EXPECT_EQ(g.jams[0].roads.front(), first.name);
  EXPECT_EQ(g.jams[0].junctions.front(), network.junctions[2].name);
  EXPECT_TRUE(g.jams[1].roads.empty());
  EXPECT_FALSE(g.jams[1].dissolved);
  EXPECT_DOUBLE_EQ(g.jams[1].seen_until_s, 240);
  EXPECT_EQ(g.dissolved(), 1U);
  EXPECT_EQ(g.vehicles_at_end, 7U);
  EXPECT_EQ(g.standing_at_green_most, 7U);
}

TEST(GridlockHistory, SaysItInASentence) {
  Jam jam;
  jam.began_s = 30;
  jam.vehicles = 14;
  jam.roads = {"a", "b", "c", "d", "e", "f", "g"};
  jam.junctions = {"J"};
  EXPECT_EQ(sentence(jam, false),
            "from 30 s, 14 vehicles in it and 0 behind, not dissolved: J (a, b, c, d, e, f, ...)");
  jam.dissolved = true;
  jam.seen_until_s = 180;
  EXPECT_NE(sentence(jam, false).find("dissolved after 180 s"), std::string::npos);
  EXPECT_NE(sentence(jam, true).find("180 秒后消散"), std::string::npos);
}

TEST(GridlockHistory, TheLargestAreNamed) {
  Gridlock g;
  EXPECT_TRUE(sentences(g, false).empty());
  for (std::uint32_t i = 0; i < 7; ++i) {
    g.jams.emplace_back().vehicles = i;
    g.jams.back().junctions = {"J" + std::to_string(i)};
  }
  g.vehicles_at_end = 21;
  const auto said = sentences(g, false);
  ASSERT_EQ(said.size(), 6U);
  EXPECT_EQ(said[0], "jams 7, dissolved 0; vehicles in or behind them at the end 21");
  EXPECT_NE(said[1].find("J6"), std::string::npos);
  EXPECT_NE(said[5].find("J2"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::evaluator
