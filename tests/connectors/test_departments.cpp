// The departments' connectors from a fake city through the network to access: what comes out in
// unified words is what is true, whatever the dialect; and with imperfect sensors it is imperfect
// in the way that the models say.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "connectors/citizen_hotline/citizen_hotline.h"
#include "connectors/emergency_medical/emergency_medical.h"
#include "connectors/parking/parking.h"
#include "connectors/traffic_police/traffic_police.h"
#include "connectors/transport/transport.h"
#include "hub/access/access.h"
#include "hub/network/framing.h"
#include "hub/network/network.h"
#include "schemas/schemas.h"
#include "tests/support/fake_city.h"
#include "tests/support/temporary_folder.h"
#include "transport/v1/transport.pb.h"

namespace citybrain::connectors {
namespace {

using city_port::Call;
using city_port::FleetVehicle;
using city_port::Role;
using model::VehiclePosition;

constexpr model::EventTime kStart{1'772'409'600'000};  // 2026-03-02 08:00:00 in Beijing

/// What one record said, apart from its place in the log.
struct Said {
  std::int64_t published_ms = 0;
  std::string time, payload;
  friend bool operator==(const Said&, const Said&) = default;
};

class Watch {
 public:
  Watch(const city_port::SensorModels& models, std::uint64_t seed,
        std::vector<std::string> wanted = {})
      : city(test::crossing_with_places(), kStart),
        catalog(*catalog::Catalog::load(std::string(CITYBRAIN_SOURCE_DIR) + "/schemas/contracts")),
        rules(city.network(), catalog) {
    log = network::open_embedded({folder.path(), {}, "test"}).value();
    for (const auto& c : catalog.contracts()) log->create({c.dataset, 1}).value();
    for (const char* name :
         {schemas::topic::kCommands, schemas::topic::kAcks, schemas::topic::kWatermarks})
      log->create({name, 1}).value();
    context.log = log.get();
    context.city = &city;
    context.models = models;
    context.seed = seed;
    context.epoch = {kStart};
    context.datasets = std::move(wanted);
  }
  /// Makes the connectors; returns how many there are.
  std::size_t connect() {
    for (auto* make :
         {make_video, make_transport, make_emergency_medical, make_parking, make_citizen_hotline}) {
      auto c = make(context).value();
      if (c == nullptr) continue;
      c->introduce().value();
      connectors.push_back(std::move(c));
    }
    return connectors.size();
  }
  void observe(model::Step step) {
    city.advance_to(context.epoch.at(step)).value();
    for (auto& c : connectors) c->observe(step).value();
  }
  /// Everything published so far, in the hub's order, through access; and by dataset and id.
  void read() {
    struct Kept {
      access::Incoming in;
      std::uint64_t sequence = 0;
      std::string source, id, payload;
    };
    std::vector<Kept> kept;
    for (const auto& c : catalog.contracts()) {
      auto cursor = log->cursor(c.dataset, 0, 0).value();
      for (;;) {
        const auto records = cursor->poll(1000).value();
        if (records.empty()) break;
        for (const auto& r : records) {
          const auto framed = *network::unframe(r.value);
          Kept k;
          k.in.dataset = c.id;
          k.in.publish_time = r.publish_time;
          k.in.position = r.position;
          k.in.schema_id = framed.schema.id;
          k.in.schema_index = framed.schema.index;
          k.sequence = r.sequence;
          k.source = r.header("ce_source");
          k.id = r.header("ce_id");
          k.payload = framed.payload;
          said[c.dataset].emplace(
              k.id, Said{r.publish_time.ms, std::string(r.header("ce_time")), k.payload});
          kept.push_back(std::move(k));
        }
      }
    }
    std::stable_sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) {
      return std::tie(a.in.publish_time, a.source, a.in.dataset, a.sequence) <
             std::tie(b.in.publish_time, b.source, b.in.dataset, b.sequence);
    });
    std::vector<access::Incoming> records;
    for (auto& k : kept) {
      k.in.source = k.source;
      k.in.id = k.id;
      k.in.payload = k.payload;
      records.push_back(k.in);
    }
    rules.admit(records, state, tables, out);
  }
  const access::Counters& counters(const char* dataset) {
    return state.counters[catalog.find(dataset)->id.value];
  }
  model::RoadId road(const char* name) { return city.network().find_road(name); }

