// Many runs side by side, one a core: those of a comparison. Each has its folder; what is finished
// is kept, so that an interrupted comparison goes on with --resume. Errors as run(). Private to
// scenarios/experiment.
#pragma once

#include <optional>
#include <vector>

#include "scenarios/experiment/compare.h"

namespace citybrain::experiment {

/// One run. Scenario and world must outlive it.
struct RunCell {
  const Scenario* scenario = nullptr;
  const World* world = nullptr;
  RunOptions options;
  std::optional<RunReport> report = {};
  std::optional<model::Error> error = {};
  model::Step steps_done = 0;
};

/// Makes OUT, which must be empty or a comparison's.
model::Result<void> open_comparison(const CompareOptions& options);
/// Runs them all; the first error ends it.
model::Result<void> run_cells(std::vector<RunCell>& cells, const catalog::Catalog& catalog,
                              const CompareOptions& options, const CompareHooks& hooks);

}  // namespace citybrain::experiment
