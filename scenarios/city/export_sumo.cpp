// A city for SUMO: plain XML for netconvert (https://sumo.dlr.de/docs/Networks/PlainXML.html), the
// vehicles, and a configuration.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "hub/runtime/markup.h"
#include "scenarios/city/exports.h"

namespace citybrain::city {

using model::GroupSet;
using model::has;
using model::Turn;

namespace {

constexpr const char* kHead = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// SUMO's ids allow fewer characters than ours.
std::string id(const std::string& name) {
  std::string out;
  for (const char c : name) out += c == '>' || c == ' ' || c == '|' ? '_' : c;
  if (!out.empty() && out.front() == ':') out.front() = '_';
  return runtime::escaped(out);
}

class Exporter {
 public:
  Exporter(const model::RoadNetwork& network, const Demand& demand)
      : n_(network), demand_(demand) {}

  SumoFiles run() {
    nodes();
    edges();
    connections();
    lights();
    vehicles();
    out_.configuration = fmt::format(
        "{}<configuration>\n  <input>\n    <net-file value=\"city.net.xml\"/>\n"
        "    <route-files value=\"city.rou.xml\"/>\n  </input>\n</configuration>\n",
        kHead);
    return std::move(out_);
  }

 private:
  void nodes() {
    auto& x = out_.nodes;
    x = std::string(kHead) + "<nodes>\n";
    for (const auto& j : n_.junctions)
      x += fmt::format("  <node id=\"{}\" x=\"{:.2f}\" y=\"{:.2f}\" type=\"{}\"/>\n", id(j.name),
                       j.at.x, j.at.y,
                       j.signalised ? "traffic_light"
                       : j.boundary ? "dead_end"
                                    : "priority");
    x += "</nodes>\n";
  }

  void edges() {
    auto& x = out_.edges;
    x = std::string(kHead) + "<edges>\n";
    for (const auto& r : n_.roads) {
      std::string shape;
      for (const auto& p : r.shape) shape += fmt::format("{:.2f},{:.2f} ", p.x, p.y);
      shape.pop_back();
      x += fmt::format(
          "  <edge id=\"{}\" from=\"{}\" to=\"{}\" numLanes=\"{}\" speed=\"{:.3f}\" "
          "priority=\"{}\" length=\"{:.2f}\" shape=\"{}\" spreadType=\"right\"/>\n",
          id(r.name), id(n_[r.from].name), id(n_[r.to].name), r.lanes,
          n_[r.first_lane].speed_limit_mps, r.priority, r.length_m, shape);
    }
    x += "</edges>\n";
  }

  std::uint32_t sumo_lane(model::LaneId lane) const {
    return n_[n_[lane].road].lanes - 1U - n_[lane].index;
  }

  void connections() {
    auto& x = out_.connections;
    x = std::string(kHead) + "<connections>\n";
    for (const auto& m : n_.movements)
      for (const auto& l : m.links)
        x +=
            fmt::format("  <connection from=\"{}\" to=\"{}\" fromLane=\"{}\" toLane=\"{}\"/>\n",
                        id(n_[m.from].name), id(n_[m.to].name), sumo_lane(l.from), sumo_lane(l.to));
    // A road that no movement leaves ends there; netconvert would guess one.
    for (const auto& r : n_.roads)
      if (r.movements.empty()) x += fmt::format("  <connection from=\"{}\"/>\n", id(r.name));
    x += "</connections>\n";
  }

  /// Green with right of way, or giving way to what is green, too, and comes first.
  char letter(const model::Junction& j, std::size_t group, GroupSet greens) const {
    if (!has(greens, group)) return 'r';
    const auto& m = n_[j.movements[group]];
    if (m.turn == Turn::kStraight) return 'G';
    for (std::size_t other = 0; other < j.movements.size(); ++other) {
      const auto& o = n_[j.movements[other]];
      if (other == group || !has(greens, other) || o.from == m.from) continue;
      if (o.turn == Turn::kStraight || (m.turn == Turn::kRight && o.turn == Turn::kLeft))
        return 'g';
    }
    return 'G';
  }

