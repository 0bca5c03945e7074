// Places made coarser: roads, square cells of the plane, districts. Each is told as one road that
// stands for it, so that a reader learns no more than which it is: any two places of a cell give
// the same road. Private to hub/access. One thread (it remembers the cells that it met); the
// network must outlive it.
#pragma once

#include <cstdint>
#include <map>
#include <tuple>

#include "hub/catalog/masking.h"
#include "hub/model/road_network.h"

namespace citybrain::access {

class Generaliser {
 public:
  explicit Generaliser(const model::RoadNetwork& network) : network_(network) {}

  /// The road that stands for where `at_m` of `road` is: itself; for a cell the road whose middle
  /// is nearest to the cell's; for a district its first road.
  model::RoadId road(model::RoadId road, double at_m, catalog::PlaceScale scale,
                     std::uint32_t cell_m) const;

 private:
  model::Point point(model::RoadId road, double at_m) const;
  model::RoadId nearest(const model::Point& at) const;

  const model::RoadNetwork& network_;
  mutable std::map<std::tuple<std::uint32_t, std::int64_t, std::int64_t>, model::RoadId> cells_;
};

}  // namespace citybrain::access
