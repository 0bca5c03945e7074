// Positions on the earth: the local plane of a road network, and the datums that departments
// use. CGCS2000 (EPSG:4490) is the national datum; GCJ-02 is the shifted datum that maps in
// mainland China are published in (a mean offset of some hundred metres). The GCJ-02 shift is the
// widely published polynomial-and-sine approximation; its inverse here is a fixed number of
// fixed-point iterations (about 1e-9 degrees). These functions use transcendental functions, so
// callers quantise results (1e-6 degrees, 0.1 m) before an outcome depends on them. Pure,
// thread-safe.
#pragma once

#include "hub/model/road_network.h"

namespace citybrain::model {

/// Metres east and north of `anchor`: equirectangular about the anchor's latitude on the CGCS2000
/// ellipsoid's radii of curvature there. Good to 0.1 m within 10 km of the anchor.
Point to_plane(const GeoPoint& anchor, const GeoPoint& p);
GeoPoint from_plane(const GeoPoint& anchor, const Point& p);

GeoPoint gcj02_from_cgcs2000(const GeoPoint& p);
GeoPoint cgcs2000_from_gcj02(const GeoPoint& p);

/// Baidu's BD-09: GCJ-02 turned and stretched once more by some hundred metres, as widely
/// published; the inverse by fixed-point iterations (about 1e-9 degrees).
GeoPoint bd09_from_gcj02(const GeoPoint& p);
GeoPoint gcj02_from_bd09(const GeoPoint& p);

}  // namespace citybrain::model
