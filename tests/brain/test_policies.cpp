#include <gtest/gtest.h>

#include "hub/brain/brain.h"
#include "tests/support/networks.h"

namespace citybrain::brain {
namespace {

class PolicyTest : public ::testing::Test {
 protected:
  PolicyTest() : network(test::crossing()) {
    situation.lanes.resize(network.lanes.size());
    situation.roads.resize(network.roads.size());
    situation.signals.resize(network.junctions.size());
    situation.signals[0] = {0, {0}, false, network.junctions[0].phases[0].greens, {}};
    for (auto& l : situation.lanes) l.loop_silent_s = 0;
  }
  std::vector<model::Proposal> ask(const std::string& name, double at_s,
                                   const Parameters& parameters = {}) {
    auto policy = make_policy({name, parameters},
                              {model::DeskId{3}, {model::JunctionId{0}}, {0}, 1000}, network);
    EXPECT_TRUE(policy);
    situation.now.ms = static_cast<std::int64_t>(at_s * 1000);
    std::vector<model::Proposal> out;
    (*policy)->propose(situation, out);
    return out;
  }
  model::LaneSituation& lane(const char* road, std::uint32_t i) {
    return situation.lanes[network.lane(network.find_road(road), i).value];
  }
  void queue(const char* road, std::uint32_t i, float n) { lane(road, i).queue_veh.value = n; }

