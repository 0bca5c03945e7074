// The clouds as a command: exit codes, JSON, what cannot be placed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

using testing::HasSubstr;
const std::string kSample = std::string(CITYBRAIN_SOURCE_DIR) + "/deploy/cloud/clouds.yaml";

TEST(CloudCommand, ShowsWhereEverythingIsAndWhy) {
  Program program;
  const auto usual = program.run({"cloud"});
  EXPECT_EQ(usual.code, 0) << usual.err;
  EXPECT_THAT(usual.out, HasSubstr("government-1"));
  EXPECT_THAT(usual.out, HasSubstr("service/schema-registry"));
  const auto sample = program.run({"cloud", "xiaoshan", "--clouds", kSample});
  EXPECT_EQ(sample.code, 0) << sample.err;
  EXPECT_THAT(sample.out, HasSubstr("the only node that may hold it"));
  EXPECT_THAT(sample.out, HasSubstr("navigation.probes"));
  EXPECT_EQ(program.run({"cloud", "--help"}).code, 0);
}

TEST(CloudCommand, ShowsWhatMovesAndWhatCannotBePlaced) {
  Program program;
  const auto moves = program.run({"cloud", "xiaoshan", "--clouds", kSample, "--lose", "gov-1"});
  EXPECT_EQ(moves.code, 0) << moves.err;
  EXPECT_THAT(moves.out, HasSubstr("gov-1"));
  EXPECT_THAT(moves.out, HasSubstr("-> "));
  const auto json =
      program.run({"cloud", "xiaoshan", "--clouds", kSample, "--lose", "civ-1", "--json"});
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.out, HasSubstr("service/open-data"));
  EXPECT_THAT(json.out, HasSubstr("\"error\""));
  const auto service = program.run(
      {"cloud", "--clouds", kSample, "--move", "schema-registry", "--to", "government", "--json"});
  EXPECT_EQ(service.code, 0) << service.err;
  EXPECT_THAT(service.out, HasSubstr("\"partition\":\"service/schema-registry\""));
}

TEST(CloudCommand, ShowsWhatARunSaidOfItsNodes) {
  Program program;
  const auto whole =
      program.run({"run", "quickstart", "--horizon", "20s", "--clouds", kSample, "--out", "whole"});
  ASSERT_EQ(whole.code, 0) << whole.err;
  const auto said = program.run({"cloud", "whole"});
  EXPECT_EQ(said.code, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("gov-1"));
  EXPECT_THAT(said.out, HasSubstr("service/schema-registry"));
  const auto up = program.run(
      {"up", "quickstart", "--horizon", "70s", "--clouds", kSample, "--hubs", "2", "--out", "up"});
  ASSERT_EQ(up.code, 0) << up.err;
  const auto json = program.run({"cloud", "up", "--json"});
  EXPECT_EQ(json.code, 0) << json.err;
  EXPECT_THAT(json.out, HasSubstr("\"cloud_run\":1"));
  EXPECT_THAT(json.out, HasSubstr("\"partition\":\"district/"));
  EXPECT_THAT(json.out, HasSubstr("\"last_heard_step\":60"));
  EXPECT_EQ(program.run({"cloud", "up", "--lose", "gov-1"}).code, 2);
  ASSERT_EQ(program.run({"run", "quickstart", "--horizon", "5s", "--out", "none"}).code, 0);
  const auto silent = program.run({"cloud", "none"});
  EXPECT_NE(silent.code, 0);
  EXPECT_THAT(silent.err, HasSubstr("CB-CLOUD-SERVICE"));
}

TEST(CloudCommand, WrongUsageIsSaid) {
  Program program;
  const auto node = program.run({"cloud", "--clouds", kSample, "--lose", "gov-11"});
  EXPECT_EQ(node.code, 2);
  EXPECT_THAT(node.err, HasSubstr("gov-1"));
  EXPECT_EQ(program.run({"cloud", "--move", "schema-registry"}).code, 2);
  EXPECT_EQ(program.run({"cloud", "--clouds", "nowhere.yaml"}).code, 2);
  std::ofstream(program.folder() / "c.yaml") << "citybrain: 1\nclouds: {moon: {}}\n";
  const auto file = program.run({"cloud", "--clouds", "c.yaml"});
  EXPECT_EQ(file.code, 2);
  EXPECT_THAT(file.err, HasSubstr("c.yaml:2:"));
}

}  // namespace
}  // namespace citybrain::test
