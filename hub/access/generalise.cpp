#include "hub/access/generalise.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace citybrain::access {

using catalog::PlaceScale;
using model::Point;
using model::RoadId;

/// On the straight line between the road's ends.
Point Generaliser::point(RoadId id, double at_m) const {
  const auto& road = network_[id];
  const double share = road.length_m > 0 ? std::clamp(at_m / road.length_m, 0.0, 1.0) : 0;
  const Point &a = road.shape.front(), &b = road.shape.back();
  return {a.x + share * (b.x - a.x), a.y + share * (b.y - a.y)};
}

RoadId Generaliser::nearest(const Point& at) const {
  RoadId best{0};
  double least = std::numeric_limits<double>::max();
  for (std::uint32_t r = 0; r < network_.roads.size(); ++r) {
    const auto middle = point(RoadId{r}, network_.roads[r].length_m / 2);
    const double d = (middle.x - at.x) * (middle.x - at.x) + (middle.y - at.y) * (middle.y - at.y);
    if (d >= least) continue;
    least = d;
    best = RoadId{r};
  }
  return best;
}

RoadId Generaliser::road(RoadId road, double at_m, PlaceScale scale, std::uint32_t cell_m) const {
  if (scale == PlaceScale::kExact || scale == PlaceScale::kRoad) return road;
  if (scale == PlaceScale::kDistrict) {
    const auto of = [&](const model::Road& r) { return r.district == network_[road].district; };
    const auto first = std::find_if(network_.roads.begin(), network_.roads.end(), of);
    return RoadId{static_cast<std::uint32_t>(first - network_.roads.begin())};
  }
  const auto at = point(road, at_m);
  const double size = static_cast<double>(cell_m);
  const auto column = static_cast<std::int64_t>(std::floor(at.x / size));
  const auto row = static_cast<std::int64_t>(std::floor(at.y / size));
  const auto [cell, fresh] = cells_.try_emplace({cell_m, column, row});
  if (fresh)
    cell->second = nearest(
        {(static_cast<double>(column) + 0.5) * size, (static_cast<double>(row) + 0.5) * size});
  return cell->second;
}

}  // namespace citybrain::access
