#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hub/runtime/random.h"
#include "scenarios/experiment/clouds_file.h"
#include "scenarios/experiment/digest.h"
#include "scenarios/experiment/scenario.h"
#include "scenarios/experiment/sumo_scenario.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

Result<std::string> read_file(const fs::path& path, const std::string& code,
                              const std::string& mend) {
  std::error_code ec;
  if (!fs::exists(path, ec)) return Error{code, "there is no such file", path.string(), mend};
  if (fs::is_directory(path, ec))
    return Error{code, "is a folder, a file was expected", path.string(), mend};
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return Error{code, "the file cannot be read", path.string(), "check its permissions"};
  return text.str();
}

std::string how_to_give_data(const Scenario& s) {
  return fmt::format("point to the folder that holds it: ./citybrain run {} --data FOLDER", s.name);
}

/// The hash covers the bytes of the city's files and of its law, so that another version of a file
/// is another configuration.
Result<void> hash_inputs(Scenario& s, const fs::path& home_directory) {
  std::vector<fs::path> files;
  if (s.city.kind == CityKind::kCityFlow) files = {s.city.roadnet, s.city.flow};
  if (s.city.kind == CityKind::kSumo) files = sumo_files(s);
  std::string bytes;
  if (s.law) CITYBRAIN_TRY(load_law(*s.law, s.file.parent_path(), home_directory, bytes));
  if (files.empty() && !s.law) return {};
  std::string all = s.config_hash + bytes;
  for (const auto& path : files) {
    CITYBRAIN_ASSIGN(bytes, read_file(path, "CB-INPUT-DATA", how_to_give_data(s)));
    all += digest_text(bytes);
  }
  s.config_hash = digest_text(all);
  return {};
}

Result<void> check_city_files(const Scenario& s, const ScenarioRequest& request) {
  if (s.city.kind != CityKind::kCityFlow) return {};
  std::error_code ec;
  if (!request.data.empty() && !fs::is_directory(request.data, ec))
    return Error{"CB-INPUT-DATA", "the data folder does not exist", request.data.string(),
                 how_to_give_data(s)};
  if (s.city.roadnet.empty() || s.city.flow.empty()) {
    return Error{
        "CB-INPUT-DATA", "this scenario needs a road network and a flow file in CityFlow's format",
        s.file.string(), fmt::format("./citybrain run {} --roadnet FILE --flow FILE", s.name)};
  }
  return {};
}

Result<fs::path> find_scenario(const std::string& given, const fs::path& home_directory) {
  std::error_code ec;
  const fs::path in_library = home_directory / "scenarios" / "library" / given / "scenario.yaml";
  const bool plain_name = given.find('/') == std::string::npos;
  if (plain_name && fs::exists(in_library, ec)) return in_library;
  fs::path path = given;
  if (fs::is_directory(path, ec)) path /= "scenario.yaml";
  if (fs::exists(path, ec)) return path;
  const auto names = library(home_directory);
  const auto near = catalog::nearest(given, names);
  return Error{"CB-INPUT-SCENARIO",
               fmt::format("there is no scenario \"{}\" in the library and no such file", given),
               path.string(),
               near.empty() ? fmt::format("scenarios: {}", fmt::join(names, ", "))
                            : fmt::format("did you mean \"{}\"?", near)};
}

}  // namespace

std::string digest_text(std::string_view bytes) {
  const XXH128_hash_t h = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", h.high64, h.low64);
}

Result<fs::path> home() {
  const auto is_home = [](const fs::path& p) {
    std::error_code ec;
    return fs::exists(p / "schemas" / "contracts", ec) &&
           fs::exists(p / "scenarios" / "library", ec);
  };
  if (const char* given = std::getenv("CITYBRAIN_ROOT"); given != nullptr && is_home(given))
    return fs::path(given);
  std::error_code ec;
  for (fs::path p = fs::read_symlink("/proc/self/exe", ec).parent_path(); p.has_relative_path();
       p = p.parent_path())
    if (is_home(p)) return p;
  return Error{"CB-RUN-HOME", "the folders schemas/contracts and scenarios/library were not found",
               "", "set CITYBRAIN_ROOT to the checkout of citybrain"};
}

std::vector<std::string> library(const fs::path& home_directory) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(home_directory / "scenarios" / "library", ec))
    if (fs::exists(entry.path() / "scenario.yaml", ec))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

Result<Scenario> load_scenario(const ScenarioRequest& request, const fs::path& home_directory) {
  CITYBRAIN_ASSIGN(path, find_scenario(request.name_or_path, home_directory));
  CITYBRAIN_ASSIGN(text, read_file(path, "CB-INPUT-SCENARIO", ""));
  CITYBRAIN_ASSIGN(scenario, parse_scenario(text, path.string(), path.parent_path(), request));
  if (!request.clouds.empty()) {
    CITYBRAIN_ASSIGN(clouds, load_clouds(request.clouds));
    scenario.clouds = std::move(clouds);
  }
  CITYBRAIN_TRY(check_city_files(scenario, request));
  if (scenario.city.kind == CityKind::kSumo) CITYBRAIN_TRY(find_sumo_files(scenario, request));
  CITYBRAIN_TRY(hash_inputs(scenario, home_directory));
  scenario.request = request;
  return std::move(scenario);
}

