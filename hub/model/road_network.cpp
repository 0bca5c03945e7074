#include "hub/model/road_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hub/model/box.h"

namespace citybrain::model {

namespace {

Error inconsistent(std::string where, std::string what) {
  return Error{"CB-INPUT-ROADNET", std::move(what), std::move(where), ""};
}

std::vector<Point> path_of(const RoadNetwork& n, const LaneLink& link) {
  if (link.shape.size() >= 2) return link.shape;
  return {n[n[link.from].road].shape.back(), n[n[link.to].road].shape.front()};
}

double cross(const Point& o, const Point& a, const Point& b) {
  return (a.x - o.x) * (b.y - o.y) - (a.y - o.y) * (b.x - o.x);
}

/// True when the open segments cross each other; touching ends (vehicles that part or follow) do
/// not count.
bool segments_cross(const Point& a, const Point& b, const Point& c, const Point& d) {
  const double d1 = cross(c, d, a), d2 = cross(c, d, b), d3 = cross(a, b, c), d4 = cross(a, b, d);
  return ((d1 > 0 && d2 < 0) || (d1 < 0 && d2 > 0)) && ((d3 > 0 && d4 < 0) || (d3 < 0 && d4 > 0));
}

bool paths_cross(const std::vector<Point>& p, const std::vector<Point>& q) {
  const Box all_of_q = box_around(q);
  if (are_apart(box_around(p), all_of_q)) return false;
  for (std::size_t i = 0; i + 1 < p.size(); ++i) {
    const Box here = box_around(std::span(p).subspan(i, 2));
    if (are_apart(here, all_of_q)) continue;
    for (std::size_t k = 0; k + 1 < q.size(); ++k)
      if (!are_apart(here, box_around(std::span(q).subspan(k, 2))) &&
          segments_cross(p[i], p[i + 1], q[k], q[k + 1]))
        return true;
  }
  return false;
}

/// Movements conflict when paths of theirs from different roads cross, or end in the same lane.
bool movements_conflict(const RoadNetwork& n, const Movement& a, const Movement& b) {
  if (a.from == b.from) return false;
  std::vector<std::vector<Point>> of_b;
  for (const auto& lb : b.links) of_b.push_back(path_of(n, lb));
  for (const auto& la : a.links) {
    const auto of_a = path_of(n, la);
    for (const auto& path : of_b)
      if (paths_cross(of_a, path)) return true;
  }
  // Merging into one lane of one road; right turns yield to it and are left to themselves.
  if (a.to != b.to || a.turn == Turn::kRight || b.turn == Turn::kRight) return false;
  for (const auto& la : a.links)
    for (const auto& lb : b.links)
      if (la.to == lb.to) return true;
  return false;
}

void find_conflicts(const RoadNetwork& n, Junction& j) {
  const std::size_t groups = j.movements.size();
  j.conflicts.assign(groups, 0);
  for (std::size_t a = 0; a < groups; ++a)
    for (std::size_t b = a + 1; b < groups; ++b)
      if (movements_conflict(n, n[j.movements[a]], n[j.movements[b]])) {
        j.conflicts[a] |= GroupSet{1} << b;
        j.conflicts[b] |= GroupSet{1} << a;
      }
  // What a phase of the source shows together is permitted there: the source knows better than
  // geometry.
  for (const auto& phase : j.phases)
    for (std::size_t a = 0; a < groups; ++a)
      if ((phase.greens >> a) & 1U) j.conflicts[a] &= ~phase.greens;
}

void find_always_green(Junction& j) {
  j.always_green = 0;
  if (j.phases.empty()) return;
  GroupSet common = ~GroupSet{0};
  for (const auto& phase : j.phases) common &= phase.greens;
  for (std::size_t g = 0; g < j.movements.size(); ++g)
    if (((common >> g) & 1U) != 0 && j.conflicts[g] == 0) j.always_green |= GroupSet{1} << g;
}

Result<void> check_road(const RoadNetwork& n, const Road& r) {
  if (!r.from.valid() || r.from.value >= n.junctions.size() || !r.to.valid() ||
      r.to.value >= n.junctions.size())
    return inconsistent(r.name, "the road begins or ends at a junction that does not exist");
  if (r.lanes == 0 || r.first_lane.value + r.lanes > n.lanes.size())
    return inconsistent(r.name, "the road has no lanes");
  if (r.shape.size() < 2) return inconsistent(r.name, "the road needs at least two points");
  if (!(r.length_m > 0) || !std::isfinite(r.length_m))
    return inconsistent(r.name, "the road has no length");
  if (r.district.value >= n.districts.size())
    return inconsistent(r.name, "the road is in no district");
  return {};
}

Result<void> check_movement(const RoadNetwork& n, const Movement& m) {
  if (m.junction.value >= n.junctions.size())
    return inconsistent("movement", "a movement is at a junction that does not exist");
  const auto& name = n[m.junction].name;
  if (m.from.value >= n.roads.size() || m.to.value >= n.roads.size())
    return inconsistent(name, "a movement uses a road that does not exist");
  if (n[m.from].to != m.junction || n[m.to].from != m.junction)
    return inconsistent(name, fmt::format("the movement {} -> {} does not pass this junction",
                                          n[m.from].name, n[m.to].name));
  if (m.links.empty())
    return inconsistent(
        name, fmt::format("the movement {} -> {} has no lane links", n[m.from].name, n[m.to].name));
  for (const auto& l : m.links) {
    if (l.from.value >= n.lanes.size() || l.to.value >= n.lanes.size() ||
        n[l.from].road != m.from || n[l.to].road != m.to)
      return inconsistent(name, fmt::format("a lane link of {} -> {} uses lanes of other roads",
                                            n[m.from].name, n[m.to].name));
  }
  return {};
}

}  // namespace

std::vector<std::size_t> cycle_of(const Junction& junction) {
  GroupSet all = 0, covered = 0;
  for (const auto& p : junction.phases) all |= p.greens;
  std::vector<std::size_t> out;
  for (std::size_t p = 0; p < junction.phases.size(); ++p) {
    const GroupSet greens = junction.phases[p].greens;
    // What only goes on with groups of the phase before it belongs to that one.
    if (covered == all && (p == 0 || (greens & ~junction.phases[p - 1].greens) != 0)) break;
    out.push_back(p);
    covered |= greens;
  }
  return out;
}

RoadId RoadNetwork::find_road(std::string_view road_name) const {
  const auto it = road_by_name_.find(std::string(road_name));
  return it == road_by_name_.end() ? RoadId{} : it->second;
}

JunctionId RoadNetwork::find_junction(std::string_view junction_name) const {
  const auto it = junction_by_name_.find(std::string(junction_name));
  return it == junction_by_name_.end() ? JunctionId{} : it->second;
}

MovementId RoadNetwork::find_movement(RoadId from, RoadId to) const {
  if (from.value >= roads.size()) return {};
  for (const MovementId m : roads[from.value].movements)
    if (movements[m.value].to == to) return m;
  return {};
}

Result<void> RoadNetwork::build() {
  if (districts.empty()) return inconsistent(name, "the network needs at least one district");
  road_by_name_.clear();
  junction_by_name_.clear();
  for (std::uint32_t i = 0; i < junctions.size(); ++i) {
    junctions[i].movements.clear();
    if (!junction_by_name_.emplace(junctions[i].name, JunctionId{i}).second)
      return inconsistent(junctions[i].name, "two junctions have this name");
    if (junctions[i].district.value >= districts.size())
      return inconsistent(junctions[i].name, "the junction is in no district");
  }
  for (std::uint32_t i = 0; i < roads.size(); ++i) {
    roads[i].movements.clear();
    if (!road_by_name_.emplace(roads[i].name, RoadId{i}).second)
      return inconsistent(roads[i].name, "two roads have this name");
    CITYBRAIN_TRY(check_road(*this, roads[i]));
  }
  for (auto& lane : lanes) lane.movements.clear();
  for (std::uint32_t i = 0; i < movements.size(); ++i) {
    auto& m = movements[i];
    CITYBRAIN_TRY(check_movement(*this, m));
    auto& j = junctions[m.junction.value];
    if (j.movements.size() >= kMaxGroups)
      return inconsistent(j.name,
                          fmt::format("the junction has more than {} movements", kMaxGroups));
    m.group = static_cast<std::uint8_t>(j.movements.size());
    j.movements.push_back(MovementId{i});
    roads[m.from.value].movements.push_back(MovementId{i});
    for (const auto& l : m.links) {
      auto& of_lane = lanes[l.from.value].movements;
      if (std::find(of_lane.begin(), of_lane.end(), MovementId{i}) == of_lane.end())
        of_lane.push_back(MovementId{i});
    }
  }
  for (auto& j : junctions) {
    find_conflicts(*this, j);
    find_always_green(j);
    const bool differ = std::any_of(j.phases.begin(), j.phases.end(), [&](const Phase& p) {
      return p.greens != j.phases.front().greens;
    });
    j.signalised = !j.boundary && differ;
  }
  return {};
}

}  // namespace citybrain::model
