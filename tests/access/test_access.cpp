#include <gtest/gtest.h>

#include "citybrain/v1/records.pb.h"
#include "hub/access/access.h"
#include "hub/model/datum.h"
#include "navigation/v1/navigation.pb.h"
#include "schemas/schemas.h"
#include "tests/support/networks.h"
#include "traffic_police/v1/traffic_police.pb.h"

namespace citybrain::access {
namespace {

constexpr std::int64_t kNow = 1'772'409'601'000;  // 2026-03-02 08:00:01 in Beijing

class AccessTest : public ::testing::Test {
 protected:
  AccessTest()
      : network(test::crossing()),
        catalog(*catalog::Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts")),
        rules(network, catalog) {
    v1::IdCrosswalk loops;
    loops.set_scheme("traffic_police.detector");
    for (std::uint32_t i = 0; i < 3; ++i)
      add(loops, "CAB-0001/" + std::to_string(i + 1), "in_E", i);
    admit("traffic_police.signal_inventory", schemas::kIdCrosswalk, loops, kNow - 1000, "i1");
    v1::IdCrosswalk cameras;
    cameras.set_scheme("traffic_police.camera_lane");
    for (std::uint32_t i = 0; i < 3; ++i)
      add(cameras, "CAM/" + std::to_string(3 - i), "in_W", i);  // from the kerb
    admit("traffic_police.camera_inventory", schemas::kIdCrosswalk, cameras, kNow - 1000, "i2");
  }
  static void add(v1::IdCrosswalk& table, const std::string& own, const std::string& road,
                  std::uint32_t lane) {
    auto* e = table.add_entries();
    e->set_own(own);
    e->set_road(road);
    e->set_lane(lane);
    e->set_reach_m(150);
  }
  template <class M>
  void admit(const char* dataset, schemas::SchemaRef schema, const M& message,
             std::int64_t publish_ms = kNow, const std::string& id = "id") {
    admit_bytes(dataset, schema, message.SerializeAsString(), publish_ms, id);
  }
  void admit_bytes(const char* dataset, schemas::SchemaRef schema, const std::string& payload,
                   std::int64_t publish_ms, const std::string& id,
                   const std::string& source = "source") {
    Incoming r;
    r.dataset = catalog.find(dataset)->id;
    r.publish_time.ms = publish_ms;
    r.source = source;
    r.id = id;
    r.schema_id = schema.id;
    r.schema_index = schema.index;
    r.payload = payload;
    rules.admit({&r, 1}, state, out);
  }
  const Counters& counters(const char* dataset) {
    return state.counters[catalog.find(dataset)->id.value];
  }
  static traffic_police::v1::DetectorReport report() {
    traffic_police::v1::DetectorReport r;
    r.set_cabinet("CAB-0001");
    r.set_local_time("2026-03-02 08:00:01");
    r.add_detector(2);
    r.add_pulses(1);
    r.add_presence(true);
    return r;
  }

  model::RoadNetwork network;
  catalog::Catalog catalog;
  Rules rules;
  State state;
  Admitted out;
};

TEST_F(AccessTest, DetectorsBecomeLaneCounts) {
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report());
  ASSERT_EQ(out.batch.counts.size(), 1U)
      << (out.quarantined.empty() ? "" : out.quarantined[0].detail);
  const auto& c = out.batch.counts[0];
  EXPECT_EQ(c.lane, network.lane(network.find_road("in_E"), 1));
  EXPECT_EQ(c.at.ms, kNow);  // Beijing's clock, eight hours ahead
  EXPECT_EQ(c.passed, 1);
  EXPECT_TRUE(c.occupied);
}

TEST_F(AccessTest, CamerasCountLanesFromTheKerbInTheirOwnUnits) {
  traffic_police::v1::VideoReport r;
  r.set_camera("CAM");
  r.set_local_ms(kNow + 8 * 3'600'000 - 1000);
  auto* lane = r.add_lanes();
  lane->set_lane_no(1);
  lane->set_queue_count(4);
  lane->set_queue_length_dm(305);
  lane->set_speed_kmh_x10(360);
  lane->add_moving(2);
  admit("traffic_police.video_flow", schemas::kVideoReport, r);
  ASSERT_EQ(out.batch.queues.size(), 1U);
  const auto& q = out.batch.queues[0];
  EXPECT_EQ(q.lane, network.lane(network.find_road("in_W"), 2));  // the kerb lane is the highest
  EXPECT_EQ(q.at.ms, kNow - 1000);
  EXPECT_NEAR(q.queue_end_m, 30.5, 1e-4);
  EXPECT_NEAR(q.mean_speed_mps, 10, 1e-4);
  EXPECT_EQ(q.moving[0], 2);
  EXPECT_EQ(q.reach_m, 150);
}

TEST_F(AccessTest, ProbesComeFromGcj02OntoTheirRoadEvenUnregistered) {
  const auto& road = network[network.find_road("in_N")];
  const auto gcj = [&](model::Point p) {
    return model::gcj02_from_cgcs2000(model::from_plane(network.anchor, p));
  };
  const auto e6 = [](double v) {
    return static_cast<std::int32_t>(v * 1e6 + (v < 0 ? -0.5 : 0.5));
  };
  for (const bool registered : {true, false}) {
    const std::uint32_t number = registered ? 9001 : 9002;
    navigation::v1::LinkTable links;
    links.add_link(number);
    links.add_from_lon_e6(e6(gcj(road.shape[0]).lon_deg));
    links.add_from_lat_e6(e6(gcj(road.shape[0]).lat_deg));
    links.add_to_lon_e6(e6(gcj(road.shape[1]).lon_deg));
    links.add_to_lat_e6(e6(gcj(road.shape[1]).lat_deg));
    links.add_unified_road(registered ? "in_N" : "");
    admit("navigation.link_table", schemas::kLinkTable, links, kNow, std::to_string(number));
    navigation::v1::ProbeBatch batch;
    batch.set_unix_s(kNow / 1000 - 3);
    const auto at = gcj({2, 115});  // 100 m before the stop line at y = 15, 2 m beside the line
    batch.add_device(1);
    batch.add_link(number);
    batch.add_lon_e6(e6(at.lon_deg));
    batch.add_lat_e6(e6(at.lat_deg));
    batch.add_speed_kmh_x10(180);
    batch.add_next_link(0);
    admit("navigation.probes", schemas::kProbeBatch, batch, kNow, "p" + std::to_string(number));
    ASSERT_EQ(out.batch.probes.size(), 1U) << registered;
    EXPECT_EQ(out.batch.probes[0].road, network.find_road("in_N"));
    EXPECT_NEAR(out.batch.probes[0].to_stop_line_m, 100, 0.5);
    EXPECT_NEAR(out.batch.probes[0].speed_mps, 5, 1e-4);
    EXPECT_FALSE(out.batch.probes[0].next_road.valid());
  }
}

TEST_F(AccessTest, RepeatedIdsAreDroppedWithinTheWindowOnly) {
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow, "same");
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow + 1000, "same");
  EXPECT_EQ(counters("traffic_police.signal_loops").duplicates, 1U);
  EXPECT_TRUE(out.batch.counts.empty());
  admit_bytes("traffic_police.signal_loops", schemas::kDetectorReport, report().SerializeAsString(),
              kNow, "same", "another source");
  EXPECT_EQ(counters("traffic_police.signal_loops").duplicates, 1U);
  for (int i = 0; i < 5; ++i)
    admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow + 500'000,
          "later" + std::to_string(i));
  EXPECT_LE(state.seen.at("source").order.size(), 6U);  // the window has moved on
}

