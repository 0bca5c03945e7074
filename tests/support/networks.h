// Small road networks for tests of the hub, made without a city: one crossing of two two-way
// streets.
#pragma once

#include <array>
#include <string>

#include "hub/model/road_network.h"

namespace citybrain::test {

/// A crossing with four approaches of `lanes` lanes and 300 m; straight, left and right with three
/// lanes. Junction 0 is the signal, 1 to 4 are the ends in the east, north, west and south. Roads:
/// in_E, in_N, in_W, in_S (named by where they come from), then out_*.
inline model::RoadNetwork crossing() {
  using namespace model;
  RoadNetwork n;
  n.name = "crossing";
  n.anchor = {120.15, 30.27};
  n.districts = {"district-1"};
  const std::array<Point, 5> at = {Point{0, 0}, Point{315, 0}, Point{0, 315}, Point{-315, 0},
                                   Point{0, -315}};
  const std::array<const char*, 5> names = {"J", "E", "N", "W", "S"};
  for (std::size_t i = 0; i < at.size(); ++i) {
    Junction j;
    j.name = names[i];
    j.at = at[i];
    j.boundary = i > 0;
    j.district = DistrictId{0};
    n.junctions.push_back(j);
  }
  const auto add_road = [&](const std::string& name, std::uint32_t from, std::uint32_t to) {
    Road r;
    r.name = name;
    r.from = JunctionId{from};
    r.to = JunctionId{to};
    const double f = from == 0 ? 15 : 0, t = to == 0 ? 15 : 0;
    const Point a = at[from], b = at[to];
    const Point u{(b.x - a.x) / 315, (b.y - a.y) / 315};
    r.shape = {{a.x + u.x * f, a.y + u.y * f}, {b.x - u.x * t, b.y - u.y * t}};
    r.length_m = 300;
    r.district = DistrictId{0};
    r.first_lane = LaneId{static_cast<std::uint32_t>(n.lanes.size())};
    r.lanes = 3;
    for (std::uint8_t i = 0; i < 3; ++i) {
      Lane l;
      l.road = RoadId{static_cast<std::uint32_t>(n.roads.size())};
      l.index = i;
      l.width_m = 4;
      l.speed_limit_mps = 11.111;
      n.lanes.push_back(l);
    }
    n.roads.push_back(r);
  };
  for (std::uint32_t i = 1; i <= 4; ++i) add_road(std::string("in_") + names[i], i, 0);
  for (std::uint32_t i = 1; i <= 4; ++i) add_road(std::string("out_") + names[i], 0, i);
  // Sides are numbered counter-clockwise: from side i, straight on leads to i+2, a right turn to
  // i+1, a left turn to i+3.
  std::array<GroupSet, 4> straight{}, left{}, right{};
  for (std::uint32_t i = 0; i < 4; ++i) {
    const std::array<std::pair<Turn, std::uint32_t>, 3> turns = {
        std::pair{Turn::kLeft, (i + 3) % 4}, std::pair{Turn::kStraight, (i + 2) % 4},
        std::pair{Turn::kRight, (i + 1) % 4}};
    for (std::uint32_t lane = 0; lane < 3; ++lane) {
      Movement m;
      m.junction = JunctionId{0};
      m.from = RoadId{i};
      m.to = RoadId{4 + turns[lane].second};
      m.turn = turns[lane].first;
      for (std::uint32_t k = 0; k < 3; ++k) {
        LaneLink link;
        link.from = n.lane(m.from, lane);
        link.to = n.lane(m.to, k);
        const auto side = [&](RoadId road, std::uint32_t index, bool end) {
          const auto& shape = n[road].shape;
          const Point p = end ? shape.back() : shape.front();
          const Point u{(shape[1].x - shape[0].x) / 300, (shape[1].y - shape[0].y) / 300};
          const double off = (index + 0.5) * 4;
          return Point{p.x + u.y * off, p.y - u.x * off};
        };
        const Point a = side(m.from, lane, true), b = side(m.to, k, false);
        link.shape = {a, b};
        link.length_m = 25;
        m.links.push_back(link);
      }
      auto& set = m.turn == Turn::kLeft ? left : m.turn == Turn::kRight ? right : straight;
      set[i] |= GroupSet{1} << (i * 3 + lane);
      n.movements.push_back(m);
    }
  }
  const GroupSet rights = right[0] | right[1] | right[2] | right[3];
  auto& j = n.junctions[0];
  for (const GroupSet g :
       {straight[0] | straight[2], straight[1] | straight[3], left[0] | left[2], left[1] | left[3]})
    j.phases.push_back({g | rights, 30});
  n.build().value();
  return n;
}

}  // namespace citybrain::test
