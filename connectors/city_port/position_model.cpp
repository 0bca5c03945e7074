#include "connectors/city_port/position_model.h"

#include <algorithm>

namespace citybrain::city_port {

using runtime::purpose;

Fix fix(const PositionModel& model, const runtime::Random& random, std::uint64_t device,
        model::RoadId road, float true_speed_mps, model::Step step) {
  constexpr auto kAlong = purpose("probe/along"), kAcross = purpose("probe/across"),
                 kSpeed = purpose("probe/speed"), kDevice = purpose("position/device"),
                 kCanyon = purpose("position/canyon"), kPlaceAlong = purpose("position/along"),
                 kPlaceAcross = purpose("position/across");
  double along = model.noise_m * random.normal(kAlong, device, step);
  double across = model.noise_m * random.normal(kAcross, device, step);
  if (random.chance(model.canyon, kCanyon, road.value)) {
    along += model.canyon_bias_m / 3 * random.normal(kPlaceAlong, road.value);
    across += model.canyon_bias_m * random.normal(kPlaceAcross, road.value);
  }
  const double speed =
      static_cast<double>(true_speed_mps) * (1 + model.speed_bias * random.normal(kDevice, device));
  return {static_cast<float>(along), static_cast<float>(across),
          static_cast<float>(
              std::max(0.0, speed + model.speed_noise_mps * random.normal(kSpeed, device, step)))};
}

}  // namespace citybrain::city_port