  model::RoadNetwork network;
  model::Situation situation;
};

TEST_F(PolicyTest, FixedTimeFollowsThePlan) {
  EXPECT_TRUE(ask("fixed-time", 0).empty());
  EXPECT_TRUE(ask("fixed-time", 24).empty());
  ASSERT_EQ(ask("fixed-time", 25).size(), 1U);  // the last 5 s of a phase's 30 are the intergreen
  EXPECT_EQ(ask("fixed-time", 25)[0].phase, 1);
  EXPECT_EQ(ask("fixed-time", 25)[0].reason.code, "plan");
  EXPECT_EQ(ask("fixed-time", 85)[0].phase, 3);
  EXPECT_TRUE(ask("fixed-time", 115).empty());  // the cycle begins again with the phase that shows
  EXPECT_EQ(ask("fixed-time", 15, {{"green_s", 10}})[0].phase, 1);
}

TEST_F(PolicyTest, MaxPressureTakesQueuesLessExitQueues) {
  queue("in_N", 1, 5);
  queue("in_S", 0, 4);
  EXPECT_TRUE(ask("max-pressure", 7).empty());  // asked at multiples of 15 s only
  ASSERT_EQ(ask("max-pressure", 15).size(), 1U);
  EXPECT_EQ(ask("max-pressure", 15)[0].phase, 1);
  EXPECT_FLOAT_EQ(ask("max-pressure", 15)[0].reason.value, 5);
  for (std::uint32_t i = 0; i < 3; ++i) queue("out_S", i, 2);  // where straight from N leads
  EXPECT_EQ(ask("max-pressure", 15)[0].phase, 3);              // 5 - 6 < 4
  EXPECT_EQ(ask("efficient-max-pressure", 15)[0].phase, 3);    // 5 - 2 < 4
  queue("in_N", 1, 7);
  EXPECT_EQ(ask("efficient-max-pressure", 15)[0].phase, 1);  // 7 - 2 > 4
  EXPECT_EQ(ask("max-pressure", 15)[0].phase, 3);            // 7 - 6 < 4
}

TEST_F(PolicyTest, TiesGoToTheLowerPhase) {
  situation.signals[0].phase = 3;
  queue("in_E", 1, 2);
  queue("in_N", 1, 2);
  EXPECT_EQ(ask("max-pressure", 15)[0].phase, 0);
}

TEST_F(PolicyTest, AdvancedKeepsThePhaseForThoseWhoCome) {
  queue("in_N", 1, 5);
  lane("in_E", 1).running_near_veh.value = 5;
  EXPECT_TRUE(ask("advanced-max-pressure", 15).empty());
  lane("in_E", 1).running_near_veh.value = 4;
  EXPECT_EQ(ask("advanced-max-pressure", 15)[0].phase, 1);
}

TEST_F(PolicyTest, ActuatedExtendsUntilAGapAndSkipsPhasesWithoutACall) {
  for (auto& l : situation.lanes) l.since_occupied_s = 100;
  lane("in_W", 0).since_occupied_s = 0;  // somebody waits to turn left: phase 2
  lane("in_E", 1).since_occupied_s = 1;
  EXPECT_TRUE(ask("actuated", 8).empty());   // minimum green
  EXPECT_TRUE(ask("actuated", 20).empty());  // still flowing
  lane("in_E", 1).since_occupied_s = 3;
  ASSERT_EQ(ask("actuated", 20).size(), 1U);
  EXPECT_EQ(ask("actuated", 20)[0].phase, 2);  // phase 1 has no call
  EXPECT_EQ(ask("actuated", 20)[0].reason.code, "gap-out");
  lane("in_E", 1).since_occupied_s = 0;
  EXPECT_EQ(ask("actuated", 44)[0].reason.code, "max-out");
  lane("in_W", 0).since_occupied_s = 100;
  EXPECT_TRUE(ask("actuated", 200).empty());  // nobody waits: rest in green
}

TEST_F(PolicyTest, ASilentLoopIsAStandingCallWithAFixedGreen) {
  for (auto& l : situation.lanes) l.since_occupied_s = 100;
  lane("in_N", 1).loop_silent_s = 1000;
  EXPECT_EQ(ask("actuated", 20)[0].phase, 1);
  situation.signals[0].phase = 1;
  lane("in_E", 1).since_occupied_s = 0;
  EXPECT_TRUE(ask("actuated", 15).empty());  // recall: 20 s
  EXPECT_EQ(ask("actuated", 20)[0].phase, 0);
}

TEST_F(PolicyTest, LookAheadServesTheLongQueueAndSaysWhatItIsWorth) {
  queue("in_N", 1, 12);
  queue("in_S", 1, 10);
  ASSERT_EQ(ask("look-ahead", 10).size(), 1U);
  const auto p = ask("look-ahead", 10)[0];
  EXPECT_EQ(p.phase, 1);
  EXPECT_GT(p.benefit, 50);
  EXPECT_LT(p.reason.value, p.reason.runner_up);
  EXPECT_TRUE(ask("look-ahead", 11).empty());
}

TEST_F(PolicyTest, LookAheadWaitsForAPlatoonThatIsAboutToArrive) {
  queue("in_N", 1, 2);
  for (std::size_t b = 0; b < 6; ++b) lane("in_E", 1).arrivals.expected[b] = 1;
  EXPECT_TRUE(ask("look-ahead", 10).empty());
}

TEST_F(PolicyTest, LookAheadDoesNotSendVehiclesIntoAFullRoad) {
  queue("in_N", 1, 12);
  queue("in_W", 0, 6);
  for (std::uint32_t i = 0; i < 3; ++i) queue("out_S", i, 39);
  EXPECT_EQ(ask("look-ahead", 10)[0].phase, 2);
}

TEST_F(PolicyTest, UnknownNamesAreAnsweredWithTheNearest) {
  const auto policy = make_policy({"max-presure", {}}, {}, network);
  ASSERT_FALSE(policy);
  EXPECT_EQ(policy.error().code, "CB-INPUT-POLICY");
  EXPECT_NE(policy.error().mend.find("max-pressure"), std::string::npos);
  const auto parameter = make_policy({"actuated", {{"gap", 3}}}, {}, network);
  ASSERT_FALSE(parameter);
  EXPECT_NE(parameter.error().mend.find("gap_s"), std::string::npos);
  EXPECT_FALSE(make_policy({"actuated", {{"gap_s", 1000}}}, {}, network));
}

TEST_F(PolicyTest, EveryPolicyRunsOnASituationOfWhichNothingIsKnown) {
  const auto empty = model::Situation{{},
                                      {},
                                      {30'000},
                                      {},
                                      std::vector<model::LaneSituation>(network.lanes.size()),
                                      std::vector<model::RoadSituation>(network.roads.size()),
                                      std::vector<model::SignalSituation>(network.junctions.size()),
                                      {},
                                      {},
                                      {},
                                      0};
  for (const auto& name : policy_names()) {
    auto policy =
        make_policy({name, {}}, {model::DeskId{0}, {model::JunctionId{0}}, {0}, 1000}, network);
    ASSERT_TRUE(policy) << name;
    EXPECT_EQ((*policy)->name(), name);
    std::vector<model::Proposal> out;
    (*policy)->propose(empty, out);
    EXPECT_LE(out.size(), 1U);
  }
}

}  // namespace
}  // namespace citybrain::brain