  test::TemporaryFolder folder;
  test::FakeCity city;
  catalog::Catalog catalog;
  access::Rules rules;
  access::State state;
  access::Tables tables;
  access::Admitted out;
  std::unique_ptr<network::Log> log;
  ConnectorContext context;
  std::vector<std::unique_ptr<Connector>> connectors;
  std::map<std::string, std::multimap<std::string, Said>> said;
};

FleetVehicle bus(Watch& run, std::uint32_t unit, const char* road, float at_m) {
  FleetVehicle v;
  v.vehicle = model::VehicleId{1000 + unit};
  v.unit = unit;
  v.role = Role::kBus;
  v.state = FleetVehicle::State::kDriving;
  v.road = run.road(road);
  v.lane = run.city.network().lane(v.road, 2);
  v.at_m = at_m;
  v.speed_mps = 8;
  v.line = 17;
  v.delay_s = -35;
  return v;
}

FleetVehicle ambulance(Watch& run, std::uint32_t unit, const char* road, float at_m) {
  FleetVehicle v = bus(run, unit, road, at_m);
  v.role = Role::kAmbulance;
  v.state = FleetVehicle::State::kToScene;
  v.siren = true;
  v.line = FleetVehicle::kNone;
  v.delay_s = 0;
  v.call = 41;
  return v;
}

TEST(Departments, ATaxiSaysWhetherItHasPassengers) {
  Watch run(city_port::SensorModels::perfect(), 1);
  const auto lane = run.city.network().lane(run.road("in_S"), 1);
  for (const bool vacant : {false, true})
    run.city.on_lane[lane.value].push_back(
        {model::VehicleId{vacant ? 6U : 5U}, vacant ? 90.0F : 60.0F, 7, {}, Role::kTaxi, vacant});
  run.connect();
  run.observe(1);
  run.read();
  std::multiset<std::uint32_t> status;
  for (const auto& [id, said] : run.said["transport.taxi_positions"]) {
    ::transport::v1::PositionReport report;
    ASSERT_TRUE(report.ParseFromString(said.payload));
    status.insert(report.status());
  }
  EXPECT_EQ(status, (std::multiset<std::uint32_t>{3, 3 | 3U << 8}));
}

