// What a city's port showed, read back from its records. The records come from another process:
// what does not fit the network is an error (CB-PORT-RECORD), never a value. Private to
// connectors/remote_city.
#pragma once

#include <vector>

#include "citybrain/v1/port.pb.h"
#include "connectors/city_port/city_port.h"

namespace citybrain::remote_city {

class PortView final : public city_port::Sensors {
 public:
  explicit PortView(const model::RoadNetwork& network);

  /// Takes the next record; true when its step is complete and shown. After an error nothing that
  /// is shown means anything.
  model::Result<bool> take(const v1::PortState& record);
  model::Step step() const { return step_; }

  std::uint32_t crossings(model::LaneId lane) const override { return crossings_[lane.value]; }
  std::span<const city_port::VehicleOnLane> vehicles(model::LaneId lane) const override {
    return {vehicles_.data() + on_lane_[lane.value].first, on_lane_[lane.value].count};
  }
  model::GroupSet greens(model::JunctionId junction) const override {
    return greens_[junction.value];
  }
  bool works(city_port::Device device, model::JunctionId junction) const override;
  std::span<const model::VehicleId> crossed(model::LaneId lane) const override {
    return {crossed_.data() + known_[lane.value].first, known_[lane.value].count};
  }
  std::span<const city_port::FleetVehicle> fleet() const override { return fleet_; }
  std::span<const city_port::ParkingState> parking() const override { return parking_; }
  std::span<const city_port::Call> calls() const override { return calls_; }

 private:
  struct Range {
    std::uint32_t first = 0, count = 0;
  };
  void clear();
  // Each returns what is wrong, nullptr when nothing is.
  const char* take_vehicles(const v1::PortState& r);
  const char* take_crossings(const v1::PortState& r);
  const char* take_junctions(const v1::PortState& r);
  const char* take_fleet(const v1::PortState& r);
  const char* take_places_and_calls(const v1::PortState& r);

  const model::RoadNetwork& network_;
  model::Step step_ = 0;
  bool unfinished_ = false;
  std::vector<Range> on_lane_, known_;    // by lane
  std::vector<std::uint32_t> crossings_;  // by lane
  std::vector<std::uint32_t> touched_;    // lanes with something in one of these
  std::vector<city_port::VehicleOnLane> vehicles_;
  std::vector<model::VehicleId> crossed_;
  std::vector<model::GroupSet> greens_;  // by junction
  std::vector<std::uint32_t> broken_;    // ascending
  std::vector<city_port::FleetVehicle> fleet_;
  std::vector<city_port::ParkingState> parking_;
  std::vector<city_port::Call> calls_;
};

}  // namespace citybrain::remote_city
