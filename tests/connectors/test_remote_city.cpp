// A city's port through the network: what is shown arrives exactly, whatever it is and however many
// records it takes; what is moved is applied once, in order, and answered; what is damaged or
// missing is said.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <thread>

#include "connectors/remote_city/port_records.h"
#include "connectors/remote_city/port_server.h"
#include "connectors/remote_city/port_state.h"
#include "connectors/remote_city/port_view.h"
#include "connectors/remote_city/remote_city.h"
#include "tests/support/fake_city.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::remote_city {
namespace {

using city_port::Actuation;
using city_port::DispatchActuation;
using city_port::FleetVehicle;
using city_port::GuidanceActuation;
using city_port::Role;
using city_port::SignalActuation;
using city_port::VehicleOnLane;
using std::chrono::milliseconds;

constexpr model::EventTime kStart{1'772'409'600'000};

std::uint32_t below(std::size_t n) {
  return *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(n));
}
std::uint32_t number_or_none() {
  return *rc::gen::element(std::uint32_t{0}, std::uint32_t{7}, ~std::uint32_t{0});
}
float any_float() { return *rc::gen::element(0.0F, 0.1F, 1.0F / 3, 123.456F, -2.5F, 1e-30F); }

void fill_lanes(test::FakeCity& city) {
  const auto& network = city.network();
  for (std::uint32_t l = 0; l < network.lanes.size(); ++l) {
    for (std::uint32_t n = below(4); n > 0; --n)
      city.on_lane[l].push_back(
          {model::VehicleId{below(1U << 31)}, any_float(), any_float(),
           model::RoadId{*rc::gen::element(std::uint32_t{1}, model::RoadId::kNone)},
           static_cast<Role>(below(6)), below(2) == 0});
    for (std::uint32_t n = below(3); n > 0; --n)
      city.over_line[l].push_back(model::VehicleId{below(100)});
  }
}

void fill_the_rest(test::FakeCity& city) {
  const auto& network = city.network();
  for (std::uint32_t n = below(5); n > 0; --n) {
    FleetVehicle v;
    v.vehicle = model::VehicleId{number_or_none()};
    v.unit = n;
    v.role = static_cast<Role>(below(6));
    v.state = static_cast<FleetVehicle::State>(below(7));
    v.siren = below(2) == 0;
    v.road = model::RoadId{below(network.roads.size())};
    v.lane = model::LaneId{*rc::gen::element(std::uint32_t{2}, model::LaneId::kNone)};
    v.at_m = any_float();
    v.speed_mps = any_float();
    v.call = number_or_none();
    v.line = number_or_none();
    v.delay_s = any_float();
    v.next_stop = *rc::gen::element(std::uint32_t{1}, FleetVehicle::kNone);
    city.units.push_back(v);
  }
  for (std::uint32_t n = below(4); n > 0; --n)
    city.lots.push_back({below(network.places.size()), below(500), below(500), n, below(9)});
  for (std::uint32_t n = below(4); n > 0; --n)
    city.begun.push_back({n, static_cast<city_port::Call::Kind>(below(4)),
                          model::RoadId{below(network.roads.size())}, any_float(),
                          static_cast<std::uint8_t>(1 + below(4))});
}

auto tied(const VehicleOnLane& v) {
  return std::tuple(v.vehicle, v.to_stop_line_m, v.speed_mps, v.next_road, v.role, v.vacant);
}
auto tied(const FleetVehicle& v) {
  return std::tuple(v.vehicle, v.unit, v.role, v.state, v.siren, v.road, v.lane, v.at_m,
                    v.speed_mps, v.call, v.line, v.delay_s, v.next_stop);
}
auto tied(const city_port::ParkingState& p) {
  return std::tuple(p.place, p.capacity, p.occupied, p.came, p.left);
}
auto tied(const city_port::Call& c) { return std::tuple(c.id, c.kind, c.road, c.at_m, c.severity); }

template <class A, class B>
void expect_equal(const A& a, const B& b) {
  RC_ASSERT(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) RC_ASSERT(tied(a[i]) == tied(b[i]));
}

