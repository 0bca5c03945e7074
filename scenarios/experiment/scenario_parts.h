// Parts of a scenario that are read in files of their own. Private to scenarios/experiment.
#pragma once

#include "scenarios/city/emergencies.h"
#include "scenarios/experiment/fields.h"

namespace citybrain::experiment {

/// The mapping `emergencies` (docs/scenario.md).
void read_emergencies(Document& document, Fields f, city::EmergencySpec& out);

}  // namespace citybrain::experiment
