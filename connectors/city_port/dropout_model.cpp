#include "connectors/city_port/dropout_model.h"

#include <algorithm>

namespace citybrain::city_port {

using runtime::purpose;

namespace {

/// Probabilities a slot to fall silent and to speak again.
struct Chain {
  double fall = 0, rise = 1;
  explicit Chain(const DropoutModel& m)
      : fall(std::min(1.0, kDropoutSlot_s / std::max<double>(kDropoutSlot_s, m.working_s))),
        rise(std::min(1.0, kDropoutSlot_s / std::max<double>(kDropoutSlot_s, m.silent_s))) {}
};

}  // namespace

bool is_silent(const DropoutModel& model, const runtime::Random& random, std::uint64_t device,
               model::Step step) {
  constexpr auto kForgets = purpose("dropout/forgets"), kState = purpose("dropout/state");
  if (model.working_s <= 0) return false;
  const Chain chain(model);
  const double forgets = std::min(1.0, chain.fall + chain.rise);
  std::uint64_t slot = step / kDropoutSlot_s;
  while (slot > 0 && !random.chance(forgets, kForgets, device, slot)) --slot;
  return random.chance(silent_share(model), kState, device, slot);
}

double silent_share(const DropoutModel& model) {
  if (model.working_s <= 0) return 0;
  const Chain chain(model);
  return chain.fall / (chain.fall + chain.rise);
}

}  // namespace citybrain::city_port
