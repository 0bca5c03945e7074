// Where, how fast and on which lane SUMO's vehicles come into the network and leave it
// (departLane, departPos, departSpeed, arrivalPos, arrivalLane), and where they stop on their way:
// what of it is followed, and how many ask for what is not. Private to scenarios/city.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/city/demand.h"
#include "scenarios/city/xml.h"

namespace citybrain::city {

class SumoEntries {
 public:
  /// Sets the lane on which the vehicles of a vehicle, trip or flow appear; SUMO's default is the
  /// first one, at the road's edge. What is wrong with an attribute, or "".
  static std::string read(const pugi::xml_node& n, VehicleKind& kind);
  /// A vehicle of this element comes; `named` is the route that it names, or empty.
  void count(const pugi::xml_node& n, const pugi::xml_node& named, const Xml& xml);
  /// A line for each attribute that is not followed, and for stops: how many vehicles have it,
  /// where the first is.
  void warn(std::string_view file, std::vector<std::string>& warnings) const;

 private:
  struct NotFollowed {
    std::size_t vehicles = 0;
    std::string first;  ///< its place and what it says
  };
  std::array<NotFollowed, 4> not_followed_;  ///< by attribute
  NotFollowed stops_;
};

}  // namespace citybrain::city
