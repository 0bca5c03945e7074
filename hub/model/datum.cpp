#include "hub/model/datum.h"

#include <cmath>
#include <numbers>

namespace citybrain::model {

namespace {

constexpr double kPi = std::numbers::pi;
constexpr double kRadians = kPi / 180.0;

/// CGCS2000 (GB 22021): semi-major axis, flattening.
constexpr double kCgcsA = 6378137.0;
constexpr double kCgcsF = 1.0 / 298.257222101;

/// The GCJ-02 shift is defined on the Krassovsky 1940 ellipsoid.
constexpr double kKrassovskyA = 6378245.0;
constexpr double kKrassovskyE2 = 0.00669342162296594323;

/// Metres per degree of longitude and latitude at a latitude.
struct Scale {
  double east = 0;
  double north = 0;
};

Scale scale_at(double lat_deg) {
  const double e2 = kCgcsF * (2 - kCgcsF);
  const double sine = std::sin(lat_deg * kRadians);
  const double w = 1 - e2 * sine * sine;
  const double prime_vertical = kCgcsA / std::sqrt(w);
  const double meridional = kCgcsA * (1 - e2) / (w * std::sqrt(w));
  return {prime_vertical * std::cos(lat_deg * kRadians) * kRadians, meridional * kRadians};
}

double waves(double v, double a, double b, double c) {
  return (a * std::sin(v * kPi) + b * std::sin(v / 3.0 * kPi)) * 2.0 / 3.0 + c;
}

/// The published approximation of the shift, in degrees.
GeoPoint shift(const GeoPoint& p) {
  const double x = p.lon_deg - 105.0;
  const double y = p.lat_deg - 35.0;
  const double root = std::sqrt(std::fabs(x));
  const double common =
      (20.0 * std::sin(6.0 * x * kPi) + 20.0 * std::sin(2.0 * x * kPi)) * 2.0 / 3.0;
  const double north_m =
      -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common +
      waves(y, 20.0, 40.0, 0) +
      (160.0 * std::sin(y / 12.0 * kPi) + 320.0 * std::sin(y * kPi / 30.0)) * 2.0 / 3.0;
  const double east_m =
      300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common +
      waves(x, 20.0, 40.0, 0) +
      (150.0 * std::sin(x / 12.0 * kPi) + 300.0 * std::sin(x / 30.0 * kPi)) * 2.0 / 3.0;
  const double lat = p.lat_deg * kRadians;
  const double w = 1 - kKrassovskyE2 * std::sin(lat) * std::sin(lat);
  const double root_w = std::sqrt(w);
  return {east_m / (kKrassovskyA / root_w * std::cos(lat) * kRadians),
          north_m / (kKrassovskyA * (1 - kKrassovskyE2) / (w * root_w) * kRadians)};
}

}  // namespace

Point to_plane(const GeoPoint& anchor, const GeoPoint& p) {
  const Scale s = scale_at(anchor.lat_deg);
  return {(p.lon_deg - anchor.lon_deg) * s.east, (p.lat_deg - anchor.lat_deg) * s.north};
}

GeoPoint from_plane(const GeoPoint& anchor, const Point& p) {
  const Scale s = scale_at(anchor.lat_deg);
  return {anchor.lon_deg + p.x / s.east, anchor.lat_deg + p.y / s.north};
}

GeoPoint gcj02_from_cgcs2000(const GeoPoint& p) {
  const GeoPoint d = shift(p);
  return {p.lon_deg + d.lon_deg, p.lat_deg + d.lat_deg};
}

GeoPoint cgcs2000_from_gcj02(const GeoPoint& p) {
  GeoPoint guess = p;
  for (int i = 0; i < 4; ++i) {  // contracts by about 1e-3 a round: the shift varies slowly
    const GeoPoint d = shift(guess);
    guess = {p.lon_deg - d.lon_deg, p.lat_deg - d.lat_deg};
  }
  return guess;
}

GeoPoint bd09_from_gcj02(const GeoPoint& p) {
  constexpr double kTurn = kPi * 3000.0 / 180.0;
  const double x = p.lon_deg, y = p.lat_deg;
  const double radius = std::sqrt(x * x + y * y) + 0.00002 * std::sin(y * kTurn);
  const double angle = std::atan2(y, x) + 0.000003 * std::cos(x * kTurn);
  return {radius * std::cos(angle) + 0.0065, radius * std::sin(angle) + 0.006};
}

GeoPoint gcj02_from_bd09(const GeoPoint& p) {
  GeoPoint guess{p.lon_deg - 0.0065, p.lat_deg - 0.006};
  for (int i = 0; i < 6; ++i) {
    const GeoPoint there = bd09_from_gcj02(guess);
    guess = {guess.lon_deg + p.lon_deg - there.lon_deg, guess.lat_deg + p.lat_deg - there.lat_deg};
  }
  return guess;
}

}  // namespace citybrain::model
