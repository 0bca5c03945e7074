// Streets of an OpenStreetMap extract as a street plan. What a map does not say is guessed by rules
// (docs/cities.md): lanes and speeds by class, signals at the junctions beside their nodes.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>
#include <set>

#include "hub/model/datum.h"
#include "scenarios/city/geometry.h"
#include "scenarios/city/import.h"
#include "scenarios/city/osm_file.h"
#include "scenarios/city/sources.h"
#include "scenarios/city/street_plan.h"

namespace citybrain::city {

using model::Error;
using model::Point;
using model::Result;

namespace {

struct StreetClass {
  const char* name;
  std::uint32_t lanes;  // a direction
  double speed_kmh;
  std::uint8_t priority;
};
constexpr StreetClass kClasses[] = {
    {"motorway", 2, 100, 12},    {"motorway_link", 1, 60, 11}, {"trunk", 2, 80, 10},
    {"trunk_link", 1, 50, 9},    {"primary", 2, 50, 8},        {"primary_link", 1, 50, 7},
    {"secondary", 2, 50, 6},     {"secondary_link", 1, 50, 5}, {"tertiary", 1, 40, 4},
    {"tertiary_link", 1, 40, 3}, {"unclassified", 1, 40, 2},   {"residential", 1, 30, 1},
    {"living_street", 1, 20, 0},
};
constexpr double kMile_km = 1.609344;
constexpr double kJoined_m = 12;  // junctions nearer than this are one
constexpr double kSignal_m = 30;  // a signal's node belongs to the junction within this distance

const StreetClass* class_of(const OsmWay& way) {
  const auto& word = way.tags.at("highway");
  const auto* it = std::find_if(std::begin(kClasses), std::end(kClasses),
                                [&](const StreetClass& c) { return word == c.name; });
  return it == std::end(kClasses) ? nullptr : it;
}

std::string tag(const OsmWay& way, const char* key) {
  const auto it = way.tags.find(key);
  return it == way.tags.end() ? std::string() : it->second;
}

/// The number at the beginning of a tag; nothing when there is none or it is absurd.
std::optional<double> number(const std::string& text, double least, double most) {
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc{} || !(v >= least && v <= most)) return std::nullopt;
  return v;
}

double speed_mps(const OsmWay& way, const StreetClass& c) {
  const std::string text = tag(way, "maxspeed");
  const auto v = number(text, 5, 200);
  const double kmh = v ? *v * (text.find("mph") != text.npos ? kMile_km : 1) : c.speed_kmh;
  return kmh / 3.6;
}

enum class Directions : std::uint8_t { kBoth, kForward, kBackward };

Directions directions(const OsmWay& way) {
  const std::string oneway = tag(way, "oneway");
  if (oneway == "-1" || oneway == "reverse") return Directions::kBackward;
  if (oneway == "yes" || oneway == "true" || oneway == "1") return Directions::kForward;
  const std::string junction = tag(way, "junction");
  const bool implied = junction == "roundabout" || tag(way, "highway") == "motorway";
  return implied && oneway != "no" ? Directions::kForward : Directions::kBoth;
}

std::uint32_t lanes(const OsmWay& way, const StreetClass& c, bool forward, bool both) {
  if (const auto own = number(tag(way, forward ? "lanes:forward" : "lanes:backward"), 1, 8))
    return static_cast<std::uint32_t>(*own);
  const auto all = number(tag(way, "lanes"), 1, 16);
  if (!all) return c.lanes;
  const double mine = both ? *all / 2 : *all;
  return std::clamp<std::uint32_t>(static_cast<std::uint32_t>(mine), 1, 8);
}

class Importer {
 public:
  Importer(OsmFile file, std::string_view name) : file_(std::move(file)), name_(name) {}

  Result<model::RoadNetwork> run(ImportReport& report) {
    choose_ways(report);
    if (ways_.empty())
      return Error{"CB-INPUT-ROADNET", "the extract has no street for cars", name_,
                   "streets are ways with highway=primary, secondary, residential, ..."};
    find_anchor();
    find_corners();
    join_corners();
    cut_streets();
    keep_largest_part(report);
    mark_signals();
    CITYBRAIN_ASSIGN(network, build_streets(plan_));
    network.districts.clear();
    make_districts(network);
    CITYBRAIN_TRY(network.build());
    return std::move(network);
  }

