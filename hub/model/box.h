// An upright rectangle around points: what lies in two that are apart does not touch. Units:
// metres, as the network's. No errors; values only.
#pragma once

#include <algorithm>
#include <limits>
#include <span>

#include "hub/model/road_network.h"

namespace citybrain::model {

struct Box {
  Point low, high;
};

/// Around `points`, `margin_m` wider on every side; around none, it is apart from everything.
inline Box box_around(std::span<const Point> points, double margin_m = 0) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  Box box{{kFar, kFar}, {-kFar, -kFar}};
  for (const Point& p : points) {
    box.low = {std::min(box.low.x, p.x), std::min(box.low.y, p.y)};
    box.high = {std::max(box.high.x, p.x), std::max(box.high.y, p.y)};
  }
  return {{box.low.x - margin_m, box.low.y - margin_m},
          {box.high.x + margin_m, box.high.y + margin_m}};
}

inline bool are_apart(const Box& a, const Box& b) {
  return a.high.x < b.low.x || b.high.x < a.low.x || a.high.y < b.low.y || b.high.y < a.low.y;
}

}  // namespace citybrain::model
