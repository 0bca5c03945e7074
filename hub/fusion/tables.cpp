#include "hub/fusion/tables.h"

#include <algorithm>

namespace citybrain::fusion {

namespace {

/// Vehicles that cross a stop line are on average this much later than at free speed: half of them
/// start from a queue.
constexpr float kStarting_s = 2;
constexpr float kExchange_s = 1;  ///< a Step: how old news of other districts are
constexpr std::uint32_t kSpareBins = 12;
constexpr std::uint32_t kMostBins = 400;

}  // namespace

Tables make_tables(const model::RoadNetwork& network, const model::Districts& districts) {
  Tables t;
  t.watched.resize(districts.size());
  t.leads_out.resize(network.lanes.size());
  for (const auto& lane : network.lanes) {
    const auto& road = network[lane.road];
    const auto& junction = network[road.to];
    LaneTable l;
    l.road = lane.road;
    l.junction = road.to;
    l.signalised = junction.signalised && !lane.movements.empty();
    for (const auto m : lane.movements) {
      const model::GroupSet bit = model::GroupSet{1} << network[m].group;
      l.all_groups |= bit;
      if ((junction.always_green & bit) == 0) l.groups |= bit;
    }
    l.length_m = static_cast<float>(road.length_m);
    l.free_mps = static_cast<float>(lane.speed_limit_mps);
    l.seconds = static_cast<std::uint32_t>(road.length_m / lane.speed_limit_mps) + 1;
    l.bins = std::min(l.seconds + kSpareBins, kMostBins);
    t.lanes.push_back(l);
  }
  for (const auto& road : network.roads) t.roads.push_back({road.first_lane, road.lanes, {}});
  for (const auto& m : network.movements) {
    for (const auto& link : m.links) {
      auto& upstream = t.roads[m.to.value].upstream;
      const bool known = std::any_of(upstream.begin(), upstream.end(),
                                     [&](const Upstream& u) { return u.lane == link.from; });
      if (known || !network[m.junction].signalised) continue;
      const auto& lane = network[link.from];
      const auto home = districts.of(m.to);
      const bool elsewhere = districts.of(link.from) != home;
      if (elsewhere) {
        t.watched[home.value].push_back(link.from);
        t.leads_out[link.from.value] = 1;
      }
      upstream.push_back(
          {link.from, 1.0F / static_cast<float>(std::max<std::size_t>(1, lane.movements.size())),
           static_cast<float>(link.length_m / lane.speed_limit_mps) + kStarting_s -
               (elsewhere ? kExchange_s : 0)});
    }
  }
  return t;
}

}  // namespace citybrain::fusion
