#include <gtest/gtest.h>

#include "citizen_hotline/v1/citizen_hotline.pb.h"
#include "citybrain/v1/records.pb.h"
#include "emergency_medical/v1/emergency_medical.pb.h"
#include "hub/access/access.h"
#include "hub/model/datum.h"
#include "navigation/v1/navigation.pb.h"
#include "parking/v1/parking.pb.h"
#include "schemas/schemas.h"
#include "tests/support/fake_city.h"
#include "traffic_police/v1/traffic_police.pb.h"
#include "transport/v1/transport.pb.h"

namespace citybrain::access {
namespace {

constexpr std::int64_t kNow = 1'772'409'601'000;  // 2026-03-02 08:00:01 in Beijing

class AccessTest : public ::testing::Test {
 protected:
  AccessTest()
      : network(test::crossing_with_places()),
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
    v1::FleetTable fleet;
    fleet.set_scheme("transport.terminal");
    fleet.add_own("139057100012");
    fleet.add_number(12);
    admit("transport.terminals", schemas::kFleetTable, fleet, kNow - 1000, "i3");
    v1::IdCrosswalk lots;
    lots.set_scheme("parking.lot");
    add(lots, "P330101-0004", "in_S", 2);
    lots.mutable_entries(0)->set_place("lot");
    admit("parking.lots", schemas::kIdCrosswalk, lots, kNow - 1000, "i4");
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
    rules.admit({&r, 1}, state, tables, out);
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
  Tables tables;
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
  // Published before it was observed, by more than a clock is allowed to be ahead.
  expect(Fault::kTime, report(), kNow - 1001);
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

TEST_F(AccessTest, AClockThatIsAheadWithinToleranceIsTakenAsNow) {
  admit("traffic_police.signal_loops", schemas::kDetectorReport, report(), kNow - 1000, "ahead");
  ASSERT_EQ(out.batch.counts.size(), 1U);
  EXPECT_EQ(out.batch.counts[0].at.ms, kNow - 1000);
}

transport::v1::BusReport bus_report() {
  transport::v1::BusReport b;
  auto* p = b.mutable_position();
  p->set_terminal("139057100012");
  p->set_status(3);
  // 1e-6 degrees about the crossing's anchor: 150 m south of it, on in_S.
  p->set_longitude_e6(120'150'000);
  p->set_latitude_e6(30'270'000 - 1353);
  p->set_speed_kmh_x10(360);
  p->set_direction_deg(2);
  p->set_bcd_time("260302080000");
  b.set_route_id("17");
  return b;
}

TEST_F(AccessTest, PositionsFindTheirRoadByPlaceAndDirection) {
  auto b = bus_report();
  admit("transport.bus_positions", schemas::kBusReport, b, kNow, "1");
  ASSERT_EQ(out.batch.vehicles.size(), 1U)
      << (out.quarantined.empty() ? "" : out.quarantined[0].detail);
  EXPECT_EQ(out.batch.vehicles[0].vehicle, 12U);
  EXPECT_EQ(out.batch.vehicles[0].road, network.find_road("in_S"));  // northwards
  EXPECT_NEAR(out.batch.vehicles[0].at_m, 165, 1);
  EXPECT_NEAR(out.batch.vehicles[0].speed_mps, 10, 1e-4);
  EXPECT_EQ(out.batch.vehicles[0].at.ms, kNow - 1000);
  b.mutable_position()->set_direction_deg(181);
  admit("transport.bus_positions", schemas::kBusReport, b, kNow, "2");
  EXPECT_EQ(out.batch.vehicles[0].road, network.find_road("out_S"));  // southwards
  b.mutable_position()->set_direction_deg(90);                        // across: no road leads there
  admit("transport.bus_positions", schemas::kBusReport, b, kNow, "3");
  EXPECT_FALSE(out.batch.vehicles[0].road.valid());
  b = bus_report();
  b.mutable_position()->set_status(1);  // no fix
  admit("transport.bus_positions", schemas::kBusReport, b, kNow, "4");
  EXPECT_FALSE(out.batch.vehicles[0].road.valid());
}

TEST_F(AccessTest, FleetsPlacesAndCallsThatBreakTheirContractsAreQuarantined) {
  int n = 0;
  const auto expect = [&](Fault fault, const char* dataset, schemas::SchemaRef schema,
                          const auto& message) {
    admit(dataset, schema, message, kNow, "q" + std::to_string(n++));
    ASSERT_EQ(out.quarantined.size(), 1U) << n;
    EXPECT_EQ(out.quarantined[0].fault, fault) << n << ": " << out.quarantined[0].detail;
    EXPECT_EQ(out.batch.size(), 0U);
  };
  const auto bus = [&](Fault fault, const auto& change) {
    auto b = bus_report();
    change(b);
    expect(fault, "transport.bus_positions", schemas::kBusReport, b);
  };
  bus(Fault::kUnknownId, [](auto& b) { b.mutable_position()->set_terminal("139057199999"); });
  bus(Fault::kUnknownId, [](auto& b) { b.set_stop_id("S00099"); });
  bus(Fault::kTime, [](auto& b) { b.mutable_position()->set_bcd_time("261302080000"); });
  bus(Fault::kTime, [](auto& b) { b.mutable_position()->set_bcd_time("2603020800"); });
  bus(Fault::kRange, [](auto& b) { b.mutable_position()->set_speed_kmh_x10(9000); });
  bus(Fault::kRange, [](auto& b) { b.mutable_position()->set_direction_deg(360); });
  bus(Fault::kRange, [](auto& b) { b.mutable_position()->set_latitude_e6(91'000'000); });
  bus(Fault::kRange, [](auto& b) { b.set_delay_s(100'000); });
  emergency_medical::v1::AmbulanceReport a;
  a.set_vehicle_no("120-77");
  a.set_local_time("2026-03-02 08:00:01");
  expect(Fault::kUnknownId, "emergency_medical.ambulance_positions", schemas::kAmbulanceReport, a);
  emergency_medical::v1::EmergencyCall c;
  c.set_local_ms(kNow + 8 * 3'600'000);
  c.set_triage(7);
  expect(Fault::kRange, "emergency_medical.calls", schemas::kEmergencyCall, c);
  c.set_triage(1);
  c.set_address("nowhere, 5 m");
  expect(Fault::kUnknownId, "emergency_medical.calls", schemas::kEmergencyCall, c);
  citizen_hotline::v1::CitizenReport r;
  r.set_local_ms(kNow + 8 * 3'600'000);
  r.set_urgency(1);
  r.set_category(999);
  expect(Fault::kRange, "citizen_hotline.reports", schemas::kCitizenReport, r);
  parking::v1::LotReport l;
  l.set_lot_code("P330101-0004");
  l.set_report_time("20260302080000");
  l.set_total_berths(80);
  l.set_free_berths(81);
  expect(Fault::kRange, "parking.counters", schemas::kLotReport, l);
  l.set_lot_code("P999999-0001");
  expect(Fault::kUnknownId, "parking.counters", schemas::kLotReport, l);
  v1::FleetTable t;
  t.set_scheme("transport.taxi");
  expect(Fault::kUnknownId, "transport.terminals", schemas::kFleetTable, t);
  v1::IdCrosswalk x;
  x.set_scheme("transport.stop");
  add(x, "S00001", "in_W", 2);
  x.mutable_entries(0)->set_place("no such place");
  expect(Fault::kUnknownId, "transport.stops", schemas::kIdCrosswalk, x);
}

TEST_F(AccessTest, CallersWithoutCoordinatesAreTakenAtTheirWord) {
  emergency_medical::v1::EmergencyCall c;
  c.set_call_no("120-1");
  c.set_local_ms(kNow + 8 * 3'600'000 - 20'000);
  c.set_triage(2);
  c.set_address("in_W, 120 m");
  admit("emergency_medical.calls", schemas::kEmergencyCall, c);
  ASSERT_EQ(out.batch.events.size(), 1U);
  EXPECT_EQ(out.batch.events[0].road, network.find_road("in_W"));
  EXPECT_EQ(out.batch.events[0].at_m, 120);
  EXPECT_FALSE(out.batch.events[0].located);
  EXPECT_EQ(out.batch.events[0].at.ms, kNow - 20'000);
}

}  // namespace
}  // namespace citybrain::access
