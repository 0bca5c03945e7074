// Stop-line loops. Pure functions of what the port says; one thread.
#pragma once

#include <cstdint>
#include <optional>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"
#include "connectors/city_port/dropout_model.h"

namespace citybrain::city_port {

/// Loops in good order count within a few per cent of a manual count, over by pulses that break up
/// (Lee and Coifman 2011, "Identifying and correcting pulse-breakup errors from freeway loop
/// detectors", Transportation Research Record 2256) and under by vehicles between lanes; the sizes
/// below are assumed from there.
struct LoopModel {
  double zone_m =
      30;  ///< detection zone upstream of the stop line (anchors: fully actuated control)
  double miss = 0.02;             ///< share of vehicles not counted
  double false_presence = 0.001;  ///< share of seconds with presence reported without a vehicle
  double dead = 0.01;             ///< share of detectors that report nothing at all
  double count_bias = 0.02;       ///< over- or undercounting of a detector, one standard deviation
  DropoutModel dropout{21'600, 60};  ///< of the cabinet's line
  ClockModel clock;                  ///< of the cabinet
};

struct LoopReading {
  std::uint16_t pulses = 0;
  bool presence = false;
};

/// Nothing when the detector is dead.
std::optional<LoopReading> read_loop(const LoopModel&, const runtime::Random&, const Sensors&,
                                     model::LaneId, model::Step);

}  // namespace citybrain::city_port
