#include "hub/access/places.h"

#include <algorithm>
#include <boost/geometry.hpp>
#include <boost/geometry/index/rtree.hpp>
#include <cmath>
#include <numbers>
#include <tuple>

#include "hub/model/datum.h"

namespace citybrain::access {

using model::GeoPoint;
using model::Point;

namespace bg = boost::geometry;

namespace {

constexpr double kMatch_m = 40;
constexpr double kNear_m = 60;
constexpr double kDirection_deg = 60;

using PlanePoint = bg::model::d2::point_xy<double>;
using Box = bg::model::box<PlanePoint>;

GeoPoint to_cgcs2000(const GeoPoint& p, catalog::Crs crs) {
  if (crs == catalog::Crs::kGcj02) return model::cgcs2000_from_gcj02(p);
  if (crs == catalog::Crs::kBd09) return model::cgcs2000_from_gcj02(model::gcj02_from_bd09(p));
  return p;
}

GeoPoint to_gcj02(const GeoPoint& p, catalog::Crs crs) {
  if (crs == catalog::Crs::kGcj02) return p;
  if (crs == catalog::Crs::kBd09) return model::gcj02_from_bd09(p);
  return model::gcj02_from_cgcs2000(p);
}

bool is_shifted(catalog::Crs crs) {
  return crs == catalog::Crs::kGcj02 || crs == catalog::Crs::kBd09;
}

double tenths(double m) { return std::floor(m * 10 + 0.5) / 10; }

}  // namespace

struct Places::Index {
  struct Segment {
    model::RoadId road;
    double before_m = 0;  ///< from the road's beginning to `a`
    Point a, b;
  };
  std::vector<Segment> segments;
  bg::index::rtree<std::pair<Box, std::uint32_t>, bg::index::quadratic<16>> tree;

  explicit Index(const model::RoadNetwork& network) {
    std::vector<std::pair<Box, std::uint32_t>> boxes;
    for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
      double before = 0;
      const auto& shape = network.roads[r].shape;
      for (std::size_t i = 0; i + 1 < shape.size(); ++i) {
        const Point a = shape[i], b = shape[i + 1];
        const double length = std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
        if (length <= 0) continue;
        boxes.emplace_back(
            Box{{std::min(a.x, b.x), std::min(a.y, b.y)}, {std::max(a.x, b.x), std::max(a.y, b.y)}},
            static_cast<std::uint32_t>(segments.size()));
        segments.push_back({model::RoadId{r}, before, a, b});
        before += length;
      }
    }
    tree = decltype(tree)(boxes);
  }
};

Places::~Places() = default;

std::optional<Places::Found> Places::nearest(const GeoPoint& at, catalog::Crs crs,
                                             std::optional<double> heading_deg) const {
  const GeoPoint geo = to_cgcs2000(at, crs);
  const Point p{(geo.lon_deg - network_.anchor.lon_deg) / degrees_per_m_.lon_deg,
                (geo.lat_deg - network_.anchor.lat_deg) / degrees_per_m_.lat_deg};
  const Box around{{p.x - kNear_m, p.y - kNear_m}, {p.x + kNear_m, p.y + kNear_m}};
  std::optional<Found> best;
  for (auto it = index_->tree.qbegin(bg::index::intersects(around)); it != index_->tree.qend();
       ++it) {
    const auto& s = index_->segments[it->second];
    const double dx = s.b.x - s.a.x, dy = s.b.y - s.a.y, length2 = dx * dx + dy * dy;
    if (heading_deg) {
      const double drives = std::atan2(dx, dy) * 180 / std::numbers::pi;
      const double off = std::fabs(std::remainder(drives - *heading_deg, 360));
      if (std::floor(off + 0.5) > kDirection_deg) continue;
    }
    const double t = std::clamp(((p.x - s.a.x) * dx + (p.y - s.a.y) * dy) / length2, 0.0, 1.0);
    const double x = p.x - s.a.x - t * dx, y = p.y - s.a.y - t * dy;
    const Found found{s.road, tenths(s.before_m + t * std::sqrt(length2)),
                      tenths(std::sqrt(x * x + y * y))};
    if (found.aside_m > kNear_m) continue;
    if (!best || std::tie(found.aside_m, found.road, found.from_start_m) <
                     std::tie(best->aside_m, best->road, best->from_start_m))
      best = found;
  }
  return best;
}

