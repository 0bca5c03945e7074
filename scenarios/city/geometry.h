// Plane geometry of roads and of paths through junctions. Private to scenarios/city. Pure
// functions; metres.
#pragma once

#include <optional>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

double length_of(const std::vector<model::Point>& line);
/// The line without its first `from_start` and its last `from_end` metres (of the first and the
/// last segment).
std::vector<model::Point> trimmed(std::vector<model::Point> line, double from_start,
                                  double from_end);
/// The line without its first `from_start` and its last `from_end` metres, which are less than the
/// whole.
std::vector<model::Point> cut(const std::vector<model::Point>& line, double from_start,
                              double from_end);
/// The line moved to the right of its direction.
std::vector<model::Point> offset_right(const std::vector<model::Point>& line, double distance);
/// A cubic Bézier of eleven points that leaves `start` and reaches `end` in their directions (unit
/// vectors).
std::vector<model::Point> turning_path(const model::Point& start,
                                       const model::Point& start_direction, const model::Point& end,
                                       const model::Point& end_direction);
model::Point direction_at_end(const std::vector<model::Point>& line);
model::Point direction_at_start(const std::vector<model::Point>& line);

struct Meeting {
  double on_first_m = 0;
  double on_second_m = 0;
};
/// Lines that meet are so near each other: more than the rounding of where they do.
constexpr double kTouching_m = 0.01;
/// Where two lines first meet (crossing or touching); parallel segments do not.
std::optional<Meeting> first_meeting(const std::vector<model::Point>& a,
                                     const std::vector<model::Point>& b);

}  // namespace citybrain::city
