// Requests as a command: every step on a file that lasts, and what is refused leaves it as it was.
#include <gtest/gtest.h>

#include <regex>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

class RequestCommand : public ::testing::Test {
 protected:
  Said say(std::vector<std::string> arguments, const char* day = "2026-03-02") {
    arguments.insert(arguments.begin(), "request");
    arguments.insert(arguments.end(), {"--at", std::string(day) + "T10:00:00+08:00"});
    return program.run(arguments);
  }
  void done(const std::vector<std::string>& arguments, const char* day = "2026-03-02") {
    const auto said = say(arguments, day);
    ASSERT_EQ(said.code, 0) << said.err;
  }
  void begin() {
    done({"new", "r1", "--law", "order-809", "--by", "city_brain", "--dataset", "navigation.probes",
          "--purpose", "signal_control"});
  }
  std::string file() const {
    std::ifstream in(program.folder() / "requests.jsonl");
    std::ostringstream s;
    s << in.rdbuf();
    return s.str();
  }

  Program program;
};

TEST_F(RequestCommand, HasACommandForEveryStep) {
  begin();
  done({"return", "r1", "--reason", "no purpose"});
  done({"file", "r1"}, "2026-03-03");
  done({"check", "r1"}, "2026-03-03");
  done({"negotiate", "r1"}, "2026-03-04");
  done({"negotiate", "r1", "--agree"}, "2026-03-05");
  done({"refuse", "r1", "--reason", "secret"}, "2026-03-06");
  done({"escalate", "r1"}, "2026-03-09");
  done({"grant", "r1", "--expires", "2026-12-31", "--reason", "only here", "--mask",
        "field: device, rule: drop"},
       "2026-03-10");
  done({"deliver", "r1"}, "2026-03-11");
  done({"use", "r1"}, "2026-03-12");
  done({"correct", "r1", "--item", "c1", "--reason", "wrong"}, "2026-03-12");
  done({"correct", "r1", "--item", "c1", "--answered"}, "2026-03-13");
  done({"dispute", "r1", "--item", "d1", "--reason", "price"}, "2026-03-13");
  done({"dispute", "r1", "--item", "d1", "--settled"}, "2026-03-16");
  done({"give-back", "r1"}, "2026-03-16");
  done({"revoke", "r1", "--reason", "passed on"}, "2026-03-17");
  done({"new", "r2", "--by", "city_brain", "--dataset", "traffic_police.video_flow", "--purpose",
        "signal_control", "--draft"},
       "2026-03-17");
  done({"close", "r2"}, "2026-03-18");
  const auto list = say({"list", "--json"}, "2026-03-18");
  EXPECT_NE(list.out.find("\"request\":\"r1\",\"state\":\"revoked\""), std::string::npos)
      << list.out;
  EXPECT_NE(list.out.find("\"request\":\"r2\",\"state\":\"closed\""), std::string::npos);
  EXPECT_EQ(list.out.front(), '[');
  const auto some = say({"list", "--state", "closed"}, "2026-03-18");
  EXPECT_EQ(some.out.find("r1"), std::string::npos);
  const auto show = say({"show", "r1", "--lang", "zh"}, "2026-03-18");
  EXPECT_NE(show.out.find("已撤销"), std::string::npos) << show.out;
  EXPECT_NE(show.out.find("脱敏:{field: device, rule: drop}"), std::string::npos) << show.out;
  EXPECT_NE(say({"show", "r1", "--json"}, "2026-03-18").out.find("\"masks\":[\"{field: device"),
            std::string::npos);
}

TEST_F(RequestCommand, ClocksSayWhatIsDue) {
  begin();
  done({"check", "r1"});
  const auto clock = say({"clock", "r1", "--json"}, "2026-03-06");
  EXPECT_NE(clock.out.find(R"("clock":"answer","counted":4,"limit":10)"), std::string::npos)
      << clock.out;
  EXPECT_NE(clock.out.find(R"("due":"2026-03-16")"), std::string::npos);
  EXPECT_NE(say({"clock"}, "2026-03-17").out.find("late"), std::string::npos);
}

TEST_F(RequestCommand, WhatIsRefusedLeavesTheFileAsItWas) {
  begin();
  const auto before = file();
  EXPECT_EQ(say({"grant", "r1", "--expires", "2026-12-31"}).code, 2);
  EXPECT_EQ(say({"use", "r1", "--purpose", "advertising"}).code, 2);
  EXPECT_EQ(say({"show", "r3"}).code, 2);
  EXPECT_EQ(say({"check", "r1"}, "2027-01-04").code, 2);
  const auto scope = say({"new", "r2", "--by", "city_brain", "--dataset", "navigation.probes",
                          "--purpose", "advertising"});
  EXPECT_EQ(scope.code, 2);
  EXPECT_NE(scope.err.find("CB-INPUT-SCOPE"), std::string::npos) << scope.err;
  EXPECT_NE(scope.err.find("signal_control, traffic_estimation"), std::string::npos);
  EXPECT_EQ(say({"new", "r2", "--law", "refusal", "--by", "city_brain", "--dataset",
                 "navigation.probes", "--purpose", "signal_control"})
                .code,
            2);
  EXPECT_EQ(file(), before);
}

TEST_F(RequestCommand, NothingIsLeftOfAFileThatCouldNotBegin) {
  EXPECT_EQ(say({"new", "r1", "--law", "order-808", "--by", "city_brain", "--dataset",
                 "navigation.probes", "--purpose", "signal_control"})
                .code,
            2);
  EXPECT_EQ(say({"new", "r1", "--law", "order-809", "--by", "city_brain", "--dataset", "nothing",
                 "--purpose", "signal_control"})
                .code,
            2);
  EXPECT_EQ(say({"list"}).code, 2);
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "requests.jsonl"));
}

TEST_F(RequestCommand, AWriteThatWasCutShortIsCutOff) {
  begin();
  const auto before = file();
  std::ofstream(program.folder() / "requests.jsonl", std::ios::app) << "{\"at\":\"2026";
  EXPECT_EQ(say({"list"}).code, 0);
  done({"check", "r1"});
  EXPECT_EQ(file().substr(0, before.size()), before);
  EXPECT_EQ(file().find("2026{"), std::string::npos);
  EXPECT_NE(say({"show", "r1"}).out.find("with the provider"), std::string::npos);
}

TEST_F(RequestCommand, WrongLinesAreNamed) {
  begin();
  std::ofstream(program.folder() / "requests.jsonl", std::ios::app) << "{\"at\": \"monday\"}\n";
  const auto said = say({"list"});
  EXPECT_EQ(said.code, 2);
  EXPECT_NE(said.err.find("requests.jsonl:4: at"), std::string::npos) << said.err;
}

TEST_F(RequestCommand, HelpHasExamples) {
  const auto said = program.run({"request", "--help"});
  EXPECT_EQ(said.code, 0);
  EXPECT_NE(said.out.find("request grant r1 --expires"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::test
