// What one reader sees through its masks, rule by rule. That no combination of them shows more than
// it should is the property test's (tests/property/test_masking.cpp).
#include <gtest/gtest.h>

#include "hub/access/reader.h"
#include "tests/support/fake_city.h"

namespace citybrain::access {
namespace {

using catalog::MaskKind;
using catalog::MaskRule;
using catalog::PlaceScale;
using model::EventTime;

constexpr std::int64_t kNoon = 1'772'409'600'000;

class ReaderTest : public ::testing::Test {
 protected:
  ReaderTest()
      : network(test::crossing_with_places()),
        catalog(*catalog::Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts")) {
  }
  Grant grant(const char* dataset, std::vector<MaskRule> masks = {}) const {
    Grant g;
    g.dataset = catalog.find(dataset)->id;
    g.masks = std::move(masks);
    return g;
  }
  Reader reader(std::vector<Grant> grants, const std::string& recipient = "desk") const {
    ReaderSpec spec;
    spec.recipient = recipient;
    spec.grants = std::move(grants);
    spec.pseudonym_key = protection::sha256(recipient);
    return Reader::make(network, catalog, spec).value();
  }
  model::ProbePoint probe(std::uint64_t who, const char* road = "in_E", float to_stop_line_m = 50,
                          float speed_mps = 10, std::int64_t at = kNoon) const {
    return {who,
            network.find_road(road),
            network.find_road("out_W"),
            EventTime{at},
            catalog.find("navigation.probes")->id,
            to_stop_line_m,
            speed_mps};
  }
  void see(const Reader& r, std::int64_t now = kNoon) {
    const model::ObservationBatch* batches[] = {&in};
    access::Sight seen;
    r.see(batches, EventTime{now}, access::kAllDatasets, state, seen);
    out = std::move(seen.batches.front());
  }
  static MaskRule rule(MaskKind kind, const char* field = "") {
    MaskRule r;
    r.kind = kind;
    r.field = field;
    return r;
  }

