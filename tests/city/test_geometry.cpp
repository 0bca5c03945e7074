// Where paths meet: the same as trying every pair of segments.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>

#include "scenarios/city/geometry.h"

namespace citybrain::city {
namespace {

using Line = std::vector<model::Point>;

/// By the definition: the first segment of `a` that a segment of `b` meets, and the first one
/// there.
std::optional<Meeting> by_trying_all(const Line& a, const Line& b) {
  double before_a = 0;
  for (std::size_t i = 0; i + 1 < a.size(); ++i) {
    const double ax = a[i + 1].x - a[i].x, ay = a[i + 1].y - a[i].y;
    double before_b = 0;
    for (std::size_t k = 0; k + 1 < b.size(); ++k) {
      const double bx = b[k + 1].x - b[k].x, by = b[k + 1].y - b[k].y;
      const double det = ax * by - ay * bx, x = b[k].x - a[i].x, y = b[k].y - a[i].y;
      const double s = (x * by - y * bx) / det, t = (x * ay - y * ax) / det;
      const auto on = [](double u) { return u >= -1e-8 && u <= 1 + 1e-8; };
      if (std::fabs(det) > 1e-8 && on(s) && on(t))
        return Meeting{before_a + s * std::sqrt(ax * ax + ay * ay),
                       before_b + t * std::sqrt(bx * bx + by * by)};
      before_b += std::sqrt(bx * bx + by * by);
    }
    before_a += std::sqrt(ax * ax + ay * ay);
  }
  return std::nullopt;
}

/// Corners of a junction, so that many lines share an end or a side; else anywhere in it.
model::Point a_point() {
  const bool corner = *rc::gen::arbitrary<bool>();
  const auto coordinate = [&] {
    return corner ? *rc::gen::inRange(-2, 3) * 8.0 : *rc::gen::inRange(-2000, 2001) / 100.0;
  };
  const double x = coordinate();
  return {x, coordinate()};
}

Line a_path() {
  if (*rc::gen::inRange(0, 3) != 0) {
    const auto turned = [] {
      const int quarter = *rc::gen::inRange(0, 4);
      return model::Point{quarter % 2 == 0 ? 1.0 - quarter : 0.0,
                          quarter % 2 == 0 ? 0.0 : 2.0 - quarter};
    };
    const auto from = a_point(), to = a_point();
    const auto leaves = turned(), comes = turned();
    return turning_path(from, leaves, to, comes);
  }
  Line line;
  for (int n = *rc::gen::inRange(2, 6); n > 0; --n) line.push_back(a_point());
  return line;
}

RC_GTEST_PROP(FirstMeeting, IsThatOfTryingEveryPair, ()) {
  const auto a = a_path(), b = a_path();
  const auto expected = by_trying_all(a, b), met = first_meeting(a, b);
  RC_CLASSIFY(expected.has_value());
  RC_ASSERT(met.has_value() == expected.has_value());
  if (!met) return;
  RC_ASSERT(met->on_first_m == expected->on_first_m);
  RC_ASSERT(met->on_second_m == expected->on_second_m);
}

TEST(FirstMeeting, NoLineMeetsNothing) {
  const Line line = {{-1, 0}, {1, 0}}, across = {{0, -1}, {0, 1}};
  EXPECT_TRUE(first_meeting(line, across));
  EXPECT_FALSE(first_meeting(line, {}));
  EXPECT_FALSE(first_meeting({}, across));
}

}  // namespace
}  // namespace citybrain::city
