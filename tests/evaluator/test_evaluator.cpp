#include <gtest/gtest.h>

#include <cmath>

#include "citybrain/v1/records.pb.h"
#include "hub/model/archive.h"
#include "hub/model/history.h"
#include "hub/network/publisher.h"
#include "scenarios/evaluator/evaluator.h"
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
    const auto say = [&](const v1::TruthStep& m) {
      p->publish(schemas::topic::kTruth, 0, schemas::kTruthStep, {m.step() * 1000},
                 {m.step() * 1000}, std::to_string(m.step()), "city", m.SerializeAsString());
    };
    for (model::Step s = 1; s <= kSteps; ++s) {
      v1::TruthStep m;
      m.set_step(s);
      if (s == 11) m.add_created_ms(10'000);
      if (s == 21) m.add_created_ms(20'000);
      if (s == 31) m.add_created_ms(30'000);
      if (s == 60) passage(m, 0, 10'000, 50'000);
      if (s == 71) {
        m.add_finished_vehicle(0);
        m.add_finished_created_ms(10'000);
        m.add_finished_ms(finish_ms);
      }
      m.set_running(s > 20 ? 1 : 0);
      m.set_waiting_outside(s > 30 ? 1 : 0);
      if (s % 10 == 0)
        for (std::size_t l = 0; l < network.lanes.size(); ++l) {
          m.add_lane_vehicles(l == 1 ? 4 : 0);
          m.add_lane_queued(l == 1 ? 3 : 0);
          m.add_lane_speed_cmps(l == 1 ? 250 : 0);
        }
      say(m);
    }
    if (finished_run) {
      v1::TruthStep last;
      last.set_step(kSteps);
      last.set_last(true);
      passage(last, 1, 25'000, 100'000);
      say(last);
    }
    p->send().value();
  }
  static void passage(v1::TruthStep& m, std::uint32_t vehicle, std::uint32_t entered,
                      std::uint32_t left) {
    m.add_passage_vehicle(vehicle);
    m.add_passage_junction(0);
    m.add_passage_entered_ms(entered);
    m.add_passage_left_ms(left);
  }
  void commit(model::Step digests = kSteps) {
    for (model::Step s = 1; s <= digests; ++s) {
      store::StepWrite w(s);
      w.put(store::Family::kDigests, store::Key().u32(s).view(), "0123456789abcdef");
      if (s % 10 == 0) {
        model::LaneHistoryBlock b;
        b.steps = {s};
        b.samples.emplace_back(network.lanes.size());
        b.samples[0][1].queue_x100 = 400;  // three stand, four were thought to
        b.samples[0][1].queue_sd_x100 = 100;
        const std::string key = store::Key().text("lanes").u32(0).u32(0).u32(s / 60).u32(s).take();
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
