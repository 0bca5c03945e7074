// Whole runs at a short horizon: determinism, what an outcome depends on, recovery.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <tuple>

#include "hub/model/archive.h"
#include "hub/network/framing.h"
#include "hub/store/store.h"
#include "scenarios/experiment/compare.h"
#include "scenarios/experiment/run.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;

class RunTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    scenario = new Scenario(std::move(*load_scenario(r, kHome)));
    world = new World(std::move(*build_world(*scenario, false)));
    catalog = new catalog::Catalog(std::move(*catalog::Catalog::load(kHome / "schemas/contracts")));
  }
  static void TearDownTestSuite() {
    delete scenario;
    delete world;
    delete catalog;
  }
  RunOptions options(const std::string& name, std::uint64_t seed = 1) const {
    RunOptions o;
    o.out = folder.path() / name;
    o.seed = seed;
    o.horizon_s = 240;
    o.shares_process = true;
    return *settle(*scenario, std::move(o));
  }
  static std::string hash(const RunOptions& o, const RunHooks& hooks = {}) {
    const auto r = run(*scenario, *world, *catalog, o, hooks);
    EXPECT_TRUE(r) << r.error().text();
    return r ? r->evaluation.outcome_hash : "";
  }

  test::TemporaryFolder folder;
  static Scenario* scenario;
  static World* world;
  static catalog::Catalog* catalog;
};
Scenario* RunTest::scenario = nullptr;
World* RunTest::world = nullptr;
catalog::Catalog* RunTest::catalog = nullptr;

/// Passes everything on to another log, except what `change` does to the records of one topic.
class ChangingLog final : public network::Log {
 public:
  using Change =
      std::function<bool(network::Record&, std::string& value)>;  // false: the record is suppressed
  ChangingLog(std::unique_ptr<network::Log> inner, std::string topic, Change change)
      : inner_(std::move(inner)), topic_(std::move(topic)), change_(std::move(change)) {}

  model::Result<void> create(const network::TopicSpec& s) override { return inner_->create(s); }
  model::Result<std::vector<network::TopicSpec>> topics() const override {
    return inner_->topics();
  }
  model::Result<std::unique_ptr<network::Appender>> appender(
      const network::AppenderOptions& o) override {
    auto a = inner_->appender(o);
    if (!a) return a.error();
    return std::unique_ptr<network::Appender>(
        std::make_unique<ChangingAppender>(*this, std::move(*a)));
  }
  model::Result<std::unique_ptr<network::Cursor>> cursor(std::string_view t, network::Partition p,
                                                         network::Position f) override {
    return inner_->cursor(t, p, f);
  }
  model::Result<network::Position> position_at(std::string_view t, network::Partition p,
                                               model::EventTime at) override {
    return inner_->position_at(t, p, at);
  }
  model::Result<network::Position> begin(std::string_view t, network::Partition p) override {
    return inner_->begin(t, p);
  }
  model::Result<network::Position> end(std::string_view t, network::Partition p) override {
    return inner_->end(t, p);
  }
  model::Result<void> truncate_before(std::string_view t, network::Partition p,
                                      network::Position at) override {
    return inner_->truncate_before(t, p, at);
  }
  model::Result<void> sync() override { return inner_->sync(); }
  model::Result<std::unique_ptr<network::Membership>> join(
      const network::GroupOptions& o, std::span<const std::string> topics) override {
    return inner_->join(o, topics);
  }

 private:
  class ChangingAppender final : public network::Appender {
   public:
    ChangingAppender(ChangingLog& log, std::unique_ptr<network::Appender> inner)
        : log_(log), inner_(std::move(inner)) {}
    model::Result<network::AppendOutcome> append(
        std::string_view topic, network::Partition p,
        std::span<const network::Record> records) override {
      if (topic != log_.topic_) return inner_->append(topic, p, records);
      std::vector<network::Record> kept;
      std::deque<std::string> values;
      for (auto r : records) {
        values.emplace_back(r.value);
        if (!log_.change_(r, values.back())) continue;
        r.value = values.back();
        kept.push_back(r);
      }
      return inner_->append(topic, p, kept);
    }
    model::Result<void> flush() override { return inner_->flush(); }
    model::Result<std::uint64_t> last_sequence(std::string_view t, network::Partition p) override {
      return inner_->last_sequence(t, p);
    }
    model::Result<void> begin() override { return inner_->begin(); }
    model::Result<void> commit() override { return inner_->commit(); }
    model::Result<void> abort() override { return inner_->abort(); }

   private:
    ChangingLog& log_;
    std::unique_ptr<network::Appender> inner_;
  };
  std::unique_ptr<network::Log> inner_;
  std::string topic_;
  Change change_;
};

RunHooks changing(const char* topic, ChangingLog::Change change) {
  RunHooks h;
  h.wrap_log = [topic, change](std::unique_ptr<network::Log> inner) {
    return std::make_unique<ChangingLog>(std::move(inner), topic, change);
  };
  return h;
}

