// Units, datum, time zone and id scheme are the contract's: a contract edited to others, with data
// in those, gives the same observations.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "citybrain/v1/records.pb.h"
#include "emergency_medical/v1/emergency_medical.pb.h"
#include "hub/access/access.h"
#include "hub/model/datum.h"
#include "schemas/schemas.h"
#include "tests/support/fake_city.h"
#include "traffic_police/v1/traffic_police.pb.h"
#include "transport/v1/transport.pb.h"

namespace citybrain::access {
namespace {

using catalog::Crs;

constexpr std::int64_t kNow = 1'772'409'601'000;  // 2026-03-02 00:00:01 in UTC

std::string text_of(const std::string& dataset) {
  auto path = dataset;
  path.replace(path.find('.'), 1, "/");
  std::ifstream in(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts/" + path + ".yaml");
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

/// Replaces `from` by `to`, from the first `after` on.
void edit(std::string& text, const std::string& after, const std::string& from,
          const std::string& to) {
  const auto start = text.find(after);
  RC_ASSERT(start != std::string::npos);
  const auto at = text.find(from, start);
  RC_ASSERT(at != std::string::npos);
  text.replace(at, from.size(), to);
}

/// One dataset under an edited contract, with the tables that it needs.
class Hub {
 public:
  Hub(const std::string& contract, const std::vector<std::string>& tables)
      : network_(test::crossing_with_places()),
        catalog_(read(contract, tables)),
        rules_(network_, catalog_) {}

  template <class M>
  void admit(const std::string& dataset, schemas::SchemaRef schema, const M& message) {
    const auto payload = message.SerializeAsString();
    const auto id = std::to_string(n_++);
    Incoming r;
    r.dataset = catalog_.find(dataset)->id;
    r.publish_time.ms = kNow;
    r.source = "source";
    r.id = id;
    r.schema_id = schema.id;
    r.schema_index = schema.index;
    r.payload = payload;
    rules_.admit({&r, 1}, state_, tables_, out);
    for (const auto& q : out.quarantined) RC_LOG() << q.detail << "\n";
    RC_ASSERT(out.quarantined.empty());
  }
  const model::RoadNetwork& network() const { return network_; }
  Admitted out;

 private:
  static catalog::Catalog read(const std::string& contract,
                               const std::vector<std::string>& tables) {
    std::vector<catalog::Contract> all;
    const auto add = [&](const std::string& text) {
      auto read = catalog::read_contract(text, "contract.yaml");
      if (read.errors.empty()) read.errors = catalog::against_schema(read.contract);
      for (const auto& e : read.errors) RC_LOG() << e.text() << "\n";
      RC_ASSERT(read.errors.empty());
      all.push_back(std::move(read.contract));
    };
    add(contract);
    for (const auto& t : tables) add(text_of(t));
    return *catalog::Catalog::from(std::move(all));
  }

  model::RoadNetwork network_;
  catalog::Catalog catalog_;
  Rules rules_;
  State state_;
  Tables tables_;
  int n_ = 0;
};

struct Unit {
  const char* name;
  double factor;
};
const std::vector<Unit> kLengths = {{"dm", 0.1},   {"cm", 0.01},       {"m", 1},
                                    {"mm", 0.001}, {"[ft_i]", 0.3048}, {"10.cm", 0.1}};
const std::vector<Unit> kSpeeds = {
    {"km/h", 1 / 3.6},         {"m/s", 1},         {"cm/s", 0.01}, {"[mi_i]/h", 1609.344 / 3600},
    {"[kn_i]", 1852.0 / 3600}, {"m/min", 1.0 / 60}};
const std::vector<Unit> kClocks = {{"ms", 1e-3}, {"s", 1}, {"us", 1e-6}};

std::int64_t whole(double v) { return static_cast<std::int64_t>(std::floor(v + 0.5)); }

model::GeoPoint in_crs(const model::GeoPoint& p, Crs crs) {
  if (crs == Crs::kGcj02) return model::gcj02_from_cgcs2000(p);
  if (crs == Crs::kBd09) return model::bd09_from_gcj02(model::gcj02_from_cgcs2000(p));
  return p;
}

std::string offset_name(int hours) { return catalog::TimeZone::fixed(hours * 60).name(); }

RC_GTEST_PROP(Mapping, CamerasInAnyUnitsAndTimeZoneSayTheSame, ()) {
  const double queue_m = *rc::gen::inRange(0, 300);
  const double speed_mps = *rc::gen::inRange(0, 30);
  const auto length = *rc::gen::elementOf(kLengths);
  const auto speed = *rc::gen::elementOf(kSpeeds);
  const auto clock = *rc::gen::elementOf(kClocks);
  const int hours = *rc::gen::inRange(-11, 13);
  const bool other_scheme = *rc::gen::arbitrary<bool>();
  auto text = text_of("traffic_police.video_flow");
  const auto scheme = std::string(other_scheme ? "parking.lot" : "traffic_police.camera_lane");
  edit(text, "name: queue_length_dm", "maximum: 50000", "maximum: 10000000");
  edit(text, "name: queue_length_dm", "\"dm\"", std::string("\"") + length.name + "\"");
  edit(text, "name: speed_kmh_x10", "maximum: 2500", "maximum: 10000000");
  edit(text, "name: speed_kmh_x10", "\"km/h\"", std::string("\"") + speed.name + "\"");
  edit(text, "name: speed_kmh_x10", "value: 0.1", "value: 0.01");
  edit(text, "name: local_ms", "\"ms\"", std::string("\"") + clock.name + "\"");
  edit(text, "timeZone", "+08:00", offset_name(hours));
  edit(text, "property: idScheme", "traffic_police.camera_lane", scheme);
  Hub hub(text, {other_scheme ? "parking.lots" : "traffic_police.camera_inventory"});

  v1::IdCrosswalk cameras;
  cameras.set_scheme(scheme);
  auto* entry = cameras.add_entries();
  entry->set_own("CAM/1");
  entry->set_road("in_W");
  entry->set_lane(2);
  entry->set_reach_m(150);
  hub.admit(other_scheme ? "parking.lots" : "traffic_police.camera_inventory",
            schemas::kIdCrosswalk, cameras);
  traffic_police::v1::VideoReport r;
  r.set_camera("CAM");
  r.set_local_ms(whole((kNow + hours * 3'600'000) / 1000.0 / clock.factor));
  auto* lane = r.add_lanes();
  lane->set_lane_no(1);
  lane->set_queue_length_dm(static_cast<std::uint32_t>(whole(queue_m / length.factor)));
  lane->set_speed_kmh_x10(static_cast<std::uint32_t>(whole(speed_mps / speed.factor * 100)));
  hub.admit("traffic_police.video_flow", schemas::kVideoReport, r);
  RC_ASSERT(hub.out.batch.queues.size() == 1U);
  const auto& q = hub.out.batch.queues[0];
  RC_ASSERT(q.lane == hub.network().lane(hub.network().find_road("in_W"), 2));
  RC_ASSERT(q.at.ms == kNow);
  RC_ASSERT(std::fabs(q.queue_end_m - queue_m) <= length.factor / 2 + 1e-3);
  RC_ASSERT(std::fabs(q.mean_speed_mps - speed_mps) <= speed.factor / 200 + 1e-4);
}

RC_GTEST_PROP(Mapping, PositionsInAnyDatumAndAngleSayTheSame, ()) {
  const double before_m = *rc::gen::inRange(20, 180);
  const auto crs = *rc::gen::element(Crs::kCgcs2000, Crs::kWgs84, Crs::kGcj02, Crs::kBd09);
  const bool in_minutes = *rc::gen::arbitrary<bool>();
  auto text = text_of("emergency_medical.ambulance_positions");
  edit(text, "property: crs", "GCJ-02", std::string(name_of(crs)));
  for (const char* axis : {"name: lon_e5", "name: lat_e5"}) {
    edit(text, axis, "minimum: -", "minimum: -100");
    edit(text, axis, "maximum: ", "maximum: 100");
    edit(text, axis, "\"deg\"", in_minutes ? "\"'\"" : "\"deg\"");
    edit(text, axis, "0.00001", in_minutes ? "0.0001" : "0.000001");
  }
  edit(text, "name: local_time", "yyyy-MM-dd HH:mm:ss", "dd.MM.yyyy HH:mm:ss");
  edit(text, "timeZone", "+08:00", "-05:00");
  Hub hub(text, {"emergency_medical.ambulances"});

  v1::FleetTable fleet;
  fleet.set_scheme("emergency_medical.vehicle");
  fleet.add_own("120-07");
  fleet.add_number(7);
  hub.admit("emergency_medical.ambulances", schemas::kFleetTable, fleet);
  // On in_S, northwards, `before_m` short of the crossing's middle.
  const auto at = in_crs(model::from_plane(hub.network().anchor, {1, -before_m}), crs);
  const double per_degree = in_minutes ? 60 * 1e4 : 1e6;
  emergency_medical::v1::AmbulanceReport a;
  a.set_vehicle_no("120-07");
  a.set_local_time("01.03.2026 19:00:01");
  a.set_lon_e5(static_cast<std::int32_t>(whole(at.lon_deg * per_degree)));
  a.set_lat_e5(static_cast<std::int32_t>(whole(at.lat_deg * per_degree)));
  hub.admit("emergency_medical.ambulance_positions", schemas::kAmbulanceReport, a);
  RC_ASSERT(hub.out.batch.vehicles.size() == 1U);
  const auto& v = hub.out.batch.vehicles[0];
  RC_ASSERT(v.vehicle == 7U);
  RC_ASSERT(v.at.ms == kNow);
  RC_ASSERT(v.road == hub.network().find_road("in_S"));
  // in_S ends 15 m before the middle, after `length` metres.
  const double expected = hub.network()[v.road].length_m + 15 - before_m;
  RC_ASSERT(std::fabs(v.at_m - expected) <= 0.35);
}

}  // namespace
}  // namespace citybrain::access
