#include "connectors/emergency_medical/emergency_medical.h"

#include <fmt/format.h>

#include <map>

#include "connectors/beijing_time.h"
#include "connectors/call_centre.h"
#include "connectors/channel.h"
#include "connectors/city_port/road_map.h"
#include "connectors/fleet_table.h"
#include "connectors/outlet.h"
#include "emergency_medical/v1/emergency_medical.pb.h"

namespace citybrain::connectors {

using city_port::AvlReading;
using city_port::Call;
using city_port::FleetVehicle;
using city_port::Role;
using model::EventTime;
using model::PlaceKind;
using model::Result;

namespace {

constexpr const char* kSource = "emergency_medical/120";
constexpr const char* kVehicleScheme = "emergency_medical.vehicle";

std::int32_t e5(double degrees) { return city_port::fixed_degrees(degrees, 1e5); }

/// The crew's button.
std::uint32_t task_state(const std::optional<FleetVehicle::State>& state) {
  if (!state) return 0;
  switch (*state) {
    case FleetVehicle::State::kParked:
      return 1;
    case FleetVehicle::State::kToScene:
      return 2;
    case FleetVehicle::State::kAtScene:
      return 3;
    case FleetVehicle::State::kToHospital:
      return 4;
    case FleetVehicle::State::kAtHospital:
      return 5;
    case FleetVehicle::State::kDriving:
    case FleetVehicle::State::kAtStop:
      return 6;
  }
  return 0;
}

class EmergencyMedical final : public Connector {
 public:
  EmergencyMedical(const ConnectorContext& context, Outlet outlet)
      : context_(context),
        network_(context.city->network()),
        random_(context.seed),
        publisher_(std::move(outlet.publisher)),
        sealing_(std::move(outlet.sealing)),
        positions_(context.models.ambulance_channel, context.seed,
                   runtime::purpose("emergency_medical/avl")),
        calls_channel_(context.models.call_channel, context.seed,
                       runtime::purpose("emergency_medical/calls")),
        map_(network_, city_port::RoadMap::Datum::kGcj02),
        register_(Role::kAmbulance, kVehicleScheme),
        wants_positions_(context.wants(schemas::topic::kAmbulancePositions)),
        wants_calls_(context.wants(schemas::topic::kEmergencyCalls)),
        centre_(context.models.call, network_, random_) {}

  std::string_view source() const override { return kSource; }

