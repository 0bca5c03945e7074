// How drivers find their way, and what they are told. Values.
#pragma once

#include <cstdint>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/ids.h"

namespace citybrain::city {

struct NavigationSpec {
  double share = 0;                ///< of drivers who have it; 0: routes stay as they are
  double compliance = 0.8;         ///< of those: they do what it says
  std::uint32_t interval_s = 120;  ///< between two looks at a driver's way
  double indifference = 0.2;       ///< a new way must be better by this share of the time left,
  double indifference_s = 60;      ///< and by these seconds
  double heard_after_s = 120;      ///< closed lanes are known so long after they are closed
  std::uint32_t trees_per_s = 64;
};

/// Lanes that are closed, as navigation hears of it. Seconds since the start.
struct Hindrance {
  model::RoadId road;
  std::uint32_t lanes = 0;  ///< closed
  std::uint32_t from_s = 0, until_s = 0;
};

/// What drivers are told of a road or a car park, as the city keeps it.
struct Advice {
  city_port::GuidanceActuation::Kind kind = city_port::GuidanceActuation::Kind::kRoadClosed;
  model::RoadId road;
  std::uint32_t place = 0;  ///< of RoadNetwork::places
  float delay_s = 0;
  std::uint32_t from_s = 0, until_s = 0;
  float share = 1;  ///< of drivers whom it reaches
};

}  // namespace citybrain::city
