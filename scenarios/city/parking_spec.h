// Who parks, and for how long. Values.
#pragma once

#include <cstdint>

namespace citybrain::city {

struct ParkingSpec {
  double share = 0;       ///< of cars whose trip ends by parking; 0: trips end on their last road
  double occupied = 0.6;  ///< of all places, at the start
  double mean_stay_s = 13'632;  ///< 227 min: see parking.cpp
  double radius_m = 600;        ///< places so near the destination will do
  double patience_s = 900;      ///< who has looked for so long gives up
};

}  // namespace citybrain::city
