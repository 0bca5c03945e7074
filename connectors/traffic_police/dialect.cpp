#include "connectors/traffic_police/dialect.h"

#include <fmt/format.h>

#include <cmath>

namespace citybrain::connectors {

namespace {

/// The side of the junction that an approach comes from.
char side(const model::Road& road) {
  const auto& a = road.shape.front();
  const auto& b = road.shape.back();
  const double dx = a.x - b.x, dy = a.y - b.y;
  if (std::fabs(dx) >= std::fabs(dy)) return dx >= 0 ? 'E' : 'W';
  return dy >= 0 ? 'N' : 'S';
}

}  // namespace

std::uint32_t kerb_number(const model::Road& road, std::uint32_t lane_index) {
  return road.lanes - lane_index;
}

std::vector<Cabinet> cabinets(const model::RoadNetwork& network) {
  std::vector<Cabinet> out;
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j)
    if (network.junctions[j].signalised)
      out.push_back({model::JunctionId{j}, fmt::format("CAB-{:04}", j + 1), {}});
  std::vector<std::size_t> of_junction(network.junctions.size(), out.size());
  for (std::size_t c = 0; c < out.size(); ++c) of_junction[out[c].junction.value] = c;
  for (const auto& road : network.roads) {
    const std::size_t c = of_junction[road.to.value];
    if (c == out.size() || road.movements.empty()) continue;
    for (std::uint32_t l = 0; l < road.lanes; ++l)
      out[c].detectors.push_back(model::LaneId{road.first_lane.value + l});
  }
  return out;
}

std::vector<Camera> cameras(const model::RoadNetwork& network) {
  std::vector<Camera> out;
  for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
    const auto& road = network.roads[r];
    if (!network[road.to].signalised || road.movements.empty()) continue;
    out.push_back({road.to, model::RoadId{r},
                   fmt::format("3301{:04}_{}_{:03}", network[road.to].district.value + 1,
                               side(road), r + 1)});
  }
  return out;
}

}  // namespace citybrain::connectors