TEST(Departments, PerfectOnesSayWhatIsTrue) {
  Watch run(city_port::SensorModels::perfect(), 1);
  run.city.units = {bus(run, 0, "in_W", 90), bus(run, 1, "in_W", 148),
                    ambulance(run, 1, "in_N", 210)};
  run.city.units[1].state = FleetVehicle::State::kAtStop;
  run.city.units[1].speed_mps = 0;
  const auto& n = run.city.network();
  const auto lane = n.lane(run.road("in_S"), 1);
  run.city.on_lane[lane.value] = {{model::VehicleId{5}, 60, 7, {}, Role::kTaxi},
                                  {model::VehicleId{6}, 90, 7, {}, Role::kCar}};
  run.city.over_line[lane.value] = {model::VehicleId{9}};
  run.city.lots = {{3, 80, 50, 2, 1}};
  run.city.begun = {{0, Call::Kind::kMedical, run.road("in_E"), 130, 1},
                    {1, Call::Kind::kIncident, run.road("out_W"), 40, 3}};
  EXPECT_EQ(run.connect(), 5U);
  run.observe(1);
  run.read();
  for (const auto& q : run.out.quarantined)
    ADD_FAILURE() << run.catalog[q.dataset].dataset << " " << q.detail;
  const auto& batch = run.out.batch;
  ASSERT_EQ(batch.vehicles.size(), 4U);
  std::map<std::pair<model::FleetRole, std::uint64_t>, VehiclePosition> by;
  for (const auto& v : batch.vehicles) {
    EXPECT_EQ(v.at, kStart + 1000);
    by[{v.role, v.role == model::FleetRole::kTaxi ? std::uint64_t{0} : v.vehicle}] = v;
  }
  const auto& driving = by.at({model::FleetRole::kBus, 0});
  EXPECT_EQ(driving.road, run.road("in_W"));
  EXPECT_NEAR(driving.at_m, 90, 0.5);
  EXPECT_NEAR(driving.speed_mps, 8, 0.02);
  EXPECT_EQ(driving.line, 17U);
  EXPECT_EQ(driving.delay_s, -35);
  EXPECT_EQ(driving.next_place, 0U);
  EXPECT_EQ(driving.state, VehiclePosition::State::kDriving);
  EXPECT_EQ(by.at({model::FleetRole::kBus, 1}).state, VehiclePosition::State::kAtStop);
  const auto& a = by.at({model::FleetRole::kAmbulance, 1});
  EXPECT_EQ(a.road, run.road("in_N"));
  EXPECT_NEAR(a.at_m, 210, 1.5);  // 1e-5 degrees
  EXPECT_EQ(a.state, VehiclePosition::State::kToScene);
  EXPECT_TRUE(a.siren);
  EXPECT_EQ(a.task, 41U);
  const auto& taxi = by.at({model::FleetRole::kTaxi, 0});
  EXPECT_EQ(taxi.road, run.road("in_S"));
  EXPECT_NEAR(taxi.at_m, 240, 0.5);
  ASSERT_EQ(batch.plates.size(), 1U);
  EXPECT_EQ(batch.plates[0].lane, lane);
  ASSERT_EQ(batch.measurements.size(), 4U);
  EXPECT_EQ(batch.measurements[0].place, 3U);
  EXPECT_EQ(batch.measurements[0].value, 30);
  EXPECT_EQ(batch.measurements[2].quantity, model::Measurement::Quantity::kEntries);
  EXPECT_EQ(batch.measurements[2].value, 2);
  ASSERT_EQ(batch.events.size(), 2U);
  std::map<model::EventReport::Kind, model::EventReport> events;
  for (const auto& e : batch.events) events[e.kind] = e;
  const auto& medical = events.at(model::EventReport::Kind::kMedical);
  // The coordinates lie on the line that both directions share; the caller's words are not asked.
  EXPECT_TRUE(medical.located);
  EXPECT_EQ(medical.severity, 1);
  EXPECT_TRUE(medical.road == run.road("in_E") || medical.road == run.road("out_E"));
  EXPECT_EQ(events.at(model::EventReport::Kind::kIncident).severity, 3);
}

TEST(Departments, NobodyWithoutDevicesOrWithoutAGrant) {
  Watch nobody(city_port::SensorModels::perfect(), 1, {"traffic_police.video_flow"});
  EXPECT_EQ(nobody.connect(), 1U);  // video; nobody wants the others
  nobody.observe(1);
  nobody.read();
  for (const auto& [dataset, records] : nobody.said)
    EXPECT_TRUE(dataset == "traffic_police.video_flow" ||
                dataset == "traffic_police.camera_inventory")
        << dataset;
  Watch empty(city_port::SensorModels::perfect(), 1,
              {"transport.bus_positions", "emergency_medical.ambulance_positions",
               "emergency_medical.calls", "parking.counters"});
  test::FakeCity bare(test::crossing(), kStart);
  empty.context.city = &bare;
  for (auto* make : {make_transport, make_emergency_medical, make_parking, make_citizen_hotline})
    EXPECT_EQ(make(empty.context).value(), nullptr);
}

TEST(Departments, VehiclesThatAppearLaterAreIntroducedFirst) {
  Watch run(city_port::SensorModels::perfect(), 1);
  run.connect();
  run.observe(1);
  run.city.units = {bus(run, 4, "in_W", 90), ambulance(run, 2, "in_N", 10)};
  run.observe(2);  // heard of
  run.observe(3);
  run.read();
  EXPECT_TRUE(run.out.quarantined.empty());
  EXPECT_EQ(run.out.batch.vehicles.size(), 2U);
}

