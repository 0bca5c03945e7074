#include "hub/node/rows.h"

#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hub/model/archive.h"
#include "hub/node/known_rows.h"

namespace citybrain::node {

using model::Step;
using store::Family;
using store::Key;

namespace {

template <class T>
std::string bytes_of(const T& value) {
  model::Writer w;
  w(value);
  return w.take();
}

model::LaneSample sample(const model::LaneSituation& lane) {
  model::LaneSample s;
  s.queue_x100 = model::fixed_x100(lane.queue_veh.value);
  s.queue_sd_x100 = model::fixed_x100(std::sqrt(lane.queue_veh.variance));
  s.vehicles_x100 = model::fixed_x100(lane.vehicles.value);
  s.vehicles_sd_x100 = model::fixed_x100(std::sqrt(lane.vehicles.variance));
  s.speed_cmps = model::fixed_x100(lane.speed_mps.value);
  s.speed_sd_cmps = model::fixed_x100(std::sqrt(lane.speed_mps.variance));
  return s;
}

void write_network_rows(const model::RoadNetwork& network, store::StepWrite& write) {
  for (std::uint32_t i = 0; i < network.junctions.size(); ++i) {
    const auto& j = network.junctions[i];
    model::Writer w;
    w(j.name, j.at.x, j.at.y, j.boundary, j.signalised, j.district,
      static_cast<std::uint32_t>(j.phases.size()), j.intergreen_s);
    write.put(Family::kBase, Key().text("junction").u32(i).view(), w.bytes());
  }
  for (std::uint32_t i = 0; i < network.roads.size(); ++i) {
    const auto& r = network.roads[i];
    model::Writer w;
    w(r.name, r.from, r.to, r.length_m, r.first_lane, r.lanes, r.district);
    write.put(Family::kBase, Key().text("road").u32(i).view(), w.bytes());
  }
  for (std::uint32_t i = 0; i < network.lanes.size(); ++i) {
    const auto& l = network.lanes[i];
    model::Writer w;
    w(l.road, l.index, l.width_m, l.speed_limit_mps);
    write.put(Family::kBase, Key().text("lane").u32(i).view(), w.bytes());
  }
}

/// Streams a lane's estimates into the hash without padding bytes.
void hash_lane(XXH3_state_t& h, const model::LaneSituation& l) {
  static_assert(sizeof(model::Estimate) == 24);  // two floats and two 64-bit numbers: no padding
  const model::Estimate estimates[] = {l.queue_veh, l.vehicles, l.speed_mps, l.density_vpkm,
                                       l.running_near_veh};
  XXH3_128bits_update(&h, estimates, sizeof estimates);
  XXH3_128bits_update(&h, l.arrivals.expected.data(), sizeof l.arrivals.expected);
  const float tail[] = {l.occupied ? 1.0F : 0.0F, l.since_occupied_s, l.loop_silent_s, l.flow_vps};
  XXH3_128bits_update(&h, tail, sizeof tail);
}

void hash_view(XXH3_state_t& h, const model::Situation& s) {
  for (const auto& lane : s.lanes) hash_lane(h, lane);
  for (const auto& road : s.roads) {
    const model::Estimate estimates[] = {road.speed_mps, road.density_vpkm, road.vehicles};
    XXH3_128bits_update(&h, estimates, sizeof estimates);
  }
  const std::string heard = heard_now(s);
  if (!heard.empty()) XXH3_128bits_update(&h, heard.data(), heard.size());
}

}  // namespace

void write_base(const model::RoadNetwork& network, const catalog::Catalog& catalog,
                store::StepWrite& write) {
  write_network_rows(network, write);
  for (const auto& c : catalog.contracts()) {
    model::Writer w;
    w(c.dataset, c.version, c.department, c.lead_source, c.message, c.id_scheme, c.maximum_delay_s,
      c.sharing);
    write.put(Family::kCatalogue, Key().text(c.dataset).view(), w.bytes());
  }
}

void write_situation(Step step, std::uint32_t view, ViewState& state, store::StepWrite& write) {
  const auto& lanes = state.situation.lanes;
  write_known(view, state, write);
  const auto count = static_cast<std::uint32_t>(lanes.size());
  const bool sampled = step % model::kSampleSteps == 0;
  const bool minute_ends = step % model::kBlockSteps == model::kBlockSteps - model::kSampleSteps;
  state.minute.resize((count + model::kLanesPerBlock - 1) / model::kLanesPerBlock);
  std::vector<model::LaneSample> samples;
  for (std::uint32_t b = 0; b < state.minute.size(); ++b) {
    const std::uint32_t first = b * model::kLanesPerBlock;
    const std::uint32_t end = std::min(count, first + model::kLanesPerBlock);
    samples.clear();
    for (std::uint32_t l = first; l < end; ++l) samples.push_back(sample(lanes[l]));
    write.put(Family::kTheme, Key().text("now").u32(view).u32(b).view(), bytes_of(samples));
    if (!sampled) continue;
    auto& block = state.minute[b];
    block.first_lane = first;
    block.steps.push_back(step);
    block.samples.push_back(samples);
    // The row grows with each sample, so that a run that stops in the middle of a minute has all of
    // its samples.
    write.put(
        Family::kTheme,
        Key().text("lanes").u32(view).u32(first).u32(step / model::kBlockSteps).u32(step).view(),
        bytes_of(block));
    if (block.steps.size() > 1) {
      write.erase(Family::kTheme, Key()
                                      .text("lanes")
                                      .u32(view)
                                      .u32(first)
                                      .u32(step / model::kBlockSteps)
                                      .u32(step - model::kSampleSteps)
                                      .view());
    }
    if (minute_ends) block = {};
  }
}

void write_audit(Step step, std::span<const access::Quarantined> quarantined,
                 std::span<const dispatch::Refusal> refusals, store::StepWrite& write) {
  std::uint32_t n = 0;
  for (const auto& q : quarantined) {
    model::Writer w;
    w(q.dataset, q.topic, q.partition, q.position, q.fault, q.detail);
    write.put(Family::kAudit, Key().text("quarantine").u32(step).u32(n++).view(), w.bytes());
  }
  n = 0;
  for (const auto& r : refusals) {
    model::Writer w;
    w(r.junction, r.desk, r.code);
    write.put(Family::kAudit, Key().text("refused").u32(step).u32(n++).view(), w.bytes());
  }
}

void write_orders(Step step, std::span<const model::Command> commands,
                  std::span<const model::Ack> acks, store::StepWrite& write) {
  std::uint32_t n = 0;
  for (const auto& ack : acks) write.erase(Family::kOutbox, Key().u64(ack.command).view());
  for (const auto& c : commands) {
    const std::string bytes = bytes_of(c);
    write.put(Family::kOutbox, Key().u64(c.id).view(), bytes);
    write.put(Family::kSpecial, Key().text("decision").u32(step).u32(n++).view(), bytes);
  }
}

void write_positions(std::span<const ReadPosition> positions, store::StepWrite& write) {
  model::Writer w;
  for (const auto& p : positions) w(p.next);
  write.put(Family::kPositions, Key().text("read").view(), w.bytes());
}

std::string digest(Step step, const Gathered& in, std::span<const model::Command> commands,
                   std::span<const ViewState> views) {
  XXH3_state_t h;
  XXH3_128bits_reset(&h);
  XXH3_128bits_update(&h, &step, sizeof step);
  for (const auto& r : in.records) {
    const std::uint64_t head[] = {r.dataset.value, static_cast<std::uint64_t>(r.publish_time.ms),
                                  r.payload.size()};
    XXH3_128bits_update(&h, head, sizeof head);
    XXH3_128bits_update(&h, r.payload.data(), r.payload.size());
  }
  for (const auto& a : in.acks) {
    const std::uint64_t words[] = {a.command, static_cast<std::uint64_t>(a.at.ms),
                                   static_cast<std::uint64_t>(a.status)};
    XXH3_128bits_update(&h, words, sizeof words);
  }
  for (const auto& c : commands) {
    const std::uint64_t words[] = {
        c.id,     c.junction.value, static_cast<std::uint64_t>(c.effective.ms),
        c.greens, c.yellows,        static_cast<std::uint64_t>(static_cast<std::int64_t>(c.phase))};
    XXH3_128bits_update(&h, words, sizeof words);
  }
  for (const auto& v : views) hash_view(h, v.situation);
  XXH128_canonical_t out;
  XXH128_canonicalFromHash(&out, XXH3_128bits_digest(&h));
  return {reinterpret_cast<const char*>(out.digest), sizeof out.digest};
}

}  // namespace citybrain::node
