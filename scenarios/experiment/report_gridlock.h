// Gridlock as JSON: the same object in report.json (outcomes.gridlock) and from bench city. Kept
// out of report.h, so that who reads reports needs no Boost.JSON.
#pragma once

#include <boost/json/object.hpp>

#include "scenarios/evaluator/gridlock.h"

namespace citybrain::experiment {

boost::json::object gridlock_json(const evaluator::Gridlock& gridlock);

}  // namespace citybrain::experiment
