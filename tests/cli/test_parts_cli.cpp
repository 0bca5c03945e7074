// up, city, connector, hub at the program's border: the same outcome as run, exit codes, and what
// bad usage is answered with. Without a broker.
#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

class PartsCli : public ::testing::Test {
 protected:
  Program program;
  void expect(int code, const std::vector<std::string>& arguments, const std::string& says) {
    const auto said = program.run(arguments);
    EXPECT_EQ(said.code, code) << said.err;
    EXPECT_EQ(said.out, "");
    EXPECT_NE(said.err.find(says), std::string::npos) << said.err;
  }
};

TEST_F(PartsCli, UpHasTheOutcomeOfRun) {
  const auto run = program.run(
      {"run", "quickstart", "--horizon", "90", "--out", "a", "--json", "--no-progress"});
  ASSERT_EQ(run.code, 0) << run.err;
  const auto up =
      program.run({"up", "quickstart", "--horizon", "90", "--out", "b", "--json", "--no-progress"});
  ASSERT_EQ(up.code, 0) << up.err;
  EXPECT_EQ(outcome_hash(up.out).size(), 32U);
  EXPECT_EQ(outcome_hash(up.out), outcome_hash(run.out));
  for (const char* name : {"b/report.json", "b/report.html", "b/trips.csv", "b/store"})
    EXPECT_TRUE(std::filesystem::exists(program.folder() / name)) << name;
}

TEST_F(PartsCli, UpIsInterruptedAndGoesOn) {
  const std::vector<std::string> command = {"up",    "quickstart", "--horizon", "30m",
                                            "--out", "a",          "--json",    "--no-progress"};
  const auto child = program.start(command);
  while (!std::filesystem::exists(program.folder() / "a/store")) usleep(1000);
  kill(child, SIGINT);
  const auto cut = program.wait(child);
  EXPECT_EQ(cut.code, 130) << cut.err;
  EXPECT_NE(cut.err.find("--resume"), std::string::npos) << cut.err;
  auto again = command;
  again.emplace_back("--resume");
  const auto resumed = program.run(again);
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  const auto whole = program.run(
      {"run", "quickstart", "--horizon", "30m", "--out", "b", "--json", "--no-progress"});
  EXPECT_EQ(outcome_hash(resumed.out), outcome_hash(whole.out));
}

TEST_F(PartsCli, WhatIsWrongIsSaidBeforeAnythingIsWritten) {
  expect(2, {"city", "quickstart"}, "needs a broker");
  expect(2, {"city", "quickstart", "--network", "kafka:localhost:1"}, "/PREFIX");
  expect(2, {"hub", "--scenario", "quickstart"}, "--store");
  expect(2, {"hub", "--store", "s", "--network", "kafka:localhost:1/x"}, "--scenario");
  expect(2, {"connector", "vidoe", "--scenario", "quickstart"}, "did you mean \"video\"?");
  expect(2, {"connector", "--scenario", "quickstart"}, "NAME");
  expect(2, {"up", "quickstart", "--hubs", "65"}, "expected 1 to 64, found 65");
  expect(2, {"up", "quickstart", "--patience", "soon"}, "--patience");
  expect(2, {"up", "quickstart", "--sharing", "hubb"}, "did you mean \"hub\"?");
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "runs"));
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "s"));
}

TEST_F(PartsCli, EveryCommandHasHelpWithExamples) {
  for (const char* command : {"up", "city", "connector", "hub"}) {
    const auto said = program.run({command, "--help"});
    EXPECT_EQ(said.code, 0);
    EXPECT_NE(said.out.find("Examples:"), std::string::npos) << command;
    EXPECT_NE(said.out.find("--patience"), std::string::npos) << command;
  }
}

}  // namespace
}  // namespace citybrain::test
