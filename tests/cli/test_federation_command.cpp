// The federation as a command: a run with its report, runs that are killed and go on, a generated
// catalogue, and files that say something wrong.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <set>

#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

namespace bj = boost::json;

class FederationCommand : public ::testing::Test {
 protected:
  bj::object json(const std::vector<std::string>& arguments) {
    const auto said = program.run(arguments);
    EXPECT_EQ(said.code, 0) << said.err;
    boost::system::error_code ec;
    const auto value = bj::parse(said.out, ec);
    EXPECT_TRUE(value.is_object()) << said.out;
    return value.is_object() ? value.get_object() : bj::object();
  }
  /// A file of the test's own, which is refused with all of these.
  void refused(const std::string& from, const std::string& to,
               const std::vector<std::string>& says) {
    std::ifstream in(std::string(CITYBRAIN_SOURCE_DIR) +
                     "/scenarios/library/yangtze-delta/federation.yaml");
    std::ostringstream s;
    s << in.rdbuf();
    std::string text = s.str();
    const auto at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
    std::ofstream(program.folder() / "mine.yaml") << text;
    const auto said = program.run({"federation", "show", "mine.yaml"});
    EXPECT_EQ(said.code, 2) << said.err;
    EXPECT_NE(said.err.find("mine.yaml:"), std::string::npos) << said.err;
    for (const auto& part : says) EXPECT_NE(said.err.find(part), std::string::npos) << said.err;
  }

  Program program;
};

const bj::object& link(const bj::object& report, std::string_view name) {
  for (const auto& l : report.at("links").as_array())
    if (l.at("name").as_string() == bj::string_view(name.data(), name.size())) return l.as_object();
  static const bj::object none;
  return none;
}

TEST_F(FederationCommand, ShowsTheZone) {
  const auto show = json({"federation", "show", "--json"});
  EXPECT_EQ(show.at("parties").as_array().size(), 8U);
  EXPECT_EQ(show.at("links").as_array().size(), 18U);
  EXPECT_EQ(show.at("resources").as_array().size(), 242U);
  std::set<std::string> levels, domains;
  for (const auto& p : show.at("parties").as_array())
    levels.insert(std::string(p.at("level").as_string()));
  for (const auto& r : show.at("resources").as_array())
    domains.insert(std::string(r.at("domain").as_string()));
  EXPECT_EQ(levels, (std::set<std::string>{"province", "city", "district"}));
  EXPECT_EQ(domains.size(), 6U);
  // The catalogue of seed 1 is what it was: another hash is another catalogue for every user.
  EXPECT_EQ(std::string(show.at("config_hash").as_string()).size(), 32U);
  const auto again = json({"federation", "show", "--json"});
  EXPECT_EQ(show, again);
  const auto text = program.run({"federation", "show", "--resources", "--lang", "zh"});
  EXPECT_NE(text.out.find("青浦区"), std::string::npos);
  EXPECT_NE(text.out.find("区县级"), std::string::npos);
}

TEST_F(FederationCommand, ACutIsInTheReport) {
  const auto plain = json({"federation", "run", "--horizon", "4m", "--out", "plain", "--json"});
  const auto cut = json({"federation", "run", "--horizon", "4m", "--out", "cut", "--json", "--cut",
                         "shanghai-qingpu:20s-100s", "--no-progress"});
  EXPECT_NE(plain.at("outcome_hash"), cut.at("outcome_hash"));
  const auto& before = link(plain, "shanghai-qingpu");
  const auto& after = link(cut, "shanghai-qingpu");
  EXPECT_EQ(before.at("rows"), after.at("rows"));
  EXPECT_GT(after.at("retries").as_int64(), before.at("retries").as_int64());
  EXPECT_GT(after.at("oldest_wait_s").as_double(), 60);
  EXPECT_GT(after.at("delayed").as_int64(), 0);
  const auto same = json({"federation", "run", "--horizon", "4m", "--out", "plain", "--json"});
  EXPECT_EQ(plain, same);
  const auto scan = program.run({"store", "scan", "plain/qingpu", "shared_latest", "--where",
                                 "link=shanghai-qingpu", "--json"});
  EXPECT_EQ(scan.code, 0) << scan.err;
  EXPECT_NE(scan.out.find("shanghai."), std::string::npos);
}

