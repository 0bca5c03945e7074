// `network read`: every record of a run as a line of JSON, or the bytes of its values.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

using testing::HasSubstr;

TEST(ReadCommand, PrintsWhatTheRunSaid) {
  Program program;
  const auto run = program.run({"run", "quickstart", "--horizon", "20s", "--out", "r"});
  ASSERT_EQ(run.code, 0) << run.err;
  const auto counted = program.run({"network", "topics", "r"});
  const auto all = program.run({"network", "read", "r"});
  ASSERT_EQ(all.code, 0) << all.err;
  std::istringstream counts(counted.out), lines(all.out);
  std::uint64_t expected = 0, n = 0;
  for (std::string topic; counts >> topic >> n;) expected += n;
  std::uint64_t read = 0, messages = 0;
  for (std::string line; std::getline(lines, line); ++read) {
    const auto record = boost::json::parse(line).as_object();
    const bool framed = record.contains("value");
    EXPECT_NE(framed, record.contains("bytes"));
    if (framed) ++messages;
    if (record.at("topic") == "control.watermarks")
      EXPECT_TRUE(record.at("value").as_object().contains("source")) << line;
  }
  EXPECT_EQ(read, expected);
  EXPECT_GT(messages, 100U);
  const auto raw = program.run({"network", "read", "r", "--topic", "control.decided", "--raw"});
  EXPECT_EQ(raw.code, 0);
  EXPECT_EQ(raw.out.substr(0, 6), std::string("\0\0\0\0\x0d\0", 6));  // id 13, the first message
}

TEST(ReadCommand, WrongUsageIsSaid) {
  Program program;
  ASSERT_EQ(program.run({"run", "quickstart", "--horizon", "5s", "--out", "r"}).code, 0);
  const auto topic = program.run({"network", "read", "r", "--topic", "hub.ack"});
  EXPECT_EQ(topic.code, 2);
  EXPECT_THAT(topic.err, HasSubstr("hub.acks"));
  EXPECT_EQ(program.run({"network", "read"}).code, 2);
  EXPECT_EQ(program.run({"network", "read", "nowhere"}).code, 2);
  EXPECT_EQ(program.run({"network", "read", "r", "--json", "--raw"}).code, 2);
}

}  // namespace
}  // namespace citybrain::test
