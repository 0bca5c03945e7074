#include "scenarios/experiment/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "hub/runtime/markup.h"

namespace citybrain::experiment {

using runtime::escaped;

namespace {

constexpr double kWidth = 760, kHeight = 260, kLeft = 56, kRight = 12, kTop = 14, kBottom = 40;
constexpr std::array<const char*, 6> kColours = {"#0b6e99", "#c8553d", "#588157",
                                                 "#7b4b94", "#b5892f", "#4a4e69"};

template <class... A>
void add(std::string& out, fmt::format_string<A...> f, A&&... a) {
  fmt::format_to(std::back_inserter(out), f, std::forward<A>(a)...);
}

/// A round step that divides the range into about five.
double tick(double range) {
  if (!(range > 0)) return 1;
  const double raw = range / 5;
  double base = 1;
  while (base * 10 <= raw) base *= 10;
  while (base > raw) base /= 10;
  for (const double m : {1.0, 2.0, 5.0})
    if (base * m >= raw) return base * m;
  return base * 10;
}

double largest(const std::vector<Line>& lines) {
  double top = 0;
  for (const auto& l : lines)
    for (const double v : l.y) top = std::max(top, v);
  return top > 0 ? top : 1;
}

void axes(std::string& out, double x_top, double y_top, const std::string& x_title) {
  const double w = kWidth - kLeft - kRight, h = kHeight - kTop - kBottom;
  for (double v = 0, step = tick(y_top); v <= y_top * 1.0001; v += step) {
    const double y = kTop + h - v / y_top * h;
    add(out,
        R"(<line x1="{}" x2="{}" y1="{:.1f}" y2="{:.1f}" class="grid"/><text x="{}" y="{:.1f}" class="tick" text-anchor="end">{:g}</text>)",
        kLeft, kWidth - kRight, y, y, kLeft - 6, y + 4, v);
  }
  for (double v = 0, step = tick(x_top); v <= x_top * 1.0001; v += step)
    add(out, R"(<text x="{:.1f}" y="{}" class="tick" text-anchor="middle">{:g}</text>)",
        kLeft + v / x_top * w, kHeight - kBottom + 16, v);
  add(out, R"(<text x="{}" y="{}" class="tick" text-anchor="end">{}</text>)", kWidth - kRight,
      kHeight - 6, escaped(x_title));
}

/// Calm blue-grey over amber to red.
std::string colour(double share) {
  const double s = std::clamp(share, 0.0, 1.0);
  const std::array<std::array<double, 3>, 3> stops = {
      {{150, 178, 188}, {233, 180, 76}, {176, 30, 38}}};
  const std::size_t i = s < 0.5 ? 0 : 1;
  const double t = s < 0.5 ? s * 2 : s * 2 - 1;
  std::array<int, 3> c{};
  for (std::size_t k = 0; k < 3; ++k)
    c[k] = static_cast<int>(stops[i][k] + t * (stops[i + 1][k] - stops[i][k]) + 0.5);
  return fmt::format("rgb({},{},{})", c[0], c[1], c[2]);
}

}  // namespace

std::string line_chart(const std::vector<double>& x, const std::vector<Line>& lines,
                       const std::string& x_title) {
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {}" role="img">)", kWidth, kHeight);
  const double x_top = x.empty() ? 1 : std::max(1.0, x.back()), y_top = largest(lines) * 1.05;
  axes(out, x_top, y_top, x_title);
  const double w = kWidth - kLeft - kRight, h = kHeight - kTop - kBottom;
  for (std::size_t n = lines.size(); n-- > 0;) {
    add(out, R"(<polyline fill="none" stroke="{}" stroke-width="1.8" points=")",
        kColours[n % kColours.size()]);
    for (std::size_t i = 0; i < std::min(x.size(), lines[n].y.size()); ++i)
      add(out, "{:.1f},{:.1f} ", kLeft + x[i] / x_top * w, kTop + h - lines[n].y[i] / y_top * h);
    out += "\"/>";
  }
  double at = kLeft;
  for (std::size_t n = 0; n < lines.size(); ++n) {
    add(out,
        R"(<rect x="{:.0f}" y="{}" width="12" height="3" fill="{}"/><text x="{:.0f}" y="{}" class="tick">{}</text>)",
        at, kHeight - 12, kColours[n % kColours.size()], at + 16, kHeight - 7,
        escaped(lines[n].name));
    at += 34 + 7.2 * static_cast<double>(lines[n].name.size());
  }
  return out + "</svg>";
}

