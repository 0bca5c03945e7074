#include "hub/model/districts.h"

#include "hub/model/history.h"

namespace citybrain::model {

Districts::Districts(const RoadNetwork& network) : parts(network.districts.size()) {
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j) {
    const DistrictId d = network.junctions[j].district;
    of_junction.push_back(d);
    parts[d.value].junctions.push_back(JunctionId{j});
  }
  of_lane.resize(network.lanes.size());
  for (std::uint32_t r = 0; r < network.roads.size(); ++r) {
    const auto& road = network.roads[r];
    const DistrictId d = of(road.to);
    of_road.push_back(d);
    auto& part = parts[d.value];
    part.roads.push_back(RoadId{r});
    for (std::uint32_t i = 0; i < road.lanes; ++i) {
      const LaneId lane = network.lane(RoadId{r}, i);
      of_lane[lane.value] = d;
      part.lanes.push_back(lane);
      if (of(road.from) != d) part.entries.push_back(lane);
    }
  }
  for (std::uint32_t d = 0; d < parts.size(); ++d) {
    const auto& lanes = parts[d].lanes;
    for (std::size_t first = 0; first < lanes.size(); first += kLanesPerBlock) {
      const auto from = lanes.begin() + static_cast<std::ptrdiff_t>(first);
      const auto n = std::min<std::size_t>(kLanesPerBlock, lanes.size() - first);
      blocks.push_back({DistrictId{d}, {from, from + static_cast<std::ptrdiff_t>(n)}});
    }
  }
}

}  // namespace citybrain::model
