// Taxis between two fares. Values.
#pragma once

#include <cstdint>

namespace citybrain::city {

struct TaxiSpec {
  std::uint32_t vacant = 0;  ///< without a fare at the start; 0: taxis do not cruise, one is there
                             ///< for each fare and gone after it
  double reach_m = 1500;     ///< a fare takes the nearest one that is so near
  double wait_s = 180;       ///< at the roadside, typically, before it looks elsewhere
  double patience_s = 1800;  ///< without a fare for so long, it goes off duty
};

}  // namespace citybrain::city
