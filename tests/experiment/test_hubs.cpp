// Several hubs share the districts of a run: the outcome is that of one loop, whoever works on
// what, dies on the way, or comes back after others took it for dead.
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "hub/store/snapshot_folder.h"
#include "scenarios/experiment/clouds_file.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/merge.h"
#include "scenarios/experiment/parts.h"
#include "scenarios/experiment/together.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;
using std::chrono::milliseconds;

struct Case {
  Scenario scenario;
  World world;
  catalog::Catalog catalog = *catalog::Catalog::load(kHome / "schemas/contracts");

  explicit Case(const std::string& name,
                std::vector<std::pair<std::string, std::string>> settings = {}) {
    ScenarioRequest r;
    r.name_or_path = name;
    r.settings = std::move(settings);
    scenario = load_scenario(r, kHome).value();
    world = build_world(scenario, false).value();
  }
  RunOptions options(const std::filesystem::path& out, std::uint32_t horizon_s) const {
    RunOptions o;
    o.out = out;
    o.horizon_s = horizon_s;
    return settle(scenario, o).value();
  }
};

void expect_same(const Case& c, std::uint32_t horizon_s, std::initializer_list<std::uint32_t> hubs,
                 const char* sharing = "hub") {
  const test::TemporaryFolder folder;
  auto o = c.options(folder.path() / "loop", horizon_s);
  o.sharing = sharing;
  const auto loop = run(c.scenario, c.world, c.catalog, o, {});
  ASSERT_TRUE(loop) << loop.error().text();
  ASSERT_GT(loop->hub.commands, 0U) << "nothing was decided: the test says nothing";
  for (const auto n : hubs) {
    SCOPED_TRACE(n);
    o.out = folder.path() / std::to_string(n);
    const auto shared = run_together(c.scenario, c.world, c.catalog, o, {}, n);
    ASSERT_TRUE(shared) << shared.error().text();
    EXPECT_EQ(shared->evaluation.outcome_hash, loop->evaluation.outcome_hash);
    EXPECT_EQ(shared->hub.records_in, loop->hub.records_in);
    EXPECT_EQ(shared->hub.admitted, loop->hub.admitted);
    EXPECT_EQ(shared->hub.commands, loop->hub.commands);
    EXPECT_EQ(shared->hub.commands_refused, loop->hub.commands_refused);
    ASSERT_EQ(shared->evaluation.estimation.size(), loop->evaluation.estimation.size());
    for (std::size_t i = 0; i < loop->evaluation.estimation.size(); ++i) {
      EXPECT_EQ(shared->evaluation.estimation[i].samples, loop->evaluation.estimation[i].samples);
      EXPECT_EQ(shared->evaluation.estimation[i].rmse, loop->evaluation.estimation[i].rmse);
    }
  }
}

TEST(Hubs, HaveTheOutcomeOfTheOneLoop) {
  const Case c("quickstart");
  expect_same(c, 150, {1, 2, 4});  // two districts: of four hubs two stand by
  expect_same(c, 90, {2}, "silo");
}

TEST(Hubs, ShareACityOfFourDistricts) {
  const Case c("quickstart", {{"city.grid.districts", "4"}, {"city.grid.columns", "4"}});
  ASSERT_EQ(c.world.network->districts.size(), 4U);
  expect_same(c, 120, {2, 3, 4});
}

TEST(Hubs, ShareACityWithFleetsAndCalls) {
  const Case c("xiaoshan");
  ASSERT_GT(c.world.network->districts.size(), 2U);
  expect_same(c, 30, {3});
}

