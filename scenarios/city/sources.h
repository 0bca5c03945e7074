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
#include "scenarios/city/sumo_names.h"

namespace citybrain::city {

struct ImportReport {
  /// What is not followed and, with lenient, what was skipped: counted, the first one named.
  std::vector<std::string> warnings;
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

/// SUMO's network (.net.xml) and demand (.rou.xml: vType, route, vehicle, trip, flow); lanes closed
/// to passenger cars are left out, the earliest whole minute of the departures becomes 0. Programs
/// that are not static run as if they were, and are counted.
model::Result<model::RoadNetwork> import_sumo_net(std::string_view text, std::string_view name,
                                                  model::GeoPoint anchor, ImportReport&);
/// The same network with SUMO's names.
model::Result<SumoNet> import_sumo_names(std::string_view text, std::string_view name,
                                         model::GeoPoint anchor, ImportReport&);
/// The whole minute of a route file's first departure, s; 0 when it has none that is a time.
model::Result<double> sumo_first_minute(std::string_view text, std::string_view name);
model::Result<Demand> import_sumo_routes(std::string_view text, std::string_view name,
                                         const model::RoadNetwork& network, bool lenient,
                                         ImportReport&);

/// An OpenStreetMap extract, .osm or .osm.pbf; lanes, speeds and signals are guessed where the map
/// does not say (docs/cities.md). Only its largest connected part is kept.
model::Result<model::RoadNetwork> import_osm(std::string_view bytes, std::string_view name,
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

/// A signalised grid with boundary junctions around it; phases as in CityFlow's public sets
/// (straight and left, by axis and by approach).
model::Result<model::RoadNetwork> generate_grid(const GridSpec&);
/// Random trips by keyed randomness, shortest routes with few turns, departures Poisson with a peak
/// in the middle of the horizon.
model::Result<Demand> generate_demand(const GridSpec&, const model::RoadNetwork&);

/// A generated city with a hierarchy of roads (docs/cities.md): blocks on a grid, or rings and
/// radials around a centre; every `arterial_every`-th line is an arterial; some blocks have local
/// streets without signals.
struct CitySpec {
  enum class Layout : std::uint8_t { kGrid, kRingRadial };
  std::string name = "city";
  Layout layout = Layout::kGrid;
  std::uint32_t rows = 4, columns = 4;  ///< grid: lines; ring-radial: rings and radials
  double block_m = 500;                 ///< between lines, between rings
  double irregular = 0.1;  ///< how far crossings lie from their line, as a share of a block
  std::uint32_t arterial_every = 3;
  std::uint32_t arterial_lanes = 4, collector_lanes = 3, local_lanes = 1;
  double arterial_mps = 16.667, collector_mps = 13.889, local_mps = 8.333;
  double local_share = 0;       ///< of blocks with local streets
  std::uint32_t districts = 1;  ///< strips from west to east, or sectors
  std::uint32_t stations = 0, ambulances = 0, hospitals = 0, parking_lots = 0;
  bool bus_stops = false;       ///< every 450 m or so along arterials
  bool street_parking = false;  ///< along local streets
  std::uint64_t seed = 1;       ///< of the layout
  model::GeoPoint anchor;
};

/// Error CB-INPUT-GRID names what cannot be built.
model::Result<model::RoadNetwork> generate_city(const CitySpec&);

/// Who drives in a generated or imported city: trips between roads, drawn by keyed randomness, with
/// routes that are short in time as seen by different drivers.
struct DemandSpec {
  double vehicles = 0;        ///< so many under way at the start, and about that number kept; or:
  double trips_per_hour = 0;  ///< at the profile's 1.0
  double duration_s = 3600;
  double start_hour = 8;  ///< of the local day; departures follow `profile`
  bool profiled = true;   ///< false: evenly
  double mean_trip_m = 6000;
  double taxis = 0.06, trucks = 0.07;  ///< shares of vehicles
  std::uint64_t seed = 1;
};
/// Departures by the hour of a working day as a share of the peak hour's, with Hangzhou's two peaks
/// and 200 to 290 between the off-peak day and the worst peak.
double profile_at(double hour);

/// Bus lines over the roads that have stops (kBusStop places), each in both directions.
struct BusSpec {
  std::uint32_t lines = 0;
  double length_m = 8000;  ///< between terminals, as the crow flies
  double duration_s = 3600;
  double start_hour = 8;  ///< headways follow the hour
  std::uint64_t seed = 1;
};
/// Between two buses of a line; 0 when none runs: 5 min in the peaks, 8 by day, 15 early and late,
/// none from 23 to 5.
double headway_s(double hour);
/// Departures from both terminals, buses that are under way at the start, stops with a timetable.
model::Result<void> add_bus_lines(const BusSpec&, const model::RoadNetwork&, Demand&);

/// The trips of those who come to `crowd` events and leave them; other events are not looked at.
/// The events are ones of this network (resolve_events).
void add_crowds(const std::vector<CityEvent>& events, const model::RoadNetwork&, std::uint64_t seed,
                Demand&);
model::Result<Demand> generate_trips(const DemandSpec&, const model::RoadNetwork&);

/// Generated cities by name.
struct Preset {
  model::RoadNetwork network;
  Demand demand;
};
/// quickstart, one-pole, xiaoshan, hangzhou, grid-ROWSxCOLUMNS, ring-RINGSxRADIALS. `vehicles` 0:
/// as many as the preset has. Error CB-USAGE-PRESET.
model::Result<Preset> make_preset(std::string_view name, double vehicles, double duration_s,
                                  std::uint64_t seed);
std::vector<std::string> preset_names();
bool is_preset(std::string_view name);
/// The network alone, and the demand alone, of any day.
model::Result<model::RoadNetwork> preset_network(std::string_view name);
model::Result<Demand> preset_demand(std::string_view name, const model::RoadNetwork& network,
                                    double vehicles, double duration_s, std::uint64_t seed,
                                    double start_hour = 8);

}  // namespace citybrain::city
