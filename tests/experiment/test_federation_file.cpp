// The generated catalogue (stable, sound, its values within its contracts) and the file that holds
// a federation together.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "scenarios/experiment/digest.h"
#include "scenarios/experiment/federation_file.h"
#include "scenarios/experiment/federation_report.h"

namespace citybrain::experiment {
namespace {

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;

FederationConfig zone() { return load_federation("yangtze-delta", kHome, {}).value(); }

TEST(FederationCatalogue, IsWhatItWas) {
  const auto config = zone();
  ASSERT_EQ(config.contracts.size(), 242U);
  std::string all;
  std::map<std::string, int> by_party;
  std::set<std::string> names;
  for (const auto& c : config.contracts) {
    all += c.text;
    ++by_party[c.party];
    EXPECT_TRUE(names.insert(c.resource).second) << c.resource;
  }
  EXPECT_EQ(by_party.size(), 8U);
  EXPECT_EQ(by_party["shanghai"], 36);
  EXPECT_EQ(by_party["qingpu"], 27);
  // Another digest is another catalogue for whoever has written grants for this one.
  EXPECT_EQ(digest_text(all), "a861cb71b3bb7ae247a02426076c179f");
  const auto other = generate_contracts({2, 242}, config.plan.parties);
  EXPECT_NE(other.front().text, config.contracts.front().text);
}

TEST(FederationCatalogue, ValuesKeepToTheirContracts) {
  const auto config = zone();
  std::size_t rows = 0;
  for (const auto& party : config.plan.parties)
    for (const model::Step step : {1U, 60U, 61U, 600U, 7200U})
      for (const auto& change : generated_changes(config.plan, party.name, step)) {
        const auto* contract = config.plan.contract(change.resource);
        ASSERT_NE(contract, nullptr) << change.resource;
        const auto wrong =
            federation::breach(*contract, {change.resource, change.entity, 1, 0, change.values});
        EXPECT_FALSE(wrong) << change.resource << ": " << *wrong;
        ++rows;
      }
  EXPECT_GT(rows, 4000U);
}

TEST(FederationCatalogue, FindingsKeepToTheirContracts) {
  const auto config = zone();
  std::size_t found = 0;
  for (const auto& change : generated_changes(config.plan, "qingpu", 1)) {
    federation::Row row{change.resource, change.entity, 1, 0, change.values};
    const auto finding = generated_finding(config.plan, 0.5, "wujiang", row);
    if (!finding) continue;
    ++found;
    row.values.at(finding->field) = finding->value;
    EXPECT_FALSE(federation::breach(*config.plan.contract(row.resource), row));
  }
  EXPECT_GT(found, 100U);
}

TEST(FederationFile, HoldsTheZone) {
  const auto config = zone();
  const auto& plan = config.plan;
  EXPECT_EQ(plan.links.size(), 18U);
  std::set<federation::Level> levels;
  for (const auto& p : plan.parties) levels.insert(p.level);
  EXPECT_EQ(levels.size(), 3U);
  std::set<std::string> used;
  for (const auto& g : plan.grants) used.insert(g.link);
  EXPECT_EQ(used.size(), 18U) << "a link over which nothing is granted";
  for (const auto& g : plan.grants)
    EXPECT_NE(plan.contract(g.resource)->sharing, catalog::SharingClass::kNotShared);
  EXPECT_TRUE(federation::problems(plan).empty());
}

TEST(FederationFile, TheCommandLineChangesThePlanOnly) {
  const auto config = zone();
  FederationChanges changes;
  changes.seed = 9;
  changes.cuts = {{"qingpu-wujiang", {5, 10}}};
  const auto changed = load_federation("yangtze-delta", kHome, changes).value();
  EXPECT_EQ(changed.config_hash, config.config_hash);  // they are said beside it
  EXPECT_EQ(changed.plan.seed, 9U);
  EXPECT_EQ(changed.plan.link("qingpu-wujiang")->cuts.size(), 2U);
  EXPECT_EQ(federation_plan_json(config), federation_plan_json(zone()));
}

TEST(FederationFile, AContractOfNoPartyIsRefused) {
  const std::string text =
      "federation: 1\nname: x\nstart: 2026-03-02T08:00:00+08:00\ncatalogue: {contracts: "
      "schemas/contracts}\nparties: [{name: a, level: city}]\nlinks: []\n";
  auto read = read_federation(text, "x.yaml");
  ASSERT_TRUE(read) << read.error().text();
  const auto done = complete_federation(std::move(*read), text, "x.yaml", kHome, kHome, {});
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "CB-INPUT-CONTRACT");
  EXPECT_NE(done.error().what.find("is no party"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::experiment