TEST(Hubs, StandOnNodesThatMayHoldTheirDistricts) {
  Case c("xiaoshan");
  c.scenario.clouds = load_clouds(kHome / "deploy/cloud/clouds.yaml").value();
  const test::TemporaryFolder folder;
  const auto o = c.options(folder.path() / "out", 30);
  const auto hubs = hubs_on_clouds(c.scenario, c.world, c.catalog, o, o.out, 2).value();
  ASSERT_EQ(hubs.size(), 2U);
  EXPECT_EQ(hubs[0].name, "gov-1");  // calls are sensitive personal data
  EXPECT_EQ(hubs[1].name, "gov-2");
  const auto more = run_together(c.scenario, c.world, c.catalog, o, {}, 4);
  ASSERT_FALSE(more);
  EXPECT_EQ(more.error().code, "CB-CLOUD-ROOM");
  expect_same(c, 30, {2});
}

/// The parts of a run over one log, with hubs that can be held still.
class Parts : public ::testing::Test {
 protected:
  Parts() : c("quickstart"), options(c.options(folder.path() / "out", 200)) {
    std::filesystem::create_directories(options.out);
    log = network::open_embedded({folder.path() / "log", {}, "test"}).value();
  }
  ~Parts() override { end(); }

  PartContext part(milliseconds patience = milliseconds(20'000)) {
    return {c.scenario, c.world, c.catalog, options, *log, false, {patience, &stop}, {}};
  }
  void start_city() {
    threads.emplace_back([this] { EXPECT_TRUE(run_city(part())); });
    threads.emplace_back([this] {
      const auto all = departments_named({"all"}).value();
      EXPECT_TRUE(run_connectors(part(), all));
    });
  }
  void start_hub(const HubOptions& hub, std::function<void(model::Step)> progress = {}) {
    auto context = std::make_shared<PartContext>(part());
    context->progress = std::move(progress);
    threads.emplace_back([this, hub, context] {
      auto result = run_hub(*context, hub);
      const std::lock_guard lock(mutex);
      ended.emplace(hub.store.parent_path().filename().string(), std::move(result));
      changed.notify_all();
    });
  }
  /// Waits until the hub whose folder has this name has ended.
  const model::Result<HubFigures>& end_of(const std::string& hub) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return ended.contains(hub); });
    return ended.at(hub);
  }
  void end() {
    for (auto& t : threads) t.join();
    threads.clear();
  }
  std::vector<HubOptions> two_hubs() {
    auto hubs = hubs_of(options.out, 2);
    for (auto& h : hubs) h.session = milliseconds(600);
    return hubs;
  }
  static std::map<std::string, std::string> digests(const store::Store& store) {
    std::map<std::string, std::string> out;
    EXPECT_TRUE(store.scan(store::Family::kDigests, "", [&](auto key, auto value) {
      out.emplace(key, value);
      return true;
    }));
    return out;
  }
  /// The digests of the run, against those of the one loop.
  void expect_outcome() {
    auto o = options;
    o.out = folder.path() / "loop";
    const auto loop = run(c.scenario, c.world, c.catalog, o, {});
    ASSERT_TRUE(loop);
    const auto id = identity_of(c.scenario, o);
    const auto whole = store::Store::open({o.out / "store", id, false}).value();
    const auto merged = store::Store::open({folder.path() / "merged", id, false}).value();
    ASSERT_TRUE(merge_stores(stores_of_hubs(options.out), id, *merged));
    const auto expected = digests(*whole);
    EXPECT_EQ(expected.size(), options.horizon_s * c.world.network->districts.size());
    EXPECT_TRUE(digests(*merged) == expected);
  }

  Case c;
  test::TemporaryFolder folder;
  RunOptions options;
  std::unique_ptr<network::Log> log;
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable changed;
  std::map<std::string, model::Result<HubFigures>> ended;
};

