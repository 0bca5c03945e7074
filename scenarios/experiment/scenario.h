// A scenario (实验案例): which city, who watches it and how badly, which desks decide on what data
// in each mode. Read from scenario.yaml (docs/scenario.md lists every key), strictly: an unknown
// key, policy, dataset or value is an error with file, line, column and what was expected. Values
// after loading; safe to read from many threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "connectors/city_port/sensor_models.h"
#include "hub/brain/brain.h"
#include "hub/catalog/catalog.h"
#include "hub/cloud/clouds.h"
#include "hub/dispatch/dispatch.h"
#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"
#include "scenarios/experiment/law_config.h"
#include "scenarios/experiment/protection_config.h"

namespace citybrain::experiment {

enum class CityKind : std::uint8_t { kGrid, kCityFlow, kPreset, kSumo };

struct CityConfig {
  CityKind kind = CityKind::kGrid;
  std::filesystem::path roadnet;  ///< CityFlow files, resolved; the network where SUMO is the city
  std::filesystem::path flow;
  std::vector<std::filesystem::path> routes, additional;  ///< where SUMO is the city
  double begin_s = -1;            ///< SUMO's clock at the start; negative: as the routes begin
  double teleport_after_s = 300;  ///< SUMO moves vehicles on that stood so long; 0: never
  city::GridSpec grid;
  std::string preset;   ///< a generated city by name
  double vehicles = 0;  ///< of a preset, held on the road; 0: the preset's
  model::GeoPoint anchor{120.15, 30.25};
};

/// A desk (席位): an actor with decision rights, the datasets it was granted, and its policy.
struct DeskConfig {
  std::string name;
  std::string department;
  std::vector<std::string> datasets;
  brain::PolicySpec policy;
  bool per_district = false;  ///< one desk a district instead of one for the city
  bool neighbours = true;     ///< false: each junction is known from its own devices only
  std::uint32_t priority = 0;
  std::string purpose;             ///< for which it reads; empty: none declared
  std::vector<std::string> needs;  ///< it decides only while it has all of these; with a law
  catalog::ClassSet clearance = catalog::ClassSet::all();       ///< whose fields it may see
  std::map<std::string, std::vector<catalog::MaskRule>> masks;  ///< of its grants, by dataset
  std::map<std::string, std::string> where;  ///< "file:line:column" of what may be refused later

  /// Its view is more than the set of its datasets.
  bool is_bound() const {
    return !purpose.empty() || !masks.empty() || clearance != catalog::ClassSet::all();
  }
};

/// A mode: grants + decision rights + policies.
struct ModeConfig {
  std::string name;  ///< silo, point-to-point, hub
  std::vector<DeskConfig> desks;
};

/// What the command line says about a scenario.
struct ScenarioRequest {
  std::string name_or_path;       ///< a name in the library, a scenario.yaml, or its folder
  std::filesystem::path data;     ///< --data; may be empty
  std::filesystem::path roadnet;  ///< --roadnet and --flow, for `cityflow`
  std::filesystem::path flow;
  std::filesystem::path clouds;  ///< --clouds, instead of the scenario's; may be empty
  std::vector<std::pair<std::string, std::string>> settings;  ///< --set KEY=VALUE
};

struct Scenario {
  std::string name;
  std::string title_en;
  std::string title_zh;
  std::filesystem::path file;
  CityConfig city;
  std::vector<city::CityEvent> events;
  city::NavigationSpec navigation;
  city::ParkingSpec parking;
  city::TaxiSpec taxis;
  double start_hour = 7;  ///< of the local day
  city::EmergencySpec emergencies;
  double day_to_day_s = 0;  ///< each departure of seed s is shifted by up to this much either way
  model::EventTime start;
  std::uint32_t horizon_s = 3600;
  std::uint32_t lookahead_s = 1;
  std::uint64_t seed = 1;
  std::string sharing = "hub";
  city_port::SensorModels sensors;
  std::vector<std::string> publish;  ///< datasets published though no desk of any mode is granted
                                     ///< them
  dispatch::SafetyLimits safety;
  ProtectionConfig protection;
  std::vector<ModeConfig> modes;
  std::optional<LawConfig> law;         ///< under which desks get more than they have
  std::optional<cloud::Clouds> clouds;  ///< where the hub's parts may be; no outcome depends on it
  std::string config_hash;  ///< of everything above that an outcome depends on, and of the input
                            ///< files' bytes
  ScenarioRequest request;  ///< what it was loaded by; paths as they were given

  const ModeConfig* mode(std::string_view name) const;
};

/// Where the program's own files are: the checkout, found from the executable or CITYBRAIN_ROOT.
/// Error CB-RUN-HOME.
model::Result<std::filesystem::path> home();
/// Names in scenarios/library, sorted.
std::vector<std::string> library(const std::filesystem::path& home_directory);

/// Errors CB-INPUT-SCENARIO, CB-INPUT-DATA (data directory absent: says how to point to it),
/// CB-USAGE-SET.
model::Result<Scenario> load_scenario(const ScenarioRequest& request,
                                      const std::filesystem::path& home_directory);
/// From text, for tests and fuzzing: no files are opened; relative names are taken below `folder`.
model::Result<Scenario> parse_scenario(const std::string& text, const std::string& file_name,
                                       const std::filesystem::path& folder,
                                       const ScenarioRequest& request);

/// The city's network and demand as the scenario says; read once, shared by the runs of a
/// comparison.
struct World {
  std::shared_ptr<const model::RoadNetwork> network;
  city::Demand demand;
  std::vector<city::Disturbance> disturbances;
  city::EmergencyPlan emergencies;
  std::vector<std::string> warnings;
  std::shared_ptr<const city::SumoNames> sumo;  ///< where SUMO is the city, which has the demand
  double sumo_begin_s = 0;
};
model::Result<World> build_world(const Scenario& scenario, bool lenient);
/// The demand of one day. A generated city draws its trips anew from the seed; a recorded one keeps
/// its trips and shifts each departure by keyed randomness (day_to_day_s), or not at all when
/// `as_recorded`.
model::Result<city::Demand> demand_of_day(const Scenario& scenario, const World& world,
                                          std::uint64_t seed, bool as_recorded);

}  // namespace citybrain::experiment
