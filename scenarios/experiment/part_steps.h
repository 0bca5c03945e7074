// What the loops of the parts have in common: when they end early, and the hub's word that they
// wait for. Private to scenarios/experiment.
#pragma once

#include <fmt/format.h>

#include <algorithm>

#include "hub/network/barriers.h"
#include "scenarios/experiment/parts.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

/// After a step: says how far the part is, and ends it where the run is to end.
inline model::Result<void> stepped(const PartContext& part, model::Step step) {
  if (part.progress) part.progress(step);
  const auto* stop = part.patience.stop;
  if (stop == nullptr || !stop->load(std::memory_order_relaxed)) return {};
  CITYBRAIN_TRY(part.log.sync());
  return model::Error{"CB-RUN-INTERRUPTED",
                      fmt::format("interrupted after {} of {} simulated seconds; nothing is lost",
                                  step, part.options.horizon_s),
                      "", "go on with the same command and --resume"};
}

inline model::Error silent(const std::string& who, const char* what) {
  return {"CB-RUN-SILENT", what, who,
          "look whether its process is running; start it again, the run goes on"};
}

/// Waits until every command that takes effect in `step` was decided.
inline model::Result<void> await_decisions(network::Barriers& decided, const PartContext& part,
                                           model::Step step) {
  if (step == 0) return {};  // nothing can be
  const model::Epoch epoch{part.scenario.start};
  const auto needed =
      std::max(epoch.at(1), epoch.at(step) - lookahead_ms(part.scenario, part.options));
  CITYBRAIN_ASSIGN(late, decided.wait(needed, part.patience));
  if (!late.empty()) return silent(late, "the hub has not said that it has decided");
  return {};
}

}  // namespace citybrain::experiment
