// Roads as a department draws them: from a place on a road to degrees in the department's datum.
// Positions are quantised by the caller (1e-6 degrees or coarser) before anything depends on them.
// Immutable after construction; the network must outlive it.
#pragma once

#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city_port {

class RoadMap {
 public:
  enum class Datum : std::uint8_t { kCgcs2000, kGcj02 };
  RoadMap(const model::RoadNetwork& network, Datum datum);

  /// `from_start_m` along the road's line (kept within it), `across_m` to the right of it. The
  /// datum's shift is exact at the road's ends and straight between (less than a decimetre off).
  model::GeoPoint at(model::RoadId road, double from_start_m, double across_m) const;
  /// The same, `east_m` and `north_m` away.
  model::GeoPoint near(model::RoadId road, double from_start_m, double east_m,
                       double north_m) const;
  model::GeoPoint beginning(model::RoadId road) const;
  model::GeoPoint end(model::RoadId road) const;
  /// The driving direction there: whole degrees clockwise from north, 0 to 359.
  std::uint32_t heading_deg(model::RoadId road, double from_start_m) const;

 private:
  struct Drawn {  ///< the datum minus CGCS2000 at the road's two ends, degrees
    model::GeoPoint from_shift, to_shift;
  };
  struct Spot {
    model::Point p;
    double ux = 0, uy = 1;  ///< driving direction
  };
  Spot spot(const model::Road& road, double from_start_m) const;
  model::GeoPoint shift_at(const model::Point& p) const;
  model::GeoPoint geographic(const model::Point& p, const model::GeoPoint& shift) const;
  model::GeoPoint shift(model::RoadId road, double from_start_m) const;

  const model::RoadNetwork& network_;
  Datum datum_;
  model::GeoPoint degrees_per_m_;
  std::vector<Drawn> drawn_;
};

/// Degrees as an integer number of `per_degree`-ths.
std::int32_t fixed_degrees(double degrees, double per_degree);

}  // namespace citybrain::city_port