  model::RoadNetwork network;
  catalog::Catalog catalog;
  model::ObservationBatch in, out;
  ReaderState state;
};

TEST_F(ReaderTest, WithoutMasksNothingChanges) {
  const auto r = reader({grant("navigation.probes")});
  EXPECT_TRUE(r.is_plain());
  in.probes = {probe(7)};
  see(r);
  ASSERT_EQ(out.probes.size(), 1U);
  EXPECT_EQ(out.probes[0].pseudonym, 7U);
  EXPECT_EQ(out.probes[0].to_stop_line_m, 50);
}

TEST_F(ReaderTest, TwoRecipientsCannotJoinTheirPseudonyms) {
  in.probes = {probe(7), probe(8), probe(7)};
  const std::vector<MaskRule> masks = {rule(MaskKind::kPseudonym, "device")};
  see(reader({grant("navigation.probes", masks)}, "east"));
  const auto east = out.probes;
  see(reader({grant("navigation.probes", masks)}, "west"));
  const auto west = out.probes;
  ASSERT_EQ(east.size(), 3U);
  EXPECT_EQ(east[0].pseudonym, east[2].pseudonym) << "within a recipient they stay together";
  EXPECT_NE(east[0].pseudonym, east[1].pseudonym);
  for (const auto& e : east) {
    EXPECT_NE(e.pseudonym, 7U);
    for (const auto& w : west) EXPECT_NE(e.pseudonym, w.pseudonym);
  }
}

TEST_F(ReaderTest, ADroppedNameIsNobody) {
  const auto r = reader({grant(
      "navigation.probes", {rule(MaskKind::kDrop, "device"), rule(MaskKind::kDrop, "next_link")})});
  EXPECT_FALSE(r.is_plain());
  in.probes = {probe(7)};
  see(r);
  ASSERT_EQ(out.probes.size(), 1U);
  EXPECT_EQ(out.probes[0].pseudonym, 0U);
  EXPECT_FALSE(out.probes[0].next_road.valid());
}

TEST_F(ReaderTest, PlacesOfACellAreOnePlace) {
  auto road = rule(MaskKind::kGeneralisePlace, "lon_e6");
  road.scale = PlaceScale::kRoad;
  in.probes = {probe(1, "in_E", 10), probe(2, "in_E", 290)};
  see(reader({grant("navigation.probes", {road})}));
  ASSERT_EQ(out.probes.size(), 2U);
  EXPECT_EQ(out.probes[0].to_stop_line_m, 150);
  EXPECT_EQ(out.probes[1].to_stop_line_m, 150);
  EXPECT_EQ(out.probes[0].road, network.find_road("in_E"));
  EXPECT_TRUE(out.probes[0].next_road.valid());

  auto cell = road;
  cell.scale = PlaceScale::kCell;
  cell.cell_m = 10'000;
  auto district = road;
  district.scale = PlaceScale::kDistrict;
  in.probes = {probe(1, "in_E", 10), probe(2, "out_E", 200)};
  for (const auto& coarse : {cell, district}) {
    state = {};
    see(reader({grant("navigation.probes", {coarse})}));
    ASSERT_EQ(out.probes.size(), 2U);
    EXPECT_EQ(out.probes[0].road, out.probes[1].road);
    EXPECT_FALSE(out.probes[0].next_road.valid());
  }
}

TEST_F(ReaderTest, MinutesAreSeenWhenTheyAreOver) {
  auto minutes = rule(MaskKind::kGeneraliseTime, "unix_s");
  minutes.minutes = 1;
  const auto r = reader({grant("navigation.probes", {minutes})});
  in.probes = {probe(9, "in_E", 50, 10, kNoon + 1000), probe(3, "in_E", 50, 10, kNoon + 5000)};
  see(r, kNoon + 5000);
  EXPECT_TRUE(out.probes.empty());
  in.clear();
  see(r, kNoon + 59'999);
  EXPECT_TRUE(out.probes.empty());
  see(r, kNoon + 60'000);
  ASSERT_EQ(out.probes.size(), 2U);
  EXPECT_EQ(out.probes[0].pseudonym, 3U) << "not in the order of what happened";
  for (const auto& p : out.probes) EXPECT_EQ(p.at.ms, kNoon);
  see(r, kNoon + 61'000);
  EXPECT_TRUE(out.probes.empty());
}

TEST_F(ReaderTest, MeansAreOfGroupsThatAreLargeEnough) {
  auto mean = rule(MaskKind::kAggregate);
  mean.minimum_group = 3;
  mean.window_s = 10;
  const auto r = reader({grant("navigation.probes", {mean})});
  in.probes = {probe(1, "in_E", 50, 6), probe(2, "in_E", 90, 9), probe(3, "in_E", 20, 12),
               probe(4, "in_W", 50, 6), probe(5, "in_W", 50, 6),  // two are too few
               probe(6, "in_S", 50, 6), probe(6, "in_S", 50, 6), probe(6, "in_S", 50, 6)};
  see(r, kNoon);
  EXPECT_TRUE(out.probes.empty());
  in.clear();
  for (std::int64_t now = kNoon + 1000; out.probes.empty(); now += 1000) {
    ASSERT_LT(now, kNoon + 60'000);
    see(r, now);
  }
  ASSERT_EQ(out.probes.size(), 1U);
  EXPECT_EQ(out.probes[0].road, network.find_road("in_E"));
  EXPECT_EQ(out.probes[0].speed_mps, 9);
  EXPECT_EQ(out.probes[0].pseudonym, 0U);
  EXPECT_TRUE(state.groups.empty()) << "what was too small is gone, too";
}

TEST_F(ReaderTest, AGrantHoldsForItsTimeAndItsPurpose) {
  auto g = grant("navigation.probes");
  g.from = EventTime{kNoon};
  g.until = EventTime{kNoon + 2000};
  const auto r = reader({g});
  in.probes = {probe(1)};
  for (const auto& [now, n] :
       {std::pair{kNoon - 1, 0U}, {kNoon, 1U}, {kNoon + 1999, 1U}, {kNoon + 2000, 0U}}) {
    see(r, now);
    EXPECT_EQ(out.probes.size(), n) << now - kNoon;
  }
  g = grant("navigation.probes");
  g.purpose = "traffic_estimation";
  const auto other = reader({g, grant("traffic_police.plates")});
  see(other);
  EXPECT_TRUE(out.probes.empty());
  ASSERT_EQ(other.refused().size(), 1U);
  EXPECT_NE(other.refused()[0].why.find("traffic_estimation"), std::string::npos);
}

TEST_F(ReaderTest, WhatWaitedUnderAGrantThatEndsIsNotSeen) {
  auto minutes = rule(MaskKind::kGeneraliseTime, "unix_s");
  minutes.minutes = 1;
  auto g = grant("navigation.probes", {minutes});
  g.until = EventTime{kNoon + 30'000};
  auto next = grant("navigation.probes", {minutes});
  next.from = EventTime{kNoon + 40'000};
  const auto r = reader({g, next});
  in.probes = {probe(1)};
  see(r, kNoon + 1000);
  in.clear();
  for (const std::int64_t at : {35'000, 45'000, 60'000, 90'000}) {
    see(r, kNoon + at);
    EXPECT_TRUE(out.probes.empty()) << at;
  }
}

TEST_F(ReaderTest, AFieldAboveTheClearanceIsNeverSeen) {
  ReaderSpec spec;
  spec.recipient = "desk";
  spec.clearance = {catalog::DataClass::kPublic, catalog::DataClass::kInternal};
  spec.grants = {grant("navigation.probes")};
  const auto r = Reader::make(network, catalog, spec).value();
  in.probes = {probe(1)};
  see(r);
  EXPECT_TRUE(out.probes.empty()) << "places of clients are personal";
  spec.grants[0].is_owner = true;  // its own data
  const auto owner = Reader::make(network, catalog, spec).value();
  see(owner);
  EXPECT_EQ(out.probes.size(), 1U);
}

TEST_F(ReaderTest, RulesThatNobodyCanCarryOutAreRefused) {
  auto place = rule(MaskKind::kGeneralisePlace, "cabinet");
  place.scale = PlaceScale::kRoad;
  place.where = "scenario.yaml:12:9";
  const std::pair<const char*, MaskRule> wrong[] = {
      {"traffic_police.signal_loops", place},
      {"navigation.probes", rule(MaskKind::kPseudonym, "speed_kmh_x10")},
      {"navigation.probes", rule(MaskKind::kGeneraliseTime, "device")},
      {"traffic_police.plates", rule(MaskKind::kAggregate)}};
  for (const auto& [dataset, mask] : wrong) {
    ReaderSpec spec;
    spec.grants = {grant(dataset, {mask})};
    const auto r = Reader::make(network, catalog, spec);
    ASSERT_FALSE(r) << dataset;
    EXPECT_EQ(r.error().code, "CB-INPUT-MASK");
    EXPECT_EQ(r.error().where, mask.where);
  }
  ReaderSpec twice;
  twice.grants = {grant("navigation.probes"), grant("navigation.probes")};
  EXPECT_FALSE(Reader::make(network, catalog, twice));
}

TEST_F(ReaderTest, VehiclesAndReportsLoseWhatTheyShould) {
  model::VehiclePosition v;
  v.vehicle = 12;
  v.state = model::VehiclePosition::State::kDriving;
  v.source = catalog.find("transport.bus_positions")->id;
  v.road = network.find_road("in_E");
  v.at_m = 10;
  v.speed_mps = 8;
  v.line = 3;
  v.next_place = 1;
  v.delay_s = 60;
  model::EventReport e{5,
                       model::EventReport::Kind::kMedical,
                       1,
                       true,
                       EventTime{kNoon},
                       catalog.find("emergency_medical.calls")->id,
                       network.find_road("in_W"),
                       33};
  in.vehicles = {v};
  in.events = {e};
  see(reader({grant("transport.bus_positions",
                    {rule(MaskKind::kDrop, "latitude_e6"), rule(MaskKind::kDrop, "route_id"),
                     rule(MaskKind::kDrop, "speed_kmh_x10"), rule(MaskKind::kDrop, "delay_s")}),
              grant("emergency_medical.calls",
                    {rule(MaskKind::kDrop, "call_no"), rule(MaskKind::kDrop, "triage"),
                     rule(MaskKind::kDrop, "address")})}));
  ASSERT_EQ(out.vehicles.size(), 1U);
  const auto& seen = out.vehicles[0];
  EXPECT_FALSE(seen.road.valid());
  EXPECT_EQ(seen.next_place, model::VehiclePosition::kNone) << "the next stop tells the place";
  EXPECT_EQ(seen.line, model::VehiclePosition::kNone);
  EXPECT_EQ(seen.speed_mps, 0);
  EXPECT_EQ(seen.state, model::VehiclePosition::State::kUnknown) << "not a car that stands";
  EXPECT_EQ(seen.delay_s, 0);
  ASSERT_EQ(out.events.size(), 1U);
  EXPECT_EQ(out.events[0].number, 0U);
  EXPECT_EQ(out.events[0].severity, 4);
  EXPECT_FALSE(out.events[0].road.valid());
  EXPECT_FALSE(out.events[0].located);
}

}  // namespace
}  // namespace citybrain::access
