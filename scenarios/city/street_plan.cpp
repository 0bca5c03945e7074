#include "scenarios/city/street_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/city/geometry.h"

namespace citybrain::city {

using model::Error;
using model::GroupSet;
using model::Point;
using model::Result;
using model::RoadId;
using model::Turn;

namespace {

constexpr double kLaneWidth_m = 3.5;
constexpr double kCorner_m = 4;           // between the outer lane and the crossing stop line
constexpr double kLongestCut = 0.35;      // share of an edge that one junction may take
constexpr double kCosStraight = 0.70711;  // 45 degrees
constexpr double kCosUTurn = -0.86603;    // 150 degrees
constexpr std::uint32_t kSideways = 1;    // lanes that who goes straight on may change by
constexpr double kVehicle_m = 5;
constexpr double kShortestGreen_s = 12, kGreenPerLane_s = 9, kLongestGreen_s = 45;

double dot(const Point& a, const Point& b) { return a.x * b.x + a.y * b.y; }
double cross(const Point& a, const Point& b) { return a.x * b.y - a.y * b.x; }

Turn turn_between(const Point& in, const Point& out) {
  const double c = dot(in, out);
  if (c < kCosUTurn) return Turn::kUTurn;
  if (c > kCosStraight) return Turn::kStraight;
  return cross(in, out) > 0 ? Turn::kLeft : Turn::kRight;
}

/// A road out of a junction as an approach sees it.
struct Exit {
  RoadId road;
  Turn turn = Turn::kStraight;
  double bend = 0;  // from sharp left to sharp right, for the order of lanes
};

struct LaneRange {
  std::uint32_t first = 0, last = 0;
};

/// The lanes for left, straight and right turns of an approach with `n` lanes.
std::array<LaneRange, 3> lanes_of_turns(std::uint32_t n, bool left, bool straight, bool right) {
  const std::uint32_t end = n - 1;
  if (n == 1) return {{{0, 0}, {0, 0}, {0, 0}}};
  if (straight) {
    // The left turn gets a lane of its own from three lanes on, or with two when nobody turns
    // right; the right turn from four on.
    const std::uint32_t first = left && (n >= 3 || !right) ? 1 : 0;
    const std::uint32_t last = right && n >= 4 ? end - 1 : end;
    return {{{0, 0}, {first, last}, {end, end}}};
  }
  if (left && right) {
    const std::uint32_t inner = std::max(1U, (n + 1) / 2);
    return {{{0, inner - 1}, {0, end}, {inner, end}}};
  }
  return {{{0, end}, {0, end}, {0, end}}};
}

class Builder {
 public:
  explicit Builder(const StreetPlan& plan) : plan_(plan) {}

  Result<model::RoadNetwork> run() {
    net_.name = plan_.name;
    net_.anchor = plan_.anchor;
    net_.districts = plan_.districts;
    if (net_.districts.empty()) net_.districts.push_back("district-1");
    CITYBRAIN_TRY(check());
    measure_junctions();
    for (const auto& n : plan_.nodes) {
      model::Junction j;
      j.name = n.name;
      j.at = n.at;
      j.boundary = n.boundary;
      j.district = model::DistrictId{n.district};
      net_.junctions.push_back(std::move(j));
    }
    for (const auto& e : plan_.edges) add_road(e);
    for (std::uint32_t j = 0; j < net_.junctions.size(); ++j) add_movements(j);
    for (std::uint32_t j = 0; j < net_.junctions.size(); ++j)
      if (plan_.nodes[j].signal && !plan_.nodes[j].boundary) add_signal(j);
    CITYBRAIN_TRY(net_.build());
    return std::move(net_);
  }

 private:
  Result<void> check() const {
    const auto bad = [](const std::string& where, std::string what) {
      return Error{"CB-INPUT-ROADNET", std::move(what), where, ""};
    };
    for (const auto& n : plan_.nodes) {
      if (!std::isfinite(n.at.x) || !std::isfinite(n.at.y))
        return bad(n.name, "the point has no place");
      if (n.district >= net_.districts.size()) return bad(n.name, "the point is in no district");
    }
    for (const auto& e : plan_.edges) {
      if (e.from >= plan_.nodes.size() || e.to >= plan_.nodes.size())
        return bad(e.name, "the street begins or ends at a point that does not exist");
      if (e.from == e.to) return bad(e.name, "the street begins and ends at the same point");
      if (e.lanes == 0 || e.lanes > 12) return bad(e.name, "expected 1 to 12 lanes");
      if (!(e.speed_mps > 0.5 && e.speed_mps < 100)) return bad(e.name, "the speed is impossible");
      if (!(length_of(line_of(e)) > 2)) return bad(e.name, "the street is shorter than two metres");
    }
    return {};
  }

