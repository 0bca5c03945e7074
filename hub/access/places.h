// Where departments' positions are in the unified model: any datum to the plane, and onto a road.
// Private to hub/access.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "hub/catalog/contract.h"
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

  /// A position near `road`, projected onto it; 0.1 m. The shift of GCJ-02 is exact at the road's
  /// ends and interpolated between.
  OnRoad project(model::RoadId road, const model::GeoPoint& at, catalog::Crs crs) const;
  /// The road whose ends are nearest to these two points; nothing when no road has both ends within
  /// 40 m.
  std::optional<model::RoadId> match(const model::GeoPoint& from, const model::GeoPoint& to,
                                     catalog::Crs crs) const;
  /// The road that a position belongs to: the nearest within 60 m whose driving direction there is
  /// within 60 degrees of `heading_deg` (clockwise from north), or of any direction without one; of
  /// two equally near (0.1 m) the lower id. 0.1 m.
  struct Found {
    model::RoadId road;
    double from_start_m = 0, aside_m = 0;
  };
  std::optional<Found> nearest(const model::GeoPoint& at, catalog::Crs crs,
                               std::optional<double> heading_deg = {}) const;

 private:
  struct Drawn {
    model::GeoPoint from, to;              // the road's ends in GCJ-02
    model::GeoPoint from_shift, to_shift;  // GCJ-02 minus CGCS2000
  };
  /// A GCJ-02 position near a road, in CGCS2000.
  static model::GeoPoint unshifted(const Drawn& d, const model::GeoPoint& gcj);
  const model::RoadNetwork& network_;
  std::vector<Drawn> drawn_;
  model::GeoPoint degrees_per_m_;
  struct Index;  ///< segments of all roads by their place
  std::unique_ptr<Index> index_;
};

}  // namespace citybrain::access
