// A city from wherever the command line says: files of other programs, or a generated one.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "scenarios/city/demand.h"

namespace citybrain::experiment {

struct CitySource {
  std::filesystem::path roadnet, flow;  ///< CityFlow's JSON, SUMO's XML, an OpenStreetMap extract
                                        ///< (.osm, .osm.pbf); the flow may be absent
  std::string preset;                   ///< or a generated city
  double vehicles = 0;  ///< to hold on the road, of presets and maps; 0: the preset's
  double trips_per_hour = 0, mean_trip_m = 3000;  ///< of maps without a flow
  std::uint32_t horizon_s = 3600;                 ///< of a preset's demand
  std::uint64_t seed = 1;
  bool lenient = false;
};

struct CityData {
  std::shared_ptr<const model::RoadNetwork> network;
  city::Demand demand;
  std::vector<std::string> warnings;
};

/// Errors CB-USAGE-BENCH, CB-USAGE-PRESET, CB-INPUT-*.
model::Result<CityData> read_city(const CitySource& source);

/// Writes the city for SUMO into a folder: city.nod.xml, city.edg.xml, city.con.xml, city.tll.xml,
/// city.rou.xml, city.sumocfg. Error CB-RUN-WRITE.
model::Result<void> write_sumo(const CityData& city, const std::filesystem::path& folder);
model::Result<void> write_geojson(const CityData& city, const std::filesystem::path& file);

}  // namespace citybrain::experiment
