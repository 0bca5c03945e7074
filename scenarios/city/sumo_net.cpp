// SUMO's .net.xml (https://sumo.dlr.de/docs/Networks/SUMO_Road_Networks.html): edges and lanes that
// passenger cars may use, connections with their internal lanes, traffic light programs.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "scenarios/city/geometry.h"
#include "scenarios/city/import.h"
#include "scenarios/city/sources.h"
#include "scenarios/city/sumo_right_of_way.h"
#include "scenarios/city/xml.h"

namespace citybrain::city {

using model::Point;
using model::Result;
using model::RoadId;
using model::Turn;

namespace {

constexpr const char* kCode = "CB-INPUT-ROADNET";
constexpr double kUsualWidth_m = 3.2;  // SUMO's default
constexpr int kMostInternal = 8;       // internal lanes that follow each other in one junction

bool has_word(std::string_view words, std::string_view word) {
  for (std::size_t at = 0; at < words.size();) {
    const auto end = std::min(words.find(' ', at), words.size());
    if (words.substr(at, end - at) == word) return true;
    at = end + 1;
  }
  return false;
}

bool for_cars(const pugi::xml_node& lane) {
  const std::string_view allow = lane.attribute("allow").value(),
                         disallow = lane.attribute("disallow").value();
  if (!allow.empty()) return has_word(allow, "passenger") || has_word(allow, "all");
  return !has_word(disallow, "passenger") && !has_word(disallow, "all");
}

class Importer {
 public:
  Importer(std::string_view text, std::string_view name, model::GeoPoint anchor,
           ImportReport& report)
      : xml_(text, name, kCode), report_(report) {
    net_.name = name;
    net_.anchor = anchor;
  }

  Result<SumoNet> run() {
    const auto root = xml_.root("net");
    if (root) read(root);
    if (xml_.problem) return *xml_.problem;
    make_districts(net_);
    CITYBRAIN_TRY(net_.build());
    return SumoNet{std::move(net_), std::move(names_)};
  }

 private:
  struct Internal {
    std::vector<Point> shape;
    double length_m = 0;
    double speed_mps = 0;
    std::string via;  // the internal lane that follows in the same junction
  };
  struct Link {  // of a traffic light: which movement its index stands for
    std::uint32_t junction = 0;
    std::uint32_t movement = 0;
    std::uint32_t index = 0;
  };

  void read(const pugi::xml_node& root) {
    find_middle(root);
    for (const auto& j : root.children("junction")) read_junction(j);
    for (const auto& e : root.children("edge")) read_edge(e);
    for (const auto& c : root.children("connection"))
      if (*c.attribute("from").value() == ':') read_internal(c);
    for (const auto& c : root.children("connection"))
      if (!xml_.problem && *c.attribute("from").value() != ':') {
        right_of_way_.connection(c.attribute("from").value(), c.attribute("fromLane").value());
        read_connection(c);
      }
    for (const auto& t : root.children("tlLogic"))
      if (!xml_.problem) read_light(t);
    note_types(root);
    if (!xml_.problem) right_of_way_.settle(net_);
    if (!xml_.problem && net_.roads.empty()) xml_.fail(root, "there is no road for cars");
  }

  /// Coordinates are moved so that the plane's origin lies in the middle of the network.
  void find_middle(const pugi::xml_node& root) {
    const auto location = root.child("location");
    const auto box = points_of(location, "convBoundary", true);
    if (box.size() == 2) middle_ = {(box[0].x + box[1].x) / 2, (box[0].y + box[1].y) / 2};
  }

  /// "x,y[,z] x,y[,z] ..."; a boundary is one list of four.
  std::vector<Point> points_of(const pugi::xml_node& at, const char* attribute, bool boundary) {
    std::vector<double> values;
    std::vector<std::size_t> per_point(1, 0);
    const std::string text = at.attribute(attribute).value();
    for (std::size_t i = 0; i < text.size();) {
      double v = 0;
      const auto [end, error] = std::from_chars(text.data() + i, text.data() + text.size(), v);
      if (error != std::errc{} || !(std::abs(v) < kFar_m)) {
        xml_.fail(at, fmt::format("{}: expected coordinates in metres (below {:.0f}), found \"{}\"",
                                  attribute, kFar_m, text.substr(i, 24)));
        return {};
      }
      values.push_back(v);
      ++per_point.back();
      i = static_cast<std::size_t>(end - text.data());
      if (i < text.size() && text[i] == ' ') per_point.push_back(0);
      ++i;
    }
    std::vector<Point> out;
    if (boundary) {
      for (std::size_t i = 0; i + 1 < values.size(); i += 2)
        out.push_back({values[i], values[i + 1]});
      return out;
    }
    for (std::size_t p = 0, v = 0; p < per_point.size(); v += per_point[p++])
      if (per_point[p] >= 2) out.push_back({values[v] - middle_.x, values[v + 1] - middle_.y});
    return out;
  }

