// The bytes of every message version (schemas/golden/*.hex): a change of a message that old records
// would not survive fails here. CITYBRAIN_WRITE_GOLDEN=1 writes files that are missing; it never
// replaces one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "citizen_hotline/v1/citizen_hotline.pb.h"
#include "citybrain/v1/cloud.pb.h"
#include "citybrain/v1/federation.pb.h"
#include "citybrain/v1/governance.pb.h"
#include "citybrain/v1/hub.pb.h"
#include "citybrain/v1/port.pb.h"
#include "citybrain/v1/protection.pb.h"
#include "citybrain/v1/records.pb.h"
#include "emergency_medical/v1/emergency_medical.pb.h"
#include "hub/network/framing.h"
#include "navigation/v1/navigation.pb.h"
#include "parking/v1/parking.pb.h"
#include "schemas/audit.h"
#include "schemas/cloud.h"
#include "schemas/federation.h"
#include "schemas/governance.h"
#include "schemas/protection.h"
#include "traffic_police/v1/traffic_police.pb.h"
#include "transport/v1/transport.pb.h"

namespace citybrain {
namespace {

const std::filesystem::path kGolden = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/golden";

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out + "\n";
}

/// A framed message against its file; and the file's bytes must parse into the same message.
template <class Message>
void expect_golden(const std::string& name, schemas::SchemaRef schema, const Message& message) {
  std::string bytes;
  network::append_frame_head(schema, bytes);
  bytes += message.SerializeAsString();
  const auto file = kGolden / (name + ".hex");
  if (!std::filesystem::exists(file) && std::getenv("CITYBRAIN_WRITE_GOLDEN") != nullptr)
    std::ofstream(file) << hex(bytes);
  std::ifstream in(file);
  std::string expected;
  ASSERT_TRUE(std::getline(in, expected)) << file << " is missing";
  EXPECT_EQ(hex(bytes), expected + "\n") << name;
  std::string stored;
  for (std::size_t i = 0; i + 1 < expected.size(); i += 2)
    stored += static_cast<char>(std::stoi(expected.substr(i, 2), nullptr, 16));
  const auto framed = network::unframe(stored);
  ASSERT_TRUE(framed);
  EXPECT_EQ(framed->schema, schema);
  Message back;
  ASSERT_TRUE(
      back.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())));
  EXPECT_EQ(back.SerializeAsString(), message.SerializeAsString());
}

