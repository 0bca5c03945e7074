// The parts of a run beside each other: whatever the interleaving, they say the same bytes as the
// one loop; they go on after an interruption; they refuse what is not theirs and name who is
// silent.
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "hub/runtime/random.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/part_report.h"
#include "scenarios/experiment/parts.h"
#include "scenarios/experiment/run_identity.h"
#include "scenarios/experiment/together.h"
#include "schemas/schemas.h"
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
    return o;
  }
};

/// Everything that one producer said on one topic's partition, in order: (time, value, headers).
using Said = std::map<std::string, std::string>;

Said said(const std::filesystem::path& run, const std::string& identity) {
  Said out;
  const auto log = network::open_embedded({run / "log", {}, identity}).value();
  const auto topics = log->topics().value();
  for (const auto& topic : topics) {
    if (topic.name.starts_with("port.") || topic.name == schemas::topic::kRun ||
        topic.name == schemas::topic::kExchange || topic.name == schemas::topic::kMembers ||
        topic.name == kKeptTopic)
      continue;
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      const auto cursor = log->cursor(topic.name, p, 0).value();
      for (;;) {
        const auto records = cursor->poll(1000).value();
        if (records.empty()) break;
        for (const auto& r : records) {
          auto& text = out[topic.name + "/" + std::to_string(p) + " " + std::string(r.producer)];
          text += std::to_string(r.publish_time.ms) + " " + std::to_string(r.sequence) + " " +
                  std::string(r.key) + " " + std::string(r.value);
          for (const auto& h : r.headers)
            text += " " + std::string(h.key) + "=" + std::string(h.value);
          text += "\n";
        }
      }
    }
  }
  return out;
}

void expect_same(const Case& c, RunOptions o, const test::TemporaryFolder& folder) {
  o = settle(c.scenario, o).value();
  o.out = folder.path() / "loop";
  const auto loop = run(c.scenario, c.world, c.catalog, o, {});
  ASSERT_TRUE(loop) << loop.error().text();
  o.out = folder.path() / "parts";
  const auto parts = run_together(c.scenario, c.world, c.catalog, o, {});
  ASSERT_TRUE(parts) << parts.error().text();
  EXPECT_EQ(parts->evaluation.outcome_hash, loop->evaluation.outcome_hash);
  EXPECT_EQ(parts->hub.records_in, loop->hub.records_in);
  EXPECT_EQ(parts->hub.commands, loop->hub.commands);
  const auto id = identity_of(c.scenario, o);
  const auto expected = said(folder.path() / "loop", id), got = said(folder.path() / "parts", id);
  EXPECT_GT(expected.size(), 5U) << "nothing was published: the test says nothing";
  for (const auto& [who, what] : expected) {
    const auto found = got.find(who);
    ASSERT_NE(found, got.end()) << who;
    EXPECT_TRUE(found->second == what) << who << " said something else";
  }
  EXPECT_EQ(got.size(), expected.size());
}

TEST(Parts, SayTheSameBytesAsTheOneLoop) {
  const Case c("quickstart");
  for (const char* sharing : {"hub", "silo"}) {
    const test::TemporaryFolder folder;
    auto o = c.options({}, 150);
    o.sharing = sharing;
    o.seed = 3;
    expect_same(c, o, folder);
  }
}

TEST(Parts, SayTheSameWithDecisionsThatActAtOnce) {
  const Case c("quickstart");
  const test::TemporaryFolder folder;
  auto o = c.options({}, 90);
  o.perfect_sensors = true;
  expect_same(c, o, folder);
}

TEST(Parts, SayTheSameWithFleetsAndRefusedCommands) {
  const Case c("ambulance");
  const test::TemporaryFolder folder;
  expect_same(c, c.options({}, 240), folder);
}

TEST(Parts, SayTheSameInRandomSmallCities) {
  const runtime::Random random(20'261'124);
  constexpr auto kCity = runtime::purpose("test/small city");
  for (std::uint32_t n = 0; n < 10; ++n) {
    std::uint32_t drawn = 0;
    const auto one_to = [&](std::uint64_t most) {
      return 1 + random.bits(kCity, n * 16 + drawn++) % most;
    };
    const Case c("quickstart", {{"city.grid.rows", std::to_string(1 + one_to(2))},
                                {"city.grid.columns", std::to_string(1 + one_to(3))},
                                {"city.grid.lanes", std::to_string(one_to(3))},
                                {"city.grid.districts", std::to_string(one_to(2))},
                                {"lookahead_s", std::to_string(one_to(3))},
                                {"sensors.video.delay_mean_s", std::to_string(one_to(3))}});
    const test::TemporaryFolder folder;
    auto o = c.options({}, 20 + static_cast<std::uint32_t>(one_to(60)));
    const char* modes[] = {"silo", "point-to-point", "hub"};
    o.sharing = modes[one_to(3) - 1];
    o.seed = one_to(1000);
    SCOPED_TRACE(n);
    expect_same(c, o, folder);
  }
}

TEST(Parts, GoOnAfterAnInterruption) {
  const Case c("quickstart");
  const test::TemporaryFolder folder;
  auto o = settle(c.scenario, c.options(folder.path() / "whole", 150)).value();
  const auto whole = run(c.scenario, c.world, c.catalog, o, {});
  ASSERT_TRUE(whole);
  o.out = folder.path() / "cut";
  std::atomic<bool> stop = false;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step >= 70; };
  const auto cut = run_together(c.scenario, c.world, c.catalog, o, hooks);
  ASSERT_FALSE(cut) << "it was through before it was stopped";
  EXPECT_EQ(cut.error().code, "CB-RUN-INTERRUPTED");
  o.resume = true;
  const auto resumed = run_together(c.scenario, c.world, c.catalog, o, {});
  ASSERT_TRUE(resumed) << resumed.error().text();
  EXPECT_EQ(resumed->evaluation.outcome_hash, whole->evaluation.outcome_hash);
  EXPECT_EQ(resumed->hub.records_in, whole->hub.records_in);
}

