#include "scenarios/experiment/lineage_targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "hub/model/decision.h"
#include "hub/model/nearest.h"

namespace citybrain::experiment {

using fusion::Contribution;
using model::Error;
using model::Estimate;
using model::LaneId;
using model::Result;
using model::RoadId;

namespace {

const Estimate& of_lane(const std::string& indicator, const model::LaneSituation& lane) {
  if (indicator == "queue") return lane.queue_veh;
  if (indicator == "vehicles") return lane.vehicles;
  return indicator == "speed" ? lane.speed_mps : lane.density_vpkm;
}

const Estimate& of_road(const std::string& indicator, const model::RoadSituation& road) {
  if (indicator == "speed") return road.speed_mps;
  return indicator == "vehicles" ? road.vehicles : road.density_vpkm;
}

void add_road(const model::RoadNetwork& network, RoadId road, std::vector<LaneId>& out) {
  const auto& r = network[road];
  for (std::uint32_t l = 0; l < r.lanes; ++l) out.emplace_back(r.first_lane.value + l);
}

/// "ROAD/2": a lane of a road.
Result<LaneId> lane_of(const std::string& entity, const model::RoadNetwork& network) {
  const auto slash = entity.rfind('/');
  if (slash == entity.npos) return LaneId{};
  const auto road = network.find_road(entity.substr(0, slash));
  std::uint32_t index = 0;
  const char* end = entity.data() + entity.size();
  const auto read = std::from_chars(entity.data() + slash + 1, end, index);
  if (!road.valid() || read.ec != std::errc() || read.ptr != end) return LaneId{};
  if (index < network[road].lanes) return LaneId{network[road].first_lane.value + index};
  return Error{"CB-USAGE-LINEAGE",
               fmt::format("the road {} has lanes 0 to {}", entity.substr(0, slash),
                           network[road].lanes - 1),
               entity, ""};
}

Error unknown(const std::string& entity, const model::RoadNetwork& network) {
  std::vector<std::string> names;
  for (const auto& r : network.roads) names.push_back(r.name);
  for (const auto& j : network.junctions) names.push_back(j.name);
  const auto near = model::nearest(entity.substr(0, entity.rfind('/')), names);
  return {"CB-USAGE-LINEAGE", fmt::format("the city has no road or junction \"{}\"", entity),
          "INDICATOR:ENTITY@TIME",
          near.empty() ? std::string("./citybrain store ls lists them")
                       : fmt::format("did you mean \"{}\"?", near)};
}

bool has(const std::vector<LaneId>& lanes, LaneId lane) {
  return std::find(lanes.begin(), lanes.end(), lane) != lanes.end();
}

}  // namespace

std::string lane_name(const model::RoadNetwork& network, LaneId lane) {
  const auto& l = network[lane];
  return fmt::format("{}/{}", network[l.road].name, l.index);
}

const char* LineageTarget::unit() const {
  if (indicator == "speed") return "m/s";
  return indicator == "density" ? "veh/km" : "veh";
}

Estimate LineageTarget::in(const model::Situation& s) const {
  if (road.valid() && indicator != "queue") return of_road(indicator, s.roads[road.value]);
  Estimate sum;
  for (const auto lane : lanes) {
    const auto& e = of_lane(indicator, s.lanes[lane.value]);
    sum.value += e.value;
    sum.variance += e.variance;
    sum.at = std::max(sum.at, e.at);
    sum.from = sum.from | e.from;
  }
  const bool is_mean = indicator == "speed" || indicator == "density";
  if (is_mean && lanes.size() > 1) {
    const auto n = static_cast<float>(lanes.size());
    sum.value /= n;
    sum.variance /= n * n;
  }
  return sum;
}

Result<LineageTarget> target_of(const LineageQuestion& question,
                                const model::RoadNetwork& network) {
  LineageTarget t{question.indicator, question.indicator + ":" + question.entity, {}, {}};
  if (const auto road = network.find_road(question.entity); road.valid()) {
    t.road = road;
    add_road(network, road, t.lanes);
    return t;
  }
  CITYBRAIN_ASSIGN(lane, lane_of(question.entity, network));
  if (lane.valid()) {
    t.lanes = {lane};
    return t;
  }
  const auto junction = network.find_junction(question.entity);
  if (!junction.valid()) return unknown(question.entity, network);
  for (std::uint32_t r = 0; r < network.roads.size(); ++r)
    if (network.roads[r].to == junction) add_road(network, RoadId{r}, t.lanes);
  return t;
}

std::vector<LineageTarget> targets_of(const model::Command& c, const model::RoadNetwork& network) {
  const auto& junction = network[c.junction];
  const auto phase = static_cast<std::size_t>(c.phase);
  const bool has_phase = c.phase >= 0 && phase < junction.phases.size();
  const auto greens =
      (has_phase ? junction.phases[phase].greens : c.greens) & ~junction.always_green;
  std::vector<LaneId> lanes;
  for (const auto m : junction.movements) {
    if ((greens >> network[m].group & 1U) == 0) continue;
    for (const auto& link : network[m].links) lanes.push_back(link.from);
  }
  std::sort(lanes.begin(), lanes.end());
  lanes.erase(std::unique(lanes.begin(), lanes.end()), lanes.end());
  std::vector<LineageTarget> out;
  for (const auto lane : lanes)
    out.push_back({"queue", "queue:" + lane_name(network, lane), {lane}, {}});
  return out;
}

const char* concern(const LineageTarget& target, const Contribution& c,
                    const model::RoadNetwork& network) {
  if (c.kind == Contribution::Kind::kPicture)
    return has(target.lanes, c.lane) ? "picture" : nullptr;
  const auto on_road = [&](RoadId road) {
    return std::any_of(target.lanes.begin(), target.lanes.end(),
                       [&](LaneId l) { return network[l].road == road; });
  };
  if (c.kind == Contribution::Kind::kSpeed) return on_road(c.road) ? "speed" : nullptr;
  if (has(target.lanes, c.lane)) return "count";
  if (c.observed <= 0) return nullptr;  // nobody left it, so nobody came
  const auto& movements = network[c.lane].movements;
  return std::any_of(movements.begin(), movements.end(),
                     [&](model::MovementId m) { return on_road(network[m].to); })
             ? "arrivals"
             : nullptr;
}

bool corrects(const LineageTarget& target, const Contribution& c) {
  if (target.indicator == "speed" && target.road.valid())
    return c.kind == Contribution::Kind::kSpeed && c.road == target.road;
  return c.kind == Contribution::Kind::kPicture && has(target.lanes, c.lane);
}

}  // namespace citybrain::experiment