  Result<void> introduce() override {
    if (wants_positions_) introduce_ambulances(0);
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> observe(model::Step step) override {
    positions_.arrive(step, context_.epoch, publisher_);
    calls_channel_.arrive(step, context_.epoch, publisher_);
    if (wants_positions_) report_ambulances(step);
    if (wants_calls_)
      for (const auto& c : centre_.take(context_.city->sensors(), step))
        if (c.kind == Call::Kind::kMedical) report_call(c, step);
    publisher_.barrier(schemas::topic::kWatermarks, context_.epoch.at(step));
    CITYBRAIN_TRY(publisher_.send());
    return {};
  }

  Result<void> act(model::Step) override { return {}; }
  std::string save() const override {
    return save_state(publisher_, positions_, calls_channel_, register_, centre_);
  }
  Result<void> restore(std::string_view saved) override {
    return restore_state(saved, publisher_, positions_, calls_channel_, register_, centre_);
  }

 private:
  static std::string vehicle_no(std::uint32_t unit) { return fmt::format("120-{:02}", unit + 1); }

  void introduce_ambulances(model::Step step) {
    const auto* table = register_.newcomers(context_.city->sensors(), vehicle_no);
    if (table == nullptr) return;
    const EventTime now = context_.epoch.at(step);
    publisher_.publish(schemas::topic::kAmbulances, 0, schemas::kFleetTable, now, now,
                       fmt::format("ambulances-{}", step), "ambulances",
                       table->SerializeAsString());
  }

  void report_ambulances(model::Step step) {
    readings_.clear();
    city_port::read_fleet(context_.models.ambulance, random_, context_.city->sensors(),
                          Role::kAmbulance, step, readings_);
    for (const auto& r : readings_)
      if (register_.knows(r.unit)) report_ambulance(r, step);
    introduce_ambulances(step);
  }

  void report_ambulance(const AvlReading& r, model::Step step) {
    const std::int64_t error_ms =
        city_port::clock_error_ms(context_.models.ambulance.clock, random_, r.device, step);
    double across = static_cast<double>(r.across_m);
    if (r.lane.valid()) across += (network_[r.lane].index + 0.5) * network_[r.lane].width_m;
    const auto place = map_.at(r.road, static_cast<double>(r.at_m), across);
    report_.Clear();
    report_.set_vehicle_no(vehicle_no(r.unit));
    report_.set_local_time(beijing_text(nearest_second(context_.epoch.at(step) + error_ms)));
    report_.set_lon_e5(e5(place.lon_deg));
    report_.set_lat_e5(e5(place.lat_deg));
    report_.set_speed_kmh(static_cast<std::uint32_t>(r.speed_mps * 3.6F + 0.5F));
    report_.set_heading_deg(map_.heading_deg(r.road, static_cast<double>(r.at_m)));
    report_.set_task_state(task_state(r.state));
    report_.set_siren(r.siren);
    report_.set_task_no(r.call == FleetVehicle::kNone ? 0 : r.call + 1);
    positions_.send(
        {schemas::topic::kAmbulancePositions, network_[r.road].district.value,
         schemas::kAmbulanceReport, r.device, fmt::format("{}-{}", report_.vehicle_no(), step),
         report_.vehicle_no(), report_.SerializeAsString(), error_ms},
        step, context_.epoch, publisher_);
  }

  void report_call(const city_port::CallReading& c, model::Step step) {
    const std::int64_t error_ms = city_port::clock_error_ms(context_.models.call.clock, random_,
                                                            runtime::purpose(kSource), step);
    call_.Clear();
    call_.set_call_no(CallCentre::number("120", random_, c));
    call_.set_local_ms(context_.epoch.at(step).ms + error_ms + kBeijingMs);
    call_.set_triage(c.severity);
    call_.set_address(CallCentre::place(network_, c));
    if (c.located) {
      const auto at = map_.near(c.road, static_cast<double>(c.at_m), static_cast<double>(c.east_m),
                                static_cast<double>(c.north_m));
      call_.set_located(true);
      call_.set_lon_e5(e5(at.lon_deg));
      call_.set_lat_e5(e5(at.lat_deg));
    }
    const auto caller = fmt::format("{}", c.number);
    sealing_.add("call_no", 0, "caller", caller, caller);
    sealing_.add("address", 0, "caller", caller, call_.address());
    const auto sealed = sealing_.take({schemas::topic::kEmergencyCalls, kSource, call_.call_no()});
    calls_channel_.send(
        {schemas::topic::kEmergencyCalls, network_[c.road].district.value, schemas::kEmergencyCall,
         c.number, call_.call_no(), call_.call_no(), call_.SerializeAsString(), error_ms, sealed},
        step, context_.epoch, publisher_);
  }

  ConnectorContext context_;
  const model::RoadNetwork& network_;
  runtime::Random random_;
  network::Publisher publisher_;
  protection::Sealing sealing_;
  Channel positions_, calls_channel_;
  city_port::RoadMap map_;
  FleetRegister register_;
  bool wants_positions_ = false, wants_calls_ = false;
  CallCentre centre_;
  std::vector<AvlReading> readings_;
  emergency_medical::v1::AmbulanceReport report_;
  emergency_medical::v1::EmergencyCall call_;
};

}  // namespace

bool has_emergency_medical(const ConnectorContext& context) {
  const bool wanted = context.wants(schemas::topic::kAmbulancePositions) ||
                      context.wants(schemas::topic::kEmergencyCalls);
  return wanted && has_fleet(*context.city, Role::kAmbulance, PlaceKind::kAmbulanceStation);
}

Result<std::unique_ptr<Connector>> make_emergency_medical(const ConnectorContext& context) {
  if (!context.is_present && !has_emergency_medical(context)) return std::unique_ptr<Connector>();
  CITYBRAIN_ASSIGN(outlet, make_outlet(context, kSource, Seals::kYes));
  return std::unique_ptr<Connector>(std::make_unique<EmergencyMedical>(context, std::move(outlet)));
}

}  // namespace citybrain::connectors
