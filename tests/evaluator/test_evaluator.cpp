#include <gtest/gtest.h>

#include <cmath>

#include "hub/model/archive.h"
#include "hub/model/history.h"
#include "hub/network/publisher.h"
#include "hub/store/rows.h"
#include "scenarios/evaluator/evaluator.h"
#include "scenarios/evaluator/truth_log.h"
#include "tests/support/networks.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::evaluator {
namespace {

/// A hundred seconds in which three vehicles appear: one finishes, one is still on the road, one
/// waits outside.
class EvaluatorTest : public ::testing::Test {
 protected:
  static constexpr model::Step kSteps = 100;

  EvaluatorTest() : network(test::crossing()) {
    log = std::move(*network::open_embedded({folder.path() / "log", {}, "t"}));
    store = std::move(*store::Store::open({folder.path() / "store", "t", false}));
    log->create({schemas::topic::kTruth, 1}).value();
  }
  void publish(bool finished_run = true, std::uint32_t finish_ms = 70'000) {
    auto p = network::Publisher::make(*log, "city");
    const auto say = [&](model::Step s, const std::string& block) {
      p->publish(schemas::topic::kTruth, 0, schemas::kTruthBlock, {s * 1000}, {s * 1000},
                 std::to_string(s), "city", block);
    };
    TruthBlocks blocks;
    for (model::Step s = 1; s <= kSteps; ++s) {
      TruthRecord m;
      m.step = s;
      if (s == 11) m.created_ms = {10'000};
      if (s == 21) m.created_ms = {20'000};
      if (s == 31) m.created_ms = {30'000};
      if (s == 60) m.passages = {{0, 0, 10'000, 50'000}};
      if (s == 71) m.finished = {{0, 10'000, finish_ms}};
      m.running = s > 20 ? 1 : 0;
      m.waiting_outside = s > 30 ? 1 : 0;
      if (s % 10 == 0) {
        m.lanes.resize(network.lanes.size());
        m.lanes[1] = {4, 3, 250};
      }
      if (const auto block = blocks.add(std::move(m))) say(s, *block);
    }
    if (finished_run) say(kSteps, blocks.finish({{1, 0, 25'000, 100'000}}));
    p->send().value();
  }
  void commit(model::Step digests = kSteps) {
    for (model::Step s = 1; s <= digests; ++s) {
      store::StepWrite w(s);
      w.put(store::Family::kDigests, store::Key().u32(s).u32(0).view(), "0123456789abcdef");
      if (s % 10 == 0) {
        model::LaneHistoryBlock b;
        b.steps = {s};
        b.samples.emplace_back(network.lanes.size());
        b.samples[0][1].queue_x100 = 400;  // three stand, four were thought to
        b.samples[0][1].queue_sd_x100 = 100;
        const std::string key = store::lane_history_key(0, s, 0);
        model::Writer out;
        out(b);
        w.put(store::Family::kTheme, key, out.bytes());
      }
      store->commit(std::move(w)).value();
    }
  }
  auto evaluate_all() { return evaluate(*log, *store, network, {{{0}}, kSteps, {"view"}}); }

  test::TemporaryFolder folder;
  model::RoadNetwork network;
  std::unique_ptr<network::Log> log;
  std::unique_ptr<store::Store> store;
};

TEST_F(EvaluatorTest, TravelTimesAreAsDefined) {
  publish();
  commit();
  const auto e = evaluate_all();
  ASSERT_TRUE(e) << e.error().text();
  EXPECT_TRUE(e->truth_present);
  EXPECT_EQ(e->outcomes.vehicles_entered, 3U);
  EXPECT_EQ(e->outcomes.vehicles_finished, 1U);
  EXPECT_EQ(e->outcomes.vehicles_waiting_outside, 1U);
  EXPECT_DOUBLE_EQ(e->outcomes.average_travel_time_s, (60 + 80 + 70) / 3.0);
  EXPECT_DOUBLE_EQ(e->outcomes.average_travel_time_paper_s,
                   (40 + 75) / 2.0);  // only those seen on an approach
  EXPECT_EQ(e->junctions[0].passages, 1U);
  EXPECT_EQ(e->junctions[0].name, network.junctions[0].name);
  EXPECT_EQ(e->junctions[0].vehicles, 2U);
  EXPECT_DOUBLE_EQ(e->junctions[0].mean_approach_s, (40 + 75) / 2.0);
  EXPECT_EQ(e->junctions[1].vehicles, 0U);
  ASSERT_EQ(e->departures.size(), 1U);
  EXPECT_EQ(e->departures[0].vehicles, 3U);
  EXPECT_DOUBLE_EQ(e->departures[0].mean_travel_s, (60 + 80 + 70) / 3.0);
}

TEST_F(EvaluatorTest, EstimatesAreHeldAgainstTheTruth) {
  publish();
  commit();
  const auto e = evaluate_all();
  const auto& queue = e->estimation[0];
  EXPECT_EQ(queue.quantity, "queue_veh");
  EXPECT_EQ(queue.samples, 10U * 12U);  // twelve approach lanes
  EXPECT_NEAR(queue.rmse, std::sqrt(1.0 / 12), 1e-9);
  EXPECT_NEAR(queue.mape, 1 / 3.0, 1e-9);
  EXPECT_DOUBLE_EQ(queue.coverage95, 1);
}

TEST_F(EvaluatorTest, OneChangedTripChangesTheHash) {
  publish();
  commit();
  const std::string before = evaluate_all()->outcome_hash;
  EXPECT_EQ(before.size(), 32U);
  EXPECT_EQ(evaluate_all()->outcome_hash, before);
  log.reset();
  std::filesystem::remove_all(folder.path() / "log");
  log = std::move(*network::open_embedded({folder.path() / "log", {}, "t"}));
  log->create({schemas::topic::kTruth, 1}).value();
  publish(true, 70'001);
  EXPECT_NE(evaluate_all()->outcome_hash, before);
}

TEST_F(EvaluatorTest, IncompleteRunsAreErrors) {
  publish(false);
  commit();
  ASSERT_FALSE(evaluate_all());
  EXPECT_EQ(evaluate_all().error().code, "CB-EVALUATE-INCOMPLETE");
}

TEST_F(EvaluatorTest, MissingStepsOfTheHubAreErrors) {
  publish();
  commit(99);
  EXPECT_EQ(evaluate_all().error().code, "CB-EVALUATE-INCOMPLETE");
}

TEST_F(EvaluatorTest, ACityWithoutTruthIsHashedByWhatTheHubDid) {
  commit();
  const auto e = evaluate_all();
  ASSERT_TRUE(e);
  EXPECT_FALSE(e->truth_present);
  EXPECT_EQ(e->outcome_hash.size(), 32U);
}

}  // namespace
}  // namespace citybrain::evaluator
