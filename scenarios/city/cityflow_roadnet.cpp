// CityFlow's road networks. What its engine does silently is spelled out here: road lengths lose
// the junctions' widths at both ends, paths without points are Bézier curves, and the phases that
// only bridge two others become the intergreen.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "scenarios/city/geometry.h"
#include "scenarios/city/import.h"
#include "scenarios/city/json.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {

using model::Error;
using model::Result;
using model::RoadId;

namespace {

constexpr const char* kCode = "CB-INPUT-ROADNET";
constexpr double kFar = 1e7;  // metres; beyond that a coordinate is a mistake

class Importer {
 public:
  Importer(const boost::json::value& document, std::string_view name, model::GeoPoint anchor)
      : problem_{std::string(name), kCode, {}}, root_(&document, "", problem_) {
    net_.name = name;
    net_.anchor = anchor;
  }

  Result<model::RoadNetwork> run() {
    const Json intersections = root_["intersections"], roads = root_["roads"];
    for (std::size_t i = 0; i < intersections.size() && !problem_.first; ++i)
      read_junction(intersections.at(i));
    for (std::size_t i = 0; i < roads.size() && !problem_.first; ++i) read_road(roads.at(i));
    for (std::size_t i = 0; i < intersections.size() && !problem_.first; ++i)
      read_movements(intersections.at(i), i);
    if (problem_.first) return *problem_.first;
    if (net_.roads.empty()) return Error{kCode, "the network has no road", problem_.file, ""};
    make_districts(net_);
    if (auto built = net_.build(); !built) {
      Error e = built.error();
      e.where = problem_.file + ": " + e.where;
      return e;
    }
    return std::move(net_);
  }

 private:
  model::Point point(const Json& j) const {
    return {j["x"].number(-kFar, kFar), j["y"].number(-kFar, kFar)};
  }

  std::vector<model::Point> points(const Json& j) const {
    std::vector<model::Point> out;
    for (std::size_t i = 0; i < j.size() && !problem_.first; ++i) {
      const auto p = point(j.at(i));
      if (out.empty() || out.back().x != p.x || out.back().y != p.y) out.push_back(p);
    }
    return out;
  }

  void read_junction(const Json& j) {
    model::Junction out;
    out.name = j["id"].text();
    out.at = point(j["point"]);
    out.boundary = j.has("virtual") && j["virtual"].flag();
    out.width_m = j.number_or("width", 0, 1000, 0);
    if (!out.boundary && j.has("roadLinks") && j["roadLinks"].size() == 0)
      out.boundary = true;  // nothing passes: an end of the world
    trims_.push_back(j.has("virtual") && j["virtual"].flag() ? 0 : out.width_m);
    if (!junctions_.emplace(out.name, static_cast<std::uint32_t>(net_.junctions.size())).second)
      j.fail(fmt::format("two intersections have the id \"{}\"", out.name));
    net_.junctions.push_back(std::move(out));
  }

  model::JunctionId junction(const Json& id) const {
    const auto it = junctions_.find(id.text());
    if (it != junctions_.end()) return model::JunctionId{it->second};
    id.fail(fmt::format("there is no intersection \"{}\"", id.text()));
    return {};
  }

  void read_road(const Json& j) {
    model::Road road;
    road.name = j["id"].text();
    road.from = junction(j["startIntersection"]);
    road.to = junction(j["endIntersection"]);
    const auto line = points(j["points"]);
    if (line.size() < 2) j["points"].fail("expected at least two different points");
    if (problem_.first) return;
    const double from = trims_[road.from.value], to = trims_[road.to.value];
    const double whole = length_of(line);
    if (whole <= from + to) {
      j["points"].fail(
          fmt::format("the road is {:.1f} m long, the junctions at its ends are {:.1f} and {:.1f} "
                      "m wide: nothing is left",
                      whole, from, to));
      return;
    }
    road.shape = trimmed(line, from, to);
    road.length_m = length_of(road.shape);
    road.first_lane = model::LaneId{static_cast<std::uint32_t>(net_.lanes.size())};
    const Json lanes = j["lanes"];
    if (lanes.size() == 0 || lanes.size() > 32) lanes.fail("expected 1 to 32 lanes");
    road.lanes = static_cast<std::uint8_t>(std::min<std::size_t>(lanes.size(), 32));
    for (std::size_t i = 0; i < lanes.size() && !problem_.first; ++i) {
      model::Lane lane;
      lane.road = RoadId{static_cast<std::uint32_t>(net_.roads.size())};
      lane.index = static_cast<std::uint8_t>(i);
      lane.width_m = lanes.at(i)["width"].number(0.1, 50);
      lane.speed_limit_mps = lanes.at(i)["maxSpeed"].number(0.1, 200);
      net_.lanes.push_back(lane);
    }
    if (!roads_.emplace(road.name, static_cast<std::uint32_t>(net_.roads.size())).second)
      j.fail(fmt::format("two roads have the id \"{}\"", road.name));
    net_.roads.push_back(std::move(road));
  }

