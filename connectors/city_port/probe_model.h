// Clients of a navigation company. Pure functions of what the port says; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"
#include "connectors/city_port/dropout_model.h"
#include "connectors/city_port/position_model.h"

namespace citybrain::city_port {

struct ProbeModel {
  double penetration = 0.3;      ///< share of vehicles with a client
  std::uint32_t interval_s = 3;  ///< between two positions of one client
  double announces_route = 0.7;  ///< share of clients whose route is known to the company
  PositionModel position;
  DropoutModel dropout{900, 20};  ///< of a client: tunnels, calls, dead batteries
  ClockModel clock;               ///< of the company's server, which stamps the batches
};

struct ProbeReading {
  model::VehicleId vehicle;
  model::LaneId lane;
  float to_stop_line_m = 0;  ///< with noise
  float across_m = 0;        ///< noise across the road
  float speed_mps = 0;       ///< with noise, not negative
  model::RoadId next_road;   ///< kNone when not announced
};
/// Appends the clients on the lane that report in this step.
void read_probes(const ProbeModel&, const runtime::Random&, const Sensors&, model::LaneId,
                 model::RoadId, model::Step, std::vector<ProbeReading>& out);

}  // namespace citybrain::city_port
