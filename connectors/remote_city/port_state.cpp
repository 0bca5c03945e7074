#include "connectors/remote_city/port_state.h"

#include "connectors/remote_city/port_records.h"

namespace citybrain::remote_city {

using city_port::Sensors;

namespace {

// What a thing takes in a record, at most or about.
constexpr std::size_t kLaneBytes = 6, kVehicleBytes = 19, kCrossingBytes = 10, kGreensBytes = 10,
                      kUnitBytes = 60, kParkingBytes = 24, kCallBytes = 24;

}  // namespace

void StateWriter::begin(model::Step step) {
  record_.Clear();
  record_.set_step(step);
  bytes_ = 0;
  last_lane_ = last_crossed_ = 0;
}

void StateWriter::add_bytes(std::size_t bytes) {
  if (bytes_ > 0 && bytes_ + bytes > record_bytes_) {
    record_.set_more(true);
    (*out_)(record_);
    begin(static_cast<model::Step>(record_.step()));
  }
  bytes_ += bytes;
}

void StateWriter::write_lane(const Sensors& sensors, model::LaneId lane) {
  const auto vehicles = sensors.vehicles(lane);
  const auto crossings = sensors.crossings(lane);
  if (vehicles.empty() && crossings == 0) return;
  add_bytes(kLaneBytes + vehicles.size() * kVehicleBytes + crossings * kCrossingBytes);
  if (!vehicles.empty()) {
    record_.add_lane(lane.value - last_lane_);
    last_lane_ = lane.value;
    record_.add_lane_vehicles(static_cast<std::uint32_t>(vehicles.size()));
    for (const auto& v : vehicles) {
      record_.add_vehicle(v.vehicle.value);
      record_.add_to_stop_line_m(v.to_stop_line_m);
      record_.add_speed_mps(v.speed_mps);
      record_.add_next_road(shifted(v.next_road.value));
      record_.mutable_role()->push_back(
          static_cast<char>(static_cast<unsigned>(v.role) | (v.vacant ? kVacant : 0U)));
    }
  }
  if (crossings == 0) return;
  record_.add_crossed_lane(lane.value - last_crossed_);
  last_crossed_ = lane.value;
  record_.add_crossings(crossings);
  const auto known = sensors.crossed(lane);
  record_.add_crossed_known(static_cast<std::uint32_t>(known.size()));
  for (const auto v : known) record_.add_crossed(v.value);
}

void StateWriter::write_junctions(const Sensors& sensors) {
  using city_port::Device;
  for (std::uint32_t j = 0; j < network_.junctions.size(); ++j) {
    const model::JunctionId junction{j};
    add_bytes(kGreensBytes);
    record_.add_greens(sensors.greens(junction));
    for (const auto d : {Device::kSignal, Device::kLoops, Device::kCamera})
      if (!sensors.works(d, junction)) record_.add_broken(j * 3 + static_cast<std::uint32_t>(d));
  }
}

void StateWriter::write_fleet(const Sensors& sensors) {
  for (const auto& v : sensors.fleet()) {
    add_bytes(kUnitBytes);
    auto* to = record_.add_fleet();
    to->set_vehicle(shifted(v.vehicle.value));
    to->set_unit(v.unit);
    to->set_role(static_cast<std::uint32_t>(v.role));
    to->set_state(static_cast<std::uint32_t>(v.state));
    to->set_siren(v.siren);
    to->set_road(shifted(v.road.value));
    to->set_lane(shifted(v.lane.value));
    to->set_at_m(v.at_m);
    to->set_speed_mps(v.speed_mps);
    to->set_call(shifted(v.call));
    to->set_line(shifted(v.line));
    to->set_delay_s(v.delay_s);
    to->set_next_stop(shifted(v.next_stop));
  }
}

void StateWriter::write_places_and_calls(const Sensors& sensors) {
  for (const auto& p : sensors.parking()) {
    add_bytes(kParkingBytes);
    auto* to = record_.add_parking();
    to->set_place(p.place);
    to->set_capacity(p.capacity);
    to->set_occupied(p.occupied);
    to->set_came(p.came);
    to->set_left(p.left);
  }
  for (const auto& c : sensors.calls()) {
    add_bytes(kCallBytes);
    auto* to = record_.add_calls();
    to->set_id(c.id);
    to->set_kind(static_cast<std::uint32_t>(c.kind));
    to->set_road(shifted(c.road.value));
    to->set_at_m(c.at_m);
    to->set_severity(c.severity);
  }
}

void StateWriter::write(const Sensors& sensors, model::Step step, const Out& out) {
  out_ = &out;
  begin(step);
  for (std::uint32_t l = 0; l < network_.lanes.size(); ++l) write_lane(sensors, model::LaneId{l});
  write_junctions(sensors);
  write_fleet(sensors);
  write_places_and_calls(sensors);
  out(record_);
  out_ = nullptr;
}

}  // namespace citybrain::remote_city