 private:
  void choose_ways(ImportReport& report) {
    std::size_t incomplete = 0;
    for (auto& way : file_.ways) {
      const auto access = tag(way, "access");
      if (class_of(way) == nullptr || tag(way, "area") == "yes" || access == "no" ||
          access == "private" || tag(way, "motor_vehicle") == "no")
        continue;
      // At the edge of an extract, nodes may be missing.
      const auto before = way.nodes.size();
      std::erase_if(way.nodes, [&](std::int64_t n) { return !file_.nodes.contains(n); });
      way.nodes.erase(std::unique(way.nodes.begin(), way.nodes.end()), way.nodes.end());
      incomplete += way.nodes.size() < before ? 1 : 0;
      if (way.nodes.size() >= 2) ways_.push_back(&way);
    }
    if (incomplete > 0)
      report.warnings.push_back(
          fmt::format("{}: {} streets lose the points that the extract lacks", name_, incomplete));
  }

  void find_anchor() {
    double lon = 0, lat = 0;
    std::size_t n = 0;
    for (const auto* w : ways_)
      for (const auto id : w->nodes) {
        lon += file_.nodes.at(id).lon_deg;
        lat += file_.nodes.at(id).lat_deg;
        ++n;
      }
    // Quantised, because outcomes depend on it.
    const auto rounded = [&](double sum) {
      return std::round(sum / static_cast<double>(n) * 1e4) / 1e4;
    };
    plan_.name = name_;
    plan_.anchor = {rounded(lon), rounded(lat)};
  }

  Point at(std::int64_t node) const {
    const auto p = model::to_plane(plan_.anchor, file_.nodes.at(node));
    return {std::round(p.x * 10) / 10, std::round(p.y * 10) / 10};
  }

  /// Where streets begin, end or meet.
  void find_corners() {
    std::map<std::int64_t, int> uses;
    for (const auto* w : ways_) {
      for (const auto n : w->nodes) ++uses[n];
      ++uses[w->nodes.front()];
      ++uses[w->nodes.back()];
    }
    for (const auto& [node, count] : uses)
      if (count > 1) corners_.emplace(node, static_cast<std::uint32_t>(corners_.size()));
    group_.resize(corners_.size());
    std::iota(group_.begin(), group_.end(), 0U);
  }

  std::uint32_t group(std::uint32_t corner) {
    while (group_[corner] != corner) corner = group_[corner] = group_[group_[corner]];
    return corner;
  }

  template <class Visit>
  void each_stretch(const Visit& visit) const {
    for (const auto* w : ways_) {
      std::size_t from = 0;
      for (std::size_t i = 1; i < w->nodes.size(); ++i) {
        if (!corners_.contains(w->nodes[i])) continue;
        visit(*w, from, i);
        from = i;
      }
    }
  }

  std::vector<Point> line(const OsmWay& w, std::size_t from, std::size_t to) const {
    std::vector<Point> out;
    for (std::size_t i = from; i <= to; ++i) out.push_back(at(w.nodes[i]));
    return out;
  }

  /// Crossings of double carriageways are several points a few metres apart: one junction.
  void join_corners() {
    each_stretch([&](const OsmWay& w, std::size_t from, std::size_t to) {
      if (length_of(line(w, from, to)) >= kJoined_m) return;
      const auto a = group(corners_.at(w.nodes[from])), b = group(corners_.at(w.nodes[to]));
      group_[std::max(a, b)] = std::min(a, b);
    });
    std::map<std::uint32_t, std::vector<std::int64_t>> members;
    for (const auto& [node, corner] : corners_) members[group(corner)].push_back(node);
    for (const auto& [corner, nodes] : members) {
      Point middle;
      for (const auto n : nodes) {
        middle.x += at(n).x / static_cast<double>(nodes.size());
        middle.y += at(n).y / static_cast<double>(nodes.size());
      }
      node_of_[corner] = static_cast<std::uint32_t>(plan_.nodes.size());
      plan_.nodes.push_back({fmt::format("n{}", nodes.front()),
                             {std::round(middle.x * 10) / 10, std::round(middle.y * 10) / 10},
                             false,
                             false,
                             0});
    }
  }

  void cut_streets() {
    each_stretch([&](const OsmWay& w, std::size_t from, std::size_t to) {
      const auto a = node_of_.at(group(corners_.at(w.nodes[from]))),
                 b = node_of_.at(group(corners_.at(w.nodes[to])));
      if (a == b) return;  // inside a junction, or a loop back to it
      auto shape = line(w, from, to);
      shape.front() = plan_.nodes[a].at;
      shape.back() = plan_.nodes[b].at;
      if (length_of(shape) < kJoined_m / 2) return;
      const auto way = directions(w);
      const auto name = fmt::format("w{}-{}", w.id, from);
      if (way != Directions::kBackward) add(w, name, a, b, shape, true);
      std::reverse(shape.begin(), shape.end());
      if (way != Directions::kForward) add(w, name + "r", b, a, shape, false);
    });
  }

