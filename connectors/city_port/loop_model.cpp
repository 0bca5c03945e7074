#include "connectors/city_port/loop_model.h"

#include <algorithm>

namespace citybrain::city_port {

using runtime::purpose;

std::optional<LoopReading> read_loop(const LoopModel& model, const runtime::Random& random,
                                     const Sensors& sensors, model::LaneId lane, model::Step step) {
  constexpr auto kDead = purpose("loop/dead"), kCount = purpose("loop/count"),
                 kFalse = purpose("loop/false"), kBias = purpose("loop/bias");
  if (random.chance(model.dead, kDead, lane.value)) return std::nullopt;
  LoopReading out;
  if (const std::uint32_t n = sensors.crossings(lane); n > 0) {
    const double bias = model.count_bias * random.normal(kBias, lane.value);
    const auto who = sensors.crossed(lane);
    for (std::uint32_t i = 0; i < n; ++i) {
      // A vehicle's luck is its own where the city says who crossed.
      const std::uint64_t key =
          who.size() == n ? (std::uint64_t{1} << 63) | who[i].value : lane.value * 16ULL + i;
      const double luck = random.uniform(kCount, key, step);
      if (luck < model.miss + std::max(0.0, -bias)) continue;
      out.pulses += luck >= 1 - bias ? 2 : 1;
    }
  }
  const auto seen = sensors.vehicles(lane);
  out.presence =
      (!seen.empty() && static_cast<double>(seen.front().to_stop_line_m) <= model.zone_m) ||
      random.chance(model.false_presence, kFalse, lane.value, step);
  return out;
}

}  // namespace citybrain::city_port