Places::Places(const model::RoadNetwork& network)
    : network_(network), index_(std::make_unique<Index>(network)) {
  const GeoPoint a = model::from_plane(network.anchor, {0, 0}),
                 b = model::from_plane(network.anchor, {1000, 1000});
  degrees_per_m_ = {(b.lon_deg - a.lon_deg) / 1000, (b.lat_deg - a.lat_deg) / 1000};
  for (const auto& road : network.roads) {
    const GeoPoint from = model::from_plane(network.anchor, road.shape.front()),
                   to = model::from_plane(network.anchor, road.shape.back());
    Drawn d;
    d.from = model::gcj02_from_cgcs2000(from);
    d.to = model::gcj02_from_cgcs2000(to);
    d.from_shift = {d.from.lon_deg - from.lon_deg, d.from.lat_deg - from.lat_deg};
    d.to_shift = {d.to.lon_deg - to.lon_deg, d.to.lat_deg - to.lat_deg};
    drawn_.push_back(d);
  }
}

GeoPoint Places::unshifted(const Drawn& d, const GeoPoint& gcj) {
  // How far between the ends, roughly, decides the shift.
  const double ex = d.to.lon_deg - d.from.lon_deg, ey = d.to.lat_deg - d.from.lat_deg;
  const double along = ex * ex + ey * ey;
  const double share =
      along > 0
          ? std::clamp(
                ((gcj.lon_deg - d.from.lon_deg) * ex + (gcj.lat_deg - d.from.lat_deg) * ey) / along,
                0.0, 1.0)
          : 0;
  return {gcj.lon_deg - d.from_shift.lon_deg - share * (d.to_shift.lon_deg - d.from_shift.lon_deg),
          gcj.lat_deg - d.from_shift.lat_deg - share * (d.to_shift.lat_deg - d.from_shift.lat_deg)};
}

OnRoad Places::project(model::RoadId id, const GeoPoint& at, catalog::Crs crs) const {
  const auto& road = network_[id];
  const GeoPoint geo = is_shifted(crs) ? unshifted(drawn_[id.value], to_gcj02(at, crs)) : at;
  const Point p{(geo.lon_deg - network_.anchor.lon_deg) / degrees_per_m_.lon_deg,
                (geo.lat_deg - network_.anchor.lat_deg) / degrees_per_m_.lat_deg};
  OnRoad best;
  double least = 1e300, before = 0;
  for (std::size_t i = 0; i + 1 < road.shape.size(); ++i) {
    const Point& a = road.shape[i];
    const Point& b = road.shape[i + 1];
    const double dx = b.x - a.x, dy = b.y - a.y, length2 = dx * dx + dy * dy;
    const double length = std::sqrt(length2);
    const double t =
        length2 > 0 ? std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / length2, 0.0, 1.0) : 0;
    const double x = p.x - a.x - t * dx, y = p.y - a.y - t * dy, distance2 = x * x + y * y;
    if (distance2 < least) {
      least = distance2;
      best.from_start_m = before + t * length;
    }
    before += length;
  }
  best.from_start_m = std::floor(best.from_start_m * 10 + 0.5) / 10;
  best.aside_m = std::floor(std::sqrt(least) * 10 + 0.5) / 10;
  return best;
}

std::optional<model::RoadId> Places::match(const GeoPoint& from, const GeoPoint& to,
                                           catalog::Crs crs) const {
  const GeoPoint gcj_from = to_gcj02(from, crs), gcj_to = to_gcj02(to, crs);
  const auto meters = [&](const GeoPoint& a, const GeoPoint& b) {
    const double x = (a.lon_deg - b.lon_deg) / degrees_per_m_.lon_deg,
                 y = (a.lat_deg - b.lat_deg) / degrees_per_m_.lat_deg;
    return std::sqrt(x * x + y * y);
  };
  std::optional<model::RoadId> best;
  double least = 2 * kMatch_m;
  for (std::uint32_t r = 0; r < drawn_.size(); ++r) {
    const double a = meters(drawn_[r].from, gcj_from), b = meters(drawn_[r].to, gcj_to);
    if (a > kMatch_m || b > kMatch_m || a + b >= least) continue;
    least = a + b;
    best = model::RoadId{r};
  }
  return best;
}

}  // namespace citybrain::access
