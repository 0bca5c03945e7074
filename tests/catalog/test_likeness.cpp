// Repeated collection: sketches of values, planted repeats found, unlike datasets left alone;
// search and export.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <set>
#include <sstream>

#include "hub/catalog/catalog.h"
#include "hub/catalog/dcat.h"
#include "hub/catalog/likeness.h"
#include "hub/catalog/search.h"
#include "transport/v1/transport.pb.h"

namespace citybrain::catalog {
namespace {

const Catalog& program() {
  static const auto catalog =
      *Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts");
  return catalog;
}

TEST(Sketches, DistinctValuesAreCountedWithinTheirError) {
  for (const int n : {0, 1, 100, 10'000, 300'000}) {
    HyperLogLog sketch;
    for (int round = 0; round < 2; ++round)
      for (int i = 0; i < n; ++i) sketch.add(hash_of("value " + std::to_string(i)));
    EXPECT_NEAR(sketch.distinct(), n, 0.08 * n) << n;
  }
}

TEST(Sketches, OverlapIsEstimatedFromTheSmallestHashes) {
  for (const double share : {0.0, 0.25, 0.5, 1.0}) {
    KSmallest a, b;
    constexpr int kN = 20'000;
    const int from = static_cast<int>(kN * (1 - share));
    for (int i = 0; i < kN; ++i) a.add(hash_of(std::to_string(i)));
    for (int i = from; i < from + kN; ++i) b.add(hash_of(std::to_string(i)));
    const double jaccard = share / (2 - share);
    EXPECT_NEAR(KSmallest::jaccard(a, b), jaccard, 0.12) << share;
    EXPECT_NEAR(KSmallest::containment(a, kN, b, kN), share, 0.16) << share;
  }
  EXPECT_EQ(KSmallest::jaccard({}, {}), 0);
}

TEST(Sketches, SmallSetsAreExact) {
  KSmallest a, b;
  for (int i = 0; i < 100; ++i) a.add(hash_of(std::to_string(i)));
  for (int i = 50; i < 150; ++i) b.add(hash_of(std::to_string(i)));
  EXPECT_DOUBLE_EQ(KSmallest::jaccard(a, b), 50.0 / 150);
}

TEST(Sketches, QuantilesComeFromAUniformSample) {
  Sample a, b, c;
  for (int i = 0; i < 100'000; ++i) {
    a.add(i);
    b.add((i * 7919) % 100'000);  // the same numbers in another order
    c.add(i + 50'000);
  }
  EXPECT_EQ(a.seen(), 100'000U);
  EXPECT_NEAR(a.quantile(0.5), 50'000, 8'000);
  EXPECT_NEAR(a.quantile(0.9), 90'000, 6'000);
  EXPECT_LT(Sample::distance(a, b), 0.12);
  EXPECT_NEAR(Sample::distance(a, c), 0.5, 0.1);
  EXPECT_EQ(Sample().quantile(0.5), 0);
}

RC_GTEST_PROP(Sketches, TheSameQuantityInOtherUnitsHashesAlike, (std::uint16_t metres)) {
  const double decimetres = metres * 10.0;
  RC_ASSERT(hash_of(decimetres * 0.1) == hash_of(static_cast<double>(metres)));
}

/// The same thing collected again by another department: other names, units and datum, a field
/// less, words of its own.
Contract again(const Contract& c, const std::string& department) {
  Contract out = c;
  const std::map<std::string, std::string> kNames = {
      {"longitude_e6", "lng"},          {"latitude_e6", "lat"},       {"lon_e6", "longitude"},
      {"lat_e6", "latitude"},           {"lon_e5", "longitude"},      {"lat_e5", "latitude"},
      {"speed_kmh_x10", "velocity"},    {"direction_deg", "bearing"}, {"heading_deg", "direction"},
      {"bcd_time", "timestamp"},        {"local_time", "clock_time"}, {"plate", "licence"},
      {"queue_length_dm", "queue_len"}, {"queue_count", "queue_cnt"}, {"call_no", "call_id"}};
  out.department = department;
  out.dataset = department + "." + c.dataset.substr(c.dataset.find('.') + 1) + "_copy";
  out.resource.clear();
  out.title = c.title + " of " + department;
  out.title_zh = c.title_zh + "二次采集";
  out.description = "Collected by " + department;
  out.tags = {department};
  for (auto& f : out.fields) {
    const auto prefix = f.path.substr(0, f.path.size() - f.name.size());
    if (const auto it = kNames.find(f.name); it != kNames.end()) f.name = it->second;
    f.path = prefix + f.name;
    f.description.clear();
  }
  if (out.fields.size() > 3) out.fields.pop_back();
  return out;
}

TEST(Repeats, PlantedOnesAreFoundAndUnlikeOnesAreNot) {
  std::vector<Contract> all(program().contracts().begin(), program().contracts().end());
  std::set<std::pair<std::string, std::string>> planted;
  const std::vector<std::string> departments = {
      "housing", "water",    "education",  "culture",          "commerce",     "finance",
      "justice", "planning", "statistics", "tourism",          "market",       "tax",
      "ecology", "labour",   "archives",   "urban_management", "civil_affairs"};
  for (const auto& c : program().contracts()) {
    all.push_back(again(c, departments[planted.size() % departments.size()]));
    planted.emplace(c.dataset, all.back().dataset);
  }
  const auto catalog = Catalog::from(all);
  ASSERT_TRUE(catalog);
  const auto found = duplicates(*catalog, {});
  int right = 0;
  std::string wrong;
  for (const auto& p : found) {
    const bool is_planted = planted.contains({p.a->dataset, p.b->dataset}) ||
                            planted.contains({p.b->dataset, p.a->dataset});
    right += is_planted ? 1 : 0;
    if (!is_planted)
      wrong += p.a->dataset + " " + p.b->dataset + " " + std::to_string(p.score) + "\n";
  }
  const double precision = found.empty() ? 0 : static_cast<double>(right) / found.size();
  const double recall = static_cast<double>(right) / planted.size();
  RecordProperty("precision", std::to_string(precision));
  RecordProperty("recall", std::to_string(recall));
  EXPECT_GE(precision, 0.9) << wrong;
  EXPECT_GE(recall, 0.9);
}

TEST(Repeats, TheProgramsOwnDatasetsAreUnlike) {
  for (const auto& p : duplicates(program(), {}))
    ADD_FAILURE() << p.a->dataset << " " << p.b->dataset << " " << p.score;
}

/// Position reports of `n` vehicles over ten minutes, in the contract's datum-free e6 degrees.
Profile profile_of(const Contract& c, int first, int n, double east_deg) {
  Profiler profiler(c);
  for (int second = 0; second < 600; second += 10)
    for (int v = first; v < first + n; ++v) {
      transport::v1::PositionReport r;
      r.set_terminal(std::to_string(139'000'000'000 + v));
      r.set_longitude_e6(static_cast<std::int32_t>((120.1 + east_deg) * 1e6) + v * 900 +
                         second * 60);
      r.set_latitude_e6(30'200'000 + (v % 7) * 1500);
      r.set_speed_kmh_x10(static_cast<std::uint32_t>(100 + (v * 37 + second) % 500));
      profiler.add(r.SerializeAsString(), 1'772'409'600'000 + second * 1000, v % 2);
    }
  return profiler.profile();
}

TEST(Repeats, ValuesAndPlacesTellTheSameFleetFromAnother) {
  const auto& taxis = *program().find("transport.taxi_positions");
  auto same = again(taxis, "urban_management");
  same.title = "Vehicles under way";  // words alone would not tell
  same.title_zh = "在途车辆";
  same.dataset = "urban_management.vehicles";
  Profiles profiles;
  profiles.emplace(taxis.dataset, profile_of(taxis, 0, 40, 0));
  const auto words_only = compare_likeness(taxis, same, {});
  // The copy's records are those of PositionReport still: only its contract's words differ.
  auto named_alike = same;
  named_alike.fields = taxis.fields;
  profiles.emplace(same.dataset, profile_of(named_alike, 0, 40, 0));
  const auto repeat = compare_likeness(taxis, named_alike, profiles);
  EXPECT_GT(repeat.score, words_only.score);
  EXPECT_NE(repeat.likeness, Likeness::kUnlike);
  EXPECT_GT(repeat.values, 0.9);
  EXPECT_GT(repeat.places, 0.9);
  EXPECT_EQ(repeat.a->dataset, taxis.dataset);  // the lead source's is the one to keep
  EXPECT_EQ(repeat.records, 60U * 40U);
  EXPECT_GT(repeat.bytes, repeat.records);
  EXPECT_NEAR(repeat.cost, 60 * 40 * 0.0005, 1e-9);
  profiles.at(same.dataset) = profile_of(named_alike, 5000, 40, 0.5);
  const auto other = compare_likeness(taxis, named_alike, profiles);
  EXPECT_LT(other.places, 0.1);
  EXPECT_EQ(other.likeness, Likeness::kUnlike) << other.score;
}

TEST(Profiles, AreTakenInUnifiedUnits) {
  const auto& taxis = *program().find("transport.taxi_positions");
  const auto p = profile_of(taxis, 0, 40, 0);
  EXPECT_EQ(p.records, 2400U);
  EXPECT_EQ(p.districts, (std::set<std::uint32_t>{0, 1}));
  EXPECT_NEAR(p.fields.at("terminal").distinct.distinct(), 40, 2);
  EXPECT_NEAR(p.fields.at("longitude_e6").numbers.quantile(0.5), 120.136, 0.01);
  EXPECT_LT(p.fields.at("speed_kmh_x10").numbers.quantile(1), 60 / 3.6);
  Profiler broken(taxis);
  broken.add("\xff\xff", 0, 0);
  EXPECT_EQ(broken.profile().unreadable, 1U);
}

std::vector<std::string> found(const Query& query) {
  std::vector<std::string> out;
  for (const auto& h : search(program(), query)) out.push_back(h.contract->dataset);
  return out;
}

TEST(Search, WordsInEitherLanguageFieldsAndPlaces) {
  EXPECT_EQ(found({"queues", "", ""}).front(), "traffic_police.video_flow");
  EXPECT_EQ(found({"排队", "", ""}).front(), "traffic_police.video_flow");
  EXPECT_EQ(found({"BUSES Positions", "", ""}).front(), "transport.bus_positions");
  EXPECT_TRUE(found({"no such thing", "", ""}).empty());
  EXPECT_EQ(found({"", "delay_s", ""}), std::vector<std::string>{"transport.bus_positions"});
  EXPECT_EQ(found({"", "晚点", ""}), std::vector<std::string>{"transport.bus_positions"});
  EXPECT_EQ(found({}).size(), program().contracts().size());
  EXPECT_EQ(found({"", "", "萧山区"}).size(), program().contracts().size());  // the whole city
  EXPECT_EQ(nearest_word(program(), "quueues"), "queues");
}

TEST(Search, ADatasetOfOnePlaceIsFoundThereOnly) {
  auto one = *program().find("parking.lots");
  one.coverage = {"Xiaoshan", "萧山区"};
  const auto catalog = *Catalog::from({one});
  EXPECT_EQ(search(catalog, {"", "", "萧山"}).size(), 1U);
  EXPECT_EQ(search(catalog, {"", "", "xiaoshan"}).size(), 1U);
  EXPECT_TRUE(search(catalog, {"", "", "滨江区"}).empty());
}

TEST(Dcat, TheExportIsAsItWas) {
  std::ifstream in(std::string(CITYBRAIN_SOURCE_DIR) + "/tests/golden/catalogue.jsonld");
  std::ostringstream golden;
  golden << in.rdbuf();
  EXPECT_EQ(to_dcat(program(), "https://data.example.cn/"), golden.str())
      << "after a wanted change: ./citybrain catalog export --base https://data.example.cn/ --out "
         "tests/golden/catalogue.jsonld";
}

}  // namespace
}  // namespace citybrain::catalog