class Alone : public ::testing::Test {
 protected:
  Alone() : c("quickstart") {
    options = settle(c.scenario, c.options(folder.path() / "out", 60)).value();
    std::filesystem::create_directories(options.out);
    log = network::open_embedded({folder.path() / "log", {}, "test"}).value();
  }
  PartContext part(milliseconds patience) {
    return {c.scenario, c.world, c.catalog, options, *log, false, {patience, nullptr}, {}};
  }
  HubOptions one_hub() const { return hubs_of(folder.path(), 1).front(); }
  Case c;
  test::TemporaryFolder folder;
  RunOptions options;
  std::unique_ptr<network::Log> log;
};

TEST_F(Alone, EveryPartNamesWhoIsSilent) {
  const auto none = run_hub(part(milliseconds(5)), one_hub());
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "CB-RUN-SILENT");
  EXPECT_EQ(none.error().where, "city");
  const auto all = departments_named({"all"}).value();
  EXPECT_EQ(run_connectors(part(milliseconds(5)), all).error().where, "city");
  const auto city = run_city(part(milliseconds(5)));
  ASSERT_FALSE(city);
  EXPECT_EQ(city.error().code, "CB-RUN-SILENT");
  EXPECT_EQ(city.error().where, "traffic_police/signal_control");
  const auto hub = run_hub(part(milliseconds(5)), one_hub());
  ASSERT_FALSE(hub);
  EXPECT_EQ(hub.error().code, "CB-RUN-SILENT");
  EXPECT_NE(hub.error().where.find("/"), std::string::npos) << hub.error().text();
  const auto connectors = run_connectors(part(milliseconds(5)), all);
  ASSERT_FALSE(connectors);
  EXPECT_EQ(connectors.error().code, "CB-RUN-SILENT");
}

TEST_F(Alone, APartOfAnotherRunIsRefusedAndBothAreNamed) {
  (void)run_city(part(milliseconds(5)));
  auto another = options;
  another.seed = 99;
  const PartContext stranger{
      c.scenario, c.world, c.catalog, another, *log, false, {milliseconds(5), nullptr}, {}};
  for (const auto& failed : {run_hub(stranger, one_hub()).error(),
                             run_connectors(stranger, departments_named({"video"}).value()).error(),
                             run_city(stranger).error()}) {
    EXPECT_EQ(failed.code, "CB-INPUT-NETWORK");
    EXPECT_NE(failed.what.find("seed=99"), std::string::npos) << failed.what;
    EXPECT_NE(failed.what.find(identity_of(c.scenario, options)), std::string::npos);
  }
  const auto again = run_city(part(milliseconds(5)));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, "CB-INPUT-NETWORK") << "the run is there: it wants --resume";
}

TEST_F(Alone, AConnectorThatIsMissingStopsTheRunByName) {
  const PartContext patient = part(milliseconds(300));
  std::thread connectors([&] {
    const auto some = departments_named({"signal_control", "navigation"}).value();
    EXPECT_FALSE(run_connectors(patient, some));
  });
  std::thread hub([&] {
    const auto failed = run_hub(patient, one_hub());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().where, "traffic_police/video");
  });
  const auto city = run_city(patient);
  connectors.join();
  hub.join();
  ASSERT_FALSE(city);
  EXPECT_EQ(city.error().code, "CB-RUN-SILENT");
}

TEST(PartReports, AreReadAsTheyWereWritten) {
  const auto catalog = *catalog::Catalog::load(kHome / "schemas/contracts");
  PartReport r;
  r.part = "hub";
  r.identity = "i";
  r.cpu_s = 1.5;
  r.figures.counters.resize(catalog.contracts().size());
  r.figures.counters[2] = {1, 2, 3, 4, 5, 6};
  r.figures.totals = {7, 8, 9};
  r.figures.set_times({3, 1, 2});
  const auto text = part_json(r, catalog);
  const auto back = parse_part_json(text, "hub.json", catalog).value();
  EXPECT_EQ(part_json(back, catalog), text);
  EXPECT_EQ(back.figures.p50_ms, 2);
  r.part = "city";
  r.remarks = {"a \"remark\""};
  EXPECT_EQ(parse_part_json(part_json(r, catalog), "c", catalog).value().remarks, r.remarks);
  for (const char* bad : {"", "{", "[]", "{}", R"({"report": "citybrain.run"})",
                          R"({"report": "citybrain.part", "part": 3})"}) {
    const auto refused = parse_part_json(bad, "hub.json", catalog);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().code, "CB-INPUT-REPORT");
    EXPECT_EQ(refused.error().where, "hub.json");
  }
}

TEST(Departments, HaveTheNamesOfTheirSources) {
  EXPECT_EQ(departments_named({"all"}).value().size(), departments().size());
  const auto two = departments_named({"video", "signal_control"}).value();
  ASSERT_EQ(two.size(), 2U);
  EXPECT_STREQ(two[0]->name, "signal_control") << "in the departments' order";
  const auto typo = departments_named({"vidoe"});
  ASSERT_FALSE(typo);
  EXPECT_EQ(typo.error().code, "CB-USAGE-CONNECTOR");
  EXPECT_NE(typo.error().mend.find("video"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::experiment
