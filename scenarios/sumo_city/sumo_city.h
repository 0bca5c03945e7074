// A SUMO simulation behind the port: the same departments, hub and commands as with the program's
// own city, and the same truth for the evaluator. The network is the imported one; SUMO reads the
// same file.
//
// Promises: deterministic for (files, seed, actuations, version of SUMO); a second costs one
// exchange with SUMO, and one more when vehicles are loaded or are given another route. Signals
// begin with their first phase, as in every city here, and show what they are told from then on;
// a conflict monitor of this program watches them. Vehicles are numbered in the order in which SUMO
// loads them, which does not depend on the traffic. A vehicle whose class no role fits is seen as a
// car. Errors: those of connectors/sumo; CB-CITY-TIME, CB-CITY-DEVICE; CB-INPUT-EVENT for
// disturbances that SUMO cannot be told. One thread a city, the one that made it.
#pragma once

#include <memory>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/sumo/sumo.h"
#include "scenarios/city/city.h"
#include "scenarios/city/events.h"
#include "scenarios/city/sumo_names.h"

namespace citybrain::sumo_city {

struct Options {
  connectors::sumo::Setup setup;
  model::EventTime start;
  std::uint32_t truth_interval_s = 10;
  std::vector<city::Disturbance> disturbances;  ///< device failures only
};

/// Makes a city at `options.start` with no vehicle on the road. It implements city::TruthSource.
model::Result<std::unique_ptr<city_port::City>> make_city(
    std::shared_ptr<const model::RoadNetwork> network, std::shared_ptr<const city::SumoNames> names,
    const Options& options);

/// SUMO's process, for tests; 0 for another city.
std::int64_t process_of(const city_port::City& city);

}  // namespace citybrain::sumo_city
