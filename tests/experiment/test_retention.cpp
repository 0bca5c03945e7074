// The old end of a log goes as far as nobody needs it, also while the run goes on, and a run that
// was interrupted goes on from what is left; what is missing on either side is refused by name. On
// both networks: the second one needs a broker, CITYBRAIN_KAFKA=HOST:PORT.
#include <gtest/gtest.h>

#include "scenarios/experiment/retention.h"
#include "schemas/schemas.h"
#include "tests/experiment/on_two_networks.h"

namespace citybrain::experiment {
namespace {

namespace fs = std::filesystem;
namespace topic = schemas::topic;

class Retention : public OnTwoNetworks {
 protected:
  RetentionQuestion question(network::Log& log, const RunOptions& o) const {
    return {log,
            *catalog,
            {scenario->start},
            needs_of_run(o.out, {}, identity_of(*scenario, o)).value(),
            Scope::kAll};
  }
  static const Retained& of(const std::vector<Retained>& all, const std::string& topic,
                            network::Partition p = 0) {
    for (const auto& r : all)
      if (r.topic == topic && r.partition == p) return r;
    throw std::runtime_error("no such partition");
  }
};

TEST_P(Retention, ALogIsKeptShortWhileTheRunGoesOn) {
  auto o = options("short", 60);
  interrupt(o, 310);
  {
    const auto log = open(o);
    EXPECT_GT(log->begin(topic::kVideoFlow, 0).value(), 0U);
    EXPECT_GT(log->begin(topic::kWatermarks, 0).value(), 0U);
    EXPECT_EQ(log->begin(topic::kCameraInventory, 0).value(), 0U) << "a table";
    EXPECT_EQ(log->begin(topic::kCommands, 0).value(), 0U) << "the replay needs it";
    EXPECT_EQ(log->begin(topic::kTruth, 0).value(), 0U);
  }
  o.resume = true;
  const auto report = go(o);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->evaluation.outcome_hash, expected());
}

TEST_P(Retention, WhatNobodyNeedsGoesAndARunThatWasInterruptedGoesOn) {
  auto o = options("cut");
  interrupt(o, 290);
  {
    const auto log = open(o);
    const auto all = retained(question(*log, o)).value();
    const auto& video = of(all, topic::kVideoFlow);
    EXPECT_EQ(video.begin, 0U);
    EXPECT_GT(video.safe, 0U);
    EXPECT_LT(video.safe, video.end);
    EXPECT_NE(video.reader.find("step 120"), std::string::npos) << video.reader;  // three are kept
    EXPECT_TRUE(of(all, topic::kCameraInventory).whole);
    EXPECT_TRUE(of(all, topic::kTruth).whole);
    ASSERT_TRUE(carry_out(*log, cuts(*log, all, {}).value()));
    EXPECT_GT(log->begin(topic::kVideoFlow, 0).value(), 0U);
    EXPECT_LE(log->begin(topic::kVideoFlow, 0).value(), video.safe);
  }
  o.resume = true;
  const auto report = go(o);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->evaluation.outcome_hash, expected());
}