  void read_junction(const pugi::xml_node& n) {
    const std::string type = xml_.text(n, "type");
    if (type == "internal" || xml_.problem) return;
    model::Junction j;
    j.name = xml_.text(n, "id");
    j.at = {xml_.number(n, "x", -kFar_m, kFar_m) - middle_.x,
            xml_.number(n, "y", -kFar_m, kFar_m) - middle_.y};
    j.boundary = type == "dead_end";
    if (!junctions_.emplace(j.name, static_cast<std::uint32_t>(net_.junctions.size())).second)
      xml_.fail(n, fmt::format("two junctions have the id \"{}\"", j.name));
    right_of_way_.read_junction(n, static_cast<std::uint32_t>(net_.junctions.size()), xml_);
    net_.junctions.push_back(std::move(j));
  }

  void read_edge(const pugi::xml_node& n) {
    if (xml_.problem) return;
    if (std::string_view(n.attribute("function").value()) == "internal") {
      for (const auto& lane : n.children("lane"))
        internal_[xml_.text(lane, "id")] = {points_of(lane, "shape", false),
                                            xml_.number(lane, "length", 0, kFar_m),
                                            xml_.number_or(lane, "speed", 0.1, 200, 0),
                                            {}};
      return;
    }
    if (*n.attribute("function").value() != 0) return;  // walking areas, crossings, connectors
    std::vector<pugi::xml_node> lanes;
    for (const auto& lane : n.children("lane"))
      if (for_cars(lane)) lanes.push_back(lane);
    if (lanes.empty() && n.child("lane")) return;  // rails, footpaths
    const std::string id = xml_.text(n, "id");
    if (lanes.empty()) xml_.fail(n, fmt::format("the edge \"{}\" has no lanes", id));
    if (lanes.size() > 32) xml_.fail(n, "more than 32 lanes");
    if (!xml_.problem) add_road(n, id, lanes);
  }

  void add_road(const pugi::xml_node& n, const std::string& id,
                const std::vector<pugi::xml_node>& lanes) {
    model::Road r;
    r.name = id;
    r.from = junction(n, "from");
    r.to = junction(n, "to");
    r.priority = static_cast<std::uint8_t>(
        std::clamp(xml_.number_or(n, "priority", -1000, 1000, 0), 0.0, 60.0));
    r.first_lane = model::LaneId{static_cast<std::uint32_t>(net_.lanes.size())};
    r.lanes = static_cast<std::uint8_t>(lanes.size());
    const RoadId road{static_cast<std::uint32_t>(net_.roads.size())};
    // SUMO counts lanes from the right, this program from the middle of the road.
    for (std::size_t i = lanes.size(); i-- > 0;) {
      const auto& lane = lanes[i];
      model::Lane l;
      l.road = road;
      l.index = static_cast<std::uint8_t>(lanes.size() - 1 - i);
      l.width_m = xml_.number_or(lane, "width", 0.1, 50, kUsualWidth_m);
      l.speed_limit_mps = xml_.number(lane, "speed", 0.1, 200);
      r.length_m = std::max(r.length_m, xml_.number(lane, "length", 0.01, kFar_m));
      auto shape = points_of(lane, "shape", false);
      if (i + 1 == lanes.size()) r.shape = std::move(shape);
      lane_of_[{id, static_cast<std::uint32_t>(xml_.number(lane, "index", 0, 100))}] =
          model::LaneId{static_cast<std::uint32_t>(net_.lanes.size())};
      names_.lanes.push_back(xml_.text(lane, "id"));
      names_.lane_length_m.push_back(xml_.number(lane, "length", 0.01, kFar_m));
      net_.lanes.push_back(l);
    }
    if (r.shape.size() < 2 && !xml_.problem)
      xml_.fail(n, "the lane's shape needs at least two points");
    if (!roads_.emplace(id, road).second)
      xml_.fail(n, fmt::format("two edges have the id \"{}\"", id));
    if (!xml_.problem) net_.roads.push_back(std::move(r));
  }

