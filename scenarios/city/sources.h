// Where cities come from: importers and the generator. Each error names file, line and column (or
// the thing) and what was expected; nothing is half-read.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/road_network.h"
#include "scenarios/city/city.h"

namespace citybrain::city {

struct ImportReport {
  std::vector<std::string> warnings;  ///< with lenient: what was skipped, counted and named
};

/// CityFlow's roadnet and flow JSON (https://cityflow.readthedocs.io). `text` variants serve tests
/// and fuzzing; `name` is used in error messages. With lenient, flow entries whose route the
/// network lacks are skipped and counted. The anchor is where the plane's origin lies on earth
/// (CityFlow files do not say).
model::Result<model::RoadNetwork> import_cityflow_roadnet(std::string_view text,
                                                          std::string_view name,
                                                          model::GeoPoint anchor);
model::Result<Demand> import_cityflow_flow(std::string_view text, std::string_view name,
                                           const model::RoadNetwork& network, bool lenient,
                                           ImportReport&);

struct GridSpec {
  std::uint32_t rows = 4;
  std::uint32_t columns = 4;
  double block_m = 300;  ///< between junction centres
  std::uint32_t lanes =
      3;  ///< per direction: left, straight, right with 3; shared lanes with 1 or 2
  double speed_limit_mps = 11.111;
  std::uint32_t districts = 1;   ///< columns are cut into this many districts
  double trips_per_hour = 3000;  ///< over the whole grid
  double vehicles = 0;  ///< when not 0: so many are under way at the start, and departures keep
                        ///< about that number (trips_per_hour does not count then)
  double duration_s = 3600;    ///< of demand
  double through_share = 0.7;  ///< trips that cross the grid from edge to edge; the rest start and
                               ///< end anywhere on the edge
  std::uint64_t seed = 1;
  model::GeoPoint anchor;
};

/// A generated city by name: quickstart, grid-ROWSxCOLUMNS. Error CB-USAGE-PRESET.
model::Result<GridSpec> preset(std::string_view name);

/// A signalised grid with boundary junctions around it; phases as in CityFlow's public sets
/// (straight and left, by axis and by approach).
model::Result<model::RoadNetwork> generate_grid(const GridSpec&);
/// Random trips by keyed randomness, shortest routes with few turns, departures Poisson with a peak
/// in the middle of the horizon.
model::Result<Demand> generate_demand(const GridSpec&, const model::RoadNetwork&);

}  // namespace citybrain::city