TEST_F(RunTest, TenRunsGiveOneHash) {
  const std::string first = hash(options("first"));
  EXPECT_EQ(first.size(), 32U);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(hash(options("again" + std::to_string(i % 2))), first);
}

TEST_F(RunTest, FsyncPoliciesDoNotMatter) {
  auto o = options("a");
  const std::string first = hash(o);
  o = options("b");
  o.fsync = *network::Fsync::parse("os");
  EXPECT_EQ(hash(o), first);
  o = options("c");
  o.horizon_s = 240;
  o.fsync = *network::Fsync::parse("group:5ms");
  EXPECT_EQ(hash(o), first);
}

TEST_F(RunTest, SeedsAndModesMatter) {
  const std::string first = hash(options("a"));
  EXPECT_NE(hash(options("b", 2)), first);
  auto silo = options("c");
  silo.sharing = "silo";
  EXPECT_NE(hash(silo), first);
}

TEST_F(RunTest, OneAlteredRecordMatters) {
  const std::string first = hash(options("a"));
  int n = 0;
  const auto altered =
      hash(options("b"),
           changing(schemas::topic::kSignalLoops, [&](network::Record&, std::string& value) {
             if (++n == 500 && !value.empty()) value.back() = static_cast<char>(value.back() ^ 1);
             return true;
           }));
  EXPECT_GT(n, 500);
  EXPECT_NE(altered, first);
}

TEST_F(RunTest, OneSuppressedCommandMatters) {
  const std::string first = hash(options("a"));
  int n = 0;
  const auto suppressed =
      hash(options("b"), changing(schemas::topic::kCommands,
                                  [&](network::Record&, std::string&) { return ++n != 40; }));
  EXPECT_GT(n, 40);
  EXPECT_NE(suppressed, first);
}

/// An interrupted run that goes on ends as if nothing had happened, whenever it was interrupted.
TEST_F(RunTest, InterruptedRunsGoOn) {
  const std::string whole = hash(options("whole"));
  for (const model::Step at : {1U, 30U, 59U, 60U, 61U, 130U, 239U}) {
    auto o = options("broken" + std::to_string(at));
    std::atomic<bool> stop = false;
    RunHooks hooks;
    hooks.stop = &stop;
    hooks.progress = [&](const Progress& p) { stop = p.step >= at; };
    const auto broken = run(*scenario, *world, *catalog, o, hooks);
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, "CB-RUN-INTERRUPTED");
    o.resume = true;
    EXPECT_EQ(hash(o), whole) << "interrupted at " << at;
  }
}

TEST_F(RunTest, AnotherRunsFolderIsNotResumed) {
  auto o = options("a");
  hash(o);
  o.resume = true;
  o.seed = 9;
  const auto r = run(*scenario, *world, *catalog, o, {});
  ASSERT_FALSE(r);
  EXPECT_TRUE(r.error().is_input()) << r.error().text();
}

TEST_F(RunTest, AFolderWithSomethingElseInItIsLeftAlone) {
  const auto o = options("mine");
  std::filesystem::create_directories(o.out);
  std::ofstream(o.out / "thesis.txt") << "precious";
  const auto r = run(*scenario, *world, *catalog, o, {});
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().code, "CB-INPUT-OUT");
  EXPECT_TRUE(std::filesystem::exists(o.out / "thesis.txt"));
}

TEST_F(RunTest, EveryModeRunsEveryPolicySafely) {
  for (const auto& mode : {"silo", "point-to-point", "hub"}) {
    for (const auto& policy : brain::policy_names()) {
      auto o = options("x");
      o.sharing = mode;
      o.policy = policy;
      o.horizon_s = 120;
      const auto r = run(*scenario, *world, *catalog, o, {});
      ASSERT_TRUE(r) << mode << " " << policy << ": " << r.error().text();
      EXPECT_TRUE(r->evaluation.monitor_faults.empty()) << mode << " " << policy;
      EXPECT_EQ(r->hub.quarantined, 0U);
      EXPECT_GT(r->hub.admitted, 1000U);
    }
  }
}

TEST_F(RunTest, ComparisonsArePairedAndResumable) {
  CompareOptions o;
  o.modes = {"silo", "hub"};
  o.seeds = 2;
  o.horizon_s = 120;
  o.out = folder.path() / "compare";
  const auto first = compare(*scenario, *world, *catalog, o, {});
  ASSERT_TRUE(first) << first.error().text();
  ASSERT_EQ(first->modes.size(), 2U);
  EXPECT_EQ(first->modes[0].seeds, first->modes[1].seeds);
  o.resume = true;
  const auto again = compare(*scenario, *world, *catalog, o, {});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->modes[1].outcome_hashes, first->modes[1].outcome_hashes);
  EXPECT_TRUE(std::filesystem::exists(o.out / "compare.json"));
}

