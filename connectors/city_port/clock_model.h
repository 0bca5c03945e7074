// A device's clock: wrong by what the last correction left, and more with every second since, until
// the next correction steps it. Event times that a device stamps are wrong by this much. Pure
// functions of (seed, device, step); one device's clock says nothing about another's.
#pragma once

#include <cstdint>

#include "hub/model/time.h"
#include "hub/runtime/random.h"

namespace citybrain::city_port {

/// Defaults: a clock kept by NTP over a city's data network. The frequency tolerance is that of RFC
/// 5905 (PHI, 15 ppm); what a correction leaves over is assumed.
struct ClockModel {
  double offset_ms = 20;  ///< left over by a correction, one standard deviation
  double drift_ppm = 15;  ///< of the device's oscillator, one standard deviation between devices
  double sync_s = 3600;   ///< between two corrections
};

/// What the device's clock shows minus the true time, in milliseconds.
std::int64_t clock_error_ms(const ClockModel&, const runtime::Random&, std::uint64_t device,
                            model::Step);
/// No clock of this model is ever wrong by more.
std::int64_t clock_bound_ms(const ClockModel&);

}  // namespace citybrain::city_port
