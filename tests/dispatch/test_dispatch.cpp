#include <gtest/gtest.h>

#include "hub/dispatch/dispatch.h"
#include "tests/support/networks.h"

namespace citybrain::dispatch {
namespace {

class DispatchTest : public ::testing::Test {
 protected:
  DispatchTest() : network(test::crossing()), state(initial_state(network)) {}
  Orders at(double s, const std::vector<model::Proposal>& proposals = {}) {
    return execute(network, limits, proposals, {static_cast<std::int64_t>(s * 1000)}, 1000, state);
  }
  static model::Proposal phase(std::int32_t p, std::int32_t priority = 0, double benefit = 0,
                               std::uint32_t desk = 0) {
    model::Proposal out;
    out.desk = model::DeskId{desk};
    out.junction = model::JunctionId{0};
    out.phase = p;
    out.priority = priority;
    out.benefit = benefit;
    out.reason.code = "test";
    return out;
  }
  model::GroupSet greens(std::size_t p) const { return network.junctions[0].phases[p].greens; }
  model::GroupSet rights() const { return network.junctions[0].always_green; }

  model::RoadNetwork network;
  SafetyLimits limits;
  State state;
};

TEST_F(DispatchTest, AChangeGoesThroughYellowAndRed) {
  at(1);
  auto o = at(10, {phase(1)});
  ASSERT_EQ(o.commands.size(), 1U);
  EXPECT_EQ(o.commands[0].effective.ms, 11'000);
  EXPECT_EQ(o.commands[0].greens, rights());
  EXPECT_EQ(o.commands[0].yellows, greens(0) & ~rights());
  EXPECT_EQ(o.commands[0].reason.code, "test");
  EXPECT_TRUE(at(11).commands.empty());
  EXPECT_TRUE(at(12).commands.empty());
  o = at(13);  // effective at 14: yellow is over
  ASSERT_EQ(o.commands.size(), 1U);
  EXPECT_EQ(o.commands[0].yellows, 0U);
  EXPECT_EQ(o.commands[0].greens, rights());
  EXPECT_TRUE(at(14).commands.empty());
  o = at(15);  // effective at 16: 5 s of intergreen
  ASSERT_EQ(o.commands.size(), 1U);
  EXPECT_EQ(o.commands[0].greens, greens(1));
  EXPECT_EQ(o.commands[0].phase, 1);
}

TEST_F(DispatchTest, MinimumGreenAndChangesUnderWayAreKept) {
  at(1);
  at(10, {phase(1)});
  EXPECT_EQ(at(12, {phase(2)}).refusals[0].code, "changing");
  for (int t = 13; t <= 15; ++t) at(t);
  EXPECT_EQ(at(18, {phase(2)}).refusals[0].code, "min-green");
  EXPECT_TRUE(at(19, {phase(1)}).refusals.empty());  // what shows already
  EXPECT_EQ(at(20, {phase(2)}).commands.size(), 1U);
}

TEST_F(DispatchTest, ConflictsAndUnknownPhasesAreRefused) {
  at(1);
  EXPECT_EQ(at(10, {phase(9)}).refusals[0].code, "unknown-phase");
  model::Proposal p = phase(-1);
  p.greens = greens(0) | greens(1);
  EXPECT_EQ(at(11, {p}).refusals[0].code, "conflict");
  EXPECT_EQ(state.signals[0].greens, greens(0));
  p.greens = ~model::GroupSet{0} << 12;  // groups that are not there
  EXPECT_EQ(at(12, {p}).refusals[0].code, "conflict");
}

TEST_F(DispatchTest, ArbitrationIsByPriorityThenBenefitThenDesk) {
  at(1);
  auto o = at(10, {phase(1, 0, 100, 0), phase(2, 5, 1, 1), phase(3, 5, 2, 2)});
  EXPECT_EQ(state.signals[0].phase, 3);
  ASSERT_EQ(o.refusals.size(), 2U);
  EXPECT_EQ(o.refusals[0].code, "outranked");
  state = initial_state(network);
  at(1);
  at(10, {phase(2, 0, 1, 5), phase(1, 0, 1, 4)});
  EXPECT_EQ(state.signals[0].phase, 1);
}

TEST_F(DispatchTest, NobodyWaitsLongerThanTheMaximumRed) {
  limits.max_red_s = 120;
  at(1);
  std::vector<double> red(4, 0);
  for (int t = 2; t < 1500; ++t) {
    at(t, {phase(0)});  // a policy that never lets go
    for (std::size_t p = 0; p < 4; ++p) {
      const bool shown = (state.signals[0].greens & greens(p) & ~rights()) != 0;
      red[p] = shown ? 0 : red[p] + 1;
      EXPECT_LE(red[p], 121) << "phase " << p << " at " << t;
    }
  }
}

TEST_F(DispatchTest, CommandsStayInTheOutboxUntilAcknowledged) {
  at(1);
  const auto o = at(10, {phase(1)});
  ASSERT_EQ(state.outbox.size(), 1U);
  const model::Ack other{12345, model::JunctionId{0}, {0}, model::AckStatus::kApplied, ""};
  acknowledge({&other, 1}, state);
  EXPECT_EQ(state.outbox.size(), 1U);
  const model::Ack ack{
      o.commands[0].id, model::JunctionId{0}, {11'000}, model::AckStatus::kRefused, "lamp fault"};
  acknowledge({&ack, 1}, state);
  acknowledge({&ack, 1}, state);  // repeated
  EXPECT_TRUE(state.outbox.empty());
  EXPECT_EQ(state.acknowledged, 1U);
  EXPECT_EQ(state.refused_by_device, 1U);
}

TEST_F(DispatchTest, IdsAreTheSameInEveryRunAndUnlikeEachOther) {
  at(1);
  const auto first = at(10, {phase(1)}).commands[0].id;
  const auto second = at(13).commands[0].id;
  EXPECT_NE(first, second);
  state = initial_state(network);
  at(1);
  EXPECT_EQ(at(10, {phase(1)}).commands[0].id, first);
}

}  // namespace
}  // namespace citybrain::dispatch
