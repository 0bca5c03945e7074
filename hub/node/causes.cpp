#include "hub/node/causes.h"

#include <algorithm>
#include <tuple>

namespace citybrain::node {

using model::LaneId;
using model::TraceContext;

namespace {

/// The lanes that the proposal gives green, in order; not those that are green at all times.
std::vector<LaneId> served(const model::Proposal& p, const model::RoadNetwork& network) {
  std::vector<LaneId> out;
  if (p.junction.value >= network.junctions.size()) return out;
  const auto& junction = network[p.junction];
  const auto phase = static_cast<std::size_t>(p.phase);
  if (p.phase >= 0 && phase >= junction.phases.size()) return out;
  const auto asked = p.phase >= 0 ? junction.phases[phase].greens : p.greens;
  const auto greens = asked & ~junction.always_green;
  for (const auto m : junction.movements) {
    if ((greens >> network[m].group & 1U) == 0) continue;
    for (const auto& link : network[m].links) out.push_back(link.from);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

void Heard::put(Lasts& lasts, Kind kind, model::DatasetId source, const TraceContext& record) {
  const auto before = [&](const Last& l) {
    return std::tie(l.kind, l.source) < std::tie(kind, source);
  };
  auto at = lasts.begin();
  while (at != lasts.end() && before(*at)) ++at;
  if (at == lasts.end() || at->kind != kind || at->source != source)
    at = lasts.insert(at, Last{kind, source, {}});
  at->record = record;
}

void Heard::take(const model::ObservationBatch& batch, std::span<const access::Incoming> records,
                 const model::RoadNetwork& network) {
  lanes_.resize(network.lanes.size());
  roads_.resize(network.roads.size());
  const auto hear = [&](Lasts& lasts, Kind kind, const auto& observation) {
    const auto& trace = records[observation.record].trace;
    if (trace.valid()) put(lasts, kind, observation.source, trace);
  };
  for (const auto& q : batch.queues) hear(lanes_[q.lane.value], Kind::kPicture, q);
  for (const auto& c : batch.counts) hear(lanes_[c.lane.value], Kind::kCount, c);
  for (const auto& p : batch.probes) hear(roads_[p.road.value], Kind::kProbe, p);
}

std::vector<TraceContext> Heard::causes(const model::Proposal& proposal,
                                        const model::Situation& situation,
                                        const model::RoadNetwork& network) const {
  std::vector<TraceContext> out;
  if (lanes_.empty()) return out;
  auto lanes = served(proposal, network);
  std::stable_sort(lanes.begin(), lanes.end(), [&](LaneId a, LaneId b) {
    const auto& x = situation.lanes[a.value];
    const auto& y = situation.lanes[b.value];
    return std::tie(x.queue_veh.value, x.vehicles.value) >
           std::tie(y.queue_veh.value, y.vehicles.value);
  });
  const auto name = [&](const Lasts& lasts) {
    for (const auto& l : lasts)
      if (out.size() < kMost && situation.grants.has(l.source) &&
          std::find(out.begin(), out.end(), l.record) == out.end())
        out.push_back(l.record);
  };
  for (const auto lane : lanes) {
    name(lanes_[lane.value]);
    name(roads_[network[lane].road.value]);
  }
  return out;
}

}  // namespace citybrain::node
