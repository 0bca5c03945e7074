#include "connectors/transport/transport.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "connectors/beijing_time.h"
#include "connectors/channel.h"
#include "connectors/city_port/road_map.h"
#include "connectors/fleet_table.h"
#include "connectors/outlet.h"
#include "transport/v1/transport.pb.h"

namespace citybrain::connectors {

using city_port::AvlReading;
using city_port::FleetVehicle;
using city_port::Role;
using model::EventTime;
using model::PlaceKind;
using model::Result;

namespace {

constexpr const char* kSource = "transport/gps";
constexpr const char* kTerminalScheme = "transport.terminal";
constexpr const char* kStopScheme = "transport.stop";
/// A stop within so much of a bus that stands with open doors is the one that it stands at.
constexpr double kAtStop_m = 40;
// Status bits of JT/T 808, message 0x0200.
constexpr std::uint32_t kIgnition = 1U, kFixed = 2U, kFull = 3U << 8, kFrontDoorOpen = 1U << 13;

struct Stop {
  double at_m = 0;
  std::string id;
};

class Transport final : public Connector {
 public:
  Transport(const ConnectorContext& context, Outlet outlet)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(outlet.publisher)),
        sealing_(std::move(outlet.sealing)),
        buses_(context.models.bus_channel, context.seed, runtime::purpose("transport/bus")),
        taxis_(context.models.taxi_channel, context.seed, runtime::purpose("transport/taxi")),
        map_(network_, city_port::RoadMap::Datum::kCgcs2000),
        register_(Role::kBus, kTerminalScheme),
        wants_buses_(context.wants(schemas::topic::kBusPositions)),
        wants_taxis_(context.wants(schemas::topic::kTaxiPositions)),
        stops_(network_.roads.size()) {
    for (std::uint32_t i = 0; i < network_.places.size(); ++i) {
      const auto& place = network_.places[i];
      if (place.kind == PlaceKind::kBusStop && place.road.valid())
        stops_[place.road.value].push_back({place.at_m, fmt::format("S{:05}", i + 1)});
    }
    for (auto& of_road : stops_)
      std::stable_sort(of_road.begin(), of_road.end(),
                       [](const Stop& a, const Stop& b) { return a.at_m < b.at_m; });
  }

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    if (wants_buses_) {
      introduce_stops();
      introduce_buses(0);
    }
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> observe(model::Step step) override {
    buses_.arrive(step, context_.epoch, publisher_);
    taxis_.arrive(step, context_.epoch, publisher_);
    if (wants_buses_) report_buses(step);
    if (wants_taxis_) report_taxis(step);
    publisher_.barrier(schemas::topic::kWatermarks, context_.epoch.at(step));
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }
  std::string save() const override { return save_state(publisher_, buses_, taxis_, register_); }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, buses_, taxis_, register_);
  }

 private:
  static std::string bus_terminal(std::uint32_t unit) {
    return fmt::format("1390571{:05}", unit % 100'000);
  }
  std::string taxi_terminal(std::uint32_t vehicle) const {
    constexpr auto kPseudonym = runtime::purpose("transport/taxi terminal");
    return fmt::format("{:012}",
                       100'000'000'000 + random_.bits(kPseudonym, vehicle) % 900'000'000'000);
  }

  void introduce_stops() {
    for (std::uint32_t d = 0; d < network_.districts.size(); ++d) {
      v1::IdCrosswalk table;
      table.set_scheme(kStopScheme);
      for (std::uint32_t i = 0; i < network_.places.size(); ++i) {
        const auto& place = network_.places[i];
        if (place.kind != PlaceKind::kBusStop || !place.road.valid()) continue;
        const auto& road = network_[place.road];
        if (road.district.value != d) continue;
        auto* e = table.add_entries();
        e->set_own(fmt::format("S{:05}", i + 1));
        e->set_road(road.name);
        e->set_lane(road.lanes - 1U);
        e->set_place(place.name);
      }
      if (table.entries_size() == 0) continue;
      const EventTime start = context_.epoch.at(0);
      publisher_.publish(schemas::topic::kStops, d, schemas::kIdCrosswalk, start, start,
                         fmt::format("stops-{}", d), network_.districts[d],
                         table.SerializeAsString());
    }
  }
  void introduce_buses(model::Step step) {
    const auto* table = register_.newcomers(context_.city->sensors(), bus_terminal);
    if (table == nullptr) return;
    const EventTime now = context_.epoch.at(step);
    publisher_.publish(schemas::topic::kTerminals, 0, schemas::kFleetTable, now, now,
                       fmt::format("terminals-{}", step), "buses", table->SerializeAsString());
  }

  void report_buses(model::Step step) {
    readings_.clear();
    city_port::read_fleet(context_.models.bus, random_, context_.city->sensors(), Role::kBus, step,
                          readings_);
    for (const auto& r : readings_) {
      if (!register_.knows(r.unit)) continue;  // its table goes out now, positions follow
      bus_.Clear();
      const std::int64_t error_ms =
          fill(r, bus_terminal(r.unit), context_.models.bus, step, *bus_.mutable_position());
      if (r.line != FleetVehicle::kNone) bus_.set_route_id(fmt::format("{}", r.line));
      bus_.set_delay_s(static_cast<std::int32_t>(std::lround(r.delay_s)));
      const bool doors = r.state == FleetVehicle::State::kAtStop;
      place_at_stop(r, doors, bus_);
      send(buses_, schemas::topic::kBusPositions, schemas::kBusReport, r,
           bus_.position().terminal(), bus_.SerializeAsString(), error_ms, step);
    }
    introduce_buses(step);
  }

  void place_at_stop(const AvlReading& r, bool doors, transport::v1::BusReport& out) const {
    out.set_current_status(doors ? transport::v1::BusReport::STOPPED_AT
                                 : transport::v1::BusReport::IN_TRANSIT_TO);
    const double at_m = static_cast<double>(r.at_m);
    for (const auto& stop : stops_[r.road.value]) {
      if (stop.at_m < at_m - (doors ? kAtStop_m : 0)) continue;
      out.set_stop_id(stop.id);
      if (!doors && stop.at_m - at_m < kAtStop_m)
        out.set_current_status(transport::v1::BusReport::INCOMING_AT);
      return;
    }
  }

  void report_taxis(model::Step step) {
    readings_.clear();
    for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
      const auto& road = network_.roads[r];
      for (std::uint32_t l = 0; l < road.lanes; ++l)
        city_port::read_taxis(context_.models.taxi, random_, context_.city->sensors(),
                              model::LaneId{road.first_lane.value + l}, model::RoadId{r},
                              road.length_m, step, readings_);
    }
    for (const auto& r : readings_) {
      taxi_.Clear();
      const std::int64_t error_ms =
          fill(r, taxi_terminal(r.unit), context_.models.taxi, step, taxi_);
      if (!r.vacant) taxi_.set_status(taxi_.status() | kFull);
      const auto unit = fmt::format("{}", r.unit);
      sealing_.add("terminal", 0, "taxi", unit, unit);
      send(taxis_, schemas::topic::kTaxiPositions, schemas::kPositionReport, r, taxi_.terminal(),
           taxi_.SerializeAsString(), error_ms, step);
    }
  }

  /// Writes the report of one terminal; returns how wrong its clock is.
  std::int64_t fill(const AvlReading& r, const std::string& terminal,
                    const city_port::AvlModel& avl, model::Step step,
                    transport::v1::PositionReport& out) const {
    const std::int64_t error_ms = city_port::clock_error_ms(avl.clock, random_, r.device, step);
    double across = static_cast<double>(r.across_m);
    if (r.lane.valid()) across += (network_[r.lane].index + 0.5) * network_[r.lane].width_m;
    const double at_m = static_cast<double>(r.at_m);
    const auto place = map_.at(r.road, at_m, across);
    out.set_terminal(terminal);
    out.set_serial(step & 0xFFFFU);
    const bool doors = r.state == FleetVehicle::State::kAtStop;
    const bool parked = r.state == FleetVehicle::State::kParked;
    out.set_status(kFixed | (parked ? 0 : kIgnition) | (doors ? kFrontDoorOpen : 0));
    out.set_latitude_e6(city_port::fixed_degrees(place.lat_deg, 1e6));
    out.set_longitude_e6(city_port::fixed_degrees(place.lon_deg, 1e6));
    out.set_speed_kmh_x10(static_cast<std::uint32_t>(r.speed_mps * 36 + 0.5F));
    out.set_direction_deg(map_.heading_deg(r.road, at_m));
    out.set_bcd_time(beijing_digits(nearest_second(context_.epoch.at(step) + error_ms)).substr(2));
    return error_ms;
  }
  void send(Channel& channel, const char* topic, schemas::SchemaRef schema, const AvlReading& r,
            const std::string& terminal, const std::string& payload, std::int64_t error_ms,
            model::Step step) {
    const auto id = fmt::format("{}-{}", terminal, step);
    const auto sealed = sealing_.take({topic, kSource, id});
    channel.send({topic, network_[r.road].district.value, schema, r.device, id, terminal, payload,
                  error_ms, sealed},
                 step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  protection::Sealing sealing_;
  Channel buses_, taxis_;
  city_port::RoadMap map_;
  FleetRegister register_;
  bool wants_buses_ = false, wants_taxis_ = false;
  std::vector<std::vector<Stop>> stops_;  // by road, in driving direction
  std::vector<AvlReading> readings_;
  transport::v1::BusReport bus_;
  transport::v1::PositionReport taxi_;
};

}  // namespace

bool has_transport(const ConnectorContext& context) {
  return context.wants(schemas::topic::kTaxiPositions) ||
         (context.wants(schemas::topic::kBusPositions) &&
          has_fleet(*context.city, Role::kBus, PlaceKind::kBusStop));
}

Result<std::unique_ptr<Connector>> make_transport(const ConnectorContext& context) {
  if (!context.is_present && !has_transport(context)) return std::unique_ptr<Connector>();
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kSource, Seals::kYes));
  return std::unique_ptr<Connector>(std::make_unique<Transport>(context, std::move(outlet)));
}

}  // namespace citybrain::connectors
