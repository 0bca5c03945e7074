#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "hub/catalog/catalog.h"

namespace citybrain::catalog {
namespace {

const std::string kContracts = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts";

std::string loops_text() {
  std::ifstream in(kContracts + "/traffic_police/signal_loops.yaml");
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Catalog, TheProgramsContractsAreRead) {
  const auto c = Catalog::load(kContracts);
  ASSERT_TRUE(c) << c.error().text();
  ASSERT_EQ(c->contracts().size(), 17U);
  EXPECT_EQ(c->find("transport.bus_positions")->clock_tolerance_s, 2);
  EXPECT_EQ(c->find("transport.bus_positions")->crs, Crs::kCgcs2000);
  EXPECT_EQ(c->find("transport.stops")->clock_tolerance_s, 0);
  const auto* loops = c->find("traffic_police.signal_loops");
  ASSERT_NE(loops, nullptr);
  EXPECT_EQ(loops->department, "traffic_police");
  EXPECT_EQ(loops->time_zone.name(), "+08:00");
  EXPECT_EQ(loops->maximum_delay_s, 2);
  EXPECT_EQ(loops->field("pulses")->maximum, 4);
  const auto* probes = c->find("navigation.probes");
  EXPECT_EQ(probes->crs, Crs::kGcj02);
  EXPECT_NEAR(probes->field("speed_kmh_x10")->to_unified, 0.1 / 3.6, 1e-12);
  for (std::uint32_t i = 0; i < c->contracts().size(); ++i)
    EXPECT_EQ(c->contracts()[i].id.value, i);
}

TEST(Catalog, EveryMistakeIsPlaced) {
  struct Case {
    const char* from;
    const char* to;
    const char* says;
  };
  for (const Case& c :
       {Case{"status: active", "statsu: active", "did you mean \"status\""},
        Case{"kind: DataContract", "kind: Something", "DataContract"},
        Case{"value: conditional", "value: conditonal", "conditional"},
        Case{"property: latency", "property: latncy", "latency"},
        Case{"maximum: 4", "maximum: many", "number"},
        Case{"value: none", "value: WGS84", "EPSG:4490"},
        Case{"apiVersion: v3.1.0", "apiVersion: v2.2.2", "v3.1.0"},
        Case{"name: traffic_police.signal_loops", "name: loops", "<department>.<dataset>"},
        Case{"+08:00", "+8h", "time zone"},
        Case{"minimum: 0\n", "minimum: 9\n", "above the maximum"}}) {
    const auto parsed = Catalog::parse(replaced(loops_text(), c.from, c.to), "file.yaml");
    ASSERT_FALSE(parsed) << c.to;
    EXPECT_EQ(parsed.error().code, "CB-INPUT-CONTRACT");
    EXPECT_TRUE(parsed.error().where.starts_with("file.yaml:")) << parsed.error().text();
    EXPECT_NE(parsed.error().text().find(c.says), std::string::npos) << parsed.error().text();
  }
}

TEST(Catalog, YamlErrorsHaveLineAndColumn) {
  const auto parsed = Catalog::parse("a: [1, 2\nb: 3", "broken.yaml");
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(parsed.error().where.starts_with("broken.yaml:2")) << parsed.error().where;
  EXPECT_FALSE(Catalog::parse("", "empty.yaml"));
  EXPECT_FALSE(Catalog::parse("just a text", "text.yaml"));
}

TEST(Catalog, UnsharedDatasetsNeedALawAndStayAtHome) {
  const std::string text = replaced(loops_text(), "value: conditional", "value: not-shared");
  EXPECT_FALSE(Catalog::parse(text, "x.yaml"));
  auto with_law = Catalog::parse(
      text + "  - property: sharingLaw\n    value: Law on Secrets, art. 1\n", "x.yaml");
  ASSERT_TRUE(with_law) << with_law.error().text();
  const auto catalog = Catalog::from({*with_law});
  const std::vector<std::string> wanted = {"traffic_police.signal_loops"};
  EXPECT_TRUE(catalog->grant(wanted, "traffic_police"));
  const auto refused = catalog->grant(wanted, "navigation");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-INPUT-DATASET");
}

TEST(Catalog, UnknownDatasetsGetTheNearestName) {
  const auto c = Catalog::load(kContracts);
  const std::vector<std::string> wanted = {"traffic_police.signal_lops"};
  const auto grant = c->grant(wanted, "x");
  ASSERT_FALSE(grant);
  EXPECT_NE(grant.error().mend.find("traffic_police.signal_loops"), std::string::npos);
}

TEST(Catalog, TwoContractsOfOneDatasetAreRefused) {
  const auto one = Catalog::parse(loops_text(), "a.yaml");
  EXPECT_FALSE(Catalog::from({*one, *one}));
}

TEST(Catalog, AMissingFolderSaysWhatItIs) {
  const auto c = Catalog::load("/no/such/folder");
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().where, "/no/such/folder");
}

TEST(Nearest, NamesNearAreFoundAndFarOnesAreNot) {
  const std::vector<std::string> names = {"actuated", "fixed-time", "look-ahead"};
  EXPECT_EQ(nearest("actuate", names), "actuated");
  EXPECT_EQ(nearest("lookahead", names), "look-ahead");
  EXPECT_EQ(nearest("zzzzzzzzz", names), "");
}

}  // namespace
}  // namespace citybrain::catalog
