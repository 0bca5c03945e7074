// The parts of a run (parts.h) as threads of this process, over the embedded log of its folder: the
// same loops as processes of their own, where there is no broker. Outcome and folder are those of
// run(). Errors: those of parts.h; the first part that fails ends the others.
#pragma once

#include <chrono>

#include "scenarios/experiment/run.h"

namespace citybrain::experiment {

/// Wall time that a part waits for another one before it gives up.
constexpr std::chrono::seconds kPatience{60};

model::Result<RunReport> run_together(const Scenario& scenario, const World& world,
                                      const catalog::Catalog& catalog, const RunOptions& options,
                                      const RunHooks& hooks, std::uint32_t hubs = 1,
                                      std::chrono::milliseconds patience = kPatience);

}  // namespace citybrain::experiment
