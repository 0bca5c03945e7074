// A city for other programs: SUMO, maps. Pure functions; nothing is written to disk here.
#pragma once

#include <string>

#include "hub/model/road_network.h"
#include "scenarios/city/demand.h"

namespace citybrain::city {

/// Contents of city.nod.xml, city.edg.xml, city.con.xml, city.tll.xml (for netconvert),
/// city.rou.xml and city.sumocfg. Signals have their plan, as a cabinet runs it.
struct SumoFiles {
  std::string nodes, edges, connections, lights, routes, configuration;
};
SumoFiles export_sumo(const model::RoadNetwork& network, const Demand& demand);

/// A FeatureCollection (RFC 7946): roads as LineStrings with name, lanes, speed; junctions and
/// places as Points. WGS 84 longitude and latitude, which for CGCS2000 differ by centimetres.
std::string export_geojson(const model::RoadNetwork& network);

}  // namespace citybrain::city
