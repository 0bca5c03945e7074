// Scenarios whose city is SUMO (city.kind: sumo): their files, their world, and the city itself.
// Private to scenarios/experiment.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "connectors/city_port/city_port.h"
#include "scenarios/experiment/fields.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

/// Reads net, routes, additional, begin_s and teleport_after_s; names are taken below `base`, after
/// `expand`.
void read_sumo(Fields& f, const std::filesystem::path& base, const ScenarioRequest& request,
               const std::function<std::string(std::string)>& expand, CityConfig& out);

/// Looks for what the scenario does not name: the only network and the only routes of the folder.
/// Error CB-INPUT-DATA.
model::Result<void> find_sumo_files(Scenario& scenario, const ScenarioRequest& request);

/// Everything that SUMO will read, for the configuration's hash.
std::vector<std::filesystem::path> sumo_files(const Scenario& scenario);

model::Result<World> build_sumo_world(const Scenario& scenario);
/// Error CB-INPUT-EVENT names what SUMO cannot be told.
model::Result<void> check_sumo_events(const Scenario& scenario);

/// Starts SUMO: CITYBRAIN_SUMO, or sumo in PATH. The run's seed is SUMO's (modulo 2^31 - 1).
model::Result<std::unique_ptr<city_port::City>> make_sumo_city(const Scenario& scenario,
                                                               const World& world,
                                                               const RunOptions& options);

}  // namespace citybrain::experiment