  void add(const OsmWay& w, const std::string& name, std::uint32_t from, std::uint32_t to,
           const std::vector<Point>& shape, bool forward) {
    const auto& c = *class_of(w);
    StreetEdge e;
    e.name = name;
    e.from = from;
    e.to = to;
    e.shape = shape;
    e.lanes = lanes(w, c, forward, directions(w) == Directions::kBoth);
    e.speed_mps = speed_mps(w, c);
    e.priority = c.priority;
    plan_.edges.push_back(std::move(e));
  }

  /// Islands of streets that an extract cuts off help nobody.
  void keep_largest_part(ImportReport& report) {
    std::vector<std::uint32_t> part(plan_.nodes.size());
    std::iota(part.begin(), part.end(), 0U);
    const auto find = [&](std::uint32_t n) {
      while (part[n] != n) n = part[n] = part[part[n]];
      return n;
    };
    for (const auto& e : plan_.edges) {
      const auto a = find(e.from), b = find(e.to);
      part[std::max(a, b)] = std::min(a, b);
    }
    std::map<std::uint32_t, std::size_t> size;
    for (const auto& e : plan_.edges) ++size[find(e.from)];
    std::uint32_t best = 0;
    std::size_t most = 0;
    for (const auto& [p, n] : size)
      if (n > most) best = p, most = n;
    const auto all = plan_.edges.size();
    std::erase_if(plan_.edges, [&](const StreetEdge& e) { return find(e.from) != best; });
    if (plan_.edges.size() < all)
      report.warnings.push_back(
          fmt::format("{}: {} of {} streets are not joined to the others and are left out", name_,
                      all - plan_.edges.size(), all));
    drop_unused_nodes();
  }

  void drop_unused_nodes() {
    std::vector<int> degree(plan_.nodes.size());
    for (const auto& e : plan_.edges) ++degree[e.from], ++degree[e.to];
    std::vector<std::uint32_t> moved(plan_.nodes.size());
    std::vector<StreetNode> kept;
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
      moved[i] = static_cast<std::uint32_t>(kept.size());
      if (degree[i] > 0) kept.push_back(plan_.nodes[i]);
    }
    plan_.nodes = std::move(kept);
    std::vector<std::set<std::uint32_t>> neighbours(plan_.nodes.size());
    for (auto& e : plan_.edges) {
      e.from = moved[e.from];
      e.to = moved[e.to];
      neighbours[e.from].insert(e.to);
      neighbours[e.to].insert(e.from);
    }
    // Vehicles come and go at dead ends, the edge of the extract among them.
    for (std::size_t i = 0; i < plan_.nodes.size(); ++i)
      plan_.nodes[i].boundary = neighbours[i].size() == 1;
  }

  /// A signal controls the nearest junction of three streets or more.
  void mark_signals() {
    std::vector<int> in(plan_.nodes.size());
    for (const auto& e : plan_.edges) ++in[e.to];
    for (const auto& [node, unused] : file_.signals) {
      const auto it = file_.nodes.find(node);
      if (it == file_.nodes.end()) continue;
      const Point p = at(node);
      std::size_t best = plan_.nodes.size();
      double nearest = kSignal_m;
      for (std::size_t i = 0; i < plan_.nodes.size(); ++i) {
        if (in[i] < 2 || plan_.nodes[i].boundary) continue;
        const double dx = plan_.nodes[i].at.x - p.x, dy = plan_.nodes[i].at.y - p.y;
        const double d = std::sqrt(dx * dx + dy * dy);
        if (d < nearest) {
          nearest = d;
          best = i;
        }
      }
      if (best < plan_.nodes.size()) plan_.nodes[best].signal = true;
    }
  }

  OsmFile file_;
  std::string name_;
  std::vector<OsmWay*> ways_;
  std::map<std::int64_t, std::uint32_t> corners_;
  std::vector<std::uint32_t> group_;
  std::map<std::uint32_t, std::uint32_t> node_of_;  // by group of corners
  StreetPlan plan_;
};

}  // namespace

Result<model::RoadNetwork> import_osm(std::string_view bytes, std::string_view name,
                                      ImportReport& report) {
  CITYBRAIN_ASSIGN(file, read_osm(bytes, name));
  return Importer(std::move(file), name).run(report);
}

}  // namespace citybrain::city