  std::vector<Point> line_of(const StreetEdge& e) const {
    return e.shape.size() >= 2 ? e.shape
                               : std::vector<Point>{plan_.nodes[e.from].at, plan_.nodes[e.to].at};
  }

  /// Half the width of the widest street at the node, both directions, and a corner.
  void measure_junctions() {
    const std::size_t n = plan_.nodes.size();
    in_.resize(n);
    out_.resize(n);
    radius_.assign(n, 0);
    for (std::uint32_t e = 0; e < plan_.edges.size(); ++e) {
      in_[plan_.edges[e].to].push_back(e);
      out_[plan_.edges[e].from].push_back(e);
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (plan_.nodes[i].boundary || in_[i].size() + out_[i].size() <= 2) continue;
      std::uint32_t widest = 0;
      for (const auto* edges : {&in_[i], &out_[i]})
        for (const auto e : *edges) widest = std::max(widest, plan_.edges[e].lanes);
      radius_[i] = widest * kLaneWidth_m + kCorner_m;
    }
  }

  void add_road(const StreetEdge& e) {
    model::Road r;
    r.name = e.name;
    r.from = model::JunctionId{e.from};
    r.to = model::JunctionId{e.to};
    const auto line = line_of(e);
    const double most = length_of(line) * kLongestCut;
    r.shape = cut(line, std::min(radius_[e.from], most), std::min(radius_[e.to], most));
    r.length_m = length_of(r.shape);
    r.district = net_.junctions[e.to].district;
    r.first_lane = model::LaneId{static_cast<std::uint32_t>(net_.lanes.size())};
    r.lanes = static_cast<std::uint8_t>(e.lanes);
    r.priority = e.priority;
    for (std::uint32_t i = 0; i < e.lanes; ++i) {
      model::Lane l;
      l.road = RoadId{static_cast<std::uint32_t>(net_.roads.size())};
      l.index = static_cast<std::uint8_t>(i);
      l.width_m = kLaneWidth_m;
      l.speed_limit_mps = e.speed_mps;
      net_.lanes.push_back(l);
    }
    net_.roads.push_back(std::move(r));
  }

  std::vector<Exit> exits_of(RoadId from, std::uint32_t junction) const {
    const Point in = direction_at_end(net_[from].shape);
    std::vector<Exit> exits;
    for (const auto e : out_[junction]) {
      const Point out = direction_at_start(net_.roads[e].shape);
      const double c = dot(in, out), s = cross(in, out);
      exits.push_back({RoadId{e}, turn_between(in, out), s > 0 ? c - 1 : 1 - c});
    }
    // Back where it came from only when there is no other way.
    const bool other = std::any_of(exits.begin(), exits.end(),
                                   [](const Exit& e) { return e.turn != Turn::kUTurn; });
    if (other) std::erase_if(exits, [](const Exit& e) { return e.turn == Turn::kUTurn; });
    std::stable_sort(exits.begin(), exits.end(),
                     [](const Exit& a, const Exit& b) { return a.bend < b.bend; });
    return exits;
  }

  void add_movements(std::uint32_t junction) {
    if (plan_.nodes[junction].boundary) return;
    for (const auto e : in_[junction]) {
      const RoadId from{e};
      const auto exits = exits_of(from, junction);
      const auto any = [&](Turn t) {
        return std::any_of(exits.begin(), exits.end(), [&](const Exit& x) { return x.turn == t; });
      };
      const auto ranges = lanes_of_turns(net_[from].lanes, any(Turn::kLeft) || any(Turn::kUTurn),
                                         any(Turn::kStraight), any(Turn::kRight));
      for (const auto& exit : exits) {
        const std::size_t kind = exit.turn == Turn::kStraight ? 1
                                 : exit.turn == Turn::kRight  ? 2
                                                              : 0;
        add_movement(junction, from, exit, ranges[kind]);
      }
    }
  }

  /// Turns may be made into every lane of the exit; who goes straight on may change by a lane or
  /// two.
  void add_movement(std::uint32_t junction, RoadId from, const Exit& exit, const LaneRange& range) {
    model::Movement m;
    m.junction = model::JunctionId{junction};
    m.from = from;
    m.to = exit.road;
    m.turn = exit.turn;
    const std::uint32_t lanes = net_[from].lanes, exits = net_[exit.road].lanes;
    for (std::uint32_t i = range.first; i <= range.last; ++i) {
      std::uint32_t first = 0, last = exits - 1;
      if (exit.turn == Turn::kStraight) {
        // The same place between the kerbs, were they as far apart.
        const std::uint32_t ahead = (2 * i + 1) * exits / (2 * lanes);
        first = ahead > kSideways ? ahead - kSideways : 0;
        last = std::min(ahead + kSideways, exits - 1);
      }
      for (std::uint32_t k = first; k <= last; ++k) add_link(m, i, k);
    }
    net_.movements.push_back(std::move(m));
  }