  model::JunctionId junction(const pugi::xml_node& n, const char* attribute) {
    const auto it = junctions_.find(xml_.text(n, attribute));
    if (it != junctions_.end()) return model::JunctionId{it->second};
    xml_.fail(n, fmt::format("{}: there is no junction \"{}\"", attribute,
                             n.attribute(attribute).value()));
    return model::JunctionId{0};
  }

  /// Where an internal lane ends in another one of the same junction (a waiting place).
  void read_internal(const pugi::xml_node& n) {
    const auto it = internal_.find(
        fmt::format("{}_{}", n.attribute("from").value(), n.attribute("fromLane").value()));
    if (it != internal_.end()) it->second.via = n.attribute("via").value();
  }

  void read_connection(const pugi::xml_node& n) {
    const std::string from = xml_.text(n, "from"), to = xml_.text(n, "to");
    const auto from_lane = static_cast<std::uint32_t>(xml_.number(n, "fromLane", 0, 100)),
               to_lane = static_cast<std::uint32_t>(xml_.number(n, "toLane", 0, 100));
    if (xml_.problem) return;
    const auto a = lane_of_.find({from, from_lane}), b = lane_of_.find({to, to_lane});
    if (a == lane_of_.end() || b == lane_of_.end()) {
      // Lanes that cars may not use were left out; edges that are not there are a mistake.
      for (const auto* id : {&from, &to})
        if (!roads_.contains(*id) && !is_known(n, *id))
          xml_.fail(n, fmt::format("there is no edge \"{}\"", *id));
      return;
    }
    model::LaneLink link;
    link.from = a->second;
    link.to = b->second;
    shape_link(n, link);
    const std::uint32_t m = movement(n, roads_.at(from), roads_.at(to));
    net_.movements[m].links.push_back(std::move(link));
    right_of_way_.link(m, static_cast<std::uint32_t>(net_.movements[m].links.size() - 1));
    if (const auto light = n.attribute("tl"))
      lights_[light.value()].push_back(
          {net_.movements[m].junction.value, m,
           static_cast<std::uint32_t>(xml_.number(n, "linkIndex", 0, 10'000))});
  }

  static bool is_known(const pugi::xml_node& n, const std::string& id) {
    return static_cast<bool>(n.parent().find_child_by_attribute("edge", "id", id.c_str()));
  }

  void shape_link(const pugi::xml_node& n, model::LaneLink& link) const {
    std::string via = n.attribute("via").value();
    for (int i = 0; i < kMostInternal && !via.empty(); ++i) {
      const auto it = internal_.find(via);
      if (it == internal_.end()) break;
      link.shape.insert(link.shape.end(), it->second.shape.begin(), it->second.shape.end());
      link.waits_at_m = link.length_m;  // a path of two parts: in between
      link.length_m += it->second.length_m;
      link.speed_limit_mps = it->second.speed_mps;
      via = it->second.via;
    }
    if (link.shape.size() >= 2 && link.length_m > 0) return;
    link.shape = {net_[net_[link.from].road].shape.back(), net_[net_[link.to].road].shape.front()};
    link.length_m = std::max(0.1, length_of(link.shape));
    link.waits_at_m = 0;
  }

  std::uint32_t movement(const pugi::xml_node& n, RoadId from, RoadId to) {
    const auto [it, fresh] =
        movements_.emplace(std::pair(from, to), static_cast<std::uint32_t>(net_.movements.size()));
    if (!fresh) return it->second;
    model::Movement m;
    m.junction = net_[from].to;
    m.from = from;
    m.to = to;
    const std::string_view dir = n.attribute("dir").value();
    m.turn = dir == "t"                 ? Turn::kUTurn
             : dir == "l" || dir == "L" ? Turn::kLeft
             : dir == "r" || dir == "R" ? Turn::kRight
                                        : Turn::kStraight;
    net_.movements.push_back(std::move(m));
    return it->second;
  }

  /// The program's states, split among the junctions that it controls. A movement is green when one
  /// of its links is. Of several programs of a light the last one runs, as in SUMO.
  void read_light(const pugi::xml_node& n) {
    const auto links = lights_.find(xml_.text(n, "id"));
    if (links == lights_.end()) return;  // it controls nothing that cars use
    program_[n.attribute("id").value()] = n;
    name_light(n, links->second);
    std::map<std::uint32_t, std::vector<RawPhase>> raw;  // by junction
    for (const auto& p : n.children("phase")) {
      const std::string state = xml_.text(p, "state");
      const double time_s = xml_.number(p, "duration", 0, 86'400);
      for (const auto& l : links->second) raw[l.junction];
      for (auto& [junction, phases] : raw) phases.push_back({0, time_s});
      for (const auto& l : links->second) {
        if (l.index >= state.size()) {
          xml_.fail(p, fmt::format("the state \"{}\" has no link {}", state, l.index));
          return;
        }
        if (state[l.index] == 'G' || state[l.index] == 'g')
          raw[l.junction].back().greens |= model::GroupSet{1} << group_of(l);
      }
    }
    for (auto& [junction, phases] : raw) {
      model::Junction& j = net_.junctions[junction];
      j.phases.clear();
      j.intergreen_s = model::Junction{}.intergreen_s;
      settle_phases(phases, j);
      j.whole_plan = true;
      j.offset_s = xml_.number_or(n, "offset", -86'400, 1e7, 0);
    }
  }

  /// "actuated", "delay_based", "NEMA": nothing here asks the detectors that they live on.
  void note_types(const pugi::xml_node& root) {
    std::size_t programs = 0;
    std::string first;
    for (const auto& t : root.children("tlLogic")) {
      const std::string_view type = t.attribute("type").value();
      const auto it = program_.find(t.attribute("id").value());
      if (type.empty() || type == "static" || it == program_.end() || it->second != t) continue;
      if (programs++ == 0)
        first = fmt::format("{}: tlLogic \"{}\", program \"{}\", type=\"{}\"", xml_.place(t),
                            it->first, t.attribute("programID").value(), type.substr(0, 32));
    }
    if (programs > 0)
      report_.warnings.push_back(fmt::format(
          "{}: of {} signal programs that are not static only the duration of their phases is "
          "taken; the first: {}",
          net_.name, programs, first));
  }

  /// Several programs of one light are one light.
  void name_light(const pugi::xml_node& n, const std::vector<Link>& links) {
    const std::string id = xml_.text(n, "id");
    auto& all = names_.lights;
    auto light = std::find_if(all.begin(), all.end(), [&](const auto& l) { return l.name == id; });
    if (light == all.end()) light = all.insert(all.end(), SumoLight{id, {}, {}});
    for (const auto& p : n.children("phase")) light->states.push_back(xml_.text(p, "state"));
    for (const auto& s : light->states)
      light->links.resize(std::max(light->links.size(), s.size()));
    for (const auto& l : links)
      if (l.index < light->links.size())
        light->links[l.index] = {model::JunctionId{l.junction},
                                 static_cast<std::uint8_t>(group_of(l))};
  }

  /// Groups are numbered by RoadNetwork::build in the order of a junction's movements.
  std::uint32_t group_of(const Link& l) {
    if (groups_.empty()) {
      std::map<std::uint32_t, std::uint32_t> next;
      for (const auto& m : net_.movements) groups_.push_back(next[m.junction.value]++);
    }
    return std::min<std::uint32_t>(groups_[l.movement], model::kMaxGroups - 1);
  }

  Xml xml_;
  ImportReport& report_;
  model::RoadNetwork net_;
  SumoNames names_;
  Point middle_;
  std::map<std::string, std::uint32_t> junctions_;
  std::map<std::string, RoadId> roads_;
  std::map<std::pair<std::string, std::uint32_t>, model::LaneId> lane_of_;  // by SUMO's index
  std::map<std::string, Internal> internal_;
  std::map<std::pair<RoadId, RoadId>, std::uint32_t> movements_;
  std::map<std::string, std::vector<Link>> lights_;
  std::map<std::string_view, pugi::xml_node> program_;  // of a light
  std::vector<std::uint32_t> groups_;
  SumoRightOfWay right_of_way_;
};

}  // namespace

Result<model::RoadNetwork> import_sumo_net(std::string_view text, std::string_view name,
                                           model::GeoPoint anchor, ImportReport& report) {
  CITYBRAIN_ASSIGN(net, Importer(text, name, anchor, report).run());
  return std::move(net.network);
}

Result<SumoNet> import_sumo_names(std::string_view text, std::string_view name,
                                  model::GeoPoint anchor, ImportReport& report) {
  return Importer(text, name, anchor, report).run();
}

}  // namespace citybrain::city
