// Access lists that follow from the grants: their text, what must never be in them, and that a run
// needs no more than they allow.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "scenarios/experiment/access_list.h"
#include "scenarios/experiment/run.h"
#include "schemas/schemas.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

using network::AccessOperation;
using network::AccessResource;
using network::AccessRule;

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;

Scenario scenario_of(const std::string& name) {
  ScenarioRequest r;
  r.name_or_path = name;
  auto s = load_scenario(r, kHome);
  EXPECT_TRUE(s) << s.error().text();
  return std::move(*s);
}

catalog::Catalog contracts() {
  return std::move(*catalog::Catalog::load(kHome / "schemas/contracts"));
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

std::string department_of(const AccessRule& rule) {
  const std::string head = "User:department-";
  return rule.principal.starts_with(head) ? rule.principal.substr(head.size()) : "";
}

TEST(AccessList, TextIsStable) {
  const auto rules = access_list(scenario_of("quickstart"), "", contracts(), "");
  ASSERT_TRUE(rules);
  EXPECT_EQ(access_text(*rules), bytes_of(kHome / "tests/golden/access_quickstart.txt"));
}

TEST(AccessList, JsonSaysTheSame) {
  const auto rules = access_list(scenario_of("quickstart"), "silo", contracts(), "monday");
  ASSERT_TRUE(rules);
  const auto text = access_text(*rules), json = access_json(*rules);
  std::size_t objects = 0;
  for (auto at = json.find("\"resource\""); at != json.npos; at = json.find("\"resource\"", at + 1))
    ++objects;
  EXPECT_EQ(objects, static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
  EXPECT_NE(json.find(R"({"resource":"group","name":"monday.hub","prefixed":true,)"
                      R"("principal":"User:hub","operations":["read"]})"),
            json.npos)
      << json;
}

/// Of every scenario that needs no data of its own, in every mode.
TEST(AccessList, NobodyMayMoreThanContractsAndGrantsSay) {
  const auto catalog = contracts();
  for (const char* name : {"quickstart", "one-pole", "xiaoshan", "hangzhou", "ambulance"}) {
    const auto scenario = scenario_of(name);
    for (const auto& mode : scenario.modes) {
      const auto rules = access_list(scenario, mode.name, catalog, "p");
      ASSERT_TRUE(rules) << rules.error().text();
      EXPECT_TRUE(std::is_sorted(rules->begin(), rules->end()));
      std::set<std::string> readable;  // "desk dataset"
      for (const auto& r : *rules) {
        EXPECT_TRUE(is_of_access_lists(r, "p")) << r.name;
        EXPECT_FALSE(is_of_access_lists(r, "q")) << r.name;
        ASSERT_TRUE(r.name.starts_with("p.")) << r.name;
        if (r.resource != AccessResource::kTopic) continue;
        EXPECT_FALSE(r.prefixed) << r.name;
        const auto topic = r.name.substr(2);
        const auto* contract = catalog.find(topic);
        if (topic == schemas::topic::kTruth)
          EXPECT_TRUE(r.principal == "User:city" || r.principal == "User:evaluator") << r.principal;
        if (contract != nullptr && r.operation == AccessOperation::kWrite)
          EXPECT_EQ(department_of(r), contract->department) << topic;
        if (contract != nullptr && !department_of(r).empty())
          EXPECT_EQ(department_of(r), contract->department) << topic;
        if (r.principal.starts_with("User:desk-")) {
          EXPECT_NE(contract, nullptr) << topic;
          EXPECT_NE(r.operation, AccessOperation::kWrite);
          if (r.operation == AccessOperation::kRead)
            readable.insert(r.principal.substr(10) + " " + topic);
        }
      }
      std::set<std::string> granted;
      for (const auto& desk : mode.desks)
        for (const auto& dataset : desk.datasets) granted.insert(desk.name + " " + dataset);
      EXPECT_EQ(readable, granted) << name << ", " << mode.name;
    }
  }
}

TEST(AccessList, UnknownModesAndDatasetsAreRefused) {
  auto scenario = scenario_of("quickstart");
  EXPECT_EQ(access_list(scenario, "sil", contracts(), "").error().code, "CB-USAGE-SHARING");
  scenario.publish.emplace_back("navigation.prob");
  EXPECT_EQ(access_list(scenario, "", contracts(), "").error().code, "CB-INPUT-DATASET");
}

/// Who wrote what in a run: the producer of every record of the run's log may write its topic.
TEST(AccessList, ARunWritesNothingThatIsNotAllowed) {
  const auto scenario = scenario_of("ambulance");
  const auto world = build_world(scenario, false);
  ASSERT_TRUE(world);
  const auto catalog = contracts();
  test::TemporaryFolder folder;
  RunOptions options;
  options.out = folder.path() / "run";
  options.horizon_s = 60;
  options.shares_process = true;
  const auto settled = settle(scenario, options);
  ASSERT_TRUE(settled);
  ASSERT_TRUE(run(scenario, *world, catalog, *settled, {}));
  const std::string marker = bytes_of(options.out / "run.json"), key = "\"identity\": \"";
  const auto at = marker.find(key) + key.size();
  const auto log = network::open_embedded(
      {options.out / "log", options.fsync, marker.substr(at, marker.find('"', at) - at)});
  ASSERT_TRUE(log) << log.error().text();

  std::set<std::string> written, allowed;  // "User:... topic"
  const auto topics = (*log)->topics();
  ASSERT_TRUE(topics);
  for (const auto& topic : *topics)
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      const auto cursor = (*log)->cursor(topic.name, p, 0);
      ASSERT_TRUE(cursor);
      for (auto records = (*cursor)->poll(4096); records && !records->empty();
           records = (*cursor)->poll(4096))
        for (const auto& r : *records) {
          const std::string who(r.producer.substr(0, r.producer.find('/')));
          const bool department = who != "hub" && who != "city";
          written.insert("User:" + std::string(department ? "department-" : "") + who + " " +
                         topic.name);
        }
    }
  const auto rules = access_list(scenario, "", catalog, "");
  ASSERT_TRUE(rules);
  for (const auto& r : *rules)
    if (r.operation == AccessOperation::kWrite) allowed.insert(r.principal + " " + r.name);
  EXPECT_GE(written.size(), 8U);
  for (const auto& w : written) EXPECT_TRUE(allowed.contains(w)) << w;
}

}  // namespace
}  // namespace citybrain::experiment
