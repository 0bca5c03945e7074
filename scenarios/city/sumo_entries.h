// Where, how fast and on which lane SUMO's vehicles come into the network and leave it
// (departLane, departPos, departSpeed, arrivalPos): what of it is followed, and how many ask for
// what is not. Private to scenarios/city.
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
  /// A vehicle of this element comes.
  void count(const pugi::xml_node& n, const Xml& xml);
  /// A line for each attribute that is not followed: how many vehicles have it, where the first is.
  void warn(std::string_view file, std::vector<std::string>& warnings) const;

 private:
  struct NotFollowed {
    std::size_t vehicles = 0;
    std::string first;  ///< its place and what it says
  };
  std::array<NotFollowed, 3> not_followed_;
};

}  // namespace citybrain::city
