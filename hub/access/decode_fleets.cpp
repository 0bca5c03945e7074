// Fleets: positions of buses, taxis and ambulances, found on their road by place and direction.
#include <fmt/format.h>
#include <xxhash.h>

#include "hub/access/decode_parts.h"

namespace citybrain::access {

using model::EventTime;
using model::VehiclePosition;

namespace {

// Status bits of JT/T 808, message 0x0200.
constexpr std::uint32_t kIgnition = 1U, kFixed = 2U, kFrontDoorOpen = 1U << 13;

/// A line's number; none for names that are no number.
std::uint32_t number_of(const std::string& text) {
  std::uint32_t n = 0;
  if (text.empty() || text.size() > 9) return VehiclePosition::kNone;
  for (const char c : text) {
    if (c < '0' || c > '9') return VehiclePosition::kNone;
    n = n * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return n;
}

/// The centre's state button.
VehiclePosition::State state_of(std::uint32_t button) {
  using State = VehiclePosition::State;
  constexpr State kStates[] = {State::kUnknown, State::kParked,     State::kToScene,
                               State::kAtScene, State::kToHospital, State::kAtHospital,
                               State::kDriving};
  return button < std::size(kStates) ? kStates[button] : State::kUnknown;
}

}  // namespace

void Decoder::find_road(const catalog::Contract& contract, const model::GeoPoint& at,
                        double heading_deg, VehiclePosition& out) const {
  const auto found = places_.nearest(at, contract.crs, heading_deg);
  if (!found) return;
  out.road = found->road;
  out.at_m = static_cast<float>(found->from_start_m);
}

Decoded Decoder::terminal(const catalog::Contract& contract, const transport::v1::PositionReport& m,
                          VehiclePosition& out) const {
  const auto event = clock_text(contract, "bcd_time", m.bcd_time());
  if (!event)
    return rejected(Fault::kTime, fmt::format("bcd_time \"{}\"", m.bcd_time().substr(0, 40)));
  const Range lat(contract, "latitude_e6"), lon(contract, "longitude_e6"),
      speed(contract, "speed_kmh_x10"), direction(contract, "direction_deg");
  if (!lat.holds(m.latitude_e6()) || !lon.holds(m.longitude_e6()))
    return rejected(Fault::kRange, fmt::format("place {} {}", m.longitude_e6(), m.latitude_e6()));
  if (!speed.holds(m.speed_kmh_x10()) || !direction.holds(m.direction_deg()))
    return rejected(Fault::kRange, fmt::format("speed_kmh_x10 {}, direction_deg {}",
                                               m.speed_kmh_x10(), m.direction_deg()));
  out.at = *event;
  out.source = contract.id;
  out.speed_mps = static_cast<float>(speed.unified(m.speed_kmh_x10()));
  out.state = (m.status() & kFrontDoorOpen) != 0 ? VehiclePosition::State::kAtStop
              : (m.status() & kIgnition) != 0    ? VehiclePosition::State::kDriving
                                                 : VehiclePosition::State::kParked;
  if ((m.status() & kFixed) != 0)
    find_road(contract, {lon.unified(m.longitude_e6()), lat.unified(m.latitude_e6())},
              direction.unified(m.direction_deg()), out);
  return {{}, *event, 1};
}

Decoded Decoder::bus(const catalog::Contract& contract, const Incoming& record,
                     const Tables& tables, model::ObservationBatch& out) {
  auto& m = bus_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a BusReport");
  const auto& own = m.position().terminal();
  const auto number = fleet_number(tables, contract.scheme_of("position.terminal"), own);
  if (!number)
    return rejected(Fault::kUnknownId, fmt::format("terminal \"{}\"", own.substr(0, 40)));
  const Range delay(contract, "delay_s");
  if (!delay.holds(m.delay_s()))
    return rejected(Fault::kRange, fmt::format("delay_s {}", m.delay_s()));
  VehiclePosition v;
  v.vehicle = *number;
  v.role = model::FleetRole::kBus;
  auto decoded = terminal(contract, m.position(), v);
  if (decoded.rejection) return decoded;
  v.delay_s = static_cast<float>(delay.unified(m.delay_s()));
  v.line = number_of(m.route_id());
  if (!m.stop_id().empty()) {
    const auto* stop = device(tables, contract.scheme_of("stop_id"), m.stop_id());
    if (stop == nullptr || stop->empty())
      return rejected(Fault::kUnknownId, fmt::format("stop_id \"{}\"", m.stop_id().substr(0, 40)));
    v.next_place = stop->front().place;
  }
  out.vehicles.push_back(v);
  return decoded;
}

Decoded Decoder::taxi(const catalog::Contract& contract, const Incoming& record,
                      model::ObservationBatch& out) {
  auto& m = taxi_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a PositionReport");
  if (m.terminal().size() != 12)
    return rejected(Fault::kUnknownId, fmt::format("terminal \"{}\"", m.terminal().substr(0, 40)));
  VehiclePosition v;
  v.vehicle = XXH3_64bits(m.terminal().data(), m.terminal().size());
  v.role = model::FleetRole::kTaxi;
  auto decoded = terminal(contract, m, v);
  if (!decoded.rejection) out.vehicles.push_back(v);
  return decoded;
}

Decoded Decoder::ambulance(const catalog::Contract& contract, const Incoming& record,
                           const Tables& tables, model::ObservationBatch& out) {
  auto& m = ambulance_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not an AmbulanceReport");
  const auto event = clock_text(contract, "local_time", m.local_time());
  if (!event)
    return rejected(Fault::kTime, fmt::format("local_time \"{}\"", m.local_time().substr(0, 40)));
  const auto number = fleet_number(tables, contract.scheme_of("vehicle_no"), m.vehicle_no());
  if (!number)
    return rejected(Fault::kUnknownId,
                    fmt::format("vehicle_no \"{}\"", m.vehicle_no().substr(0, 40)));
  const Range lon(contract, "lon_e5"), lat(contract, "lat_e5"), speed(contract, "speed_kmh"),
      heading(contract, "heading_deg"), button(contract, "task_state");
  if (!lon.holds(m.lon_e5()) || !lat.holds(m.lat_e5()))
    return rejected(Fault::kRange, fmt::format("place {} {}", m.lon_e5(), m.lat_e5()));
  if (!speed.holds(m.speed_kmh()) || !heading.holds(m.heading_deg()) ||
      !button.holds(m.task_state()))
    return rejected(Fault::kRange, fmt::format("speed_kmh {}, heading_deg {}, task_state {}",
                                               m.speed_kmh(), m.heading_deg(), m.task_state()));
  VehiclePosition v;
  v.vehicle = *number;
  v.role = model::FleetRole::kAmbulance;
  v.at = *event;
  v.source = contract.id;
  v.state = state_of(m.task_state());
  v.siren = m.siren();
  v.speed_mps = static_cast<float>(speed.unified(m.speed_kmh()));
  if (m.task_no() > 0) v.task = m.task_no() - 1;
  find_road(contract, {lon.unified(m.lon_e5()), lat.unified(m.lat_e5())},
            heading.unified(m.heading_deg()), v);
  out.vehicles.push_back(v);
  return {{}, *event, 1};
}

Decoded Decoder::fleet_table(const catalog::Contract& contract, const Incoming& record,
                             Tables& tables) {
  auto& m = fleet_table_;
  if (!parse(m, record.payload)) return rejected(Fault::kDecode, "not a FleetTable");
  if (m.scheme() != contract.id_scheme)
    return rejected(Fault::kUnknownId, fmt::format("scheme \"{}\", the contract says {}",
                                                   m.scheme().substr(0, 60), contract.id_scheme));
  if (m.own_size() != m.number_size())
    return rejected(Fault::kDecode,
                    fmt::format("columns of {} and {} entries", m.own_size(), m.number_size()));
  const Range number(contract, "number");
  for (const auto n : m.number())
    if (!number.holds(n)) return rejected(Fault::kRange, fmt::format("number {}", n));
  auto& fleet = tables.fleets[m.scheme()];
  for (int i = 0; i < m.own_size(); ++i) fleet[m.own(i)] = m.number(i);
  return {{}, record.publish_time, static_cast<std::uint64_t>(m.own_size())};
}

}  // namespace citybrain::access