void expect_same_view(const city_port::Sensors& is, const city_port::Sensors& shown,
                      const model::RoadNetwork& network) {
  for (std::uint32_t l = 0; l < network.lanes.size(); ++l) {
    const model::LaneId lane{l};
    RC_ASSERT(shown.crossings(lane) == is.crossings(lane));
    RC_ASSERT(std::ranges::equal(shown.crossed(lane), is.crossed(lane)));
    expect_equal(shown.vehicles(lane), is.vehicles(lane));
  }
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j) {
    const model::JunctionId junction{j};
    RC_ASSERT(shown.greens(junction) == is.greens(junction));
    for (const auto d :
         {city_port::Device::kSignal, city_port::Device::kLoops, city_port::Device::kCamera})
      RC_ASSERT(shown.works(d, junction) == is.works(d, junction));
  }
  expect_equal(shown.fleet(), is.fleet());
  expect_equal(shown.parking(), is.parking());
  expect_equal(shown.calls(), is.calls());
}

TEST(RemoteCity, ShowsExactlyWhatTheCityShows) {
  rc::check([] {
    const auto network = test::crossing_with_places();
    PortView view(network);
    StateWriter writer(network, *rc::gen::element<std::size_t>(1, 60, 500, kRecordBytes));
    for (model::Step step = 0; step < 3; ++step) {  // what was shown before must be gone
      test::FakeCity city(test::crossing_with_places(), kStart);
      fill_lanes(city);
      fill_the_rest(city);
      std::vector<std::string> records;
      writer.write(city, step,
                   [&](const v1::PortState& r) { records.push_back(r.SerializeAsString()); });
      for (std::size_t i = 0; i < records.size(); ++i) {
        v1::PortState record;
        RC_ASSERT(record.ParseFromString(records[i]));
        const auto complete = view.take(record);
        RC_ASSERT(static_cast<bool>(complete));
        RC_ASSERT(*complete == (i + 1 == records.size()));
      }
      RC_ASSERT(view.step() == step);
      expect_same_view(city, view, network);
    }
  });
}

TEST(RemoteCity, SplitsWhatIsTooBigForOneRecord) {
  test::FakeCity city(test::crossing_with_places(), kStart);
  for (std::uint32_t l = 0; l < city.network().lanes.size(); ++l)
    city.on_lane[l].assign(20, {model::VehicleId{l}, 1, 2, {}, Role::kCar});
  std::vector<std::size_t> sizes;
  StateWriter(city.network(), 1000).write(city, 1, [&](const v1::PortState& r) {
    sizes.push_back(r.ByteSizeLong());
  });
  EXPECT_GT(sizes.size(), 5U);
  for (const auto s : sizes) EXPECT_LE(s, 1000U);
}

TEST(RemoteCity, RefusesStateThatDoesNotFitTheNetwork) {
  const auto network = test::crossing_with_places();
  const auto refused = [&](auto change) {
    test::FakeCity city(test::crossing_with_places(), kStart);
    city.on_lane[1] = {{model::VehicleId{1}, 1, 2, {}, Role::kCar}};
    city.over_line[2] = {model::VehicleId{5}};
    v1::PortState record;
    StateWriter(network).write(city, 1, [&](const v1::PortState& r) { record = r; });
    change(record);
    const auto taken = PortView(network).take(record);
    return !taken && taken.error().code == "CB-PORT-RECORD";
  };
  EXPECT_FALSE(refused([](v1::PortState&) {}));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.set_lane(0, 1'000'000); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.set_lane_vehicles(0, 2); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.add_speed_mps(1); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.set_next_road(0, 1000); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { *r.mutable_role() = "\x09"; }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.set_crossed_known(0, 7); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.add_greens(1); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.add_broken(1000); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.add_fleet()->set_road(1000); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.add_parking()->set_place(1000); }));
  EXPECT_TRUE(refused([](v1::PortState& r) { r.add_calls(); })) << "a call from no road";
  EXPECT_TRUE(refused([](v1::PortState& r) { r.set_step(-1); }));
}