TEST_F(AccessTest, LateRecordsAreCountedAndKeptOut) {
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow + 2000, "in time");
  EXPECT_EQ(out.batch.counts.size(), 1U);
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow + 2001, "late");
  EXPECT_TRUE(out.batch.counts.empty());
  EXPECT_EQ(counters("traffic_police.signal_loops").late, 1U);
  EXPECT_EQ(counters("traffic_police.signal_loops").quarantined, 0U);
}

TEST_F(AccessTest, WhatBreaksTheContractIsQuarantinedWithItsReason) {
  int n = 0;
  const auto expect = [&](Fault fault, traffic_police::v1::DetectorReport r,
                          std::int64_t at = kNow) {
    admit("traffic_police.signal_loops", schemas::kDetectorReport, r, at,
          "q" + std::to_string(n++));
    ASSERT_EQ(out.quarantined.size(), 1U) << n;
    EXPECT_EQ(out.quarantined[0].fault, fault) << n << ": " << out.quarantined[0].detail;
    EXPECT_TRUE(out.batch.counts.empty());
  };
  auto r = report();
  r.set_pulses(0, 9);
  expect(Fault::kRange, r);
  r = report();
  r.set_cabinet("CAB-9999");
  expect(Fault::kUnknownId, r);
  r = report();
  r.set_detector(0, 77);
  expect(Fault::kUnknownId, r);
  r = report();
  r.set_local_time("2026-13-02 08:00:01");
  expect(Fault::kTime, r);
  expect(Fault::kTime, report(), kNow - 1);  // published before it was observed
  r = report();
  r.add_pulses(1);
  expect(Fault::kDecode, r);
  EXPECT_EQ(counters("traffic_police.signal_loops").quarantined, 6U);
}

TEST_F(AccessTest, WrongSchemaBytesAndAttributesAreQuarantined) {
  admit("traffic_police.signal_loops", schemas::kVideoReport, report(), kNow, "1");
  EXPECT_EQ(out.quarantined[0].fault, Fault::kSchema);
  admit_bytes("traffic_police.signal_loops", schemas::kDetectorReport, "\xff\xff\xff", kNow, "2");
  EXPECT_EQ(out.quarantined[0].fault, Fault::kDecode);
  admit_bytes("traffic_police.signal_loops", schemas::kDetectorReport, "", kNow, "");
  EXPECT_EQ(out.quarantined[0].fault, Fault::kAttributes);
}

TEST_F(AccessTest, StateSurvivesASnapshot) {
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow, "before");
  model::Writer w;
  w(state);
  State back;
  model::Reader r(w.bytes());
  r(back);
  ASSERT_TRUE(r.complete());
  state = back;
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow, "before");
  EXPECT_EQ(counters("traffic_police.signal_loops").duplicates, 1U);
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow, "after");
  EXPECT_EQ(out.batch.counts.size(), 1U);
}

}  // namespace
}  // namespace citybrain::access
