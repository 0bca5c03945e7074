// Where things of the base database are: an index by S2 cell (rows "at" cell kind id n), so that
// what is in a cell, a box or a circle is found without looking at everything. Positions are
// CGCS2000, kept to 1e-7 degrees; circles are on the sphere (good to 0.3% of the radius). Pure
// functions; thread-safe. Errors: CB-INPUT-AREA.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/model/road_network.h"
#include "hub/store/store.h"

namespace citybrain::store {

enum class Thing : std::uint8_t { kJunction, kRoad, kPlace };
constexpr std::size_t kThings = 3;
const char* name_of(Thing thing);

/// A point of a thing; a road has one every 50 m, numbered by `n`.
void put_point(StepWrite& write, Thing thing, std::uint32_t id, std::uint32_t n,
               const model::GeoPoint& at);
std::optional<model::GeoPoint> read_point(std::string_view value);
/// The S2 leaf cell that a stored point is in.
std::uint64_t cell_of(const model::GeoPoint& at);

/// A part of the earth's surface.
class Area {
 public:
  /// "cell:TOKEN", "box:WEST,SOUTH,EAST,NORTH" (degrees) or "near:LON,LAT,RADIUS" (degrees, then
  /// "300m", "1.5km"; metres without a unit).
  static model::Result<Area> parse(std::string_view text);

  bool contains(const model::GeoPoint& at) const;
  /// Ranges of leaf cells, both ends included, in order, that cover it.
  const std::vector<std::pair<std::uint64_t, std::uint64_t>>& cells() const { return cells_; }

 private:
  enum class Shape : std::uint8_t { kCell, kBox, kCircle };
  static model::Result<Area> cell(std::string_view token);
  model::Result<void> cover();
  Shape shape_ = Shape::kCell;
  double west_ = 0, south_ = 0, east_ = 0, north_ = 0;  ///< a circle's centre: west, south
  double radius_m_ = 0;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> cells_;
};

}  // namespace citybrain::store
