// On-board units of fleets (automatic vehicle location): buses, taxis, ambulances. Each reports its
// position at its own turn of the interval, with satellite errors, silences in bursts and a clock
// of its own. Pure functions of what the port says; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"
#include "connectors/city_port/dropout_model.h"
#include "connectors/city_port/position_model.h"

namespace citybrain::city_port {

struct AvlModel {
  std::uint32_t interval_s = 10;  ///< between two positions of one vehicle
  double unpressed = 0;  ///< share of the states of a call whose button the crew never presses
  PositionModel position;
  DropoutModel dropout{1800, 30};
  ClockModel clock;
};

struct AvlReading {
  Role role = Role::kBus;
  std::uint32_t unit = 0;    ///< of the fleet; of a taxi its vehicle
  std::uint64_t device = 0;  ///< keys the unit's luck in its channel and clock
  model::RoadId road;
  model::LaneId lane;  ///< kNone off the lanes
  float at_m = 0;      ///< from the road's beginning, with noise
  float across_m = 0;  ///< noise across the road
  float speed_mps = 0;
  std::optional<FleetVehicle::State> state;  ///< nothing when its button was not pressed
  bool siren = false;
  bool vacant = false;  ///< a taxi without passengers
  std::uint32_t call = FleetVehicle::kNone;
  std::uint32_t line = FleetVehicle::kNone;
  float delay_s = 0;
};

/// A key that no unit of another fleet has.
constexpr std::uint64_t avl_device(Role role, std::uint32_t unit) {
  return (std::uint64_t{1} + static_cast<std::uint64_t>(role)) << 40 | unit;
}
/// Appends the units of the role's fleet that report in this step.
void read_fleet(const AvlModel&, const runtime::Random&, const Sensors&, Role, model::Step,
                std::vector<AvlReading>& out);
/// Appends the taxis on the lane that report in this step.
void read_taxis(const AvlModel&, const runtime::Random&, const Sensors&, model::LaneId,
                model::RoadId, double road_length_m, model::Step, std::vector<AvlReading>& out);

}  // namespace citybrain::city_port
