// Contracts: everything that may be wrong in one, said at once and with its place; and that the
// program's own are whole.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "hub/catalog/catalog.h"
#include "hub/catalog/evolution.h"

namespace citybrain::catalog {
namespace {

namespace fs = std::filesystem;

const fs::path kSchemas = fs::path(CITYBRAIN_SOURCE_DIR) / "schemas";

std::string text_of(const std::string& dataset) {
  const auto dot = dataset.find('.');
  std::ifstream in(kSchemas / "contracts" / dataset.substr(0, dot) /
                   (dataset.substr(dot + 1) + ".yaml"));
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

/// A folder of contracts of its own, copied from the program's.
class Folder : public ::testing::Test {
 protected:
  Folder()
      : root_(fs::temp_directory_path() /
              ("citybrain-contracts-" + std::to_string(::getpid()) + "-" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::remove_all(root_);
    fs::copy(kSchemas / "contracts", root_, fs::copy_options::recursive);
  }
  ~Folder() override { fs::remove_all(root_); }
  void edit(const std::string& dataset, const std::string& from, const std::string& to) {
    write(dataset, replaced(text_of(dataset), from, to));
  }
  void write(const std::string& dataset, const std::string& text) {
    const auto dot = dataset.find('.');
    fs::create_directories(root_ / dataset.substr(0, dot));
    std::ofstream(root_ / dataset.substr(0, dot) / (dataset.substr(dot + 1) + ".yaml")) << text;
  }
  /// The errors of the folder as texts.
  std::vector<std::string> errors() {
    const auto checked = check(root_);
    EXPECT_TRUE(checked);
    std::vector<std::string> out;
    for (const auto& e : checked->errors) {
      EXPECT_EQ(e.code, "CB-INPUT-CONTRACT");
      out.push_back(e.text());
    }
    good_ = checked->catalog.contracts().size();
    return out;
  }
  /// One error that says all of `parts`, at a line of the dataset's file.
  void expect(const std::string& dataset, std::initializer_list<const char*> parts) {
    const auto all = errors();
    ASSERT_EQ(all.size(), 1U) << (all.empty() ? "" : all[0] + (all.size() > 1 ? all[1] : ""));
    const auto file = dataset.substr(dataset.find('.') + 1) + ".yaml:";
    EXPECT_NE(all[0].find(file), std::string::npos) << all[0];
    for (const char* p : parts) EXPECT_NE(all[0].find(p), std::string::npos) << p << "\n" << all[0];
    EXPECT_EQ(good_, 16U);  // the rest keeps working
  }

  fs::path root_;
  std::size_t good_ = 0;
};

TEST(Contracts, TheProgramsAreWholeAndTheirVersionsFitTheirHistory) {
  const auto checked = check(kSchemas / "contracts");
  ASSERT_TRUE(checked);
  for (const auto& e : checked->errors) ADD_FAILURE() << e.text();
  const auto history = read_history(kSchemas / "history");
  ASSERT_TRUE(history) << history.error().text();
  EXPECT_GE(history->size(), 17U);
  for (const auto& e : against_history(checked->catalog, *history)) ADD_FAILURE() << e.text();
  for (const auto& c : checked->catalog.contracts()) {
    EXPECT_FALSE(c.title_zh.empty() || c.description_zh.empty() || c.tags.empty()) << c.dataset;
    EXPECT_FALSE(c.resource.empty() || c.coverage.empty() || c.currency.empty()) << c.dataset;
    for (const auto& f : c.fields) {
      EXPECT_TRUE(f.is_classified) << c.dataset << " " << f.path;
      EXPECT_FALSE(f.title_zh.empty() || f.description.empty()) << c.dataset << " " << f.path;
    }
  }
}

TEST_F(Folder, AnUnknownUnitIsPlacedWithTheNearestOne) {
  edit("traffic_police.video_flow", "value: \"km/h\"", "value: \"kmh\"");
  expect("traffic_police.video_flow", {"lanes.speed_kmh_x10", "\"kmh\"", "km/h"});
}

TEST_F(Folder, AUnitOfAnotherQuantityIsPlaced) {
  edit("traffic_police.video_flow", "value: \"km/h\"", "value: \"km\"");
  expect("traffic_police.video_flow", {"lanes.speed_kmh_x10", "a length", "a speed"});
}

TEST_F(Folder, AnUnknownCrsIsPlaced) {
  edit("navigation.probes", "value: GCJ-02", "value: GCJ02");
  expect("navigation.probes", {"GCJ02", "did you mean \"GCJ-02\""});
}

TEST_F(Folder, PositionsNeedADatum) {
  edit("navigation.probes", "value: GCJ-02", "value: none");
  expect("navigation.probes", {"lon_e6", "crs is none", "EPSG:4490"});
}

TEST_F(Folder, AnUnknownClassOfAFieldIsPlaced) {
  edit("parking.counters", "classification: public", "classification: pubic");
  expect("parking.counters", {"field lot_code", "pubic", "did you mean \"public\""});
}

TEST_F(Folder, AFieldIsNoStricterThanItsDataset) {
  edit("parking.counters", "classification: public", "classification: core");
  expect("parking.counters", {"field lot_code", "core", "public"});
}

TEST_F(Folder, AFieldThatTheMessageDoesNotHaveIsPlacedWithTheNearest) {
  edit("parking.counters", "- name: free_berths", "- name: free_berth");
  const auto all = errors();
  ASSERT_EQ(all.size(), 2U);  // and the message's own is missing now
  EXPECT_NE((all[0] + all[1]).find("did you mean \"free_berths\""), std::string::npos);
  EXPECT_NE((all[0] + all[1]).find("the field free_berths of parking.v1.LotReport is not in"),
            std::string::npos);
  EXPECT_EQ(good_, 16U);
}

TEST_F(Folder, AnUnknownMessageIsPlacedWithTheNearest) {
  edit("parking.counters", "parking.v1.LotReport", "parking.v1.LotReports");
  expect("parking.counters", {"parking.v1.LotReports", "did you mean \"parking.v1.LotReport\""});
}

TEST_F(Folder, AnotherTypeThanTheMessagesIsPlaced) {
  edit("parking.counters", "physicalType: uint32", "physicalType: int32");
  expect("parking.counters", {"entries", "\"int32\"", "expected uint32"});
}

TEST_F(Folder, TwoLeadSourcesOfOneResourceAreRefused) {
  edit("transport.taxi_positions", "value: taxi-positions", "value: navigation-positions");
  expect("transport.taxi_positions",
         {"second lead source", "navigation-positions", "probes.yaml:", "expected navigation"});
  edit("transport.taxi_positions", "property: leadSource\n    value: transport",
       "property: leadSource\n    value: [transport, navigation]");
  expect("transport.taxi_positions", {"one lead source", "found a list"});
}

TEST_F(Folder, ACircularLineageIsPlaced) {
  edit("parking.counters", "        required: true",
       "        required: true\n        transformSourceObjects: [transport.stops.entries.own]");
  EXPECT_TRUE(errors().empty());
  edit("transport.stops", "  - property: crs",
       "  - property: derivedFrom\n    value: [parking.counters]\n  - property: crs");
  expect("transport.stops", {"circle", "parking.counters <- transport.stops <- parking.counters"});
}

TEST_F(Folder, ALineageFromNowhereIsPlacedWithTheNearest) {
  edit("parking.counters", "  - property: crs",
       "  - property: derivedFrom\n    value: [transport.stop]\n  - property: crs");
  expect("parking.counters", {"transport.stop", "did you mean \"transport.stops\""});
  edit("parking.counters", "  - property: crs",
       "  - property: derivedFrom\n    value: [transport.stops.entries.owm]\n  - property: crs");
  expect("parking.counters", {"no field", "entries.owm"});
}

TEST_F(Folder, IdentifiersNeedATable) {
  edit("transport.bus_positions", "value: transport.stop\n", "value: transport.stpo\n");
  expect("transport.bus_positions", {"stop_id", "did you mean \"transport.stop\""});
}

TEST_F(Folder, AnUnknownTimeZoneIsPlacedWithTheNearest) {
  edit("parking.counters", "value: \"+08:00\"", "value: Asia/Shangai");
  expect("parking.counters", {"Asia/Shangai", "Asia/Shanghai"});
}

TEST_F(Folder, AFormatThatIsNoTimeIsPlaced) {
  edit("parking.counters", "format: yyyyMMddHHmmss", "format: yyyyMMdd");
  expect("parking.counters", {"report_time", "yyyyMMdd", "format"});
}

TEST_F(Folder, AllErrorsOfAFolderAreSaidAtOnceAndTheRestKeepsWorking) {
  edit("parking.counters", "status: active", "statsu: active");
  write("transport.stops", "a: [1, 2\nb: 3");
  auto text = replaced(text_of("navigation.probes"), "value: \"km/h\"", "value: \"kph\"");
  text = replaced(text, "value: GCJ-02", "value: WGS84");
  text = replaced(text, "value: conditional", "value: conditonal");
  write("navigation.probes", text);
  const auto all = errors();
  EXPECT_EQ(good_, 13U);  // also without bus positions, whose stops no table explains now
  std::string whole;
  for (const auto& e : all) whole += e + "\n";
  for (const char* says : {"did you mean \"status\"", "\"status\" is missing", "not valid YAML",
                           "did you mean \"km/h\"", "WGS84", "did you mean \"conditional\""})
    EXPECT_NE(whole.find(says), std::string::npos) << says << "\n" << whole;
  const auto loaded = Catalog::load(root_);
  ASSERT_FALSE(loaded);  // a run wants all of them
  EXPECT_NE(loaded.error().mend.find("more: ./citybrain catalog check"), std::string::npos);
}

TEST(Contracts, FieldsKeepTheirClassAndWhetherTheyIdentify) {
  const auto c = Catalog::load(kSchemas / "contracts");
  ASSERT_TRUE(c) << c.error().text();
  const auto* plates = c->find("traffic_police.plates");
  EXPECT_TRUE(plates->field("plate")->personal_identifier);
  EXPECT_EQ(plates->field("plate")->data_class, DataClass::kPersonal);
  EXPECT_EQ(plates->field("camera")->data_class, DataClass::kInternal);
  EXPECT_FALSE(plates->field("camera")->personal_identifier);
  const auto* video = c->find("traffic_police.video_flow");
  EXPECT_EQ(video->field("queue_count"), video->field("lanes.queue_count"));
  EXPECT_EQ(video->field("lanes")->physical_type, "repeated LaneView");
  EXPECT_EQ(c->find("transport.bus_positions")->scheme_of("stop_id"), "transport.stop");
  EXPECT_EQ(c->find("transport.bus_positions")->scheme_of("position.terminal"),
            "transport.terminal");
  const auto loose = Catalog::parse(
      replaced(text_of("emergency_medical.calls"), "        classification: internal\n", ""), "x");
  ASSERT_TRUE(loose) << loose.error().text();
  EXPECT_EQ(loose->field("call_no")->data_class, DataClass::kSensitivePersonal);  // the strictest
}

}  // namespace
}  // namespace citybrain::catalog
