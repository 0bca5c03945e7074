#include "scenarios/experiment/city_source.h"

#include "hub/runtime/files.h"
#include "scenarios/city/exports.h"
#include "scenarios/city/sources.h"
#include "scenarios/experiment/folder.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

Result<model::RoadNetwork> read_network(const CitySource& a, const std::string& bytes,
                                        city::ImportReport& report) {
  const std::string name = a.roadnet.string();
  const auto extension = a.roadnet.extension();
  if (extension == ".osm" || extension == ".pbf") return city::import_osm(bytes, name, report);
  if (extension == ".xml") return city::import_sumo_net(bytes, name, {}, report);
  return city::import_cityflow_roadnet(bytes, name, {});
}

Result<CityData> from_files(const CitySource& a) {
  if (a.roadnet.empty())
    return Error{"CB-USAGE-BENCH", "give --roadnet FILE, or --preset NAME", "", ""};
  CITYBRAIN_ASSIGN(roadnet, runtime::read_file(a.roadnet, "CB-INPUT-DATA"));
  const bool sumo = a.roadnet.extension() == ".xml";
  city::ImportReport report;
  CITYBRAIN_ASSIGN(network, read_network(a, roadnet, report));
  CityData out;
  out.network = std::make_shared<const model::RoadNetwork>(std::move(network));
  if (a.flow.empty() && (a.vehicles > 0 || a.trips_per_hour > 0)) {
    city::DemandSpec demand;
    demand.vehicles = a.vehicles;
    demand.trips_per_hour = a.trips_per_hour;
    demand.duration_s = a.horizon_s;
    demand.mean_trip_m = a.mean_trip_m;
    demand.seed = a.seed;
    CITYBRAIN_ASSIGN(trips, city::generate_trips(demand, *out.network));
    out.demand = std::move(trips);
  }
  out.warnings = std::move(report.warnings);
  if (a.flow.empty()) return out;
  CITYBRAIN_ASSIGN(flow, runtime::read_file(a.flow, "CB-INPUT-DATA"));
  CITYBRAIN_ASSIGN(
      demand,
      sumo ? city::import_sumo_routes(flow, a.flow.string(), *out.network, a.lenient, report)
           : city::import_cityflow_flow(flow, a.flow.string(), *out.network, a.lenient, report));
  out.demand = std::move(demand);
  out.warnings.insert(out.warnings.end(), report.warnings.begin(), report.warnings.end());
  return out;
}

Result<CityData> from_preset(const CitySource& a) {
  CITYBRAIN_ASSIGN(made, city::make_preset(a.preset, a.vehicles, a.horizon_s, a.seed));
  return CityData{std::make_shared<const model::RoadNetwork>(std::move(made.network)),
                  std::move(made.demand),
                  {}};
}

}  // namespace

Result<CityData> read_city(const CitySource& source) {
  return source.preset.empty() ? from_files(source) : from_preset(source);
}

Result<void> write_sumo(const CityData& city, const std::filesystem::path& folder) {
  std::error_code ec;
  std::filesystem::create_directories(folder, ec);
  const auto files = city::export_sumo(*city.network, city.demand);
  CITYBRAIN_TRY(write_file(folder / "city.nod.xml", files.nodes));
  CITYBRAIN_TRY(write_file(folder / "city.edg.xml", files.edges));
  CITYBRAIN_TRY(write_file(folder / "city.con.xml", files.connections));
  CITYBRAIN_TRY(write_file(folder / "city.tll.xml", files.lights));
  CITYBRAIN_TRY(write_file(folder / "city.rou.xml", files.routes));
  return write_file(folder / "city.sumocfg", files.configuration);
}

Result<void> write_geojson(const CityData& city, const std::filesystem::path& file) {
  return write_file(file, city::export_geojson(*city.network));
}

}  // namespace citybrain::experiment
