// Masking rules as contracts declare them and grants narrow them: every mistake is placed, and a
// grant never loosens a contract.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "hub/catalog/catalog.h"

namespace citybrain::catalog {
namespace {

const std::vector<std::string> kFields = {"device", "lon_e6", "unix_s"};

struct Reading {
  std::vector<MaskRule> rules;
  std::vector<std::string> wrong;  ///< what, where and mend of each mistake
};

Reading read(const std::string& text) {
  Reading out;
  out.rules = read_masking(
      YAML::Load(text), "file.yaml", kFields,
      [&](const YAML::Node& at, const std::string& what, const std::string& mend) {
        out.wrong.push_back(what + " @" + std::to_string(at.Mark().line + 1) + " " + mend);
      });
  return out;
}

Contract contract(const std::string& rules) {
  Contract c;
  c.dataset = "navigation.probes";
  c.file = "probes.yaml";
  c.purposes = {"signal_control", "traffic_estimation"};
  for (const auto& name : kFields) {
    FieldRule f;
    f.name = name;
    c.fields.push_back(f);
  }
  c.masking = read(rules).rules;
  return c;
}

TEST(MaskingRules, AreReadWithTheirNumbersAndPlaces) {
  const auto r = read(
      "- {field: device, rule: pseudonym}\n"
      "- {field: lon_e6, rule: generalise-place, to: cell, size_m: 500}\n"
      "- {field: unix_s, rule: generalise-time, minutes: 5}\n"
      "- {rule: aggregate, minimum_group: 4, window_s: 60}\n"
      "- {field: device, rule: drop}\n");
  ASSERT_TRUE(r.wrong.empty()) << r.wrong[0];
  ASSERT_EQ(r.rules.size(), 5U);
  EXPECT_EQ(r.rules[1].scale, PlaceScale::kCell);
  EXPECT_EQ(r.rules[1].cell_m, 500U);
  EXPECT_EQ(r.rules[1].where, "file.yaml:2:3");
  EXPECT_EQ(r.rules[2].minutes, 5U);
  EXPECT_EQ(r.rules[3].minimum_group, 4U);
}

TEST(MaskingRules, EveryMistakeIsNamedAndTheOthersAreRead) {
  struct Case {
    const char* rule;
    const char* says;
  };
  for (const Case& c : {
           Case{"{field: device, rule: pseudonim}", "did you mean \"pseudonym\""},
           Case{"{field: devise, rule: drop}", "did you mean \"device\""},
           Case{"{rule: drop}", "names no field"},
           Case{"{rule: aggregate, minimum_group: 0, window_s: 60}", "2 to 10000"},
           Case{"{rule: aggregate, minimum_group: 1, window_s: 60}", "2 to 10000"},
           Case{"{rule: aggregate, minimum_group: -3, window_s: 60}", "2 to 10000"},
           Case{"{rule: aggregate, minimum_group: 3}", "\"window_s\" is missing"},
           Case{"{field: lon_e6, rule: generalise-place, to: street}", "road, cell or district"},
           Case{"{field: lon_e6, rule: generalise-place, to: cell}", "\"size_m\" is missing"},
           Case{"{field: unix_s, rule: generalise-time, minutes: 0}", "1 to 1440"},
           Case{"{field: device, rule: drop, keep: 1}", "\"keep\" is not known"},
           Case{"drop", "expected a masking rule"},
       }) {
    const auto r = read(std::string("- ") + c.rule + "\n- {field: device, rule: drop}\n");
    ASSERT_EQ(r.wrong.size(), 1U) << c.rule;
    EXPECT_NE(r.wrong[0].find(c.says), std::string::npos) << c.rule << ": " << r.wrong[0];
    EXPECT_NE(r.wrong[0].find("@1"), std::string::npos) << r.wrong[0];
    EXPECT_EQ(r.rules.back().kind, MaskKind::kDrop);
  }
  EXPECT_EQ(read("rule: drop").wrong.size(), 1U) << "not a list";
}

TEST(MaskingRules, AGrantIsStricterOrRefused) {
  const auto c = contract(
      "- {field: device, rule: pseudonym}\n"
      "- {field: lon_e6, rule: generalise-place, to: cell, size_m: 500}\n"
      "- {rule: aggregate, minimum_group: 4, window_s: 60}\n");
  for (const char* stricter :
       {"- {field: device, rule: drop}", "- {field: device, rule: pseudonym}",
        "- {field: lon_e6, rule: generalise-place, to: district}",
        "- {field: lon_e6, rule: generalise-place, to: cell, size_m: 1000}",
        "- {rule: aggregate, minimum_group: 9, window_s: 60}",
        "- {field: unix_s, rule: generalise-time, minutes: 5}"}) {
    const auto all = narrowed(c, read(stricter).rules);
    ASSERT_TRUE(all) << stricter << ": " << all.error().text();
    EXPECT_EQ(all->size(), 4U);
  }
  for (const char* looser : {"- {field: lon_e6, rule: generalise-place, to: road}",
                             "- {field: lon_e6, rule: generalise-place, to: cell, size_m: 400}",
                             "- {rule: aggregate, minimum_group: 3, window_s: 60}",
                             "- {rule: aggregate, minimum_group: 4, window_s: 30}"}) {
    const auto all = narrowed(c, read(looser).rules);
    ASSERT_FALSE(all) << looser;
    EXPECT_EQ(all.error().code, "CB-INPUT-MASK");
    EXPECT_EQ(all.error().where, "file.yaml:1:3");
    EXPECT_NE(all.error().what.find("beyond its scope"), std::string::npos) << all.error().what;
    EXPECT_NE(all.error().mend.find("file.yaml"), std::string::npos) << all.error().mend;
  }
  MaskRule stranger;
  stranger.field = "devise";
  stranger.where = "scenario.yaml:9:3";
  const auto all = narrowed(c, {&stranger, 1});
  ASSERT_FALSE(all);
  EXPECT_EQ(all.error().where, "scenario.yaml:9:3");
  EXPECT_NE(all.error().mend.find("\"device\""), std::string::npos) << all.error().mend;
}

TEST(MaskingRules, APurposeIsTheContractsOrRefused) {
  const auto c = contract("[]");
  EXPECT_TRUE(check_purpose(c, "signal_control"));
  EXPECT_TRUE(check_purpose(c, ""));
  const auto wrong = check_purpose(c, "signal_controll");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, "CB-INPUT-PURPOSE");
  EXPECT_NE(wrong.error().mend.find("\"signal_control\""), std::string::npos);
}

TEST(MaskingRules, TheContractsOfPersonsDeclareSome) {
  const auto all = Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts");
  ASSERT_TRUE(all) << all.error().text();
  for (const char* dataset :
       {"navigation.probes", "traffic_police.plates", "transport.taxi_positions",
        "emergency_medical.calls", "citizen_hotline.reports"})
    EXPECT_FALSE(all->find(dataset)->masking.empty()) << dataset;
  EXPECT_EQ(all->find("navigation.probes")->field("device")->data_class, DataClass::kPersonal);
  EXPECT_EQ(all->find("navigation.probes")->field("unix_s")->data_class, DataClass::kPublic);
}

}  // namespace
}  // namespace citybrain::catalog
