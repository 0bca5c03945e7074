// Clouds files: what they say, and what is wrong in them with its place; what follows for a
// scenario.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

#include "scenarios/experiment/cloud_report.h"
#include "scenarios/experiment/clouds_file.h"

namespace citybrain::experiment {
namespace {

using testing::HasSubstr;
const std::filesystem::path kRoot = CITYBRAIN_SOURCE_DIR;

cloud::Clouds example() {
  auto clouds = load_clouds(kRoot / "deploy/cloud/clouds.yaml");
  return std::move(clouds).value();
}

TEST(CloudsFile, TheSampleSaysWhatItSays) {
  const auto clouds = example();
  ASSERT_EQ(clouds.nodes.size(), 6U);
  EXPECT_EQ(clouds.nodes[0].name.text, "gov-1");
  EXPECT_TRUE(clouds.nodes[0].holds == cloud::ClassSet::all());
  EXPECT_EQ(clouds.nodes[3].holds.text(), "public, internal, personal");
  EXPECT_EQ(clouds.nodes[4].holds.text(), "public, internal");
  EXPECT_EQ(clouds.nodes[5].cloud, cloud::Cloud::kCivilian);
  ASSERT_EQ(clouds.services.size(), 3U);
  EXPECT_EQ(clouds.services[1].load.value, 4U);
}

model::Error wrong(const std::string& text) {
  const auto clouds = parse_clouds("citybrain: 1\nclouds:\n" + text, "my.yaml");
  EXPECT_FALSE(clouds) << text;
  return clouds ? model::Error{} : clouds.error();
}

TEST(CloudsFile, WhatIsWrongIsSaidWithPlaceFieldAndExpectation) {
  const auto capacity = wrong("  government:\n    nodes:\n      g1: {capacity: many}\n");
  EXPECT_EQ(capacity.code, "CB-INPUT-CLOUDS");
  EXPECT_EQ(capacity.where, "my.yaml:5:22");
  EXPECT_THAT(capacity.what, HasSubstr("clouds.government.nodes.g1.capacity"));
  EXPECT_THAT(capacity.what, HasSubstr("expected a whole number"));
  const auto key = wrong("  goverment: {nodes: {g: {capacity: 1}}}\n");
  EXPECT_THAT(key.mend, HasSubstr("government"));
  const auto data_class =
      wrong("  government: {holds: [sensitive-personel], nodes: {g: {capacity: 1}}}\n");
  EXPECT_THAT(data_class.mend, HasSubstr("sensitive-personal"));
  const auto twice =
      wrong("  government: {nodes: {g: {capacity: 1}}}\n  civilian: {nodes: {g: {capacity: 1}}}\n");
  EXPECT_THAT(twice.what, HasSubstr("another cloud has a node \"g\""));
  EXPECT_THAT(wrong("  government: {nodes: {g: {zone: a}}}\n").what, HasSubstr("capacity"));
  EXPECT_THAT(wrong("  government: {nodes: {a b: {capacity: 1}}}\n").what,
              HasSubstr("without spaces"));
  EXPECT_THAT(wrong("  services: {a: {}}\n").what, HasSubstr("no node on any of the clouds"));
  EXPECT_THAT(
      wrong("  government: {nodes: {g: {capacity: 1}}}\n  services: {s: {clouds: [moon]}}\n").what,
      HasSubstr("found \"moon\""));
  EXPECT_THAT(wrong("  government: [\n").what, HasSubstr("not valid YAML"));
  EXPECT_EQ(parse_clouds("", "my.yaml").error().code, "CB-INPUT-CLOUDS");
  EXPECT_EQ(parse_clouds("citybrain: 1\n", "my.yaml").error().code, "CB-INPUT-CLOUDS");
  EXPECT_EQ(load_clouds("nowhere.yaml").error().code, "CB-INPUT-CLOUDS");
}

TEST(CloudsFile, SensitiveDataAreTheGovernmentsOnlyWhateverTheFileSays) {
  const auto e = wrong("  commercial: {holds: [public, important], nodes: {c: {capacity: 1}}}\n");
  EXPECT_THAT(e.what, HasSubstr("only the government cloud may hold important"));
  const auto node = wrong("  commercial: {nodes: {c: {capacity: 1, holds: [personal]}}}\n");
  EXPECT_THAT(node.what, HasSubstr("its cloud may not hold personal"));
  EXPECT_TRUE(parse_clouds(
      "citybrain: 1\nclouds: {commercial: {holds: [personal], nodes: {c: {capacity: 1}}}}", "f"));
}

class Plans : public testing::Test {
 protected:
  void SetUp() override {
    scenario_ = std::move(load_scenario({"xiaoshan", "", "", "", {}}, kRoot)).value();
    world_ = std::move(build_world(scenario_, false)).value();
    catalog_ = std::move(catalog::Catalog::load(kRoot / "schemas/contracts")).value();
  }
  CloudPlan plan(const cloud::Clouds& clouds, const std::string& sharing = "") {
    return cloud_plan(scenario_, *world_.network, catalog_, clouds, sharing).value();
  }
  CloudView view(const CloudChange& change) {
    return cloud_view(scenario_, plan(example()), change, "").value();
  }
  Scenario scenario_;
  World world_;
  catalog::Catalog catalog_;
};

TEST_F(Plans, EveryContractSaysItsClass) {
  for (const auto& c : catalog_.contracts())
    EXPECT_FALSE(c.classes.has(catalog::DataClass::kCore)) << c.dataset << " has no classification";
  EXPECT_EQ(catalog_.find("emergency_medical.calls")->classes.text(), "sensitive-personal");
}

TEST_F(Plans, DistrictsHaveTheClassesOfTheModesDatasets) {
  const auto hub = plan(cloud::usual_clouds(), "hub");
  ASSERT_EQ(hub.partitions.size(), world_.network->districts.size() + 1);
  EXPECT_TRUE(hub.partitions[0].classes.has(catalog::DataClass::kPersonal));
  EXPECT_GT(hub.partitions[0].load.value, 1U);
  const auto silo = plan(cloud::usual_clouds(), "silo");
  EXPECT_FALSE(silo.partitions[0].classes.has(catalog::DataClass::kPersonal));
  EXPECT_EQ(cloud_plan(scenario_, *world_.network, catalog_, {}, "moon").error().code,
            "CB-USAGE-SHARING");
}

TEST_F(Plans, WhatAskedForDataMayBecomeCountsFromTheStart) {
  auto scenario = std::move(load_scenario({"sharing-law", "", "", "", {}}, kRoot)).value();
  const auto world = std::move(build_world(scenario, false)).value();
  const auto classes = [&] {
    return cloud_plan(scenario, *world.network, catalog_, cloud::usual_clouds(), "")
        .value()
        .partitions[0]
        .classes;
  };
  ASSERT_TRUE(catalog_.find("navigation.probes")->classes.has(catalog::DataClass::kPersonal));
  EXPECT_TRUE(classes().has(catalog::DataClass::kPersonal));
  auto& requests = scenario.law->requests;
  std::erase_if(requests, [](const auto& r) { return r.dataset == "navigation.probes"; });
  EXPECT_FALSE(classes().has(catalog::DataClass::kPersonal));
}

TEST_F(Plans, WhatAFileSaysOfADistrictCounts) {
  auto clouds = cloud::usual_clouds();
  const auto name = world_.network->districts[1];
  clouds.districts.push_back({name, cloud::Units{3}, {catalog::DataClass::kImportant}, "f:1:1"});
  const auto p = plan(clouds);
  EXPECT_EQ(p.partitions[1].load.value, 3U);
  EXPECT_TRUE(p.partitions[1].classes.has(catalog::DataClass::kImportant));
  EXPECT_FALSE(p.partitions[0].classes.has(catalog::DataClass::kImportant));
  clouds.districts[0].name = "nowhere";
  const auto e = cloud_plan(scenario_, *world_.network, catalog_, clouds, "").error();
  EXPECT_EQ(e.code, "CB-INPUT-CLOUDS");
  EXPECT_EQ(e.where, "f:1:1");
}

TEST_F(Plans, TheCloudsOfAScenarioChangeNoOutcome) {
  const std::string text =
      "citybrain: 1\nname: a\ncity: {kind: grid}\nmodes: {hub: {desks: {d: "
      "{department: x, datasets: [], policy: actuated}}}}\n";
  const auto bare = parse_scenario(text, "a.yaml", "", {}).value();
  const auto placed =
      parse_scenario(text + "clouds: {government: {nodes: {g: {capacity: 5}}}}\n", "a.yaml", "", {})
          .value();
  EXPECT_EQ(bare.config_hash, placed.config_hash);
  ASSERT_TRUE(placed.clouds);
  EXPECT_EQ(clouds_of(placed).nodes[0].name.text, "g");
  EXPECT_EQ(clouds_of(bare).nodes[0].name.text, "government-1");
  const auto wrong_one = parse_scenario(text + "clouds: {moon: {}}\n", "a.yaml", "", {});
  EXPECT_EQ(wrong_one.error().code, "CB-INPUT-SCENARIO");
  EXPECT_EQ(wrong_one.error().where, "a.yaml:5:10");
}

TEST_F(Plans, ALostNodesDistrictsMoveAndOthersStay) {
  const auto v = view({{"gov-1"}, "", ""});
  ASSERT_TRUE(v.after) << v.error->text();
  const auto moved = cloud::moves(v.before.placement, v.after->placement);
  ASSERT_FALSE(moved.empty());
  for (const auto& m : moved) EXPECT_EQ(m.from.text, "gov-1");
  const auto text = cloud_text(v, catalog_, Language::kEnglish);
  EXPECT_THAT(text, HasSubstr("gov-1"));
  EXPECT_THAT(text, HasSubstr("->"));
  EXPECT_THAT(cloud_text(v, catalog_, Language::kChinese), HasSubstr("政务云"));
}

TEST_F(Plans, WhatCannotBePlacedIsPartOfTheView) {
  const auto v = view({{"gov-1", "gov-2", "gov-3", "com-1"}, "", ""});
  ASSERT_TRUE(v.error);
  EXPECT_EQ(v.error->code, "CB-CLOUD-CLASS");
  EXPECT_THAT(cloud_text(v, catalog_, Language::kEnglish), HasSubstr("Cannot be placed"));
  const auto json = boost::json::parse(cloud_json(v, catalog_)).as_object();
  EXPECT_EQ(json.at("cloud_report").as_int64(), 1);
  EXPECT_EQ(json.at("change").at("error").at("code").as_string(), "CB-CLOUD-CLASS");
  EXPECT_EQ(json.at("nodes").as_array().size(), 6U);
  EXPECT_EQ(json.at("classes").as_array().size(), 6U);
}

TEST_F(Plans, AServiceMovesAndNothingElse) {
  const auto v = view({{}, "schema-registry", "government"});
  ASSERT_TRUE(v.after);
  for (const auto& m : cloud::moves(v.before.placement, v.after->placement))
    EXPECT_EQ(m.partition.text, "service/schema-registry");
  const auto* at = v.after->placement.owner("service/schema-registry");
  EXPECT_TRUE(at->text.starts_with("gov-"));
  EXPECT_EQ(cloud_view(scenario_, plan(example()), {{"gov-9"}, "", ""}, "").error().code,
            "CB-USAGE-NODE");
  EXPECT_EQ(cloud_view(scenario_, plan(example()), {{}, "x", "government"}, "").error().where,
            "--move");
  EXPECT_EQ(cloud_view(scenario_, plan(example()), {{}, "cockpit", "x"}, "").error().where, "--to");
}

TEST_F(Plans, DistrictsHaveAnOwnerAmongTheNodesThatLive) {
  auto p = plan(example());
  for (auto& n : p.clouds.nodes) n.room.value = 1'000;
  const auto& districts = world_.network->districts;
  using Names = std::vector<std::string>;
  const Names known = {"gov-1", "gov-2", "gov-3"};
  const auto home = district_owners(p, districts, known, known);
  ASSERT_TRUE(home) << home.error().text();
  ASSERT_EQ(home->size(), districts.size());
  const auto after = district_owners(p, districts, known, Names{"gov-1", "gov-3"});
  ASSERT_TRUE(after) << after.error().text();
  std::size_t moved = 0;
  for (std::size_t d = 0; d < districts.size(); ++d) {
    EXPECT_NE((*after)[d], "gov-2");
    if ((*home)[d] != "gov-2") EXPECT_EQ((*after)[d], (*home)[d]) << "stays";
    moved += (*home)[d] == "gov-2";
  }
  EXPECT_GT(moved, 0U);
  EXPECT_EQ(district_owners(p, districts, known, known).value(), *home) << "it came back";
}

TEST_F(Plans, WhereNobodyMayTakeOverTheRunStopsAndSaysWhy) {
  const auto p = plan(example());
  const auto& districts = world_.network->districts;
  using Names = std::vector<std::string>;
  const Names known = {"civ-1", "gov-1", "gov-2", "gov-3"};
  const auto lost = district_owners(p, districts, known, Names{"civ-1"});
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, "CB-CLOUD-LOST");
  EXPECT_THAT(lost.error().what, HasSubstr("civ-1"));
  EXPECT_THAT(lost.error().what, HasSubstr("may not hold"));
  EXPECT_EQ(district_owners(p, districts, known, Names{}).error().code, "CB-CLOUD-LOST");
  EXPECT_EQ(district_owners(p, districts, Names{"x"}, known).error().code, "CB-USAGE-NODE");
}

TEST_F(Plans, HubsStandOnNodesThatMayHoldADistrict) {
  auto p = plan(example());
  EXPECT_EQ(hub_nodes(scenario_, p, 2).value(), (std::vector<std::string>{"hub-1", "hub-2"}));
  EXPECT_EQ(p.clouds.nodes.size(), 2U);
  scenario_.clouds = example();
  p = plan(example());
  EXPECT_EQ(hub_nodes(scenario_, p, 3).value(),
            (std::vector<std::string>{"gov-1", "gov-2", "gov-3"}));
  EXPECT_EQ(hub_nodes(scenario_, p, 4).error().code, "CB-CLOUD-ROOM");
}

}  // namespace
}  // namespace citybrain::experiment