TEST_P(Retention, MoreThanIsSafeIsRefusedWithTheReaderAndThePosition) {
  auto o = options("refused");
  interrupt(o, 290);
  const auto log = open(o);
  const auto all = retained(question(*log, o)).value();
  const auto start = scenario->start;
  EXPECT_TRUE(check_needless(*log, all, start + 100'000));
  const auto refused = check_needless(*log, all, start + 200'000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-USAGE-RETENTION");
  EXPECT_NE(refused.error().what.find("snapshot of step 120"), std::string::npos)
      << refused.error().text();
  EXPECT_NE(refused.error().where.find("needed from "), std::string::npos);
  EXPECT_NE(refused.error().where.find("/0:"), std::string::npos);
}

TEST_P(Retention, ALogThatLostItsEndIsRefusedWithBothPositions) {
  auto longer = options("longer"), shorter = options("shorter");
  interrupt(longer, 130);
  interrupt(shorter, 70);
  fs::remove_all(shorter.out / "store");
  fs::copy(longer.out / "store", shorter.out / "store", fs::copy_options::recursive);
  shorter.resume = true;
  const auto refused = go(shorter);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-NODE-AHEAD") << refused.error().text();
  EXPECT_NE(refused.error().where.find("/0: at "), std::string::npos) << refused.error().where;
  EXPECT_NE(refused.error().where.find(", ends at "), std::string::npos) << refused.error().where;
}

TEST_P(Retention, AHubWithoutASnapshotRefusesATruncatedLog) {
  auto o = options("truncated");
  interrupt(o, 130);
  {
    const auto log = open(o);
    const auto end = log->end(topic::kVideoFlow, 1).value();
    ASSERT_TRUE(log->truncate_before(topic::kVideoFlow, 1, end / 2));
    ASSERT_GT(log->begin(topic::kVideoFlow, 1).value(), 0U);
  }
  o.resume = true;
  fs::remove_all(o.out / "store");
  const auto refused = go(o);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-NODE-POSITIONS") << refused.error().text();
  EXPECT_NE(refused.error().where.find(std::string(topic::kVideoFlow) + "/1"), std::string::npos);
  EXPECT_NE(refused.error().what.find("no snapshot"), std::string::npos);
}

TEST_P(Retention, ASnapshotBeyondWhichTheLogWasTruncatedIsRefused) {
  auto o = options("beyond");
  interrupt(o, 130);
  {
    const auto log = open(o);
    const auto end = log->end(topic::kVideoFlow, 0).value();
    ASSERT_TRUE(log->truncate_before(topic::kVideoFlow, 0, end));
  }
  o.resume = true;
  const auto refused = go(o);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-NODE-POSITIONS") << refused.error().text();
}

INSTANTIATE_TEST_SUITE_P(Networks, Retention, ::testing::Values("embedded", "kafka"),
                         [](const auto& info) { return std::string(info.param); });

/// Departments beside the city keep their state, so that what the port showed may go as well.
class RetentionOfParts : public Retention {};

TEST_P(RetentionOfParts, WhatThePortShowedGoesAndDepartmentsGoOnFromWhatTheyKept) {
  auto o = options("parts", 60);
  interrupt(o, 310, 2);
  std::uint64_t states = 0;
  {
    const auto log = open(o);
    states = log->begin(topic::kPortState, 0).value();
    EXPECT_GT(states, 0U);
    EXPECT_GT(log->begin(topic::kExchange, 0).value(), 0U);
    EXPECT_GT(log->begin(topic::kCommands, 0).value(), 0U);
    EXPECT_EQ(log->begin(topic::kPortActuations, 0).value(), 0U) << "the city repeats them";
    const auto all = retained(question(*log, o)).value();
    EXPECT_NE(of(all, topic::kPortState).reader.find("a department"), std::string::npos);
  }
  o.resume = true;
  const auto report = run_together(*scenario, *world, *catalog, o, {}, 2);
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->evaluation.outcome_hash, expected());
}

TEST_P(RetentionOfParts, DepartmentsWhoseStateIsLostSayWhatIsMissing) {
  auto o = options("lost", 60);
  interrupt(o, 310, 1);
  fs::remove_all(o.out / "connectors");
  o.resume = true;
  const auto refused = run_together(*scenario, *world, *catalog, o, {}, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-PORT-POSITIONS") << refused.error().text();
}

TEST_P(RetentionOfParts, WithoutKeptStateThePortStaysWhole) {
  auto o = options("none");
  interrupt(o, 50, 1);  // before the first state
  const auto log = open(o);
  const auto all = retained(question(*log, o)).value();
  const auto& port = of(all, topic::kPortState);
  EXPECT_EQ(port.safe, 0U);
  EXPECT_NE(port.reader.find("kept no state"), std::string::npos) << port.reader;
}

INSTANTIATE_TEST_SUITE_P(Networks, RetentionOfParts, ::testing::Values("embedded"),
                         [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace citybrain::experiment
