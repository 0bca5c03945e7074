#include "connectors/city_port/road_map.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "hub/model/datum.h"

namespace citybrain::city_port {

using model::GeoPoint;
using model::Point;

RoadMap::RoadMap(const model::RoadNetwork& network, Datum datum)
    : network_(network), datum_(datum) {
  const GeoPoint a = model::from_plane(network_.anchor, {0, 0}),
                 b = model::from_plane(network_.anchor, {1000, 1000});
  degrees_per_m_ = {(b.lon_deg - a.lon_deg) / 1000, (b.lat_deg - a.lat_deg) / 1000};
  for (const auto& road : network_.roads)
    drawn_.push_back({shift_at(road.shape.front()), shift_at(road.shape.back())});
}

GeoPoint RoadMap::shift_at(const Point& p) const {
  if (datum_ == Datum::kCgcs2000) return {0, 0};
  const GeoPoint true_place = model::from_plane(network_.anchor, p);
  const GeoPoint drawn = model::gcj02_from_cgcs2000(true_place);
  return {drawn.lon_deg - true_place.lon_deg, drawn.lat_deg - true_place.lat_deg};
}

GeoPoint RoadMap::geographic(const Point& p, const GeoPoint& shift) const {
  return {network_.anchor.lon_deg + p.x * degrees_per_m_.lon_deg + shift.lon_deg,
          network_.anchor.lat_deg + p.y * degrees_per_m_.lat_deg + shift.lat_deg};
}

GeoPoint RoadMap::shift(model::RoadId id, double from_start_m) const {
  const auto& road = network_[id];
  const auto& drawn = drawn_[id.value];
  const double share =
      road.length_m > 0 ? std::clamp(from_start_m, 0.0, road.length_m) / road.length_m : 0;
  return {drawn.from_shift.lon_deg + share * (drawn.to_shift.lon_deg - drawn.from_shift.lon_deg),
          drawn.from_shift.lat_deg + share * (drawn.to_shift.lat_deg - drawn.from_shift.lat_deg)};
}

RoadMap::Spot RoadMap::spot(const model::Road& road, double from_start_m) const {
  double left = std::clamp(from_start_m, 0.0, road.length_m);
  for (std::size_t i = 0; i + 1 < road.shape.size(); ++i) {
    const auto& a = road.shape[i];
    const auto& b = road.shape[i + 1];
    const double length = std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
    const bool is_last = i + 2 == road.shape.size();
    if ((left > length || length <= 0) && !is_last) {
      left -= length;
      continue;
    }
    if (length <= 0) break;
    const double ux = (b.x - a.x) / length, uy = (b.y - a.y) / length;
    return {{a.x + ux * left, a.y + uy * left}, ux, uy};
  }
  return {road.shape.back(), 0, 1};
}

GeoPoint RoadMap::at(model::RoadId id, double from_start_m, double across_m) const {
  const Spot s = spot(network_[id], from_start_m);
  return geographic({s.p.x + s.uy * across_m, s.p.y - s.ux * across_m}, shift(id, from_start_m));
}

GeoPoint RoadMap::near(model::RoadId id, double from_start_m, double east_m, double north_m) const {
  const Spot s = spot(network_[id], from_start_m);
  return geographic({s.p.x + east_m, s.p.y + north_m}, shift(id, from_start_m));
}

GeoPoint RoadMap::beginning(model::RoadId id) const {
  return geographic(network_[id].shape.front(), drawn_[id.value].from_shift);
}
GeoPoint RoadMap::end(model::RoadId id) const {
  return geographic(network_[id].shape.back(), drawn_[id.value].to_shift);
}

std::uint32_t RoadMap::heading_deg(model::RoadId id, double from_start_m) const {
  const Spot s = spot(network_[id], from_start_m);
  const double degrees = std::atan2(s.ux, s.uy) * 180 / std::numbers::pi;
  return static_cast<std::uint32_t>(std::lround(degrees) + 360) % 360;
}

std::int32_t fixed_degrees(double degrees, double per_degree) {
  return static_cast<std::int32_t>(std::lround(degrees * per_degree));
}

}  // namespace citybrain::city_port