TEST_F(RunTest, UnknownDatasetsAndParametersArePlacedBeforeAnythingIsWritten) {
  for (const auto& [key, value, says] :
       {std::tuple{"datasets", "[navigation.probs]", "navigation.probes"},
        std::tuple{"parameters.headway", "2", "headway_s"}}) {
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    r.settings = {{std::string("modes.hub.desks.district-brain.") + key, value}};
    const auto changed = load_scenario(r, kHome);
    ASSERT_TRUE(changed) << changed.error().text();
    const auto o = options("never");
    const auto result = run(*changed, *world, *catalog, o, {});
    ASSERT_FALSE(result);
    EXPECT_TRUE(result.error().is_input());
    EXPECT_NE(result.error().where.find("modes.hub.desks.district-brain"), std::string::npos);
    EXPECT_NE(result.error().text().find(says), std::string::npos) << result.error().text();
    EXPECT_FALSE(std::filesystem::exists(o.out));
  }
}

TEST_F(RunTest, UnknownModesAndPoliciesGetTheNearestName) {
  RunOptions o;
  o.sharing = "huub";
  EXPECT_NE(settle(*scenario, o).error().mend.find("hub"), std::string::npos);
  o.sharing = "";
  o.policy = "fixed-tme";
  EXPECT_NE(settle(*scenario, o).error().mend.find("fixed-time"), std::string::npos);
}

TEST_F(RunTest, PublishedDatasetsAreReadAndUnknownOnesPlaced) {
  const auto with = [&](const std::string& list) {
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    r.settings = {{"publish", list}};
    return *load_scenario(r, kHome);
  };
  const auto has_plates = [](const model::Result<RunReport>& r) {
    return std::any_of(r->datasets.begin(), r->datasets.end(), [](const auto& d) {
      return d.dataset == "traffic_police.plates" && d.admitted > 0 && d.quarantined == 0;
    });
  };
  auto o = options("plates");
  o.horizon_s = 120;
  const auto published = run(with("[traffic_police.plates]"), *world, *catalog, o, {});
  ASSERT_TRUE(published) << published.error().text();
  EXPECT_TRUE(has_plates(published));
  o.out = folder.path() / "none";
  EXPECT_FALSE(has_plates(run(*scenario, *world, *catalog, o, {})));
  o.out = folder.path() / "never";
  const auto wrong = run(with("[traffic_police.plate]"), *world, *catalog, o, {});
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().where.find("publish"), std::string::npos);
  EXPECT_NE(wrong.error().text().find("traffic_police.plates"), std::string::npos);
}

/// Fleets are in the store as last heard, and in what an interrupted run goes on with.
TEST_F(RunTest, FleetsAreInTheStoreAndSurviveAnInterruption) {
  ScenarioRequest request;
  request.name_or_path = "xiaoshan";
  const auto xiaoshan = *load_scenario(request, kHome);
  const auto district = *build_world(xiaoshan, false);
  RunOptions o;
  o.horizon_s = 100;
  o.shares_process = true;
  o.out = folder.path() / "whole";
  o = *settle(xiaoshan, o);
  const auto whole = run(xiaoshan, district, *catalog, o, {});
  ASSERT_TRUE(whole) << whole.error().text();
  std::ifstream marker(o.out / "run.json");
  std::string text((std::istreambuf_iterator<char>(marker)), {});
  const std::string before = "\"identity\": \"";
  const auto at = text.find(before) + before.size();
  const auto store =
      store::Store::open({o.out / "store", text.substr(at, text.find('"', at) - at), false});
  ASSERT_TRUE(store) << store.error().text();
  std::size_t vehicles = 0;
  const auto visit = [&](std::string_view, std::string_view value) {
    std::vector<model::VehicleSituation> row;
    model::Reader r(value);
    r(row);
    EXPECT_TRUE(r.complete());
    vehicles += row.size();
    for (const auto& v : row) {
      EXPECT_TRUE(v.last.road.valid() || v.last.state != model::VehiclePosition::State::kUnknown);
      EXPECT_GE(v.heard, v.last.at);
    }
    return true;
  };
  ASSERT_TRUE((*store)->scan(store::Family::kTheme, store::Key().text("vehicles").view(), visit));
  EXPECT_GT(vehicles, 10U);
  o.out = folder.path() / "broken";
  std::atomic<bool> stop = false;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step >= 75; };
  ASSERT_FALSE(run(xiaoshan, district, *catalog, o, hooks));
  o.resume = true;
  const auto resumed = run(xiaoshan, district, *catalog, o, {});
  ASSERT_TRUE(resumed) << resumed.error().text();
  EXPECT_EQ(resumed->evaluation.outcome_hash, whole->evaluation.outcome_hash);
}

}  // namespace
}  // namespace citybrain::experiment
