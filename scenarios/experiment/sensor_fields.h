// The keys below `sensors` of a scenario (docs/sensors.md lists them). Private to
// scenarios/experiment.
#pragma once

#include "connectors/city_port/sensor_models.h"
#include "scenarios/experiment/fields.h"

namespace citybrain::experiment {

void read_sensors(Fields f, city_port::SensorModels& s);

}  // namespace citybrain::experiment
