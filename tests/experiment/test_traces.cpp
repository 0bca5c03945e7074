// From a command to the records that caused it and back, on a whole run.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/trace_walk.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

class Traces : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    const std::filesystem::path home = CITYBRAIN_SOURCE_DIR;
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    auto scenario = load_scenario(r, home).value();
    auto world = build_world(scenario, false).value();
    auto catalog = catalog::Catalog::load(home / "schemas/contracts").value();
    folder = new test::TemporaryFolder;
    for (const char* mode : {"hub", "silo"}) {
      RunOptions o;
      o.out = folder->path() / mode;
      o.sharing = mode;
      o.horizon_s = 120;
      o.shares_process = true;
      const auto settled = settle(scenario, std::move(o)).value();
      const auto report = run(scenario, world, catalog, settled, {});
      ASSERT_TRUE(report) << report.error().text();
    }
  }
  static void TearDownTestSuite() { delete folder; }
  static std::unique_ptr<network::Log> log_of(const char* mode) {
    return open_past_log(folder->path() / mode, {}).value();
  }
  static std::uint64_t number(const TracedRecord& command) {
    return parse_command_id(command.id).value();
  }
  static std::string trace_of(const TracedRecord& r) { return r.trace.substr(0, 32); }

  static test::TemporaryFolder* folder;
};
test::TemporaryFolder* Traces::folder = nullptr;

TEST_F(Traces, EveryCommandLeadsToWhatCausedItAndToItsAcknowledgement) {
  for (const char* mode : {"hub", "silo"}) {
    const auto log = log_of(mode);
    const auto commands = commands_of(*log).value();
    ASSERT_GT(commands.size(), 20U);
    std::size_t caused = 0;
    for (const auto& c : commands) {
      const auto chain = follow(*log, number(c));
      ASSERT_TRUE(chain) << chain.error().text();
      EXPECT_TRUE(chain->lost.empty());
      EXPECT_LE(chain->causes.size(), 8U);
      caused += chain->causes.empty() ? 0 : 1;
      for (const auto& cause : chain->causes) EXPECT_LE(cause.publish_time, c.publish_time);
      if (!chain->causes.empty()) {
        EXPECT_EQ(trace_of(chain->causes.front()), trace_of(c));
      }
      for (const auto& a : chain->acks) EXPECT_EQ(trace_of(a), trace_of(c));
      if (c.publish_time.ms <= commands.back().publish_time.ms - 3000) {
        EXPECT_EQ(chain->acks.size(), 1U) << c.id;
      }
    }
    EXPECT_GT(caused, commands.size() / 2) << mode;
  }
}

/// A desk is never said to have acted on a record that it was not granted.
TEST_F(Traces, ASiloNamesItsOwnLoopsOnly) {
  const auto log = log_of("silo");
  const auto commands = commands_of(*log).value();
  for (const auto& c : commands) {
    const auto chain = follow(*log, number(c)).value();
    for (const auto& cause : chain.causes) EXPECT_EQ(cause.topic, "traffic_police.signal_loops");
  }
}

TEST_F(Traces, AHubNamesTheCameraOfTheLongestQueueFirst) {
  const auto log = log_of("hub");
  std::size_t pictures = 0, others = 0;
  const auto commands = commands_of(*log).value();
  for (const auto& c : commands) {
    const auto chain = follow(*log, number(c)).value();
    if (chain.causes.empty()) continue;
    ++(chain.causes.front().topic == "traffic_police.video_flow" ? pictures : others);
  }
  EXPECT_GT(pictures, 9 * others);  // a broken or silent camera leaves its lane to the loop
}

TEST_F(Traces, AreWrittenForPeopleAndPrograms) {
  const auto log = log_of("hub");
  const auto commands = commands_of(*log).value();
  for (const auto& c : commands) {
    const auto chain = follow(*log, number(c)).value();
    if (chain.causes.empty() || chain.acks.empty()) continue;
    const auto json = boost::json::parse(chain_json(chain)).as_object();
    EXPECT_EQ(json.at("causes").as_array().size(), chain.causes.size());
    EXPECT_TRUE(json.at("command").at("message").as_object().contains("junction"));
    const auto text = chain_text(chain, Language::kEnglish);
    EXPECT_NE(text.find(chain.causes.front().trace), std::string::npos);
    EXPECT_NE(text.find("acknowledged\n  hub.acks"), std::string::npos) << text;
    return;
  }
  FAIL() << "no command with causes";
}

TEST_F(Traces, WhatIsNoCommandIsRefused) {
  for (const char* bad : {"", "12", "9c1d0a6b2f3e4d5g", "9C1D0A6B2F3E4D58", "9c1d0a6b2f3e4d588"}) {
    const auto id = parse_command_id(bad);
    ASSERT_FALSE(id) << bad;
    EXPECT_EQ(id.error().code, "CB-INPUT-COMMAND");
  }
  const auto none = follow(*log_of("hub"), 1);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "CB-INPUT-COMMAND");
}

}  // namespace
}  // namespace citybrain::experiment
