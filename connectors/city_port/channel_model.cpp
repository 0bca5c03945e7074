#include "connectors/city_port/channel_model.h"

#include <algorithm>
#include <cmath>

namespace citybrain::city_port {

using runtime::purpose;

Copies transmit(const ChannelModel& model, const runtime::Random& random, std::uint64_t channel,
                std::uint64_t message, model::Step step) {
  constexpr auto kLoss = purpose("channel/loss"), kTwice = purpose("channel/twice"),
                 kDelay = purpose("channel/delay"), kTail = purpose("channel/tail"),
                 kLong = purpose("channel/long");
  const std::uint64_t entity = channel * 0x9E3779B97F4A7C15ULL + message;
  Copies c;
  if (random.chance(model.loss, kLoss, entity, step)) return c;
  c.count = random.chance(model.duplicate, kTwice, entity, step) ? 2 : 1;
  for (std::uint32_t i = 0; i < c.count; ++i) {
    const std::uint64_t copy = std::uint64_t{step} * 2 + i;
    double delay = model.delay_mean_s;
    if (model.delay_spread_s > 0)
      delay += model.delay_spread_s * (2 * random.uniform(kDelay, entity, copy) - 1);
    if (model.tail > 0 && random.chance(model.tail, kTail, entity, copy)) {
      // Inverse of the Lomax distribution with shape 2; a square root is exact everywhere.
      const double u = 1 - random.uniform(kLong, entity, copy);
      delay += model.tail_mean_s * (1 / std::sqrt(u) - 1);
    }
    c.delay_steps[i] = static_cast<std::uint32_t>(std::clamp(delay, 0.0, kMostDelay_s) + 0.5);
  }
  return c;
}

}  // namespace citybrain::city_port
