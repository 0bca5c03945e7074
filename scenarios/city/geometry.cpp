#include "scenarios/city/geometry.h"

#include <algorithm>
#include <cmath>

#include "hub/model/box.h"

namespace citybrain::city {

using model::Point;

namespace {

Point minus(const Point& a, const Point& b) { return {a.x - b.x, a.y - b.y}; }
Point along(const Point& p, const Point& d, double s) { return {p.x + d.x * s, p.y + d.y * s}; }
double length(const Point& v) { return std::sqrt(v.x * v.x + v.y * v.y); }
Point unit(const Point& v) {
  const double l = length(v);
  return l > 0 ? Point{v.x / l, v.y / l} : Point{1, 0};
}
double cross(const Point& a, const Point& b) { return a.x * b.y - a.y * b.x; }
Point right_of(const Point& u) { return {u.y, -u.x}; }

constexpr double kParallel = 1e-8;

}  // namespace

double length_of(const std::vector<Point>& line) {
  double sum = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) sum += length(minus(line[i + 1], line[i]));
  return sum;
}

Point direction_at_start(const std::vector<Point>& line) { return unit(minus(line[1], line[0])); }
Point direction_at_end(const std::vector<Point>& line) {
  return unit(minus(line.back(), line[line.size() - 2]));
}

std::vector<Point> trimmed(std::vector<Point> line, double from_start, double from_end) {
  const Point first = direction_at_start(line);
  const Point last = direction_at_end(line);
  line.front() = along(line.front(), first, from_start);
  line.back() = along(line.back(), last, -from_end);
  return line;
}

std::vector<Point> cut(const std::vector<Point>& line, double from_start, double from_end) {
  const double end = length_of(line) - from_end;
  std::vector<Point> out;
  double at = 0;
  for (std::size_t i = 0; i + 1 < line.size(); ++i) {
    const Point d = minus(line[i + 1], line[i]);
    const double step = length(d);
    const double first = std::max(from_start - at, 0.0), last = std::min(end - at, step);
    if (step > 0 && first <= step && last > 0 && first < last) {
      if (out.empty()) out.push_back(along(line[i], unit(d), first));
      out.push_back(along(line[i], unit(d), last));
    }
    at += step;
  }
  return out.size() >= 2 ? out : line;
}

std::vector<Point> offset_right(const std::vector<Point>& line, double distance) {
  std::vector<Point> out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    Point u;
    if (i == 0) {
      u = direction_at_start(line);
    } else if (i + 1 == line.size()) {
      u = direction_at_end(line);
    } else {
      const Point before = unit(minus(line[i], line[i - 1])),
                  after = unit(minus(line[i + 1], line[i]));
      u = unit({before.x + after.x, before.y + after.y});
    }
    out.push_back(along(line[i], right_of(u), distance));
  }
  return out;
}

std::vector<Point> turning_path(const Point& start, const Point& start_direction, const Point& end,
                                const Point& end_direction) {
  constexpr int kPoints = 10;
  const double reach = std::max(5.0, length(minus(end, start)) * 0.5);
  const Point c1 = along(start, start_direction, reach);
  const Point c2 = along(end, end_direction, -reach);
  std::vector<Point> out;
  for (int i = 0; i <= kPoints; ++i) {
    const double t = static_cast<double>(i) / kPoints, s = 1 - t;
    const double b0 = s * s * s, b1 = 3 * s * s * t, b2 = 3 * s * t * t, b3 = t * t * t;
    out.push_back({b0 * start.x + b1 * c1.x + b2 * c2.x + b3 * end.x,
                   b0 * start.y + b1 * c1.y + b2 * c2.y + b3 * end.y});
  }
  return out;
}

std::optional<Meeting> first_meeting(const std::vector<Point>& a, const std::vector<Point>& b) {
  constexpr double kOn = 1e-8;
  const auto length_before = [](const std::vector<Point>& line, std::size_t end) {
    double sum = 0;
    for (std::size_t i = 0; i < end; ++i) sum += length(minus(line[i + 1], line[i]));
    return sum;
  };
  const auto all_of_b = model::box_around(b, kTouching_m);
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    const auto here = model::box_around(std::span(a).subspan(i, 2), kTouching_m);
    if (are_apart(here, all_of_b)) continue;
    const Point da = minus(a[i + 1], a[i]);
    for (std::size_t k = 0; k + 1 < b.size(); ++k) {
      if (are_apart(here, model::box_around(std::span(b).subspan(k, 2)))) continue;
      const Point db = minus(b[k + 1], b[k]);
      const double det = cross(da, db);
      if (std::fabs(det) <= kParallel) continue;
      const Point between = minus(b[k], a[i]);
      const double s = cross(between, db) / det, t = cross(between, da) / det;
      if (s >= -kOn && s <= 1 + kOn && t >= -kOn && t <= 1 + kOn)
        return Meeting{length_before(a, i) + s * length(da), length_before(b, k) + t * length(db)};
    }
  }
  return std::nullopt;
}

}  // namespace citybrain::city
