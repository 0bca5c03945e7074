// What came of looking for a place to park.
#pragma once

#include <cstdint>
#include <vector>

namespace citybrain::evaluator {

/// Of every car that parked: since it found its first place full; 0 when that one was free.
struct ParkingOutcomes {
  double search_mean_s = 0, search_p90_s = 0;
  std::uint64_t parked = 0;
  std::uint64_t gave_up = 0;
  double searching_share = 0;  ///< of vehicles on the road, mean over the run

  bool any() const { return parked + gave_up > 0; }
};

/// What the truth says of parking, step by step.
struct ParkingTruth {
  std::vector<std::uint32_t> search_s;
  std::uint64_t gave_up = 0, searching = 0, running = 0;  ///< sums over the steps
};

ParkingOutcomes parking_outcomes(const ParkingTruth& truth);

}  // namespace citybrain::evaluator
