// Satellite positioning of a moving device: noise of every fix, a bias that belongs to the place
// (between high buildings, the same for everybody there) and one of speed that belongs to the
// device. Pure functions; one thread.
#pragma once

#include <cstdint>

#include "hub/model/ids.h"
#include "hub/model/time.h"
#include "hub/runtime/random.h"

namespace citybrain::city_port {

/// Between high buildings positions err most across the street (Groves 2011, "Shadow matching: a
/// new GNSS positioning technique for urban canyons", Journal of Navigation 64(3)); the sizes are
/// assumed.
struct PositionModel {
  double noise_m = 8;            ///< one standard deviation, along the road and across
  double speed_noise_mps = 0.6;  ///< one standard deviation
  double speed_bias = 0.01;      ///< of a device, relative, one standard deviation
  double canyon = 0.15;          ///< share of roads between high buildings
  double canyon_bias_m = 12;     ///< of such a road, across it, one standard deviation; a third of
                              ///< that along it
};

/// Errors of one fix, and the speed that it says (never negative).
struct Fix {
  float along_m = 0;   ///< towards the beginning of the road
  float across_m = 0;  ///< to the right
  float speed_mps = 0;
};
Fix fix(const PositionModel&, const runtime::Random&, std::uint64_t device, model::RoadId,
        float true_speed_mps, model::Step);

}  // namespace citybrain::city_port
