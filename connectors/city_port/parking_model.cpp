#include "connectors/city_port/parking_model.h"

#include <algorithm>

namespace citybrain::city_port {

using runtime::purpose;
using runtime::Random;

namespace {

/// How a gate counts `n` passages of one step.
std::uint32_t counted(const ParkingModel& model, const Random& random, std::uint64_t gate,
                      std::uint32_t n, model::Step step) {
  constexpr auto kPass = purpose("parking/pass"), kBias = purpose("parking/bias");
  if (n == 0) return 0;
  const double bias = model.count_bias * random.normal(kBias, gate);
  std::uint32_t out = 0;
  for (std::uint32_t i = 0; i < n; ++i) {
    const double luck = random.uniform(kPass, gate * 64 + i, step);
    if (luck < model.miss + std::max(0.0, -bias)) continue;
    out += luck >= 1 - model.twice - std::max(0.0, bias) ? 2 : 1;
  }
  return out;
}

}  // namespace

bool ParkingCounter::reports(const ParkingModel& model, const Random& random, std::uint32_t place,
                             model::Step step) {
  return (step + random.bits(purpose("parking/turn"), place)) % model.interval_s == 0 &&
         !is_silent(model.dropout, random, (std::uint64_t{1} << 48) | place, step);
}

void ParkingCounter::count(const ParkingModel& model, const Random& random,
                           const ParkingState& state, model::Step step) {
  reading_.capacity = state.capacity;
  const std::uint32_t in = counted(model, random, state.place * 2ULL, state.came, step);
  const std::uint32_t out = counted(model, random, state.place * 2ULL + 1, state.left, step);
  reading_.entries += in;
  reading_.exits += out;
  const auto period = static_cast<std::uint64_t>(model.recount_s);
  const bool recount =
      period > 0 && (step + random.bits(purpose("parking/recount"), state.place)) % period == 0;
  occupied_ = occupied_ < 0 || recount ? std::int64_t{state.occupied}
                                       : std::max<std::int64_t>(0, occupied_ + in - out);
}

ParkingReading ParkingCounter::read() {
  const ParkingReading shown{
      reading_.entries, reading_.exits,
      static_cast<std::uint32_t>(std::clamp<std::int64_t>(
          std::int64_t{reading_.capacity} - std::max<std::int64_t>(0, occupied_), 0,
          reading_.capacity)),
      reading_.capacity};
  reading_.entries = reading_.exits = 0;
  return shown;
}

}  // namespace citybrain::city_port