TEST(Departments, ImperfectOnesAreLateDoubledAndOutOfOrderButNeverUnintelligible) {
  city_port::SensorModels models;
  models.bus_channel = {0.1, 0.1, 2, 1, 0.1, 30};
  models.bus.clock = {300, 50, 600};
  models.bus.interval_s = 1;
  models.call.false_per_hour = 600;
  Watch run(models, 7);
  for (std::uint32_t u = 0; u < 12; ++u)
    run.city.units.push_back(bus(run, u, "in_W", 20 + 20 * static_cast<float>(u)));
  run.city.units.push_back(ambulance(run, 0, "in_N", 210));
  run.city.lots = {{3, 80, 50, 0, 0}, {4, 12, 9, 0, 0}};  // nobody counts at the kerb
  run.connect();
  for (model::Step t = 1; t <= 900; ++t) {
    run.city.begun = t % 60 == 0
                         ? std::vector<Call>{{t / 60, Call::Kind::kFlood, run.road("in_E"), 130, 2}}
                         : std::vector<Call>{};
    run.observe(t);
  }
  run.read();
  for (const auto& q : run.out.quarantined)
    ADD_FAILURE() << run.catalog[q.dataset].dataset << " " << q.detail;
  const auto& buses = run.counters("transport.bus_positions");
  const double due = 12 * 900;
  EXPECT_NEAR(static_cast<double>(buses.records) / (due * (1 - silent_share(models.bus.dropout))),
              0.9 * 1.1, 0.05);
  EXPECT_NEAR(static_cast<double>(buses.duplicates) / due, 0.09, 0.02);
  EXPECT_GT(buses.late, 0U);
  EXPECT_EQ(buses.quarantined, 0U);
  std::size_t disordered = 0, right_road = 0;
  std::map<std::uint64_t, model::EventTime> newest;
  for (const auto& v : run.out.batch.vehicles) {
    if (v.role != model::FleetRole::kBus) continue;
    disordered += v.at < newest[v.vehicle];
    newest[v.vehicle] = std::max(newest[v.vehicle], v.at);
    right_road += v.road == run.road("in_W");
  }
  EXPECT_GT(disordered, buses.admitted / 50);
  EXPECT_GT(right_road, buses.admitted * 95 / 100);
  EXPECT_GT(run.counters("citizen_hotline.reports").admitted, 15U);
  EXPECT_GT(run.counters("parking.counters").admitted, 20U);
}

/// The models' property (test_sensor_models.cpp) through whole departments, channels included.
class OneMoreVehicle : public ::testing::TestWithParam<std::uint32_t> {};
INSTANTIATE_TEST_SUITE_P(Seeds, OneMoreVehicle, ::testing::Range(1U, 7U));

TEST_P(OneMoreVehicle, ChangesNoOtherRecord) {
  const std::uint64_t seed = GetParam();
  const std::uint32_t more = 20 + GetParam() * 7;
  city_port::SensorModels models;
  std::map<std::string, std::multimap<std::string, Said>> said[2];
  for (int with = 0; with < 2; ++with) {
    Watch run(models, seed);
    for (std::uint32_t u = 0; u < 4; ++u)
      run.city.units.push_back(bus(run, u, "in_W", 20 + 60 * static_cast<float>(u)));
    const auto lane = run.city.network().lane(run.road("in_S"), 1);
    run.city.on_lane[lane.value] = {{model::VehicleId{5}, 60, 7, {}, Role::kTaxi}};
    if (with == 1) {
      run.city.units.insert(run.city.units.begin() + 1, bus(run, more, "in_W", 33));
      run.city.on_lane[lane.value].insert(run.city.on_lane[lane.value].begin(),
                                          {model::VehicleId{more}, 30, 7, {}, Role::kTaxi});
    }
    run.connect();
    for (model::Step t = 1; t <= 90; ++t) run.observe(t);
    run.read();
    said[with] = run.said;
  }
  for (const char* dataset : {"transport.bus_positions", "transport.taxi_positions"}) {
    for (const auto& [id, record] : said[0][dataset]) {
      const auto [first, last] = said[1][dataset].equal_range(id);
      EXPECT_TRUE(std::any_of(first, last, [&](const auto& r) { return r.second == record; }))
          << dataset << " " << id;
    }
    EXPECT_GT(said[1][dataset].size(), said[0][dataset].size());
  }
}

}  // namespace
}  // namespace citybrain::connectors
