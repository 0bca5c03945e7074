// Citizens who call: nobody, one or several about the same thing, some time after it began, from a
// place that the telephone network knows roughly, with their own idea of what it is and how bad;
// and some about nothing at all. Pure functions; one thread.
#pragma once

#include <cstdint>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"

namespace citybrain::city_port {

/// Coordinates within 50 m for 80% of the calls, as the rules for mobile networks in the United
/// States demand (47 CFR 9.10(i)); the other sizes are assumed.
struct CallModel {
  double unreported = 0.05;      ///< share of things that nobody calls about
  double more_callers = 0.6;     ///< mean number of callers beyond the first
  double first_after_s = 20;     ///< mean wait of the first caller (uniform up to twice that)
  double others_within_s = 240;  ///< the others call within so long of the first
  double place_noise_m = 28;     ///< of the coordinates, one standard deviation each way
  double located = 0.9;          ///< share of calls with coordinates
  double wrong_kind = 0.02;      ///< share of calls entered as something else
  double wrong_severity = 0.15;  ///< share of calls taken for one grade better or worse
  double false_per_hour = 1;     ///< calls about nothing, in the whole city
  ClockModel clock;              ///< of the call centre
};

struct CallReading {
  std::uint64_t number = 0;  ///< of this call, not of what it is about
  model::Step after_s = 0;   ///< when it is made, after the present step
  Call::Kind kind = Call::Kind::kMedical;
  std::uint8_t severity = 1;
  model::RoadId road;
  float at_m =
      0;  ///< from the road's beginning, where it really is (what the caller says in words)
  bool located = false;
  float east_m = 0, north_m = 0;  ///< error of the coordinates

  template <class A>
  void fields(A& a) {
    a(number, after_s, kind, severity, road, at_m, located, east_m, north_m);
  }
};

/// Most callers about one thing.
constexpr std::uint32_t kMostCallers = 8;

/// Appends the calls that follow from what began in the last step.
void read_calls(const CallModel&, const runtime::Random&, const Sensors&, const model::RoadNetwork&,
                model::Step, std::vector<CallReading>& out);

}  // namespace citybrain::city_port
