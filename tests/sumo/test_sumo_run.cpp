// Whole runs on SUMO: the scenario, its files, determinism, sharing, going on after kill -9.
#include <gtest/gtest.h>

#include "scenarios/experiment/run.h"
#include "tests/cli/program.h"
#include "tests/sumo/sumo_world.h"

namespace citybrain::test {
namespace {

std::string field(const std::string& json, const std::string& name) {
  const auto at = json.find("\"" + name + "\": ");
  return at == std::string::npos ? ""
                                 : json.substr(at + name.size() + 4, json.find_first_of(",\n", at) -
                                                                         at - name.size() - 4);
}

class SumoRun : public ::testing::Test {
 protected:
  std::vector<std::string> command(const std::string& data, const std::string& out,
                                   const std::vector<std::string>& more = {}) {
    std::vector<std::string> c = {"run", "sumo",  "--data", data,     "--horizon",
                                  "4m",  "--out", out,      "--json", "--no-progress"};
    c.insert(c.end(), more.begin(), more.end());
    return c;
  }
  Program program;
};

TEST_F(SumoRun, MissingAndAmbiguousFilesAreNamed) {
  const TemporaryFolder folder;
  auto said = program.run(command(folder.path().string(), "o"));
  EXPECT_EQ(said.code, 2);
  EXPECT_NE(said.err.find(".net.xml"), std::string::npos) << said.err;
  EXPECT_NE(said.err.find("CB-INPUT-DATA"), std::string::npos) << said.err;
  write(folder.path() / "a.net.xml", "<net/>");
  write(folder.path() / "b.net.xml", "<net/>");
  said = program.run(command(folder.path().string(), "o"));
  EXPECT_EQ(said.code, 2);
  EXPECT_NE(said.err.find("a.net.xml, b.net.xml"), std::string::npos) << said.err;
  said = program.run(command(folder.path().string(), "o",
                             {"--set", "city.net=a.net.xml", "--set", "city.routes=r.rou.xml"}));
  EXPECT_EQ(said.code, 2);
  EXPECT_NE(said.err.find("r.rou.xml"), std::string::npos) << said.err;
}

TEST_F(SumoRun, EventsThatSumoCannotBeToldAreRefused) {
  const TemporaryFolder folder;
  write(folder.path() / "a.net.xml",
        read(std::filesystem::path(CITYBRAIN_SOURCE_DIR) / "tests/fuzz/corpus/sumo/net.xml")
            .substr(1));
  write(folder.path() / "a.rou.xml", "<routes/>");
  const auto said = program.run(
      command(folder.path().string(), "o",
              {"--set", "events=[{kind: storm, from_s: 1, until_s: 2, speed_factor: 0.9}]"}));
  EXPECT_EQ(said.code, 2) << said.err;
  EXPECT_NE(said.err.find("CB-INPUT-EVENT"), std::string::npos) << said.err;
}

TEST_F(SumoRun, ASeedHasOneOutcomeAndSharingAnother) {
  NEEDS_SUMO();
  const SumoWorld world;
  const auto data = world.folder.path().string();
  const auto hash = [&](const std::string& out, const std::vector<std::string>& more) {
    const auto said = program.run(command(data, out, more));
    EXPECT_EQ(said.code, 0) << said.err;
    EXPECT_GT(std::atof(field(said.out, "average_travel_time_s").c_str()), 10) << said.out;
    EXPECT_GT(std::atof(field(said.out, "vehicles_finished").c_str()), 10);
    EXPECT_NE(said.out.find("\"commands\""), std::string::npos);
    return outcome_hash(said.out) + field(said.out, "average_travel_time_s");
  };
  const auto hub = hash("hub", {"--sharing", "hub"});
  EXPECT_EQ(hash("again", {"--sharing", "hub"}), hub);
  EXPECT_NE(hash("silo", {"--sharing", "silo"}), hub);
  EXPECT_NE(hash("fixed", {"--sharing", "hub", "--policy", "fixed-time"}), hub);
  EXPECT_NE(hash("seed", {"--sharing", "hub", "--seed", "2"}), hub);
}

TEST_F(SumoRun, KilledRunsGoOnWithTheSameOutcome) {
  NEEDS_SUMO();
  const SumoWorld world;
  const auto data = world.folder.path().string();
  const auto whole = program.run(command(data, "whole"));
  ASSERT_EQ(whole.code, 0) << whole.err;
  const pid_t child = program.start(command(data, "cut"));
  const auto log = program.folder() / "cut/store/rocksdb/CURRENT";
  while (!std::filesystem::exists(log)) usleep(2000);
  usleep(300'000);
  kill(child, SIGKILL);
  program.wait(child);
  const auto resumed = program.run(command(data, "cut", {"--resume"}));
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(outcome_hash(resumed.out), outcome_hash(whole.out));
}

TEST_F(SumoRun, TwoModesAreComparedInOneProcess) {
  NEEDS_SUMO();
  const SumoWorld world;
  const auto said =
      program.run({"compare", "sumo", "--data", world.folder.path().string(), "--seeds", "2",
                   "--horizon", "2m", "--out", "c", "--json", "--no-progress"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_NE(said.out.find("\"silo\""), std::string::npos);
}

TEST_F(SumoRun, WithoutSumoTheErrorSaysWhatToDo) {
  const TemporaryFolder folder;
  write(folder.path() / "a.net.xml",
        read(std::filesystem::path(CITYBRAIN_SOURCE_DIR) / "tests/fuzz/corpus/sumo/net.xml")
            .substr(1));
  write(folder.path() / "a.rou.xml", "<routes/>");
  setenv("CITYBRAIN_SUMO", (folder.path() / "no-sumo").c_str(), 1);
  const auto said = program.run(command(folder.path().string(), "o"));
  unsetenv("CITYBRAIN_SUMO");
  EXPECT_EQ(said.code, 1) << said.err;
  EXPECT_NE(said.err.find("CB-SUMO-MISSING"), std::string::npos) << said.err;
  EXPECT_NE(said.err.find("apt-get install sumo"), std::string::npos) << said.err;
}

}  // namespace
}  // namespace citybrain::test
