// What happens to a city from outside traffic: incidents, roadworks, storms, power cuts, broken
// devices. Values; names are those of the road network.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/result.h"
#include "hub/model/road_network.h"

namespace citybrain::city {

struct CityEvent {
  enum class Kind : std::uint8_t {
    kIncident,       ///< vehicles break down: the next ones to come stand in `lanes` lanes
    kRoadworks,      ///< `lanes` lanes are closed over `length_m`, the others are slower
    kStorm,          ///< everywhere: slower, and at longer headways
    kPowerCut,       ///< a junction without power: heads flash, devices are silent
    kDeviceFailure,  ///< one kind of device of a junction is silent
    kCrowd,          ///< a concert, a match: `vehicles` come before it and leave after it
  };
  Kind kind = Kind::kIncident;
  double from_s = 0;  ///< since the scenario's start
  double until_s = 0;
  std::string road;         ///< incident, roadworks
  double at_m = 0;          ///< from the road's beginning: where the closed part ends
  double length_m = 20;     ///< roadworks
  std::uint32_t lanes = 1;  ///< from the outer edge inwards
  std::string junction;     ///< power cut, device failure
  city_port::Device device = city_port::Device::kCamera;
  /// Of speed limits; a storm: heavy rain takes 6 to 17% of the speed and 14% of the capacity
  /// (FHWA, Road Weather Management, "How do weather events impact roads").
  double speed_factor = 1;
  double headway_factor = 1;
  /// Crowd, around `road`: they come within come_over_s before from_s, and leave within
  /// leave_over_s after until_s; from the city's gates, or from anywhere in it.
  std::uint32_t vehicles = 1000;
  double come_over_s = 3600, leave_over_s = 1200, radius_m = 500;
  bool from_gates = false;
};

/// The same with names resolved.
struct Disturbance {
  CityEvent::Kind kind = CityEvent::Kind::kIncident;
  std::uint32_t from_s = 0, until_s = 0;
  std::vector<model::LaneId> lanes;   ///< closed
  std::vector<model::LaneId> slowed;  ///< roadworks: the others of the road
  float at_m = 0, length_m = 0;
  model::JunctionId junction;
  city_port::Device device = city_port::Device::kCamera;
  float speed_factor = 1, headway_factor = 1;
};

/// In the order of their beginnings; crowds are checked only (see add_crowds). Errors
/// CB-INPUT-EVENT name the event and what is wrong with it.
model::Result<std::vector<Disturbance>> resolve_events(const std::vector<CityEvent>& events,
                                                       const model::RoadNetwork& network);

}  // namespace citybrain::city
