#include "connectors/city_port/clock_model.h"

#include <algorithm>
#include <cmath>

namespace citybrain::city_port {

using runtime::purpose;

std::int64_t clock_error_ms(const ClockModel& model, const runtime::Random& random,
                            std::uint64_t device, model::Step step) {
  constexpr auto kPhase = purpose("clock/phase"), kLeft = purpose("clock/left"),
                 kRate = purpose("clock/rate");
  if (model.offset_ms <= 0 && model.drift_ppm <= 0) return 0;
  const auto period = static_cast<std::uint64_t>(std::max(1.0, model.sync_s));
  const std::uint64_t at = step + random.bits(kPhase, device) % period;
  double error = model.offset_ms * random.normal(kLeft, device, at / period);
  // A part in a million is a thousandth of a millisecond a second.
  error += model.drift_ppm * random.normal(kRate, device) * 1e-3 * static_cast<double>(at % period);
  return static_cast<std::int64_t>(std::floor(error + 0.5));
}

std::int64_t clock_bound_ms(const ClockModel& model) {
  constexpr double kMost = 6;  // Random::normal() lies in [-6, 6]
  return static_cast<std::int64_t>(
      std::ceil(kMost * (model.offset_ms + model.drift_ppm * 1e-3 * std::max(1.0, model.sync_s))));
}

}  // namespace citybrain::city_port