  RoadId road(const Json& id) const {
    const auto it = roads_.find(id.text());
    if (it != roads_.end()) return RoadId{it->second};
    id.fail(fmt::format("there is no road \"{}\"", id.text()));
    return {};
  }

  void read_movements(const Json& j, std::size_t index) {
    auto& junction = net_.junctions[index];
    if (junction.boundary || !j.has("roadLinks")) return;
    const Json links = j["roadLinks"];
    if (links.size() > model::kMaxGroups)
      links.fail(fmt::format("{} movements; at most {} can be told apart", links.size(),
                             model::kMaxGroups));
    for (std::size_t i = 0; i < links.size() && !problem_.first; ++i)
      read_movement(links.at(i), index);
    if (!problem_.first && j.has("trafficLight"))
      read_phases(j["trafficLight"], links.size(), junction);
  }

  void read_movement(const Json& j, std::size_t index) {
    model::Movement m;
    m.junction = model::JunctionId{static_cast<std::uint32_t>(index)};
    m.from = road(j["startRoad"]);
    m.to = road(j["endRoad"]);
    const std::string type = j["type"].text();
    if (type == "turn_left") {
      m.turn = model::Turn::kLeft;
    } else if (type == "turn_right") {
      m.turn = model::Turn::kRight;
    } else if (type == "go_straight") {
      m.turn = model::Turn::kStraight;
    } else if (type == "turn_u") {
      m.turn = model::Turn::kUTurn;
    } else {
      j["type"].fail(
          fmt::format("\"{}\" is none of turn_left, go_straight, turn_right, turn_u", type));
    }
    if (problem_.first) return;
    const Json links = j["laneLinks"];
    for (std::size_t i = 0; i < links.size() && !problem_.first; ++i)
      read_lane_link(links.at(i), m);
    if (m.links.empty() && !problem_.first) links.fail("expected at least one lane link");
    net_.movements.push_back(std::move(m));
  }

  void read_lane_link(const Json& j, model::Movement& m) {
    const auto& from = net_[m.from];
    const auto& to = net_[m.to];
    const auto start = j["startLaneIndex"].whole(0, from.lanes - 1),
               end = j["endLaneIndex"].whole(0, to.lanes - 1);
    if (problem_.first) return;
    model::LaneLink link;
    link.from = net_.lane(m.from, static_cast<std::uint32_t>(start));
    link.to = net_.lane(m.to, static_cast<std::uint32_t>(end));
    if (j.has("points")) link.shape = points(j["points"]);
    if (link.shape.size() < 2) link.shape = curve(link);
    link.length_m = length_of(link.shape);
    m.links.push_back(std::move(link));
  }

  /// The lane's line: lanes lie beside each other to the right of the road's line, lane 0 next to
  /// it.
  std::vector<model::Point> lane_line(model::LaneId lane) const {
    const auto& l = net_[lane];
    const auto& r = net_[l.road];
    double before = 0;
    for (std::uint32_t i = 0; i < l.index; ++i)
      before += net_.lanes[r.first_lane.value + i].width_m;
    return offset_right(r.shape, before + l.width_m / 2);
  }
  std::vector<model::Point> curve(const model::LaneLink& link) const {
    const auto a = lane_line(link.from), b = lane_line(link.to);
    return turning_path(a.back(), direction_at_end(a), b.front(), direction_at_start(b));
  }

  void read_phases(const Json& light, std::size_t groups, model::Junction& junction) {
    const Json phases = light["lightphases"];
    std::vector<RawPhase> raw;
    for (std::size_t i = 0; i < phases.size() && !problem_.first; ++i) {
      RawPhase p;
      p.time_s = phases.at(i)["time"].number(0, 86'400);
      const Json greens = phases.at(i)["availableRoadLinks"];
      for (std::size_t g = 0; g < greens.size() && !problem_.first; ++g) {
        const auto group = greens.at(g).whole(0, static_cast<std::int64_t>(groups) - 1);
        p.greens |= model::GroupSet{1} << group;
      }
      raw.push_back(p);
    }
    settle_phases(raw, junction);
  }

  Json::Problem problem_;
  Json root_;
  model::RoadNetwork net_;
  std::vector<double> trims_;  // what each junction takes from its roads
  std::unordered_map<std::string, std::uint32_t> junctions_;
  std::unordered_map<std::string, std::uint32_t> roads_;
};

}  // namespace

Result<model::RoadNetwork> import_cityflow_roadnet(std::string_view text, std::string_view name,
                                                   model::GeoPoint anchor) {
  CITYBRAIN_ASSIGN(document, parse_json(text, name, kCode));
  return Importer(document, name, anchor).run();
}

}  // namespace citybrain::city