/// kill -9 in an append, a sync and a commit, while a link is cut; then it goes on.
TEST_F(FederationCommand, AKilledRunGoesOn) {
  const std::vector<std::string> run = {
      "federation",   "run", "--horizon", "3m", "--json", "--cut", "suzhou-jiaxing:20s-100s",
      "--no-progress"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), run.begin(), run.end());
    return more;
  };
  const auto expected = json(with({"--out", "whole"}));
  for (const char* fault : {"append:40", "commit:9", "publish:25", "commit:30", "append:500"}) {
    setenv("CITYBRAIN_FAULT", fault, 1);
    const auto killed = program.run(with({"--out", "killed"}));
    unsetenv("CITYBRAIN_FAULT");
    ASSERT_EQ(killed.code, -SIGKILL) << fault << killed.err;
    const auto went_on = json(with({"--out", "killed", "--resume"}));
    EXPECT_EQ(went_on, expected) << fault;
  }
  const auto other =
      program.run({"federation", "run", "--horizon", "2m", "--out", "killed", "--resume"});
  EXPECT_EQ(other.code, 2);
  EXPECT_NE(other.err.find("CB-INPUT-STORE"), std::string::npos) << other.err;
}

TEST_F(FederationCommand, AGeneratedCatalogueRunsFromItsFolder) {
  const auto made = json(
      {"federation", "generate", "--out", "mine", "--seed", "7", "--resources", "300", "--json"});
  EXPECT_EQ(made.at("contracts").as_int64(), 300);
  const auto show = json({"federation", "show", "mine", "--json"});
  EXPECT_EQ(show.at("resources").as_array().size(), 300U);
  const auto again = program.run({"federation", "generate", "--out", "mine"});
  EXPECT_EQ(again.code, 2);
}

TEST_F(FederationCommand, WhatIsWrongIsSaidWithItsPlace) {
  refused("to: shanghai, ", "to: shangai, ", {"links[0].to", "did you mean \"shanghai\"", ":28:"});
  refused("from: qingpu, to: shanghai", "from: qingpu, to: qingpu", {"links[0].to", "circular"});
  refused("parent: jiangsu", "parent: wujiang", {"parties[3].parent", "cannot be above"});
  refused("{from: 2400, until: 3000}", "{from: 2400, until: 2300}",
          {"links[5].cuts[0].until", "before it begins"});
  refused("level: province", "level: state", {"parties[0].level", "expected province"});
  refused("domains: [ecology]", "domains: [ecologie]", {"grants[0].domains", "ecology"});
  refused("domains: [ecology]", "resources: [qingpu.watr_level]",
          {"grants[0].resources", "has no contract"});
  refused("purpose: joint_prevention", "purpose: advertising",
          {"grants[0].purpose", "beyond its scope"});
  refused("link: qingpu-wujiang, domains: [ecology]",
          "link: qingpu-wujiang, of: zhejiang, domains: [ecology]", {"cannot pass it on"});
  refused("until: 2026-12-31", "until: 2026-02-01", {"grants[0].until"});
  refused("latency_s: 1", "latency_s: 0", {"links[0].latency_s", "from 1 to 3600"});
  refused("usage_every_s", "usage_evry_s", {"did you mean \"usage_every_s\"?"});
  const auto cut = program.run({"federation", "run", "--cut", "qingpu-wujiang:20m-10m"});
  EXPECT_EQ(cut.code, 2);
  EXPECT_NE(cut.err.find("CB-USAGE-CUT"), std::string::npos) << cut.err;
  const auto unknown = program.run({"federation", "run", "--cut", "qingpu-wujaing:1m-2m"});
  EXPECT_NE(unknown.err.find("did you mean \"qingpu-wujiang\""), std::string::npos) << unknown.err;
  EXPECT_FALSE(std::filesystem::exists(program.folder() / "runs"));
  EXPECT_EQ(program.run({"federation", "show", "yangtse-delta"}).code, 2);
}

}  // namespace
}  // namespace citybrain::test