  std::string state(const model::Junction& j, GroupSet greens, GroupSet yellows) const {
    std::string out;
    for (std::size_t g = 0; g < j.movements.size(); ++g)
      out.append(n_[j.movements[g]].links.size(), has(yellows, g) ? 'y' : letter(j, g, greens));
    return out;
  }

  void lights() {
    auto& x = out_.lights;
    x = std::string(kHead) + "<tlLogics>\n";
    for (const auto& j : n_.junctions) {
      if (!j.signalised) continue;
      x += fmt::format("  <tlLogic id=\"{}\" type=\"static\" programID=\"0\" offset=\"{:.0f}\">\n",
                       id(j.name), j.offset_s);
      const auto cycle = model::cycle_of(j);
      for (std::size_t i = 0; i < cycle.size(); ++i)
        phase(j, cycle[i], cycle[(i + 1) % cycle.size()]);
      x += "  </tlLogic>\n";
    }
    for (const auto& j : n_.junctions) {
      if (!j.signalised) continue;
      std::size_t index = 0;
      for (const auto m : j.movements)
        for (const auto& l : n_[m].links)
          x += fmt::format(
              "  <connection from=\"{}\" to=\"{}\" fromLane=\"{}\" toLane=\"{}\" tl=\"{}\" "
              "linkIndex=\"{}\"/>\n",
              id(n_[n_[m].from].name), id(n_[n_[m].to].name), sumo_lane(l.from), sumo_lane(l.to),
              id(j.name), index++);
    }
    x += "</tlLogics>\n";
  }

  void phase(const model::Junction& j, std::size_t p, std::size_t next) {
    const auto add = [&](double duration_s, GroupSet greens, GroupSet yellows) {
      if (duration_s > 0)
        out_.lights += fmt::format("    <phase duration=\"{:.0f}\" state=\"{}\"/>\n", duration_s,
                                   state(j, greens, yellows));
    };
    const GroupSet greens = j.phases[p].greens;
    const GroupSet stays = greens & j.phases[next].greens;
    add(std::max(1.0, j.phases[p].duration_s - j.intergreen_s), greens, 0);
    add(j.yellow_s, stays, greens & ~stays);
    add(j.intergreen_s - j.yellow_s, stays, 0);
  }

  void vehicles() {
    auto& x = out_.routes;
    x = std::string(kHead) + "<routes>\n";
    for (std::size_t k = 0; k < demand_.kinds().size(); ++k) {
      const auto& v = demand_.kinds()[k];
      x += fmt::format(
          "  <vType id=\"kind{}\" vClass=\"{}\" length=\"{:.2f}\" minGap=\"{:.2f}\" "
          "maxSpeed=\"{:.3f}\" accel=\"{:.2f}\" decel=\"{:.2f}\"/>\n",
          k,
          v.role == Role::kBus     ? "bus"
          : v.role == Role::kTruck ? "truck"
                                   : "passenger",
          v.length_m, v.min_gap_m, v.max_speed_mps, v.usual_accel_mps2, v.usual_decel_mps2);
    }
    for (std::size_t t = 0; t < demand_.size(); ++t) {
      x += fmt::format(
          "  <vehicle id=\"{}\" type=\"kind{}\" depart=\"{:.2f}\" departLane=\"best\">"
          "<route edges=\"",
          t, demand_.trips()[t].kind(), demand_.trips()[t].depart_s());
      for (const auto r : demand_.route(n_, t)) x += id(n_[r].name) + ' ';
      x.back() = '"';
      x += "/></vehicle>\n";
    }
    x += "</routes>\n";
  }

  const model::RoadNetwork& n_;
  const Demand& demand_;
  SumoFiles out_;
};

}  // namespace

SumoFiles export_sumo(const model::RoadNetwork& network, const Demand& demand) {
  return Exporter(network, demand).run();
}

}  // namespace citybrain::city
