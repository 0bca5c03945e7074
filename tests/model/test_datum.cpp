#include <gtest/gtest.h>

#include <cmath>

#include "hub/model/datum.h"

namespace citybrain::model {
namespace {

TEST(Datum, PlaneAndBackIsExactToMillimetres) {
  const GeoPoint anchor{120.15, 30.27};
  for (const Point p : {Point{0, 0}, Point{5000, -3000}, Point{-9000, 9000}}) {
    const Point back = to_plane(anchor, from_plane(anchor, p));
    EXPECT_NEAR(back.x, p.x, 1e-3);
    EXPECT_NEAR(back.y, p.y, 1e-3);
  }
}

TEST(Datum, Gcj02IsSomeHundredMetresAway) {
  const GeoPoint hangzhou{120.155, 30.274};
  const GeoPoint shifted = gcj02_from_cgcs2000(hangzhou);
  const Point d = to_plane(hangzhou, shifted);
  const double metres = std::sqrt(d.x * d.x + d.y * d.y);
  EXPECT_GT(metres, 200);
  EXPECT_LT(metres, 700);
}

TEST(Datum, Gcj02InvertsEverywhereInTheCountry) {
  for (double lon = 75; lon <= 134; lon += 3.7) {
    for (double lat = 19; lat <= 52; lat += 2.3) {
      const GeoPoint back = cgcs2000_from_gcj02(gcj02_from_cgcs2000({lon, lat}));
      EXPECT_NEAR(back.lon_deg, lon, 1e-8);
      EXPECT_NEAR(back.lat_deg, lat, 1e-8);
    }
  }
}

}  // namespace
}  // namespace citybrain::model
