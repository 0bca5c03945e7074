// keys and erase as a user runs them.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <boost/json.hpp>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

namespace json = boost::json;

class KeysCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    program = new Program;
    const auto run = program->run(
        {"run", "quickstart", "--horizon", "40s", "--set", "protection.sealing=true", "--set",
         "protection.signatures=required", "--out", "sealed", "--no-progress"});
    ASSERT_EQ(run.code, 0) << run.err;
  }
  static void TearDownTestSuite() { delete program; }
  static json::object said(const std::vector<std::string>& words) {
    const auto out = program->run(words);
    EXPECT_EQ(out.code, 0) << out.err;
    return json::parse(out.out).as_object();
  }
  static void refused(const std::vector<std::string>& words, const char* code) {
    const auto out = program->run(words);
    EXPECT_EQ(out.code, 2) << out.out << out.err;
    EXPECT_NE(out.err.find(code), std::string::npos) << out.err;
  }
  static Program* program;
};
Program* KeysCommand::program = nullptr;

TEST_F(KeysCommand, APersonIsListedOpenedErasedAndVerified) {
  const auto listed = said({"keys", "ls", "sealed", "--subjects", "--json"});
  EXPECT_EQ(listed.at("report"), "citybrain.keys");
  std::string subject;
  for (const auto& vault : listed.at("vaults").as_array())
    if (vault.at("source") == "navigation/probes")
      subject = vault.at("subjects").as_array().at(0).as_string().c_str();
  ASSERT_EQ(subject.size(), 32U);
  const auto held = said({"keys", "open", "sealed", subject, "--json"});
  ASSERT_GT(held.at("opened").to_number<int>(), 0);
  // The name that was sealed leads to the same person.
  const std::string name =
      "client:" + std::string(held.at("fields").as_array().at(0).at("value").as_string());
  EXPECT_EQ(said({"keys", "open", "sealed", name, "--json"}).at("subject").as_string(), subject);

  const auto erased = said({"erase", "sealed", name, "--json"});
  EXPECT_EQ(erased.at("subject").as_string(), subject);
  std::size_t destroyed = 0;
  for (const auto& r : erased.at("receipts").as_array())
    destroyed += r.at("held").as_bool() ? 1 : 0;
  EXPECT_EQ(destroyed, 1U);
  EXPECT_EQ(said({"keys", "open", "sealed", name, "--json"}).at("opened").to_number<int>(), 0);
  const auto verified = said({"keys", "verify", "sealed", "--json"});
  EXPECT_EQ(verified.at("erasures").as_array().size(), 1U);
  EXPECT_TRUE(verified.at("faults").as_array().empty());

  const auto zh = program->run({"erase", "sealed", name, "--lang", "zh"});
  EXPECT_EQ(zh.code, 0) << zh.err;
  EXPECT_NE(zh.out.find("已擦除"), std::string::npos) << zh.out;
}

TEST_F(KeysCommand, KeysAreRotatedAndNoSecretIsPrinted) {
  const auto file = program->folder() / "sealed/keys/keys.txt";
  std::ifstream in(file);
  std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto out = program->run({"keys", "rotate", "sealed", "--owner", "navigation", "--at",
                                 "2026-03-02T00:00:00Z", "--json"});
  ASSERT_EQ(out.code, 0) << out.err;
  EXPECT_EQ(json::parse(out.out).at("id"), "k2");
  struct stat about {};
  ASSERT_EQ(::stat(file.c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777U, 0600U);
  const auto listed = program->run({"keys", "ls", "sealed", "--json"});
  std::istringstream lines(text);
  for (std::string word; lines >> word;)
    if (word.size() == 64) EXPECT_EQ(listed.out.find(word), std::string::npos);
}

TEST_F(KeysCommand, MistakesAreTheUsers) {
  refused({"erase", "sealed", "client"}, "CB-USAGE-SUBJECT");
  refused({"erase", "sealed", "client:no-such-person"}, "CB-INPUT-SUBJECT");
  refused({"erase", "nowhere", "client:1"}, "CB-INPUT-RUN");
  refused({"keys", "ls", "nowhere"}, "CB-INPUT-KEYS");
  refused({"keys", "rotate", "sealed", "--owner", "navigation", "--at", "noon"}, "CB-USAGE-KEYS");
  refused({"keys", "rotate", "sealed", "--owner", "navigation", "--kind", "subject", "--at",
           "2026-03-02T00:00:00Z"},
          "CB-USAGE-KEYS");
  EXPECT_EQ(
      program
          ->run({"keys", "rotate", "sealed", "--owner", "nobody", "--at", "2026-03-02T00:00:00Z"})
          .code,
      1);
  EXPECT_EQ(program->run({"keys"}).code, 2);
}

TEST_F(KeysCommand, ARunWithoutKeysIsToldApart) {
  const auto run =
      program->run({"run", "quickstart", "--horizon", "5s", "--out", "plain", "--no-progress"});
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_FALSE(std::filesystem::exists(program->folder() / "plain/keys"));
  refused({"erase", "plain", "client:1"}, "CB-INPUT-KEYS");
}

TEST_F(KeysCommand, BadInputSaysFileLineAndWhatWasExpected) {
  const auto wrong = [&](const char* set, const char* code, const char* says) {
    const auto out = program->run(
        {"run", "quickstart", "--horizon", "5s", "--out", "wrong", "--no-progress", "--set", set});
    EXPECT_EQ(out.code, 2) << set << out.err;
    EXPECT_NE(out.err.find(code), std::string::npos) << set << ": " << out.err;
    EXPECT_NE(out.err.find(says), std::string::npos) << set << ": " << out.err;
    EXPECT_FALSE(std::filesystem::exists(program->folder() / "wrong")) << set;
  };
  wrong("protection.signatures=maybe", "CB-INPUT-SCENARIO", "off, checked or required");
  wrong("protection.seal=true", "CB-INPUT-SCENARIO", "sealing");
  wrong("protection.purposes_required=true", "CB-INPUT-PURPOSE", "declares no purpose");
  wrong("modes.hub.desks.district-brain.purpose=marketing", "CB-INPUT-PURPOSE",
        "traffic_estimation");
  wrong("modes.hub.desks.district-brain.clearance=[privat]", "CB-INPUT-SCENARIO", "public");
  wrong("modes.hub.desks.district-brain.masks={navigation.probes: [{field: devise, rule: drop}]}",
        "CB-INPUT-MASK", "device");
  wrong("modes.hub.desks.district-brain.masks={parking.lots: []}", "CB-INPUT-SCENARIO",
        "no dataset");
  wrong("protection.erasures=[{subject: client:1, at_s: 9}]", "CB-INPUT-SCENARIO", "sealed");
  wrong("protection={sealing: true, erasures: [{subject: somebody, at_s: 9}]}", "CB-INPUT-SCENARIO",
        "KIND:NAME");
}

}  // namespace
}  // namespace citybrain::test
