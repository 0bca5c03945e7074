#include "scenarios/experiment/sumo_scenario.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "hub/runtime/files.h"
#include "scenarios/sumo_city/sumo_city.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

std::string how_to_give(const Scenario& s) {
  return fmt::format(
      "./citybrain run {} --data FOLDER (with one .net.xml and one .rou.xml), or --set "
      "city.net=FILE --set city.routes=FILE",
      s.name);
}

/// Files of the folder with this ending, sorted by name.
std::vector<fs::path> files_with(const fs::path& folder, std::string_view ending) {
  std::vector<fs::path> out;
  std::error_code ec;
  for (const auto& e : fs::directory_iterator(folder, ec))
    if (e.path().filename().string().ends_with(ending)) out.push_back(e.path());
  std::sort(out.begin(), out.end());
  return out;
}

Result<fs::path> only_file(const Scenario& s, const fs::path& folder, const char* ending,
                           const char* key) {
  const auto found = files_with(folder, ending);
  if (found.size() == 1) return found.front();
  std::string names;
  for (const auto& f : found) names += (names.empty() ? "" : ", ") + f.filename().string();
  return Error{"CB-INPUT-DATA",
               found.empty() ? fmt::format("there is no file *{} (city.{})", ending, key)
                             : fmt::format("several files could be city.{}: {}", key, names),
               folder.string(),
               found.empty() ? how_to_give(s) : fmt::format("choose with --set city.{}=FILE", key)};
}

}  // namespace

void read_sumo(Fields& f, const fs::path& base, const ScenarioRequest& request,
               const std::function<std::string(std::string)>& expand, CityConfig& out) {
  std::string net, routes, additional;
  f.text("net", net);
  f.text("routes", routes);
  f.text("additional", additional);
  f.number("begin_s", out.begin_s, 0, 1e7);
  f.number("teleport_after_s", out.teleport_after_s, 0, 86'400);
  const auto files = [&](const std::string& text) {
    std::vector<fs::path> all;
    const std::string list = expand(text);
    for (std::size_t at = 0; at < list.size();) {
      const auto end = std::min(list.find(',', at), list.size());
      const auto from = list.find_first_not_of(' ', at);
      if (from < end) all.push_back(base / list.substr(from, end - from));
      at = end + 1;
    }
    return all;
  };
  if (!net.empty()) out.roadnet = base / expand(net);
  if (!request.roadnet.empty()) out.roadnet = request.roadnet;
  out.routes = files(routes);
  if (!request.flow.empty()) out.routes = {request.flow};
  out.additional = files(additional);
}

Result<void> find_sumo_files(Scenario& s, const ScenarioRequest& request) {
  std::error_code ec;
  const fs::path folder = request.data.empty() ? s.file.parent_path() : request.data;
  if (!request.data.empty() && !fs::is_directory(request.data, ec))
    return Error{"CB-INPUT-DATA", "the data folder does not exist", request.data.string(),
                 how_to_give(s)};
  if (s.city.roadnet.empty()) {
    CITYBRAIN_ASSIGN(net, only_file(s, folder, ".net.xml", "net"));
    s.city.roadnet = net;
  }
  if (s.city.routes.empty()) {
    CITYBRAIN_ASSIGN(routes, only_file(s, folder, ".rou.xml", "routes"));
    s.city.routes = {routes};
  }
  for (const auto& file : sumo_files(s)) {
    if (fs::is_regular_file(file, ec)) continue;
    return Error{"CB-INPUT-DATA", "there is no such file", file.string(), how_to_give(s)};
  }
  return {};
}

std::vector<fs::path> sumo_files(const Scenario& s) {
  std::vector<fs::path> all = {s.city.roadnet};
  all.insert(all.end(), s.city.routes.begin(), s.city.routes.end());
  all.insert(all.end(), s.city.additional.begin(), s.city.additional.end());
  return all;
}

Result<World> build_sumo_world(const Scenario& s) {
  World world;
  CITYBRAIN_ASSIGN(text, runtime::read_file(s.city.roadnet, "CB-INPUT-DATA"));
  city::ImportReport report;
  CITYBRAIN_ASSIGN(net,
                   city::import_sumo_names(text, s.city.roadnet.string(), s.city.anchor, report));
  world.warnings = std::move(report.warnings);
  world.network = std::make_shared<const model::RoadNetwork>(std::move(net.network));
  world.sumo = std::make_shared<const city::SumoNames>(std::move(net.names));
  world.sumo_begin_s = s.city.begin_s;
  if (world.sumo_begin_s >= 0) return world;
  for (const auto& file : s.city.routes) {
    CITYBRAIN_ASSIGN(routes, runtime::read_file(file, "CB-INPUT-DATA"));
    CITYBRAIN_ASSIGN(first, city::sumo_first_minute(routes, file.string()));
    world.sumo_begin_s = world.sumo_begin_s < 0 ? first : std::min(world.sumo_begin_s, first);
  }
  return world;
}

Result<void> check_sumo_events(const Scenario& s) {
  for (std::size_t i = 0; i < s.events.size(); ++i)
    if (s.events[i].kind != city::CityEvent::Kind::kDeviceFailure)
      return Error{"CB-INPUT-EVENT", "SUMO as the city can only be told of device-failure",
                   fmt::format("{}: events[{}]", s.file.string(), i),
                   "say closed lanes, stops and slow edges in SUMO's own files (city.additional)"};
  if (s.taxis.vacant > 0)
    return Error{"CB-INPUT-SCENARIO", "taxis of SUMO as the city do not cruise",
                 fmt::format("{}: taxis.vacant", s.file.string()),
                 "leave it out, or say SUMO's own taxi device in its files"};
  return {};
}

Result<std::unique_ptr<city_port::City>> make_sumo_city(const Scenario& scenario,
                                                        const World& world,
                                                        const RunOptions& options) {
  constexpr std::uint64_t kMostSeed = 2'147'483'647;
  sumo_city::Options o;
  if (const char* program = std::getenv("CITYBRAIN_SUMO"); program != nullptr && *program != 0)
    o.setup.program = program;
  o.setup.net = scenario.city.roadnet;
  o.setup.routes = scenario.city.routes;
  o.setup.additional = scenario.city.additional;
  o.setup.seed = static_cast<std::int32_t>(*options.seed % kMostSeed);
  o.setup.begin_s = world.sumo_begin_s;
  o.setup.teleport_after_s = scenario.city.teleport_after_s;
  if (!options.perfect_sensors) o.setup.depart_offset_s = scenario.day_to_day_s;
  o.start = scenario.start;
  o.disturbances = world.disturbances;
  return sumo_city::make_city(world.network, world.sumo, o);
}

}  // namespace citybrain::experiment
