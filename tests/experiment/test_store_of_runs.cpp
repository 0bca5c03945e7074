// The warehouse of whole runs: "as of t" against runs that were stopped at t, retention,
// indicators, backup and restore.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <set>

#include "hub/runtime/random.h"
#include "hub/store/warehouse.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/run_store.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

namespace fs = std::filesystem;
const fs::path kHome = CITYBRAIN_SOURCE_DIR;
using Rows = std::vector<std::string>;

struct City {
  Scenario scenario;
  World world;
};

City city_of(const std::string& name) {
  ScenarioRequest r;
  r.name_or_path = name;
  auto scenario = load_scenario(r, kHome);
  EXPECT_TRUE(scenario) << scenario.error().text();
  auto world = build_world(*scenario, false);
  EXPECT_TRUE(world) << world.error().text();
  return {std::move(*scenario), std::move(*world)};
}

class StoreOfRuns : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    catalog = new catalog::Catalog(std::move(*catalog::Catalog::load(kHome / "schemas/contracts")));
  }
  static void TearDownTestSuite() { delete catalog; }

  RunReport run_until(const City& city, model::Step horizon, const fs::path& out,
                      const catalog::Catalog& contracts = *catalog, bool resume = false,
                      const RunHooks& hooks = {}) const {
    RunOptions o;
    o.out = out;
    o.seed = 1;
    o.horizon_s = horizon;
    o.shares_process = true;
    o.resume = resume;
    auto done = run(city.scenario, city.world, contracts, *settle(city.scenario, o), hooks);
    EXPECT_TRUE(done) << done.error().text();
    return done ? std::move(*done) : RunReport{};
  }

  /// Every row of every table that keeps the past, as known at t.
  static Rows as_of(const fs::path& out, model::Step t) {
    auto store = open_past_store(out);
    EXPECT_TRUE(store) << store.error().text();
    const auto w = store::Warehouse::open(**store);
    EXPECT_TRUE(w) << w.error().text();
    Rows rows;
    for (const auto& table : store::tables()) {
      if (!store::Warehouse::past_of(table)) continue;
      EXPECT_TRUE(w->as_of({&table, {}, {}, {}}, t, [&](std::span<const store::Cell> cells) {
        std::string row = table.name;
        for (const auto& c : cells) row += "|" + store::text_of(c);
        rows.push_back(std::move(row));
        return true;
      })) << table.name;
    }
    return rows;
  }
  /// What the store holds as latest of fleets, events and places: as_of() must say the same.
  static Rows latest(const fs::path& out, bool past, model::Step t) {
    auto store = std::move(*open_past_store(out));
    const auto w = std::move(*store::Warehouse::open(*store));
    Rows rows;
    for (const char* name : {"vehicle_latest", "event_latest", "place_latest"}) {
      const store::Query q{*store::find_table(name), {}, {}, {}};
      const auto take = [&](std::span<const store::Cell> cells) {
        std::string row = name;
        for (std::size_t i = 0; i < cells.size(); ++i)
          if (!past || i != 2) row += "|" + store::text_of(cells[i]);
        rows.push_back(std::move(row));
        return true;
      };
      EXPECT_TRUE(past ? w.as_of(q, t, take) : w.scan(q, take));
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  /// `count` random times in a run, each once.
  static std::set<model::Step> times(std::size_t count, model::Step horizon) {
    const runtime::Random random(7);
    std::set<model::Step> out;
    for (std::uint64_t i = 0; out.size() < count; ++i)
      out.insert(1 + static_cast<model::Step>(random.bits(runtime::purpose("t"), i) % horizon));
    return out;
  }
  void compare_with_stopped_runs(const std::string& name, std::size_t count, model::Step horizon) {
    const City city = city_of(name);
    const auto whole = run_until(city, horizon, folder.path() / "whole");
    std::uint64_t late = 0;
    for (const auto& d : whole.datasets) late += d.late;
    EXPECT_GT(late + whole.hub.duplicates, 0U);  // not everything comes in time, or once
    for (const auto t : times(count, horizon)) {
      const auto stopped = folder.path() / "stopped";
      run_until(city, t, stopped);
      EXPECT_TRUE(as_of(folder.path() / "whole", t) == as_of(stopped, t)) << name << " at " << t;
      EXPECT_TRUE(latest(folder.path() / "whole", true, t) == latest(stopped, false, t))
          << name << " at " << t;
    }
  }

  test::TemporaryFolder folder;
  static catalog::Catalog* catalog;
};
catalog::Catalog* StoreOfRuns::catalog = nullptr;

TEST_F(StoreOfRuns, AsOfIsTheStateOfARunStoppedThen) {
  compare_with_stopped_runs("quickstart", 75, 200);
}

TEST_F(StoreOfRuns, AsOfIsTheStateOfARunStoppedThenWithFleetsAndCalls) {
  compare_with_stopped_runs("ambulance", 25, 150);
}

TEST_F(StoreOfRuns, HistoryIsDroppedByContractAndWhatIsKeptAnswersAsBefore) {
  const City city = city_of("quickstart");
  std::vector<catalog::Contract> contracts(catalog->contracts().begin(),
                                           catalog->contracts().end());
  for (auto& c : contracts) c.retention_s = c.dataset == "traffic_police.video_flow" ? 90 : 0;
  const auto forgetful = std::move(*catalog::Catalog::from(std::move(contracts)));
  const auto kept = run_until(city, 300, folder.path() / "kept");
  const auto dropped = run_until(city, 300, folder.path() / "dropped", forgetful);
  EXPECT_EQ(kept.evaluation.outcome_hash, dropped.evaluation.outcome_hash);
  auto store = std::move(*open_past_store(folder.path() / "dropped"));
  auto all = std::move(*open_past_store(folder.path() / "kept"));
  const auto w = std::move(*store::Warehouse::open(*store));
  const auto whole = std::move(*store::Warehouse::open(*all));
  EXPECT_EQ(w.retention_s(0), 90U);
  for (std::uint32_t lane = 0; lane < 8; ++lane)
    for (const model::Step t : {210U, 235U, 300U}) {
      const auto here = w.lane_as_of(0, lane, t), there = whole.lane_as_of(0, lane, t);
      ASSERT_TRUE(here && there && *here && *there);
      EXPECT_EQ((*here)->step, (*there)->step);
      EXPECT_EQ((*here)->sample.queue_x100, (*there)->sample.queue_x100);
    }
  const auto gone =
      w.as_of({*store::find_table("lane_latest"), {}, {}, {}}, 100, [](auto) { return true; });
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, "CB-INPUT-EXPIRED");
  const auto checked = w.verify();
  ASSERT_TRUE(checked);
  EXPECT_TRUE(checked->problems.empty()) << checked->problems.front();
  EXPECT_LT(w.state(**store::find_table("lane_history"))->rows,
            whole.state(**store::find_table("lane_history"))->rows);
}