TEST(RemoteCity, ActuationsAndOutcomesTravelWhole) {
  const auto network = test::crossing_with_places();
  const auto there_and_back = [&](const Actuation& a) {
    v1::PortActuations::Actuation record;
    write(a, record);
    return read(record, network).value();
  };
  const auto s = std::get<SignalActuation>(
      there_and_back(SignalActuation{model::JunctionId{3}, ~model::GroupSet{0}, 5}));
  EXPECT_EQ(std::tuple(s.junction, s.greens, s.yellows),
            std::tuple(model::JunctionId{3}, ~model::GroupSet{0}, model::GroupSet{5}));
  GuidanceActuation g;
  g.kind = GuidanceActuation::Kind::kRoadDelay;
  g.road = model::RoadId{2};
  g.delay_s = 12.5F;
  g.from = kStart;
  g.until = kStart + 5;
  g.share = 0.25F;
  const auto h = std::get<GuidanceActuation>(there_and_back(g));
  EXPECT_EQ(std::tuple(h.kind, h.road, h.place, h.delay_s, h.from, h.until, h.share),
            std::tuple(g.kind, g.road, g.place, g.delay_s, g.from, g.until, g.share));
  DispatchActuation d;
  d.role = Role::kPolice;
  d.unit = 4;
  d.call = 9;
  d.route = {model::RoadId{0}, model::RoadId{5}};
  const auto e = std::get<DispatchActuation>(there_and_back(d));
  EXPECT_EQ(std::tuple(e.role, e.unit, e.call, e.hospital, e.route),
            std::tuple(d.role, d.unit, d.call, d.hospital, d.route));
  v1::PortReplies::Outcome outcome;
  write(model::Error{"CB-CITY-DEVICE", "what", "where", "mend"}, outcome);
  EXPECT_EQ(read(outcome).error().text(), "where: what\n  mend [CB-CITY-DEVICE]");
}

/// A city that notes what it is told, and refuses junction 1.
class NotingCity final : public city_port::City {
 public:
  explicit NotingCity(model::RoadNetwork network) : fake(std::move(network), kStart) {}
  const model::RoadNetwork& network() const override { return fake.network(); }
  model::EventTime now() const override { return fake.now(); }
  model::Result<void> advance_to(model::EventTime t) override { return fake.advance_to(t); }
  const city_port::Sensors& sensors() const override { return fake; }
  model::Result<void> apply(const SignalActuation& a) override {
    told.push_back(a.greens);
    if (a.junction.value == 1) return model::Error{"CB-CITY-DEVICE", "no lamp", "J", ""};
    return {};
  }
  test::FakeCity fake;
  std::vector<model::GroupSet> told;
};

class OverTheNetwork : public ::testing::Test {
 protected:
  OverTheNetwork() : city(test::crossing_with_places()) {
    log = network::open_embedded({folder.path(), {}, "test"}).value();
    server = open_server({"b", "a"});
  }
  std::unique_ptr<PortServer> open_server(std::vector<std::string> movers) {
    return PortServer::open(*log, city, {kStart}, std::move(movers), {milliseconds(500), nullptr})
        .value();
  }
  std::unique_ptr<PortFeed> open_feed(milliseconds patience = milliseconds(500)) {
    return std::move(*PortFeed::open(*log, city.network(), {kStart}, {patience, nullptr}));
  }
  test::TemporaryFolder folder;
  NotingCity city;
  std::unique_ptr<network::Log> log;
  std::unique_ptr<PortServer> server;
};

Actuation signal(std::uint32_t junction, model::GroupSet greens) {
  return SignalActuation{model::JunctionId{junction}, greens, 0};
}

TEST_F(OverTheNetwork, AppliesByTheOrderOfSourcesNotOfArrivalAndAnswersEach) {
  server->publish(0).value();
  std::thread departments([&] {
    const auto feed = open_feed();
    auto a = RemoteCity::make(*log, *feed, "a", true).value();
    auto b = RemoteCity::make(*log, *feed, "b", true).value();
    std::thread first([&] {  // a speaks at once, b later; b comes first in the city's order
      const Actuation both[] = {signal(0, 1), signal(1, 2)};
      const auto outcomes = a->carry_out(both).value();
      ASSERT_EQ(outcomes.size(), 2U);
      EXPECT_TRUE(outcomes[0]);
      ASSERT_FALSE(outcomes[1]);
      EXPECT_EQ(outcomes[1].error().text(), "J: no lamp [CB-CITY-DEVICE]");
    });
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_TRUE(b->apply(SignalActuation{model::JunctionId{0}, 3, 0}));
    EXPECT_TRUE(b->apply(SignalActuation{model::JunctionId{0}, 4, 0}));
    b->done().value();
    b->done().value();  // again: nothing happens
    EXPECT_FALSE(b->apply(SignalActuation{model::JunctionId{0}, 5, 0})) << "after its last word";
    first.join();
  });
  server->serve(0).value();
  departments.join();
  EXPECT_EQ(city.told, (std::vector<model::GroupSet>{3, 4, 1, 2}));
}

