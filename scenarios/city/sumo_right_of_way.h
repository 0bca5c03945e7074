// Who gives way to whom by a SUMO network: the <request>s of a <junction>
// (https://sumo.dlr.de/docs/Networks/SUMO_Road_Networks.html#right-of-way). Private to
// scenarios/city. Give it the junctions, then every connection in the file's order, a link right
// after the connection that it came from; then settle.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "hub/model/road_network.h"
#include "scenarios/city/xml.h"

namespace citybrain::city {

class SumoRightOfWay {
 public:
  /// `junction` counts RoadNetwork::junctions. What is wrong is told to `xml`.
  void read_junction(const pugi::xml_node& n, std::uint32_t junction, Xml& xml);
  /// The next connection out of a lane, whether vehicles of this program use it or not: SUMO's
  /// requests count them all.
  void connection(const std::string& edge, const std::string& lane);
  /// What the last connection has become: link `link` of movement `movement`.
  void link(std::uint32_t movement, std::uint32_t link);
  /// Fills LaneLink::ruled, number and gives_way_to at junctions whose requests fit their
  /// connections.
  void settle(model::RoadNetwork& network) const;

 private:
  struct Connection {
    bool used = false;
    std::uint32_t movement = 0, link = 0;
  };
  struct Rules {
    std::vector<std::string> lanes;      // into the junction, in the order of the requests
    std::vector<std::string> responses;  // by request; the last letter is request 0
  };
  std::map<std::uint32_t, Rules> rules_;                    // by junction
  std::map<std::string, std::vector<Connection>> of_lane_;  // "edge_lane"
  Connection* last_ = nullptr;
};

}  // namespace citybrain::city