std::string road_map(const model::RoadNetwork& network, const std::vector<double>& values,
                     const std::vector<std::string>& titles, double top,
                     const std::string& legend) {
  double x0 = 1e18, x1 = -1e18, y0 = 1e18, y1 = -1e18;
  for (const auto& r : network.roads)
    for (const auto& p : r.shape) {
      x0 = std::min(x0, p.x);
      x1 = std::max(x1, p.x);
      y0 = std::min(y0, p.y);
      y1 = std::max(y1, p.y);
    }
  const double span = std::max({x1 - x0, y1 - y0, 1.0});
  const double scale = 700 / span, margin = 30;
  const double height = (y1 - y0) * scale + 2 * margin + 30;
  const double left = (kWidth - (x1 - x0) * scale) / 2;
  const auto px = [&](const model::Point& p) { return left + (p.x - x0) * scale; };
  const auto py = [&](const model::Point& p) { return margin + (y1 - p.y) * scale; };
  const double width = std::clamp(span / 300, 1.5, 6.0) < 3 ? 4.5 : 3.2;
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {:.0f}" role="img">)", kWidth, height);
  for (std::size_t r = 0; r < network.roads.size(); ++r) {
    const auto& shape = network.roads[r].shape;
    // Both directions of a street are drawn beside each other: each to the right of its own way.
    const double dx = shape.back().x - shape.front().x, dy = shape.back().y - shape.front().y;
    const double length = std::max(1e-9, std::sqrt(dx * dx + dy * dy));
    const double ox = dy / length * width * 0.75, oy = dx / length * width * 0.75;
    add(out,
        R"(<polyline fill="none" stroke="{}" stroke-width="{}" stroke-linecap="round" points=")",
        colour(values[r] / top), width);
    for (const auto& p : shape) add(out, "{:.1f},{:.1f} ", px(p) + ox, py(p) + oy);
    add(out, "\"><title>{}</title></polyline>", escaped(titles[r]));
  }
  for (const auto& j : network.junctions)
    if (j.signalised)
      add(out, R"(<circle cx="{:.1f}" cy="{:.1f}" r="4" class="signal"><title>{}</title></circle>)",
          px(j.at), py(j.at), escaped(j.name));
  for (int i = 0; i <= 20; ++i)
    add(out, R"(<rect x="{}" y="{:.0f}" width="10" height="8" fill="{}"/>)", 30 + 10 * i,
        height - 24, colour(i / 20.0));
  add(out, R"(<text x="250" y="{:.0f}" class="tick">0 – {:.0f}  {}</text></svg>)", height - 16, top,
      escaped(legend));
  return out;
}

std::string dot_chart(const std::vector<Row>& rows, const std::string& title) {
  double low = 1e18, high = -1e18;
  for (const auto& r : rows)
    for (const double v : r.values) {
      low = std::min(low, v);
      high = std::max(high, v);
    }
  if (low > high) return {};
  const double room = std::max(1.0, (high - low) * 0.08);
  low -= room;
  high += room;
  const double left = 130, w = kWidth - left - 20, row_h = 44,
               h = row_h * static_cast<double>(rows.size()) + 44;
  const auto x = [&](double v) { return left + (v - low) / (high - low) * w; };
  std::string out = fmt::format(R"(<svg viewBox="0 0 {} {:.0f}" role="img">)", kWidth, h);
  const double step = tick(high - low);
  for (double v = std::ceil(low / step) * step; v <= high; v += step)
    add(out,
        R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="8" y2="{1:.0f}" class="grid"/><text x="{0:.1f}" y="{2:.0f}" class="tick" text-anchor="middle">{3:g}</text>)",
        x(v), h - 34, h - 20, v);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double y = 24 + row_h * static_cast<double>(i);
    double mean = 0;
    for (const double v : rows[i].values) mean += v / static_cast<double>(rows[i].values.size());
    add(out, R"(<text x="{}" y="{:.0f}" text-anchor="end" class="label">{}</text>)", left - 12,
        y + 5, escaped(rows[i].name));
    for (const double v : rows[i].values)
      add(out, R"(<circle cx="{:.1f}" cy="{:.1f}" r="5" fill="{}" fill-opacity="0.55"/>)", x(v), y,
          kColours[i % kColours.size()]);
    add(out,
        R"(<line x1="{0:.1f}" x2="{0:.1f}" y1="{1:.0f}" y2="{2:.0f}" stroke="{3}" stroke-width="3"/><text x="{0:.1f}" y="{4:.0f}" class="tick" text-anchor="middle">{5:.1f}</text>)",
        x(mean), y - 11, y + 11, kColours[i % kColours.size()], y + 23, mean);
  }
  add(out, R"(<text x="{}" y="{:.0f}" class="tick" text-anchor="end">{}</text></svg>)", kWidth - 20,
      h - 4, escaped(title));
  return out;
}

}  // namespace citybrain::experiment
