// A city that shows whatever a test puts into it.
#pragma once

#include <map>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "tests/support/networks.h"

namespace citybrain::test {

/// The crossing with two bus stops, an ambulance station and a car park.
inline model::RoadNetwork crossing_with_places() {
  auto n = crossing();
  const auto place = [&](model::PlaceKind kind, const char* name, const char* road, double at_m,
                         std::uint32_t capacity) {
    n.places.push_back({kind, name, n.find_road(road), at_m, capacity});
  };
  place(model::PlaceKind::kBusStop, "stop west", "in_W", 150, 0);
  place(model::PlaceKind::kBusStop, "stop east", "out_E", 100, 0);
  place(model::PlaceKind::kAmbulanceStation, "station", "in_N", 50, 2);
  place(model::PlaceKind::kParkingLot, "lot", "in_S", 200, 80);
  place(model::PlaceKind::kStreetParking, "kerb", "in_S", 200, 12);
  return n;
}

class FakeCity final : public city_port::City, public city_port::Sensors {
 public:
  explicit FakeCity(model::RoadNetwork network, model::EventTime start)
      : network_(std::move(network)), now_(start) {}

  std::map<std::uint32_t, std::vector<city_port::VehicleOnLane>> on_lane;
  std::map<std::uint32_t, std::vector<model::VehicleId>> over_line;
  std::vector<city_port::FleetVehicle> units;
  std::vector<city_port::ParkingState> lots;
  std::vector<city_port::Call> begun;

  const model::RoadNetwork& network() const override { return network_; }
  model::EventTime now() const override { return now_; }
  model::Result<void> advance_to(model::EventTime time) override {
    now_ = time;
    return {};
  }
  const city_port::Sensors& sensors() const override { return *this; }
  model::Result<void> apply(const city_port::SignalActuation&) override { return {}; }

  std::uint32_t crossings(model::LaneId lane) const override {
    return static_cast<std::uint32_t>(crossed(lane).size());
  }
  std::span<const model::VehicleId> crossed(model::LaneId lane) const override {
    const auto it = over_line.find(lane.value);
    return it == over_line.end() ? std::span<const model::VehicleId>{} : it->second;
  }
  std::span<const city_port::VehicleOnLane> vehicles(model::LaneId lane) const override {
    const auto it = on_lane.find(lane.value);
    return it == on_lane.end() ? std::span<const city_port::VehicleOnLane>{} : it->second;
  }
  model::GroupSet greens(model::JunctionId) const override { return 0; }
  std::span<const city_port::FleetVehicle> fleet() const override { return units; }
  std::span<const city_port::ParkingState> parking() const override { return lots; }
  std::span<const city_port::Call> calls() const override { return begun; }

 private:
  model::RoadNetwork network_;
  model::EventTime now_;
};

}  // namespace citybrain::test
