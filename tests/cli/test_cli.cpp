// The program at its border: exit codes, what goes to which stream, what bad usage is answered
// with.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

class CliTest : public ::testing::Test {
 protected:
  Program program;
  void expect_usage(const std::vector<std::string>& arguments, const std::string& says) {
    const auto said = program.run(arguments);
    EXPECT_EQ(said.code, 2) << said.err;
    EXPECT_EQ(said.out, "");
    EXPECT_NE(said.err.find(says), std::string::npos) << said.err;
  }
};

TEST_F(CliTest, JsonIsAllThatGoesToStandardOutput) {
  const auto said = program.run(
      {"run", "quickstart", "--horizon", "60", "--out", "o", "--json", "--no-progress"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(said.out.front(), '{');
  EXPECT_EQ(outcome_hash(said.out).size(), 32U);
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "o/report.json"));
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "o/report.html"));
}

TEST_F(CliTest, ThePolicyAndTheModeAreTheUsers) {
  const auto said = program.run({"run", "quickstart", "--horizon", "1m", "--sharing", "silo",
                                 "--policy", "fixed-time", "--seed", "9", "--out", "o", "--json"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("\"sharing\": \"silo\""), std::string::npos);
  EXPECT_NE(said.out.find("\"fixed-time\""), std::string::npos);
  EXPECT_NE(said.out.find("\"seed\": 9"), std::string::npos);
}

TEST_F(CliTest, ARunLeavesTripsAndLinksAndAReplay) {
  auto said = program.run({"run", "quickstart", "--horizon", "90", "--out", "o", "--replay"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "o/trips.csv"));
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "o/links.csv"));
  said = program.run({"replay", "o/replay.cbr", "--at", "1m", "--svg", "s.svg", "--json"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("\"frames\":90"), std::string::npos) << said.out;
  EXPECT_TRUE(std::filesystem::exists(program.folder() / "s.svg"));
  expect_usage({"replay", "o/replay.cbr", "--at", "91"}, "1 s to 90 s");
  expect_usage({"replay", "o/trips.csv"}, "expected a replay file");
  expect_usage({"replay", "o/none.cbr"}, "o/none.cbr");
  said = program.run({"run", "quickstart", "--horizon", "60", "--out", "o", "--no-csv"});
  ASSERT_EQ(said.code, 0) << said.err;
  for (const char* name : {"o/trips.csv", "o/links.csv", "o/replay.cbr"})
    EXPECT_FALSE(std::filesystem::exists(program.folder() / name)) << name;
}

TEST_F(CliTest, TheSameSeedGivesTheSameTruth) {
  for (const char* file : {"a", "b"}) {
    const auto said = program.run(
        {"bench", "city", "--preset", "quickstart", "--horizon", "3m", "--truth", file, "--json"});
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_NE(said.out.find("\"gridlock\":{\"jams\":0"), std::string::npos) << said.out;
  }
  const auto bytes = [&](const char* file) {
    std::ifstream in(program.folder() / file, std::ios::binary);
    std::ostringstream s;
    s << in.rdbuf();
    return s.str();
  };
  EXPECT_GT(bytes("a").size(), 1000U);
  EXPECT_TRUE(bytes("a") == bytes("b"));
}

TEST_F(CliTest, ChineseIsSpoken) {
  const auto said =
      program.run({"run", "quickstart", "--horizon", "60", "--out", "o", "--lang", "zh"});
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("平均行程时间"), std::string::npos);
}

TEST_F(CliTest, HelpHasExamples) {
  for (const auto& arguments : {std::vector<std::string>{"--help"},
                                {"run", "--help"},
                                {"compare", "--help"},
                                {"replay", "--help"}}) {
    const auto said = program.run(arguments);
    EXPECT_EQ(said.code, 0);
    EXPECT_NE(said.out.find("./citybrain "), std::string::npos) << said.out;
  }
}

TEST_F(CliTest, BadUsageIsAnsweredWithTheNearestName) {
  expect_usage({"run", "quikstart"}, "quickstart");
  expect_usage({"run", "quickstart", "--policy", "actuatd"}, "actuated");
  expect_usage({"run", "quickstart", "--sharing", "silos"}, "silo");
  expect_usage({"run", "quickstart", "--set", "horizn_s=60"}, "horizon_s");
  expect_usage({"run", "quickstart", "--fsync", "sometimes"}, "group:100ms");
  expect_usage({"run", "quickstart", "--no-such-option"}, "--no-such-option");
  expect_usage({"run", "quickstart", "--horizon", "soon"}, "horizon");
  expect_usage({"run", "jinan"}, "--data");
  expect_usage({"run", "jinan", "--data", "/no/such/folder"}, "/no/such/folder");
  expect_usage({"run", "cityflow"}, "--roadnet");
  expect_usage({"run"}, "SCENARIO");
  expect_usage({"rnu", "quickstart"}, "run");
}

TEST_F(CliTest, MalformedFilesArePlaced) {
  std::ofstream(program.folder() / "scenario.yaml")
      << "citybrain: 1\nname: x\ncity: {kind: hexagon}\n";
  expect_usage({"run", "."}, "scenario.yaml:3:");
  std::ofstream(program.folder() / "net.json") << "{\"intersections\": [\n  oops\n]}";
  std::ofstream(program.folder() / "flow.json") << "[]";
  expect_usage({"run", "cityflow", "--roadnet", "net.json", "--flow", "flow.json"}, "net.json:2:");
}

TEST_F(CliTest, APlaceThatCannotBeWrittenIsNamed) {
  expect_usage({"run", "quickstart", "--horizon", "60", "--out", "/proc/nowhere"}, "/proc/nowhere");
}

TEST_F(CliTest, NothingToResumeIsSaid) {
  expect_usage({"run", "quickstart", "--out", "empty", "--resume"}, "resume");
}

TEST_F(CliTest, AFullDiskIsAnErrorAndNotAReport) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "no /dev/full here";
  const auto limited = [&] {  // a file may not grow beyond 64 KiB: as a full disk to the store
    return program.run({"run", "quickstart", "--horizon", "600", "--out", "o", "--no-progress"});
  };
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  rlimit small = before;
  small.rlim_cur = 64 * 1024;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  const auto said = limited();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(said.code, 1) << said.err;
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "o/report.json"));
  EXPECT_NE(said.err.find("CB-"), std::string::npos) << said.err;
}

TEST_F(CliTest, AnInterruptedRunEndsWith130AndGoesOn) {
  const auto whole = program.run(
      {"run", "quickstart", "--horizon", "10m", "--out", "whole", "--json", "--no-progress"});
  const pid_t child = program.start(
      {"run", "quickstart", "--horizon", "10m", "--out", "o", "--json", "--no-progress"});
  while (!std::filesystem::exists(program.folder() / "o/store/rocksdb/CURRENT")) usleep(2000);
  kill(child, SIGINT);
  const auto broken = program.wait(child);
  ASSERT_EQ(broken.code, 130) << broken.err;
  EXPECT_NE(broken.err.find("--resume"), std::string::npos);
  const auto resumed = program.run({"run", "quickstart", "--horizon", "10m", "--out", "o",
                                    "--resume", "--json", "--no-progress"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(outcome_hash(resumed.out), outcome_hash(whole.out));
}

}  // namespace
}  // namespace citybrain::test
