// Where departments' positions are in the unified model: GCJ-02 to the plane, and onto a road.
// Private to hub/access.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::access {

struct OnRoad {
  double from_start_m = 0;
  double aside_m = 0;  ///< distance from the road's line
};

class Places {
 public:
  explicit Places(const model::RoadNetwork& network);
  ~Places();

  /// A GCJ-02 position near `road`, projected onto it; 0.1 m. The datum's shift is exact at the
  /// road's ends and interpolated between.
  OnRoad project(model::RoadId road, const model::GeoPoint& gcj) const;
  /// The road whose ends are nearest to these two GCJ-02 points; nothing when no road has both ends
  /// within 40 m.
  std::optional<model::RoadId> match(const model::GeoPoint& gcj_from,
                                     const model::GeoPoint& gcj_to) const;
  /// The road that a position belongs to: the nearest within 60 m whose driving direction there is
  /// within 60 degrees of `heading_deg` (clockwise from north), or of any direction without one; of
  /// two equally near (0.1 m) the lower id. 0.1 m.
  struct Found {
    model::RoadId road;
    double from_start_m = 0, aside_m = 0;
  };
  std::optional<Found> nearest(const model::GeoPoint& at, bool is_gcj,
                               std::optional<double> heading_deg = {}) const;

 private:
  struct Drawn {
    model::GeoPoint from, to;              // the road's ends in GCJ-02
    model::GeoPoint from_shift, to_shift;  // GCJ-02 minus CGCS2000
  };
  const model::RoadNetwork& network_;
  std::vector<Drawn> drawn_;
  model::GeoPoint degrees_per_m_;
  struct Index;  ///< segments of all roads by their place
  std::unique_ptr<Index> index_;
};

}  // namespace citybrain::access