TEST_F(Parts, AHubThatStandsStillLosesItsDistrictsAndStopsWhenItComesBack) {
  const auto hubs = two_hubs();
  std::atomic<bool> still = true;
  start_city();
  start_hub(hubs[0]);
  start_hub(hubs[1], [&](model::Step step) {  // as with SIGSTOP, in the middle of a run
    while (step == 70 && still) std::this_thread::sleep_for(milliseconds(1));
  });
  const auto& alone = end_of("hub-1");
  still = false;
  const auto& back = end_of("hub-2");
  end();
  ASSERT_TRUE(alone) << alone.error().text();
  EXPECT_EQ(alone->districts.size(), 2U) << "it took the other one's district";
  for (const auto& d : alone->districts) EXPECT_EQ(d.step, options.horizon_s);
  ASSERT_FALSE(back) << "it went on although others had its district";
  EXPECT_EQ(back.error().code, "CB-NETWORK-FENCED");
  EXPECT_NE(back.error().what.find("hub-1"), std::string::npos) << back.error().text();
  expect_outcome();
}

TEST_F(Parts, OfTwoHubsWithOneNameTheOlderStops) {
  auto hubs = two_hubs();
  for (auto& h : hubs) h.hubs = 1;
  hubs[1].name = hubs[0].name;
  std::atomic<bool> started = false;
  start_city();
  start_hub(hubs[0], [&](model::Step step) {
    if (step == 30 && !started.exchange(true)) start_hub(hubs[1]);
  });
  const auto& older = end_of("hub-1");
  const auto& newer = end_of("hub-2");
  end();
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, "CB-NETWORK-FENCED");
  EXPECT_NE(older.error().where.find("hub-1"), std::string::npos) << older.error().text();
  ASSERT_TRUE(newer) << newer.error().text();
  expect_outcome();
}

TEST_F(Parts, AHubThatJoinsLateTakesItsShare) {
  auto hubs = two_hubs();
  for (auto& h : hubs) h.hubs = 1;
  std::atomic<bool> started = false;
  start_city();
  start_hub(hubs[0], [&](model::Step step) {
    if (step == 70 && !started.exchange(true)) {
      start_hub(hubs[1]);
      while (!std::filesystem::exists(hubs[1].store)) std::this_thread::sleep_for(milliseconds(1));
    }
  });
  const auto& first = end_of("hub-1");
  const auto& late = end_of("hub-2");
  end();
  ASSERT_TRUE(first) << first.error().text();
  ASSERT_TRUE(late) << late.error().text();
  EXPECT_EQ(first->districts.size() + late->districts.size(), 2U);
  EXPECT_EQ(late->districts.size(), 1U) << "it joined and got nothing";
  expect_outcome();
}

TEST_F(Parts, ASnapshotOfAnotherScenarioIsRefused) {
  auto hubs = hubs_of(options.out, 1);
  store::SnapshotFolder other(hubs[0].snapshots, "another run", "test");
  const auto districts = c.world.network->districts;
  ASSERT_TRUE(other.put("0000-" + districts[0], {60, "state"}));
  hubs[0].session = milliseconds(600);
  std::thread city([this] { (void)run_city(part(milliseconds(500))); });
  const auto refused = run_hub(part(milliseconds(500)), hubs[0]);
  city.join();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-INPUT-SNAPSHOT");
  EXPECT_NE(refused.error().what.find("another run"), std::string::npos);
  EXPECT_NE(refused.error().where.find(".snapshot"), std::string::npos);
}

TEST(Share, MovesOnlyTheDistrictsOfHubsThatAreGone) {
  std::vector<std::string> districts;
  for (int d = 0; d < 12; ++d) districts.push_back("d" + std::to_string(d));
  const std::vector<std::string> known{"a", "b", "c", "d"};
  const auto all = share_evenly({districts, known, known});
  for (const auto& hub : known) EXPECT_EQ(std::count(all.begin(), all.end(), hub), 3);
  const std::vector<std::string> live{"a", "c", "d"};
  const auto less = share_evenly({districts, known, live});
  for (std::size_t d = 0; d < districts.size(); ++d)
    if (all[d] != "b") EXPECT_EQ(less[d], all[d]);
  for (const auto& hub : live) EXPECT_EQ(std::count(less.begin(), less.end(), hub), 4);
  EXPECT_EQ(share_evenly({districts, known, {}}), std::vector<std::string>(12));
}

}  // namespace
}  // namespace citybrain::experiment
