// A frame of a replay as a picture: roads, stop lines in the colour of their signals, vehicles in
// the colour of their speed.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "hub/runtime/markup.h"
#include "scenarios/outputs/replay.h"
#include "scenarios/outputs/trips.h"

namespace citybrain::outputs {

namespace {

constexpr double kWidth = 1200;
constexpr std::array<const char*, 5> kColours = {"#b3261e", "#e8710a", "#f2b705", "#7cb342",
                                                 "#1a7f37"};

struct Spot {
  double x = 0, y = 0;    ///< in the plane
  double dx = 1, dy = 0;  ///< direction, of length 1
};

/// A road's shape with the road's length in its middle: shapes run from junction to junction.
class Shape {
 public:
  Shape(const ReplayNetwork& n, std::size_t road)
      : n_(n), first_(n.first_point[road]), last_(n.first_point[road + 1] - 1) {
    for (std::size_t p = first_; p < last_; ++p) length_ += part(p);
    begin_ = std::max(0.0, (length_ - static_cast<double>(n.road_length_m[road])) / 2);
  }
  Spot at(double at_m) const {
    double left = std::clamp(begin_ + at_m, 0.0, length_);
    std::size_t p = first_;
    while (p + 1 < last_ && left > part(p)) left -= part(p++);
    const double whole = std::max(part(p), 1e-9);
    Spot s;
    s.dx = (n_.point_x[p + 1] - n_.point_x[p]) / whole;
    s.dy = (n_.point_y[p + 1] - n_.point_y[p]) / whole;
    s.x = n_.point_x[p] + s.dx * left;
    s.y = n_.point_y[p] + s.dy * left;
    return s;
  }

 private:
  double part(std::size_t p) const {
    return std::hypot(n_.point_x[p + 1] - n_.point_x[p], n_.point_y[p + 1] - n_.point_y[p]);
  }
  const ReplayNetwork& n_;
  std::size_t first_, last_;
  double length_ = 0, begin_ = 0;
};

/// To the right of the road's middle by the lanes inside it and half of its own.
Spot on_lane(const ReplayNetwork& n, std::size_t lane, double at_m) {
  Spot s = Shape(n, n.lane_road[lane]).at(at_m);
  const double aside = (n.lane_index[lane] + 0.5) * static_cast<double>(n.lane_width_m[lane]);
  s.x += s.dy * aside;
  s.y -= s.dx * aside;
  return s;
}

/// From the plane to the picture.
class View {
 public:
  explicit View(const ReplayNetwork& n) {
    const auto [left, right] = std::minmax_element(n.point_x.begin(), n.point_x.end());
    const auto [bottom, top] = std::minmax_element(n.point_y.begin(), n.point_y.end());
    if (n.point_x.empty()) return;
    left_ = *left;
    top_ = *top;
    scale_ = (kWidth - 2 * kEdge) / std::max(1.0F, *right - *left);
    height_ = (static_cast<double>(*top) - static_cast<double>(*bottom)) * scale_ + 2 * kEdge;
  }
  double x(double x_m) const { return (x_m - left_) * scale_ + kEdge; }
  double y(double y_m) const { return (top_ - y_m) * scale_ + kEdge; }
  double height() const { return height_; }
  double pixels(double metres) const { return metres * scale_; }

 private:
  static constexpr double kEdge = 20;
  double left_ = 0, top_ = 0, scale_ = 1, height_ = 2 * kEdge;
};

void draw_roads(const ReplayNetwork& n, const View& view, std::string& out) {
  out += "<g fill=\"none\" stroke=\"#ccd5da\" stroke-linejoin=\"round\">\n";
  for (std::size_t r = 0; r + 1 < n.first_point.size(); ++r) {
    out += "<polyline points=\"";
    for (auto p = n.first_point[r]; p < n.first_point[r + 1]; ++p)
      fmt::format_to(std::back_inserter(out), "{:.1f},{:.1f} ", view.x(n.point_x[p]),
                     view.y(n.point_y[p]));
    fmt::format_to(std::back_inserter(out),
                   "\" stroke-width=\"{:.1f}\"><title>{}</title></polyline>\n",
                   std::max(1.5, view.pixels(7)), runtime::escaped(n.road_names[r]));
  }
  out += "</g>\n";
}

/// A dot at the end of every road with a signal: green when one of its movements has green.
void draw_signals(const ReplayNetwork& n, const ReplayFrame& frame, const View& view,
                  std::string& out) {
  std::vector<std::size_t> signal_at(n.junction_x.size(), frame.greens.size());
  for (std::size_t s = 0; s < frame.greens.size(); ++s) signal_at[n.signal_junction[s]] = s;
  std::vector<std::uint8_t> light(n.road_names.size(), 0);  // 1 red, 2 green
  for (std::size_t m = 0; m < n.movement_from.size(); ++m) {
    const auto road = n.movement_from[m];
    const auto s = signal_at[n.road_to[road]];
    if (s == frame.greens.size()) continue;
    light[road] = std::max<std::uint8_t>(light[road],
                                         model::has(frame.greens[s], n.movement_group[m]) ? 2 : 1);
  }
  for (std::size_t r = 0; r < light.size(); ++r) {
    if (light[r] == 0) continue;
    const Spot end = Shape(n, r).at(static_cast<double>(n.road_length_m[r]));
    fmt::format_to(std::back_inserter(out),
                   "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"2.5\" fill=\"{}\"/>\n",
                   view.x(end.x + end.dy * 4), view.y(end.y - end.dx * 4),
                   light[r] == 2 ? "#34c759" : "#ff3b30");
  }
}

}  // namespace

std::string replay_svg(const Replay& replay, const ReplayFrame& frame) {
  const auto& n = replay.network();
  const View view(n);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1:.0f}\" width=\"{0}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"#fff\"/>\n<text x=\"20\" y=\"15\" font-size=\"12\">{2:.0f} s, {3} vehicles</text>\n",
      kWidth, view.height(), frame.time_s, frame.vehicles.size());
  draw_roads(n, view, out);
  draw_signals(n, frame, view, out);
  for (const auto& v : frame.vehicles) {
    const Spot s = on_lane(n, v.lane, v.at_m);
    fmt::format_to(std::back_inserter(out),
                   "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:.1f}\" fill=\"{}\"><title>{} {}"
                   "</title></circle>\n",
                   view.x(s.x), view.y(s.y), std::max(1.2, view.pixels(2)),
                   kColours[static_cast<std::size_t>(v.speed)], role_name(v.role), v.vehicle);
  }
  return out + "</svg>\n";
}

}  // namespace citybrain::outputs
