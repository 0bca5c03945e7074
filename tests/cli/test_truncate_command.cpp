// `network truncate` and `--log-retention` as a user meets them.
#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

class Truncate : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto said = program.run({"run", "quickstart", "--horizon", "250s", "--no-progress",
                                   "--no-csv", "--json", "--out", "r"});
    ASSERT_EQ(said.code, 0) << said.err;
    hash = outcome_hash(said.out);
  }
  Said truncate(std::vector<std::string> more) {
    more.insert(more.begin(), {"network", "truncate"});
    return program.run(more);
  }
  Program program;
  std::string hash;
};

TEST_F(Truncate, SaysWhatMayGoAndRemovesIt) {
  const auto dry = truncate({"r", "--dry-run"});
  ASSERT_EQ(dry.code, 0) << dry.err;
  EXPECT_NE(dry.out.find("by its snapshot of step 120"), dry.out.npos) << dry.out;
  EXPECT_NE(dry.out.find("may go"), dry.out.npos);
  const auto refused = truncate({"r", "--before", "200s"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_NE(refused.err.find("CB-USAGE-RETENTION"), refused.err.npos) << refused.err;
  EXPECT_NE(refused.err.find("needed from"), refused.err.npos) << refused.err;
  EXPECT_EQ(truncate({"r", "--dry-run"}).out, dry.out) << "something was removed";
  const auto cut = truncate({"r", "--before", "1m", "--json"});
  ASSERT_EQ(cut.code, 0) << cut.err;
  EXPECT_NE(cut.out.find("\"dry_run\":false"), cut.out.npos);
  EXPECT_NE(cut.out.find("traffic_police.video_flow"), cut.out.npos);
  ASSERT_EQ(truncate({"r"}).code, 0);
  const auto again = program.run({"run", "quickstart", "--horizon", "250s", "--no-progress",
                                  "--no-csv", "--json", "--out", "r", "--resume"});
  ASSERT_EQ(again.code, 0) << again.err;
  EXPECT_EQ(outcome_hash(again.out), hash);
}

TEST_F(Truncate, NamesWhatIsWrong) {
  EXPECT_EQ(truncate({}).code, 2);
  EXPECT_EQ(truncate({"nowhere"}).code, 2);
  const auto time = truncate({"r", "--before", "soon"});
  EXPECT_EQ(time.code, 2);
  EXPECT_NE(time.err.find("--before"), time.err.npos) << time.err;
  const auto retention =
      program.run({"run", "quickstart", "--out", "q", "--no-progress", "--log-retention", "never"});
  EXPECT_EQ(retention.code, 2);
  EXPECT_NE(retention.err.find("--log-retention"), retention.err.npos) << retention.err;
}

}  // namespace
}  // namespace citybrain::test
