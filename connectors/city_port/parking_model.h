// Counters at the gates of car parks: vehicles that slip through uncounted or are counted twice add
// up, so the free places shown run away from the truth until somebody counts by hand. The luck of a
// vehicle is keyed; the sum is the device's memory. One thread a counter.
#pragma once

#include <cstdint>

#include "connectors/city_port/city_port.h"
#include "connectors/city_port/clock_model.h"
#include "connectors/city_port/dropout_model.h"

namespace citybrain::city_port {

/// Assumed sizes.
struct ParkingModel {
  std::uint32_t interval_s = 60;  ///< between two reports of one place
  double miss = 0.005;            ///< share of passages not counted
  double twice = 0.003;           ///< share counted twice
  double count_bias = 0.005;      ///< of a gate (in and out differ), one standard deviation
  double recount_s = 86'400;      ///< between two counts by hand; 0: never
  DropoutModel dropout{7200, 120};
  ClockModel clock;
};

struct ParkingReading {
  std::uint32_t entries = 0, exits = 0;  ///< since the last report
  std::uint32_t free = 0;
  std::uint32_t capacity = 0;

  template <class A>
  void fields(A& a) {
    a(entries, exits, free, capacity);
  }
};

class ParkingCounter {
 public:
  /// Counts one step's passages; called once a step. The first call and every recount set the
  /// counter to the truth.
  void count(const ParkingModel&, const runtime::Random&, const ParkingState&, model::Step);
  /// True in the steps in which the place reports.
  static bool reports(const ParkingModel&, const runtime::Random&, std::uint32_t place,
                      model::Step);
  /// What it shows, and begins anew to count entries and exits.
  ParkingReading read();

  template <class A>
  void fields(A& a) {
    a(occupied_, reading_);
  }

 private:
  std::int64_t occupied_ = -1;  ///< as counted; negative before the first step
  ParkingReading reading_;
};

}  // namespace citybrain::city_port
