// The history of a run whose hubs died, came late, or were another number when it was resumed, is
// that of a run that nobody disturbed: row by row.
#include <gtest/gtest.h>

#include <map>

#include "hub/store/store.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/together.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

namespace fs = std::filesystem;
using store::Family;
constexpr std::uint32_t kHorizon = 200;

class StoresOfHubs : public ::testing::Test {
 protected:
  StoresOfHubs() {
    const fs::path home = CITYBRAIN_SOURCE_DIR;
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    scenario = load_scenario(r, home).value();
    world = build_world(*scenario, false).value();
    catalog = catalog::Catalog::load(home / "schemas/contracts").value();
  }
  RunOptions options(const std::string& name) const {
    RunOptions o;
    o.out = folder.path() / name;
    o.horizon_s = kHorizon;
    return settle(*scenario, std::move(o)).value();
  }
  /// Until this step; then it is interrupted.
  void interrupt(const RunOptions& o, model::Step at, std::uint32_t hubs) const {
    std::atomic<bool> stop = false;
    RunHooks hooks;
    hooks.stop = &stop;
    hooks.progress = [&](const Progress& p) { stop = p.step >= at; };
    const auto broken = run_together(*scenario, *world, *catalog, o, hooks, hubs);
    ASSERT_FALSE(broken);
    ASSERT_EQ(broken.error().code, "CB-RUN-INTERRUPTED") << broken.error().text();
  }
  model::Result<RunReport> resume(RunOptions o, std::uint32_t hubs) const {
    o.resume = true;
    return run_together(*scenario, *world, *catalog, o, {}, hubs);
  }
  /// Rows that people and programs read; snapshots and positions are a hub's own affair.
  std::map<std::string, std::string> history(const RunOptions& o) const {
    const auto store =
        store::Store::open({o.out / "store", identity_of(*scenario, o), false}).value();
    std::map<std::string, std::string> rows;
    for (const auto family : {Family::kBase, Family::kTheme, Family::kSpecial, Family::kOutbox,
                              Family::kCatalogue, Family::kAudit, Family::kDigests})
      EXPECT_TRUE(store->scan(family, "", [&](auto key, auto value) {
        rows[std::to_string(static_cast<int>(family)) + std::string(key)] = value;
        return true;
      }));
    return rows;
  }
  void expect_undisturbed(const model::Result<RunReport>& report, const RunOptions& o) const {
    ASSERT_TRUE(report) << report.error().text();
    const auto loop = options("loop");
    const auto whole = run(*scenario, *world, *catalog, loop, {});
    ASSERT_TRUE(whole);
    EXPECT_EQ(report->evaluation.outcome_hash, whole->evaluation.outcome_hash);
    EXPECT_EQ(report->hub.commands, whole->hub.commands);
    EXPECT_EQ(report->hub.records_in, whole->hub.records_in);
    const auto expected = history(loop), got = history(o);
    EXPECT_GT(expected.size(), 1000U);
    EXPECT_EQ(got.size(), expected.size());
    std::size_t other = 0;
    for (const auto& [key, value] : expected) {
      const auto found = got.find(key);
      if (found == got.end() || found->second != value) ++other;
    }
    EXPECT_EQ(other, 0U) << "rows are missing or say something else";
  }

  test::TemporaryFolder folder;
  std::optional<Scenario> scenario;
  std::optional<World> world;
  std::optional<catalog::Catalog> catalog;
};

TEST_F(StoresOfHubs, AnotherNumberOfHubsGoesOnWithARun) {
  for (const auto [before, after] : {std::pair{2U, 1U}, {1U, 2U}, {2U, 3U}}) {
    SCOPED_TRACE(std::to_string(before) + " hubs, then " + std::to_string(after));
    const auto o = options(std::to_string(before) + "-" + std::to_string(after));
    interrupt(o, 130, before);
    expect_undisturbed(resume(o, after), o);
  }
}

TEST_F(StoresOfHubs, WhatWasLostWithAHubIsComputedAgainFromTheLog) {
  const auto o = options("lost");
  interrupt(o, 130, 2);
  fs::remove_all(o.out / "hubs" / "hub-2");  // with its machine
  const auto report = resume(o, 1);
  expect_undisturbed(report, o);
  ASSERT_TRUE(report);
  bool said = false;
  for (const auto& w : report->warnings) said |= w.find("computed again") != w.npos;
  EXPECT_TRUE(said) << "nobody was told";
}

}  // namespace
}  // namespace citybrain::experiment