TEST_F(StoreOfRuns, IndicatorsSayHowWellTheDataWas) {
  const auto report = run_until(city_of("quickstart"), 180, folder.path() / "run");
  ASSERT_FALSE(report.datasets.empty());
  for (const auto& d : report.datasets) {
    EXPECT_GE(d.quality.validity, 0.9) << d.dataset;
    EXPECT_LE(d.quality.validity, 1.0) << d.dataset;
    if (d.dataset == "traffic_police.video_flow" || d.dataset == "traffic_police.signal_loops") {
      EXPECT_GT(d.quality.completeness, 0.8) << d.dataset;
      EXPECT_LE(d.quality.completeness, 1.0) << d.dataset;
      EXPECT_GE(d.quality.freshness_mean_s, 0) << d.dataset;
      EXPECT_LT(d.quality.freshness_mean_s, 10) << d.dataset;
    }
  }
  EXPECT_GT(report.hub.indicators, 0U);
}

TEST_F(StoreOfRuns, ABackupIsOneStepAndGoesOnElsewhere) {
  const City city = city_of("quickstart");
  const auto straight = run_until(city, 200, folder.path() / "straight");
  // Stopped in between, backed up, restored elsewhere, brought to its end there.
  std::atomic<bool> stop = false;
  RunOptions o;
  o.out = folder.path() / "run";
  o.seed = 1;
  o.horizon_s = 200;
  o.shares_process = true;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step == 130; };
  ASSERT_FALSE(run(city.scenario, city.world, *catalog, *settle(city.scenario, o), hooks));
  const auto backup = folder.path() / "backup";
  const auto made = backup_run(o.out, backup);
  ASSERT_TRUE(made) << made.error().text();
  EXPECT_EQ(made->step, 130U);
  EXPECT_EQ(backup_run(o.out, backup).error().code, "CB-INPUT-OUT");
  fs::remove_all(o.out);
  const auto again = folder.path() / "again";
  const auto restored = restore_run(backup, again);
  ASSERT_TRUE(restored) << restored.error().text();
  EXPECT_EQ(restored->step, 130U);
  EXPECT_TRUE(as_of(again, 130) == as_of(folder.path() / "straight", 130));
  const auto report = run_until(city, 200, again, *catalog, true);
  EXPECT_EQ(report.evaluation.outcome_hash, straight.evaluation.outcome_hash);
  // A byte that was altered is found before anything is written.
  for (const auto& e : fs::recursive_directory_iterator(backup / "run" / "store"))
    if (e.is_regular_file() && e.file_size() > 100) {
      std::fstream file(e.path(), std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(50);
      file.put('\x5A');
      break;
    }
  const auto refused = restore_run(backup, folder.path() / "third");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-INPUT-BACKUP");
  EXPECT_FALSE(fs::exists(folder.path() / "third"));
  EXPECT_EQ(restore_run(folder.path() / "straight", folder.path() / "third").error().code,
            "CB-INPUT-BACKUP");
}

}  // namespace
}  // namespace citybrain::experiment
