// The parts of a run as real processes on a broker: the outcome of run, whichever part is killed in
// between. Needs a broker: CITYBRAIN_KAFKA=HOST:PORT.
#include <gtest/gtest.h>

#include <ctime>
#include <sstream>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

std::string broker() {
  const char* value = std::getenv("CITYBRAIN_KAFKA");
  return value == nullptr ? "" : value;
}

std::string text_of(const std::string& file) {
  std::ifstream in(file);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

/// The child of `parent` that runs this command of the program; 0 when there is none.
pid_t child_of(pid_t parent, const std::string& command) {
  const auto id = std::to_string(parent);
  std::istringstream children(text_of("/proc/" + id + "/task/" + id + "/children"));
  for (pid_t child = 0; children >> child;) {
    const auto words = text_of("/proc/" + std::to_string(child) + "/cmdline");
    if (words.starts_with("citybrain" + std::string(1, '\0') + command + '\0')) return child;
  }
  return 0;
}

class PartsOnKafka : public ::testing::Test {
 protected:
  void SetUp() override {
    if (broker().empty())
      GTEST_SKIP() << "no broker: set CITYBRAIN_KAFKA=HOST:PORT (./citybrain test does)";
  }
  /// `horizon` is long enough for a part to be killed on the way.
  std::vector<std::string> up(const std::string& out, const std::string& horizon) const {
    return {"up",    "quickstart", "--horizon", horizon,        "--network", "kafka:" + broker(),
            "--out", out,          "--json",    "--no-progress"};
  }
  std::string outcome(const std::string& horizon) {
    const auto said = program.run(
        {"run", "quickstart", "--horizon", horizon, "--out", "loop", "--json", "--no-progress"});
    EXPECT_EQ(said.code, 0) << said.err;
    return outcome_hash(said.out);
  }
  /// Until the run has come so far that the parts are at work.
  void wait_for(const std::string& file) const {
    for (int i = 0; i < 60'000 && !std::filesystem::exists(program.folder() / file); ++i)
      usleep(1000);
    usleep(300'000);
  }
  Program program;
};

TEST_F(PartsOnKafka, HaveTheOutcomeOfRun) {
  const auto expected = outcome("120");
  const auto said = program.run(up("a", "120"));
  ASSERT_EQ(said.code, 0) << said.err;
  EXPECT_EQ(outcome_hash(said.out), expected);
  EXPECT_NE(said.out.find("\"network\": \"kafka\""), std::string::npos);
  const auto city = text_of(program.folder() / "a/parts/city.json");
  EXPECT_NE(city.find("\"report\":\"citybrain.part\""), std::string::npos) << city;
}

TEST_F(PartsOnKafka, APartThatIsKilledIsNamedAndTheRunGoesOn) {
  const auto expected = outcome("900");
  for (const std::string part : {"city", "connector", "hub"}) {
    auto command = up(part, "900");
    const auto child = program.start(command);
    wait_for(part + "/store");
    const pid_t victim = child_of(child, part);
    ASSERT_GT(victim, 0) << part;
    kill(victim, SIGKILL);
    const auto cut = program.wait(child);
    EXPECT_EQ(cut.code, 1) << cut.err;
    EXPECT_EQ(cut.out, "");
    EXPECT_NE(cut.err.find("error: " + part), std::string::npos) << cut.err;
    EXPECT_NE(cut.err.find("signal 9"), std::string::npos) << cut.err;
    command.emplace_back("--resume");
    const auto resumed = program.run(command);
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(outcome_hash(resumed.out), expected) << part;
  }
}

TEST_F(PartsOnKafka, HubsShareTheDistricts) {
  const auto expected = outcome("120");
  for (const std::string hubs : {"2", "4"}) {
    auto command = up("hubs" + hubs, "120");
    command.insert(command.end(), {"--hubs", hubs});
    const auto said = program.run(command);
    ASSERT_EQ(said.code, 0) << said.err;
    EXPECT_EQ(outcome_hash(said.out), expected) << hubs;
  }
}

TEST_F(PartsOnKafka, AnotherNumberOfHubsGoesOnWithARun) {
  const auto expected = outcome("900");
  auto command = up("other", "900");
  auto two = command;
  two.insert(two.end(), {"--hubs", "2", "--log-retention", "1m"});
  const auto child = program.start(two);
  wait_for("other/snapshots");
  kill(child, SIGINT);
  const auto cut = program.wait(child);
  ASSERT_EQ(cut.code, 130) << cut.err;
  command.insert(command.end(), {"--hubs", "3", "--resume", "--log-retention", "1m"});
  const auto resumed = program.run(command);
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(outcome_hash(resumed.out), expected);
}

TEST_F(PartsOnKafka, OneHubOfTwoDiesOrStandsStillAndTheRunGoesOn) {
  const auto expected = outcome("900");
  for (const int how : {SIGKILL, SIGSTOP}) {
    const std::string out = "hub" + std::to_string(how);
    auto command = up(out, "900");
    command.insert(command.end(), {"--hubs", "2", "--session", "2s"});
    const auto child = program.start(command);
    wait_for(out + "/snapshots");
    const pid_t victim = child_of(child, "hub");
    ASSERT_GT(victim, 0);
    kill(victim, how);
    if (how == SIGSTOP) {  // for longer than the others bear it
      sleep(5);
      kill(victim, SIGCONT);
    }
    const auto whole = program.wait(child);
    ASSERT_EQ(whole.code, 0) << whole.err;
    EXPECT_EQ(outcome_hash(whole.out), expected) << how;
    EXPECT_NE(whole.err.find(how == SIGKILL ? "ended with signal 9" : "ended with exit code 1"),
              std::string::npos)
        << whole.err;
  }
}

TEST_F(PartsOnKafka, AHubThatJoinsByHandTakesADistrict) {
  const auto expected = outcome("600");
  const std::string prefix = "late-" + std::to_string(getpid());
  auto command = up("late", "600");
  for (auto& word : command)
    if (word.starts_with("kafka:")) word += "/" + prefix;
  command.insert(command.end(), {"--session", "5s"});
  const auto child = program.start(command);
  wait_for("late/snapshots");
  Program other;
  const auto late = other.run({"hub", "--scenario", "quickstart", "--horizon", "600", "--network",
                               "kafka:" + broker() + "/" + prefix, "--store", "store",
                               "--snapshots", (program.folder() / "late/snapshots").string(),
                               "--name", "late", "--session", "5s", "--json", "--no-progress"});
  ASSERT_EQ(late.code, 0) << late.err;
  EXPECT_NE(late.out.find("\"district\":"), std::string::npos) << "it joined and got nothing";
  // The report of `up` is about its own parts: it says what is missing and how to go on.
  const auto partly = program.wait(child);
  EXPECT_EQ(partly.code, 1) << partly.err;
  EXPECT_NE(partly.err.find("--resume"), std::string::npos) << partly.err;
  command.emplace_back("--resume");
  const auto whole = program.run(command);
  ASSERT_EQ(whole.code, 0) << whole.err;
  EXPECT_EQ(outcome_hash(whole.out), expected);
}

TEST_F(PartsOnKafka, AnInterruptionReachesEveryPartAndTheRunGoesOn) {
  const auto expected = outcome("900");
  auto command = up("a", "900");
  const auto child = program.start(command);
  wait_for("a/store");
  kill(child, SIGINT);
  const auto cut = program.wait(child);
  EXPECT_EQ(cut.code, 130) << cut.err;
  command.emplace_back("--resume");
  const auto resumed = program.run(command);
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(outcome_hash(resumed.out), expected);
}

TEST_F(PartsOnKafka, APartOfAnotherRunIsRefused) {
  const std::string network = "kafka:" + broker() + "/parts-" + std::to_string(getpid()) + "-" +
                              std::to_string(time(nullptr));
  const auto city = program.run({"city", "quickstart", "--horizon", "60", "--network", network,
                                 "--patience", "1s", "--no-progress"});
  EXPECT_EQ(city.code, 1) << city.err;
  EXPECT_NE(city.err.find("CB-RUN-SILENT"), std::string::npos) << city.err;
  const auto stranger = program.run({"hub", "--scenario", "quickstart", "--horizon", "60", "--seed",
                                     "9", "--network", network, "--store", "s", "--no-progress"});
  EXPECT_EQ(stranger.code, 2) << stranger.err;
  for (const char* both : {"seed=1 ", "seed=9 "})
    EXPECT_NE(stranger.err.find(both), std::string::npos) << stranger.err;
  const auto again = program.run({"city", "quickstart", "--horizon", "60", "--network", network,
                                  "--patience", "1s", "--no-progress"});
  EXPECT_EQ(again.code, 2) << again.err;
  EXPECT_NE(again.err.find("--resume"), std::string::npos) << again.err;
}

}  // namespace
}  // namespace citybrain::test