TEST(Golden, Governance) {
  v1::GovernanceEvent e;
  e.set_at_ms(1'772'413'200'000);
  e.set_act("grant");
  e.set_request("r1");
  e.set_by("navigation");
  e.set_reason("only here");
  e.set_dataset("navigation.probes");
  e.set_purpose("signal_control");
  e.set_on_platform(true);
  e.set_expires_day(20'817);
  e.set_item("c1");
  e.add_masks("{field: device, rule: drop}");
  expect_golden("citybrain.v1.GovernanceEvent", schemas::kGovernanceEvent, e);
}

TEST(Golden, Federation) {
  v1::FederationShipment s;
  s.set_link("qingpu-wujiang");
  s.set_sequence(7);
  s.set_queued_ms(1'772'409'601'000);
  auto* row = s.add_rows();
  row->set_resource("qingpu.water_quality");
  row->set_entity("0003");
  row->set_version(2);
  row->set_at_ms(1'772'409'600'000);
  row->add_values("7.10");
  row->add_values("");
  s.set_withheld(2);
  expect_golden("citybrain.v1.FederationShipment", schemas::kFederationShipment, s);
  v1::FederationReturn r;
  r.set_link("qingpu-wujiang");
  r.set_sequence(1);
  r.set_queued_ms(5);
  auto* c = r.add_corrections();
  c->set_resource("qingpu.water_quality");
  c->set_entity("0003");
  c->set_version(2);
  c->set_field(1);
  c->set_value("9.8");
  c->set_by("wujiang");
  c->set_reason("differs");
  auto* u = r.add_usages();
  u->set_resource("qingpu.water_quality");
  u->set_by("wujiang");
  u->set_rows(40);
  u->set_until_ms(9);
  expect_golden("citybrain.v1.FederationReturn", schemas::kFederationReturn, r);
  v1::FederationAck a;
  a.set_link("qingpu-wujiang");
  a.set_sequence(7);
  expect_golden("citybrain.v1.FederationAck", schemas::kFederationAck, a);
}

TEST(Golden, UnifiedRecords) {
  v1::SignalCommand c;
  c.set_id(0x1122334455667788);
  c.set_junction("J");
  c.set_effective_ms(1'772'409'601'000);
  c.set_greens(5);
  c.set_yellows(2);
  c.set_phase(-1);
  c.set_reason_code("look-ahead");
  c.set_reason_value(1.5F);
  c.set_desk(3);
  expect_golden("citybrain.v1.SignalCommand", schemas::kSignalCommand, c);
  v1::CommandAck a;
  a.set_command(7);
  a.set_status(v1::CommandAck::REFUSED);
  a.set_why("lamp");
  expect_golden("citybrain.v1.CommandAck", schemas::kCommandAck, a);
  v1::Barrier b;
  b.set_source("s");
  b.set_until_ms(9);
  expect_golden("citybrain.v1.Barrier", schemas::kBarrier, b);
  v1::IdCrosswalk x;
  x.set_scheme("traffic_police.detector");
  auto* e = x.add_entries();
  e->set_own("CAB-0001/2");
  e->set_road("r");
  e->set_lane(1);
  e->set_reach_m(30);
  expect_golden("citybrain.v1.IdCrosswalk", schemas::kIdCrosswalk, x);
}

TEST(Golden, PortRecords) {
  v1::PortState s;
  s.set_step(7);
  s.set_more(true);
  s.add_lane(3);
  s.add_lane_vehicles(1);
  s.add_vehicle(12);
  s.add_to_stop_line_m(1.5F);
  s.add_speed_mps(8.25F);
  s.add_next_road(0);
  s.set_role(std::string(1, '\x03'));
  s.add_crossed_lane(3);
  s.add_crossings(2);
  s.add_crossed_known(1);
  s.add_crossed(11);
  s.add_greens(5);
  s.add_broken(4);
  auto* unit = s.add_fleet();
  unit->set_vehicle(13);
  unit->set_role(4);
  unit->set_siren(true);
  unit->set_at_m(20);
  s.add_parking()->set_occupied(40);
  s.add_calls()->set_road(2);
  expect_golden("citybrain.v1.PortState", schemas::kPortState, s);
  v1::PortActuations a;
  a.set_source("traffic_police/signal_control");
  a.set_step(7);
  a.set_number(1);
  a.set_done(true);
  a.add_actuations()->mutable_signal()->set_greens(5);
  a.add_actuations()->mutable_guidance()->set_share(0.5F);
  a.add_actuations()->mutable_dispatch()->add_route(3);
  expect_golden("citybrain.v1.PortActuations", schemas::kPortActuations, a);
  v1::PortReplies r;
  r.set_source("traffic_police/signal_control");
  r.set_step(7);
  r.set_number(1);
  r.add_outcomes();
  r.add_outcomes()->set_code("CB-CITY-DEVICE");
  expect_golden("citybrain.v1.PortReplies", schemas::kPortReplies, r);
  v1::RunIdentity i;
  i.set_identity("scenario=quickstart");
  i.add_sources("traffic_police/video");
  i.add_hubs("hub/node");
  expect_golden("citybrain.v1.RunIdentity", schemas::kRunIdentity, i);
}

TEST(Golden, CloudRecords) {
  v1::NodeEvent n;
  n.set_kind(v1::NodeEvent::LOST);
  n.set_node("gov-1");
  n.set_step(7);
  n.set_cloud("government");
  n.set_capacity(120);
  n.add_holds("sensitive-personal");
  n.set_zone("east");
  expect_golden("citybrain.v1.NodeEvent", schemas::kNodeEvent, n);
  v1::PlacementMade p;
  p.set_step(7);
  p.add_nodes("gov-1");
  auto* seat = p.add_seats();
  seat->set_partition("district/west");
  seat->set_node("gov-1");
  expect_golden("citybrain.v1.PlacementMade", schemas::kPlacementMade, p);
  v1::ServiceEvent s;
  s.set_service("schema-registry");
  s.set_node("gov-1");
  s.set_address("127.0.0.1:8081");
  s.set_step(7);
  expect_golden("citybrain.v1.ServiceEvent", schemas::kServiceEvent, s);
}

TEST(Golden, HubRecords) {
  v1::HubExchange e;
  e.set_district(1);
  e.set_step(7);
  auto* read = e.add_read();
  read->set_dataset(2);
  read->set_partition(1);
  read->set_from(10);
  read->set_to(14);
  auto* view = e.add_views();
  view->set_clients_met(3);
  view->set_vehicles_counted(20);
  view->add_entry_queues(4.5F);
  e.set_observations("o");
  expect_golden("citybrain.v1.HubExchange", schemas::kHubExchange, e);
  v1::HubMember m;
  m.set_what(v1::HubMember::OUT);
  m.set_member("hub-2");
  m.set_life("host-1-0-1");
  m.set_by("hub-1");
  m.set_session_ms(10'000);
  expect_golden("citybrain.v1.HubMember", schemas::kHubMember, m);
  v1::AuditSeal seal;
  seal.set_chain(2);
  seal.set_step(7);
  seal.set_first(40);
  seal.set_count(3);
  seal.set_root(std::string(32, '\x11'));
  seal.set_head(std::string(32, '\x22'));
  expect_golden("citybrain.v1.AuditSeal", schemas::kAuditSeal, seal);
}

TEST(Golden, Dialects) {
  traffic_police::v1::DetectorReport d;
  d.set_cabinet("CAB-0001");
  d.set_local_time("2026-03-02 08:00:01");
  d.add_detector(2);
  d.add_pulses(1);
  d.add_presence(true);
  expect_golden("traffic_police.v1.DetectorReport", schemas::kDetectorReport, d);
  traffic_police::v1::VideoReport v;
  v.set_camera("33010001_E_001");
  v.set_local_ms(1'772'438'401'000);
  auto* lane = v.add_lanes();
  lane->set_lane_no(1);
  lane->set_queue_count(4);
  lane->set_queue_length_dm(225);
  lane->add_moving(2);
  expect_golden("traffic_police.v1.VideoReport", schemas::kVideoReport, v);
  navigation::v1::ProbeBatch p;
  p.set_provider("navigation");
  p.set_unix_s(1'772'409'601);
  p.add_device(99);
  p.add_link(700'001);
  p.add_lon_e6(120'155'000);
  p.add_lat_e6(-1);
  p.add_speed_kmh_x10(123);
  p.add_next_link(0);
  expect_golden("navigation.v1.ProbeBatch", schemas::kProbeBatch, p);
  navigation::v1::LinkTable l;
  l.add_link(700'001);
  l.add_from_lon_e6(1);
  l.add_unified_road("r");
  expect_golden("navigation.v1.LinkTable", schemas::kLinkTable, l);
}

TEST(Golden, Fleets) {
  v1::FleetTable f;
  f.set_scheme("transport.terminal");
  f.add_own("139057100012");
  f.add_number(12);
  expect_golden("citybrain.v1.FleetTable", schemas::kFleetTable, f);
  transport::v1::PositionReport p;
  p.set_terminal("139057100012");
  p.set_serial(65535);
  p.set_status(8195);
  p.set_latitude_e6(30'274'321);
  p.set_longitude_e6(-1);
  p.set_speed_kmh_x10(288);
  p.set_direction_deg(271);
  p.set_bcd_time("260302080001");
  expect_golden("transport.v1.PositionReport", schemas::kPositionReport, p);
  transport::v1::BusReport b;
  *b.mutable_position() = p;
  b.set_route_id("17");
  b.set_stop_id("S00007");
  b.set_current_status(transport::v1::BusReport::IN_TRANSIT_TO);
  b.set_delay_s(-35);
  expect_golden("transport.v1.BusReport", schemas::kBusReport, b);
  emergency_medical::v1::AmbulanceReport a;
  a.set_vehicle_no("120-07");
  a.set_local_time("2026-03-02 08:00:01");
  a.set_lon_e5(12'015'500);
  a.set_lat_e5(-2);
  a.set_speed_kmh(54);
  a.set_heading_deg(90);
  a.set_task_state(2);
  a.set_siren(true);
  a.set_task_no(42);
  expect_golden("emergency_medical.v1.AmbulanceReport", schemas::kAmbulanceReport, a);
}

TEST(Golden, PlacesPlatesAndCalls) {
  emergency_medical::v1::EmergencyCall c;
  c.set_call_no("120-00000000000000ff");
  c.set_local_ms(1'772'438'401'000);
  c.set_triage(1);
  c.set_address("r, 120 m");
  c.set_located(true);
  c.set_lon_e5(12'015'500);
  c.set_lat_e5(3'027'432);
  expect_golden("emergency_medical.v1.EmergencyCall", schemas::kEmergencyCall, c);
  citizen_hotline::v1::CitizenReport r;
  r.set_sheet_no("122-00000000000000ff");
  r.set_hotline("122");
  r.set_local_ms(1'772'438'401'000);
  r.set_category(101);
  r.set_urgency(3);
  r.set_place("r, 120 m");
  r.set_located(true);
  r.set_lon_e6(120'155'000);
  r.set_lat_e6(-1);
  expect_golden("citizen_hotline.v1.CitizenReport", schemas::kCitizenReport, r);
  parking::v1::LotReport l;
  l.set_lot_code("P330101-0007");
  l.set_report_time("20260302080001");
  l.set_entries(3);
  l.set_exits(1);
  l.set_free_berths(78);
  l.set_total_berths(80);
  expect_golden("parking.v1.LotReport", schemas::kLotReport, l);
  traffic_police::v1::PlateReport p;
  p.set_camera("33010001_E_001");
  p.set_local_ms(1'772'438'401'000);
  p.add_lane_no(1);
  p.add_plate(0x1122334455667788);
  expect_golden("traffic_police.v1.PlateReport", schemas::kPlateReport, p);
}

TEST(Golden, Protection) {
  const std::string tag = "0123456789abcdef0123456789abcdef";
  v1::SealedFields sealed;
  auto* field = sealed.add_fields();
  field->set_subject(std::string(16, 't'));
  field->set_field("device");
  field->set_row(2);
  field->set_box(std::string(20, 'b'));
  expect_golden("citybrain.v1.SealedFields", schemas::kSealedFields, sealed);
  v1::BatchSignature signature;
  signature.set_key("k1");
  signature.set_index(1);
  signature.set_records(3);
  signature.set_signature(std::string(64, 's'));
  signature.set_path(std::string(64, 'p'));
  expect_golden("citybrain.v1.BatchSignature", schemas::kBatchSignature, signature);
  v1::Erasure erasure;
  erasure.set_subject(tag);
  erasure.set_reason("asked for");
  erasure.set_effective_ms(1'772'409'601'000);
  expect_golden("citybrain.v1.Erasure", schemas::kErasure, erasure);
  v1::ErasureReceipt receipt;
  receipt.set_subject(tag);
  receipt.set_vault("navigation/probes");
  receipt.set_held(true);
  receipt.set_fingerprint(std::string(32, 'f'));
  receipt.set_overwrites(2);
  receipt.set_effective_ms(1'772'409'601'000);
  receipt.set_key("k1");
  receipt.set_signature(std::string(64, 's'));
  expect_golden("citybrain.v1.ErasureReceipt", schemas::kErasureReceipt, receipt);
}

}  // namespace
}  // namespace citybrain
