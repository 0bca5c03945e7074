#include "hub/brain/plan.h"

#include <algorithm>

namespace citybrain::brain {

namespace {

using model::has;

/// Movements of the lane that need a signal.
std::size_t controlled_movements(const model::RoadNetwork& network, const model::Junction& j,
                                 model::LaneId lane) {
  std::size_t n = 0;
  for (const auto m : network[lane].movements)
    if (!has(j.always_green, network[m].group)) ++n;
  return std::max<std::size_t>(1, n);
}

ServedMovement served(const model::RoadNetwork& network, const model::Junction& j,
                      const model::Movement& m) {
  ServedMovement out;
  out.exit = m.to;
  for (const auto& link : m.links) {
    const bool is_known = std::any_of(out.lanes.begin(), out.lanes.end(),
                                      [&](const ServedLane& l) { return l.lane == link.from; });
    if (!is_known)
      out.lanes.push_back(
          {link.from, 1.0F / static_cast<float>(controlled_movements(network, j, link.from))});
  }
  return out;
}

}  // namespace

std::int32_t Plan::stage_of(std::int32_t phase) const {
  for (std::size_t s = 0; s < stages.size(); ++s)
    if (stages[s].phase == phase) return static_cast<std::int32_t>(s);
  return -1;
}

Plan make_plan(const model::RoadNetwork& network, model::JunctionId junction) {
  const auto& j = network[junction];
  Plan plan;
  plan.junction = junction;
  for (const std::size_t p : model::cycle_of(j)) {
    Stage stage;
    stage.phase = static_cast<std::int32_t>(p);
    for (std::size_t g = 0; g < j.movements.size(); ++g) {
      if (!has(j.phases[p].greens, g) || has(j.always_green, g)) continue;
      stage.movements.push_back(served(network, j, network[j.movements[g]]));
      for (const auto& l : stage.movements.back().lanes)
        if (std::find(stage.lanes.begin(), stage.lanes.end(), l.lane) == stage.lanes.end())
          stage.lanes.push_back(l.lane);
    }
    plan.stages.push_back(std::move(stage));
  }
  return plan;
}

std::vector<Plan> make_plans(const model::RoadNetwork& network,
                             const std::vector<model::JunctionId>& junctions) {
  std::vector<Plan> plans;
  for (const auto j : junctions)
    if (network[j].signalised) plans.push_back(make_plan(network, j));
  return plans;
}

std::int64_t seconds_since(model::EventTime start, model::EventTime now) {
  return (now - start) / 1000;
}

double parameter(const Parameters& parameters, const char* name, double otherwise) {
  const auto it = parameters.find(name);
  return it == parameters.end() ? otherwise : it->second;
}

}  // namespace citybrain::brain
