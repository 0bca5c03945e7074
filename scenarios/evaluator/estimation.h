// What was known of lanes against what was true. Private to scenarios/evaluator.
#pragma once

#include "scenarios/evaluator/evaluator.h"
#include "scenarios/evaluator/truth.h"

namespace citybrain::evaluator {

/// Appends the scores of view `number` and its queue error over time (by sample of the truth).
model::Result<void> score_view(const store::Store& store, const model::RoadNetwork& network,
                               const Truth& truth, std::uint32_t number, const std::string& name,
                               Evaluation& out);

}  // namespace citybrain::evaluator
