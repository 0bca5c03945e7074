#include "hub/store/place_index.h"

#include <fmt/format.h>
#include <s2/s2cap.h>
#include <s2/s2cell_id.h>
#include <s2/s2latlng_rect.h>
#include <s2/s2region_coverer.h>

#include <charconv>
#include <cmath>
#include <cstring>

namespace citybrain::store {

using model::Error;
using model::GeoPoint;
using model::Result;

namespace {

constexpr double kEarthRadius_m = 6'371'008.8;  // mean
constexpr double kPerDegree = 1e7;
constexpr double kMostRadius_m = 2'000'000;
constexpr int kMostCells = 32;  // of a covering: more are tighter, and more seeks

std::int32_t quantised(double degrees) {
  return static_cast<std::int32_t>(std::llround(degrees * kPerDegree));
}

S2LatLng on_sphere(const GeoPoint& p) {
  return S2LatLng::FromDegrees(quantised(p.lat_deg) / kPerDegree,
                               quantised(p.lon_deg) / kPerDegree);
}

Error bad(std::string_view text, std::string what) {
  return {"CB-INPUT-AREA", std::move(what), std::string(text),
          "write cell:TOKEN, box:WEST,SOUTH,EAST,NORTH or near:LON,LAT,300m"};
}

/// Comma-separated numbers; nothing when there are not so many, or one is none.
std::optional<std::vector<double>> numbers(std::string_view text, std::size_t count) {
  std::vector<double> out;
  while (true) {
    const auto comma = text.find(',');
    const auto word = text.substr(0, comma);
    double v = 0;
    const auto [end, ec] = std::from_chars(word.data(), word.data() + word.size(), v);
    if (ec != std::errc() || end != word.data() + word.size() || !std::isfinite(v)) return {};
    out.push_back(v);
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  if (out.size() != count) return std::nullopt;
  return out;
}

bool is_place(double lon, double lat) { return std::fabs(lon) <= 180 && std::fabs(lat) <= 90; }

}  // namespace

const char* name_of(Thing thing) {
  constexpr const char* names[kThings] = {"junction", "road", "place"};
  return names[static_cast<std::size_t>(thing)];
}

std::uint64_t cell_of(const GeoPoint& at) { return S2CellId(on_sphere(at)).id(); }

void put_point(StepWrite& write, Thing thing, std::uint32_t id, std::uint32_t n,
               const GeoPoint& at) {
  const std::int32_t point[] = {quantised(at.lon_deg), quantised(at.lat_deg)};
  std::string value(sizeof point, '\0');
  std::memcpy(value.data(), point, sizeof point);
  write.put(Family::kBase,
            Key()
                .text("at")
                .u64(cell_of(at))
                .u32(static_cast<std::uint32_t>(thing))
                .u32(id)
                .u32(n)
                .view(),
            value);
}

std::optional<GeoPoint> read_point(std::string_view value) {
  std::int32_t point[2];
  if (value.size() != sizeof point) return std::nullopt;
  std::memcpy(point, value.data(), sizeof point);
  const GeoPoint at{point[0] / kPerDegree, point[1] / kPerDegree};
  if (!is_place(at.lon_deg, at.lat_deg)) return std::nullopt;
  return at;
}

Result<Area> Area::cell(std::string_view token) {
  // S2's own reader takes what is no token for cell 0, which is not valid.
  const auto id = S2CellId::FromToken(std::string(token));
  if (!id.is_valid()) return bad(token, "this is no S2 cell token");
  Area out;
  out.cells_.emplace_back(id.range_min().id(), id.range_max().id());
  return out;
}

Result<Area> Area::parse(std::string_view text) {
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  const auto rest = colon == std::string_view::npos ? "" : text.substr(colon + 1);
  Area out;
  if (kind == "cell") return cell(rest);
  if (kind == "box") {
    const auto v = numbers(rest, 4);
    if (!v || !is_place((*v)[0], (*v)[1]) || !is_place((*v)[2], (*v)[3]))
      return bad(text, "a box has four numbers in degrees: west, south, east, north");
    if ((*v)[0] > (*v)[2] || (*v)[1] > (*v)[3])
      return bad(text, "the box's west is east of its east, or its south north of its north");
    out.shape_ = Shape::kBox;
    out.west_ = (*v)[0], out.south_ = (*v)[1], out.east_ = (*v)[2], out.north_ = (*v)[3];
  } else if (kind == "near") {
    std::string_view body = rest;
    double factor = 1;
    if (body.ends_with("km")) {
      factor = 1000;
      body.remove_suffix(2);
    } else if (body.ends_with("m")) {
      body.remove_suffix(1);
    }
    const auto v = numbers(body, 3);
    if (!v || !is_place((*v)[0], (*v)[1]) || (*v)[2] <= 0 || (*v)[2] * factor > kMostRadius_m)
      return bad(text, "a circle has longitude, latitude and a radius of at most 2000km");
    out.shape_ = Shape::kCircle;
    out.west_ = (*v)[0], out.south_ = (*v)[1], out.radius_m_ = (*v)[2] * factor;
  } else {
    return bad(text, "this is no area");
  }
  CITYBRAIN_TRY(out.cover());
  return out;
}

Result<void> Area::cover() {
  S2RegionCoverer::Options options;
  options.set_max_cells(kMostCells);
  S2RegionCoverer coverer(options);
  std::vector<S2CellId> found;
  if (shape_ == Shape::kBox) {
    // A stored point may lie on the border after rounding: contains() decides.
    const S2LatLngRect box(S2LatLng::FromDegrees(south_, west_),
                           S2LatLng::FromDegrees(north_, east_));
    coverer.GetCovering(box.ExpandedByDistance(S1Angle::Degrees(1e-6)), &found);
  } else {
    const S2Cap cap(S2LatLng::FromDegrees(south_, west_).ToPoint(),
                    S1Angle::Radians((radius_m_ + 0.1) / kEarthRadius_m));
    coverer.GetCovering(cap, &found);
  }
  for (const auto& id : found) cells_.emplace_back(id.range_min().id(), id.range_max().id());
  return {};
}

bool Area::contains(const GeoPoint& at) const {
  switch (shape_) {
    case Shape::kCell: {
      const auto id = cell_of(at);
      return cells_.front().first <= id && id <= cells_.front().second;
    }
    case Shape::kBox:
      return west_ <= at.lon_deg && at.lon_deg <= east_ && south_ <= at.lat_deg &&
             at.lat_deg <= north_;
    case Shape::kCircle:
      return on_sphere(at).GetDistance(S2LatLng::FromDegrees(south_, west_)).radians() *
                 kEarthRadius_m <=
             radius_m_;
  }
  return false;
}

}  // namespace citybrain::store
