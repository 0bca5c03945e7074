#include "scenarios/evaluator/parking.h"

#include <algorithm>

namespace citybrain::evaluator {

ParkingOutcomes parking_outcomes(const ParkingTruth& truth) {
  ParkingOutcomes out;
  out.parked = truth.search_s.size();
  out.gave_up = truth.gave_up;
  if (truth.running > 0)
    out.searching_share = static_cast<double>(truth.searching) / static_cast<double>(truth.running);
  if (truth.search_s.empty()) return out;
  auto sorted = truth.search_s;
  std::sort(sorted.begin(), sorted.end());
  double sum = 0;
  for (const auto s : sorted) sum += s;
  out.search_mean_s = sum / static_cast<double>(sorted.size());
  out.search_p90_s = sorted[(sorted.size() - 1) * 9 / 10];
  return out;
}

}  // namespace citybrain::evaluator
