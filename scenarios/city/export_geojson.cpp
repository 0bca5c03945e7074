#include <boost/json.hpp>
#include <cmath>

#include "hub/model/datum.h"
#include "scenarios/city/exports.h"

namespace citybrain::city {

namespace {

namespace bj = boost::json;

bj::array coordinates(const model::GeoPoint& p) { return {p.lon_deg, p.lat_deg}; }

bj::object feature(bj::object geometry, bj::object properties) {
  return {{"type", "Feature"},
          {"geometry", std::move(geometry)},
          {"properties", std::move(properties)}};
}

const char* word(model::PlaceKind kind) {
  switch (kind) {
    case model::PlaceKind::kAmbulanceStation:
      return "ambulance station";
    case model::PlaceKind::kHospital:
      return "hospital";
    case model::PlaceKind::kParkingLot:
      return "parking lot";
    case model::PlaceKind::kBusStop:
      return "bus stop";
    case model::PlaceKind::kStreetParking:
      return "street parking";
  }
  return "";
}

/// The point of a road `at_m` from its beginning.
model::Point along(const model::Road& road, double at_m) {
  for (std::size_t i = 0; i + 1 < road.shape.size(); ++i) {
    const auto &a = road.shape[i], &b = road.shape[i + 1];
    const double length = std::sqrt((b.x - a.x) * (b.x - a.x) + (b.y - a.y) * (b.y - a.y));
    if (at_m <= length && length > 0)
      return {a.x + (b.x - a.x) * at_m / length, a.y + (b.y - a.y) * at_m / length};
    at_m -= length;
  }
  return road.shape.back();
}

}  // namespace

std::string export_geojson(const model::RoadNetwork& n) {
  const auto at = [&](const model::Point& p) {
    return coordinates(model::from_plane(n.anchor, p));
  };
  bj::array features;
  for (const auto& r : n.roads) {
    bj::array line;
    for (const auto& p : r.shape) line.push_back(at(p));
    features.push_back(feature({{"type", "LineString"}, {"coordinates", std::move(line)}},
                               {{"kind", "road"},
                                {"name", r.name},
                                {"lanes", r.lanes},
                                {"length_m", r.length_m},
                                {"speed_mps", n[r.first_lane].speed_limit_mps},
                                {"district", n.districts[r.district.value]}}));
  }
  for (const auto& j : n.junctions)
    features.push_back(feature({{"type", "Point"}, {"coordinates", at(j.at)}},
                               {{"kind", j.signalised ? "signal"
                                         : j.boundary ? "gate"
                                                      : "junction"},
                                {"name", j.name}}));
  for (const auto& p : n.places)
    features.push_back(feature({{"type", "Point"}, {"coordinates", at(along(n[p.road], p.at_m))}},
                               {{"kind", word(p.kind)},
                                {"name", p.name},
                                {"road", n[p.road].name},
                                {"capacity", p.capacity}}));
  return bj::serialize(
      bj::object{{"type", "FeatureCollection"}, {"features", std::move(features)}});
}

}  // namespace citybrain::city
