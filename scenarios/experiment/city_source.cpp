#include "scenarios/experiment/city_source.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "scenarios/city/exports.h"
#include "scenarios/city/sources.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

Result<std::string> read_text(const std::filesystem::path& path, const char* option) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return Error{"CB-INPUT-DATA", "the file cannot be read", path.string(),
                 fmt::format("check {}", option)};
  return text.str();
}

Result<CityData> from_files(const CitySource& a) {
  if (a.roadnet.empty())
    return Error{"CB-USAGE-BENCH", "give --roadnet FILE, or --preset NAME", "", ""};
  CITYBRAIN_ASSIGN(roadnet, read_text(a.roadnet, "--roadnet"));
  const bool sumo = a.roadnet.extension() == ".xml";
  CITYBRAIN_ASSIGN(network, sumo ? city::import_sumo_net(roadnet, a.roadnet.string(), {})
                                 : city::import_cityflow_roadnet(roadnet, a.roadnet.string(), {}));
  CityData out;
  out.network = std::make_shared<const model::RoadNetwork>(std::move(network));
  if (a.flow.empty()) return out;
  CITYBRAIN_ASSIGN(flow, read_text(a.flow, "--flow"));
  city::ImportReport report;
  CITYBRAIN_ASSIGN(
      demand,
      sumo ? city::import_sumo_routes(flow, a.flow.string(), *out.network, a.lenient, report)
           : city::import_cityflow_flow(flow, a.flow.string(), *out.network, a.lenient, report));
  out.demand = std::move(demand);
  out.warnings = std::move(report.warnings);
  return out;
}

Result<CityData> from_preset(const CitySource& a) {
  CITYBRAIN_ASSIGN(made, city::make_preset(a.preset, a.vehicles, a.horizon_s, a.seed));
  return CityData{std::make_shared<const model::RoadNetwork>(std::move(made.network)),
                  std::move(made.demand),
                  {}};
}

Result<void> write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  if (!out || !(out << text) || !out.flush())
    return Error{"CB-RUN-WRITE", "the file cannot be written", file.string(),
                 "check the folder's permissions and the free space"};
  return {};
}

}  // namespace

Result<CityData> read_city(const CitySource& source) {
  return source.preset.empty() ? from_files(source) : from_preset(source);
}

Result<void> write_sumo(const CityData& city, const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const auto files = city::export_sumo(*city.network, city.demand);
  CITYBRAIN_TRY(write(folder / "city.nod.xml", files.nodes));
  CITYBRAIN_TRY(write(folder / "city.edg.xml", files.edges));
  CITYBRAIN_TRY(write(folder / "city.con.xml", files.connections));
  CITYBRAIN_TRY(write(folder / "city.tll.xml", files.lights));
  CITYBRAIN_TRY(write(folder / "city.rou.xml", files.routes));
  return write(folder / "city.sumocfg", files.configuration);
}

Result<void> write_geojson(const CityData& city, const std::filesystem::path& file) {
  return write(file, city::export_geojson(*city.network));
}

}  // namespace citybrain::experiment