  void add_link(model::Movement& m, std::uint32_t from_index, std::uint32_t to_index) const {
    model::LaneLink link;
    link.from = net_.lane(m.from, from_index);
    link.to = net_.lane(m.to, to_index);
    const auto a = offset_right(net_[m.from].shape, (from_index + 0.5) * kLaneWidth_m);
    const auto b = offset_right(net_[m.to].shape, (to_index + 0.5) * kLaneWidth_m);
    link.shape = turning_path(a.back(), direction_at_end(a), b.front(), direction_at_start(b));
    link.length_m = length_of(link.shape);
    m.links.push_back(std::move(link));
  }

  /// One approach of a signal: its movements as group sets.
  struct Approach {
    RoadId road;
    Point direction;
    GroupSet left = 0, through = 0, right = 0;
    bool left_lane = false;  // the left turn does not share its lane
    std::uint32_t lanes = 0;
  };

  std::vector<Approach> approaches_of(std::uint32_t junction) const {
    std::vector<Approach> out;
    std::uint32_t group = 0;
    for (const auto& m : net_.movements) {
      if (m.junction.value != junction) continue;
      if (out.empty() || out.back().road != m.from)
        out.push_back(
            {m.from, direction_at_end(net_[m.from].shape), 0, 0, 0, true, net_[m.from].lanes});
      const GroupSet bit = GroupSet{1} << group++;
      auto& a = out.back();
      if (m.turn == Turn::kRight) {
        a.right |= bit;
      } else if (m.turn == Turn::kStraight) {
        a.through |= bit;
        if (m.links.front().from.value == net_[m.from].first_lane.value) a.left_lane = false;
      } else {
        a.left |= bit;
      }
    }
    return out;
  }

  void add_signal(std::uint32_t junction) {
    auto& j = net_.junctions[junction];
    const auto approaches = approaches_of(junction);
    if (approaches.size() < 2) return;
    double fastest = 1;
    for (const auto& a : approaches)
      fastest = std::max(fastest, plan_.edges[a.road.value].speed_mps);
    GroupSet rights = 0;
    for (const auto& a : approaches) rights |= a.right;
    j.yellow_s = std::ceil(1 + fastest / 6);
    j.intergreen_s = j.yellow_s + std::ceil((2 * radius_[junction] + kVehicle_m) / fastest);
    j.width_m = 2 * radius_[junction];
    const auto add = [&](GroupSet greens, double green_s) {
      if ((greens & ~rights) != 0)
        j.phases.push_back({greens | rights, std::min(green_s, kLongestGreen_s) + j.intergreen_s});
    };
    std::vector<bool> served(approaches.size());
    for (std::size_t a = 0; a < approaches.size(); ++a) {
      if (served[a]) continue;
      std::size_t opposite = a;
      double most = -kCosStraight;
      for (std::size_t b = a + 1; b < approaches.size(); ++b)
        if (const double c = dot(approaches[a].direction, approaches[b].direction);
            !served[b] && c < most) {
          most = c;
          opposite = b;
        }
      served[a] = served[opposite] = true;
      add_axis(approaches[a], approaches[opposite], opposite == a, add);
    }
    if (j.phases.size() < 2) j.phases.clear();
    settle_offset(j);
  }

  /// Green comes as a wave from the south-west at 40 km/h: neighbours do not change together.
  static void settle_offset(model::Junction& j) {
    double cycle_s = 0;
    for (const auto& p : j.phases) cycle_s += p.duration_s;
    if (cycle_s <= 0) return;
    const double s = (j.at.x + j.at.y) / 11.111;
    j.offset_s = std::floor(s - cycle_s * std::floor(s / cycle_s));
  }

  template <class Add>
  void add_axis(const Approach& a, const Approach& b, bool alone, const Add& add) const {
    const double green =
        kShortestGreen_s + kGreenPerLane_s * static_cast<double>(std::max(a.lanes, b.lanes));
    const GroupSet left = a.left | b.left, through = a.through | b.through;
    const bool own_lanes = (a.left == 0 || a.left_lane) && (b.left == 0 || b.left_lane);
    if (alone || left == 0 || through == 0 || !own_lanes) {
      add(left | through | a.right | b.right, green);
      return;
    }
    add(through, green);
    add(left, kShortestGreen_s + kGreenPerLane_s);
  }

  const StreetPlan& plan_;
  model::RoadNetwork net_;
  std::vector<std::vector<std::uint32_t>> in_, out_;  // edges by node
  std::vector<double> radius_;
};

}  // namespace

Result<model::RoadNetwork> build_streets(const StreetPlan& plan) { return Builder(plan).run(); }

}  // namespace citybrain::city