TEST_F(OverTheNetwork, WhatIsSentAgainAfterARestartIsDoneOnce) {
  server->publish(0).value();
  const Actuation one[] = {signal(0, 7)};
  const auto session = [&] {
    const auto feed = open_feed();
    auto a = RemoteCity::make(*log, *feed, "a", true).value();
    auto b = RemoteCity::make(*log, *feed, "b", true).value();
    b->done().value();
    return a->carry_out(one).value().size();
  };
  std::thread first([&] { EXPECT_EQ(session(), 1U); });
  server->serve(0).value();
  first.join();
  EXPECT_EQ(session(), 1U) << "answered from the log: no city serves";
  EXPECT_EQ(city.told.size(), 1U);
  city.advance_to(kStart + 1000).value();
  server->publish(1).value();
  std::thread second([&] {
    const auto feed = open_feed();
    auto a = RemoteCity::make(*log, *feed, "a", true).value();
    auto b = RemoteCity::make(*log, *feed, "b", true).value();
    b->done().value();  // a restart begins at the start
    EXPECT_TRUE(a->carry_out(one).value().front());
    feed->advance_to(kStart + 1000).value();
    b->done().value();
    EXPECT_TRUE(a->carry_out(one).value().front());
  });
  server->serve(1).value();
  second.join();
  EXPECT_EQ(city.told.size(), 2U);
}

TEST_F(OverTheNetwork, SaysWhoIsSilent) {
  EXPECT_EQ(PortFeed::open(*log, city.network(), {kStart}, {milliseconds(5), nullptr}).error().code,
            "CB-RUN-SILENT");
  server->publish(0).value();
  const auto feed = open_feed(milliseconds(5));
  EXPECT_EQ(feed->advance_to(kStart + 1000).error().code, "CB-RUN-SILENT");
  EXPECT_EQ(feed->advance_to(kStart + 500).error().code, "CB-CITY-TIME");
  EXPECT_EQ(feed->advance_to(kStart - 1000).error().code, "CB-CITY-TIME");
  const auto served = server->serve(0);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().code, "CB-RUN-SILENT");
  EXPECT_EQ(served.error().where, "b");
}

TEST_F(OverTheNetwork, ASourceWithoutDevicesMovesNothing) {
  server->publish(0).value();
  const auto feed = open_feed();
  auto c = RemoteCity::make(*log, *feed, "c", false).value();
  EXPECT_TRUE(c->done());
  EXPECT_EQ(c->apply(SignalActuation{model::JunctionId{0}, 1, 0}).error().code, "CB-CITY-DEVICE");
  auto stranger = RemoteCity::make(*log, *feed, "stranger", true).value();
  stranger->done().value();
  const auto served = server->serve(0);
  ASSERT_FALSE(served);
  EXPECT_EQ(served.error().code, "CB-PORT-RECORD");
  EXPECT_NE(served.error().text().find("stranger"), std::string::npos);
}

TEST_F(OverTheNetwork, AForeignRecordIsSaidWithItsPlace) {
  auto publisher = network::Publisher::make(*log, "somebody").value();
  publisher.publish(schemas::topic::kPortState, 0, schemas::kBarrier, kStart, kStart, "x", "x", "");
  publisher.send().value();
  const auto feed = PortFeed::open(*log, city.network(), {kStart}, {milliseconds(500), nullptr});
  ASSERT_FALSE(feed);
  EXPECT_EQ(feed.error().code, "CB-PORT-RECORD");
  EXPECT_EQ(feed.error().where, "port.state/0 at 0");
}

TEST_F(OverTheNetwork, AnInterruptionEndsEveryWait) {
  const std::atomic<bool> stop = true;
  const network::Patience patience{std::chrono::minutes(1), &stop};
  EXPECT_EQ(PortFeed::open(*log, city.network(), {kStart}, patience).error().code,
            "CB-RUN-INTERRUPTED");
}

}  // namespace
}  // namespace citybrain::remote_city
