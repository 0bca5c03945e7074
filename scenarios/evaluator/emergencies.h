// How calls for help were served, from the truth. Private to scenarios/evaluator.
#pragma once

#include "scenarios/evaluator/evaluator.h"
#include "scenarios/evaluator/truth.h"

namespace citybrain::evaluator {

Emergencies emergencies(const Truth& truth);

}  // namespace citybrain::evaluator
