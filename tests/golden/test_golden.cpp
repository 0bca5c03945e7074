// The bytes of every message version (schemas/golden/*.hex): a change of a message that old records
// would not survive fails here. CITYBRAIN_WRITE_GOLDEN=1 writes files that are missing; it never
// replaces one.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "citybrain/v1/records.pb.h"
#include "hub/network/framing.h"
#include "navigation/v1/navigation.pb.h"
#include "traffic_police/v1/traffic_police.pb.h"

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
  v1::TruthStep t;
  t.set_step(4);
  t.add_created_ms(3000);
  t.add_lane_speed_cmps(250);
  t.set_running(2);
  t.set_last(true);
  expect_golden("citybrain.v1.TruthStep", schemas::kTruthStep, t);
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

}  // namespace
}  // namespace citybrain
