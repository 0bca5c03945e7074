// What an OpenStreetMap extract says of streets: .osm (XML) and .osm.pbf. Private to
// scenarios/city. Debian's libosmium cannot stand beside the Boost that this program is built with,
// hence libosmpbf for the message formats and pugixml.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/road_network.h"

namespace citybrain::city {

struct OsmWay {
  std::int64_t id = 0;
  std::vector<std::int64_t> nodes;
  std::map<std::string, std::string> tags;
};

struct OsmFile {
  std::map<std::int64_t, model::GeoPoint> nodes;
  std::map<std::int64_t, std::string> signals;  ///< nodes with highway=traffic_signals, their names
  std::vector<OsmWay> ways;                     ///< those with the tag highway
};

/// Told apart by their first bytes. Errors CB-INPUT-ROADNET say where in the file.
model::Result<OsmFile> read_osm(std::string_view bytes, std::string_view name);

}  // namespace citybrain::city