namespace {

Result<World> build_city(const Scenario& scenario, bool lenient) {
  if (scenario.city.kind == CityKind::kSumo) return build_sumo_world(scenario);
  World world;
  if (scenario.city.kind == CityKind::kPreset) {
    CITYBRAIN_ASSIGN(network, city::preset_network(scenario.city.preset));
    world.network = std::make_shared<const model::RoadNetwork>(std::move(network));
    return world;
  }
  if (scenario.city.kind == CityKind::kGrid) {
    auto spec = scenario.city.grid;
    spec.seed = scenario.seed;
    CITYBRAIN_ASSIGN(network, city::generate_grid(spec));
    world.network = std::make_shared<const model::RoadNetwork>(std::move(network));
    return world;
  }
  city::ImportReport report;
  CITYBRAIN_ASSIGN(roadnet,
                   read_file(scenario.city.roadnet, "CB-INPUT-DATA", how_to_give_data(scenario)));
  CITYBRAIN_ASSIGN(network, city::import_cityflow_roadnet(roadnet, scenario.city.roadnet.string(),
                                                          scenario.city.anchor));
  CITYBRAIN_ASSIGN(flow,
                   read_file(scenario.city.flow, "CB-INPUT-DATA", how_to_give_data(scenario)));
  CITYBRAIN_ASSIGN(demand, city::import_cityflow_flow(flow, scenario.city.flow.string(), network,
                                                      lenient, report));
  world.network = std::make_shared<const model::RoadNetwork>(std::move(network));
  world.demand = std::move(demand);
  world.warnings = std::move(report.warnings);
  return world;
}

/// The same error, with the scenario's file.
Error of_scenario(const Scenario& scenario, Error e) {
  e.where = fmt::format("{}: {}", scenario.file.string(), e.where);
  return e;
}

/// Stations and hospitals of the scenario become places of the base database; then calls are
/// placed.
Result<void> add_emergencies(const Scenario& scenario, World& world) {
  const auto& spec = scenario.emergencies;
  if (!spec.stations.empty() || !spec.hospitals.empty()) {
    auto network = std::make_shared<model::RoadNetwork>(*world.network);
    CITYBRAIN_TRY(city::add_places(spec, *network));
    world.network = std::move(network);
  }
  CITYBRAIN_ASSIGN(plan, city::resolve_emergencies(spec, *world.network));
  world.emergencies = std::move(plan);
  return {};
}

}  // namespace

Result<World> build_world(const Scenario& scenario, bool lenient) {
  CITYBRAIN_ASSIGN(world, build_city(scenario, lenient));
  if (scenario.city.kind == CityKind::kSumo) CITYBRAIN_TRY(check_sumo_events(scenario));
  auto disturbances = city::resolve_events(scenario.events, *world.network);
  if (!disturbances) return of_scenario(scenario, disturbances.error());
  world.disturbances = std::move(*disturbances);
  if (auto done = add_emergencies(scenario, world); !done)
    return of_scenario(scenario, done.error());
  return std::move(world);
}

namespace {

Result<city::Demand> usual_day(const Scenario& scenario, const World& world, std::uint64_t seed,
                               bool as_recorded) {
  if (scenario.city.kind == CityKind::kGrid) {
    auto spec = scenario.city.grid;
    spec.seed = seed;
    return city::generate_demand(spec, *world.network);
  }
  if (scenario.city.kind == CityKind::kPreset)
    return city::preset_demand(scenario.city.preset, *world.network, scenario.city.vehicles,
                               scenario.horizon_s, seed, scenario.start_hour);
  city::Demand day = world.demand;
  if (as_recorded || scenario.day_to_day_s == 0) return day;
  const runtime::Random random(seed);
  constexpr auto kPurpose = runtime::purpose("demand/day-to-day");
  for (std::size_t i = 0; i < day.size(); ++i) {
    const double shift = (2 * random.uniform(kPurpose, i) - 1) * scenario.day_to_day_s;
    day.set_departure(i, std::max(0.0, day.trips()[i].depart_s() + shift));
  }
  day.sort_by_departure();
  return day;
}

}  // namespace

Result<city::Demand> demand_of_day(const Scenario& scenario, const World& world, std::uint64_t seed,
                                   bool as_recorded) {
  CITYBRAIN_ASSIGN(demand, usual_day(scenario, world, seed, as_recorded));
  city::add_crowds(scenario.events, *world.network, seed, demand);
  return std::move(demand);
}

}  // namespace citybrain::experiment
