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

void write_situation(Step step, std::uint32_t view, model::DistrictId district,
                     const model::Districts& districts, ViewState& state, store::StepWrite& write) {
  const auto& lanes = state.situation.lanes;
  if (district == model::kCityDistrict) write_known(view, state, write);
  const bool sampled = step % model::kSampleSteps == 0;
  const bool minute_ends = step % model::kBlockSteps == model::kBlockSteps - model::kSampleSteps;
  std::vector<model::LaneSample> samples;
  for (std::uint32_t b = 0; b < state.minute.size(); ++b) {
    if (districts.blocks[b].district != district) continue;
    samples.clear();
    for (const auto l : districts.blocks[b].lanes) samples.push_back(sample(lanes[l.value]));
    write.put(Family::kTheme, Key().text("now").u32(view).u32(b).view(), bytes_of(samples));
    if (!sampled) continue;
    auto& block = state.minute[b];
    block.block = b;
    block.steps.push_back(step);
    block.samples.push_back(samples);
    // The row grows with each sample, so that a run that stops in the middle of a minute has all of
    // its samples.
    const auto row = [&](Step known_at) {
      return Key().text("lanes").u32(view).u32(b).u32(step / model::kBlockSteps).u32(known_at);
    };
    write.put(Family::kTheme, row(step).view(), bytes_of(block));
    if (block.steps.size() > 1) write.erase(Family::kTheme, row(step - model::kSampleSteps).view());
    if (minute_ends) block = {};
  }
}

void write_refused(std::uint32_t view, std::span<const access::ReadRefusal> refused,
                   store::StepWrite& write) {
  std::uint32_t n = 0;
  for (const auto& r : refused) {
    model::Writer w;
    w(r.dataset, r.why);
    write.put(Family::kAudit, Key().text("read-refused").u32(view).u32(n++).view(), w.bytes());
  }
}

void AuditWriter::quarantined(std::span<const access::Quarantined> records) {
  for (const auto& q : records) {
    model::Writer w;
    w(q.dataset, q.topic, q.partition, q.position, q.fault, q.detail);
    const auto key = Key().text("quarantine").u32(step_).u32(district_.value).u32(quarantined_++);
    write_.put(Family::kAudit, key.view(), w.bytes());
  }
}

void AuditWriter::refused(std::span<const dispatch::Refusal> refusals) {
  std::uint32_t n = 0;
  for (const auto& r : refusals) {
    model::Writer w;
    w(r.junction, r.desk, r.code);
    const auto key = Key().text("refused").u32(step_).u32(district_.value).u32(n++);
    write_.put(Family::kAudit, key.view(), w.bytes());
  }
}

void write_orders(Step step, model::DistrictId district, std::span<const model::Command> commands,
                  std::span<const model::Ack> acks, store::StepWrite& write) {
  std::uint32_t n = 0;
  for (const auto& ack : acks) write.erase(Family::kOutbox, Key().u64(ack.command).view());
  for (const auto& c : commands) {
    const std::string bytes = bytes_of(c);
    const auto key = Key().text("decision").u32(step).u32(district.value).u32(n++);
    write.put(Family::kOutbox, Key().u64(c.id).view(), bytes);
    write.put(Family::kSpecial, key.view(), bytes);
  }
}

void write_positions(model::DistrictId district, std::span<const ReadPosition> positions,
                     store::StepWrite& write) {
  model::Writer w;
  for (const auto& p : positions) w(p.next);
  write.put(Family::kPositions, Key().text("read").u32(district.value).view(), w.bytes());
}

struct Digest::Impl {
  XXH3_state_t state;
};

Digest::Digest(Step step) : impl_(std::make_unique<Impl>()) {
  XXH3_128bits_reset(&impl_->state);
  XXH3_128bits_update(&impl_->state, &step, sizeof step);
}
Digest::~Digest() = default;

void Digest::read(const Gathered& in) {
  auto& h = impl_->state;
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
}

void Digest::decided(std::span<const model::Command> commands) {
  for (const auto& c : commands) {
    const std::uint64_t words[] = {
        c.id,     c.junction.value, static_cast<std::uint64_t>(c.effective.ms),
        c.greens, c.yellows,        static_cast<std::uint64_t>(static_cast<std::int64_t>(c.phase))};
    XXH3_128bits_update(&impl_->state, words, sizeof words);
  }
}

void Digest::seen(const model::District& district, const model::Situation& s, bool is_city) {
  auto& h = impl_->state;
  for (const auto lane : district.lanes) hash_lane(h, s.lanes[lane.value]);
  for (const auto road : district.roads) {
    const auto& r = s.roads[road.value];
    const model::Estimate estimates[] = {r.speed_mps, r.density_vpkm, r.vehicles};
    XXH3_128bits_update(&h, estimates, sizeof estimates);
  }
  if (!is_city) return;
  const std::string heard = heard_now(s);
  if (!heard.empty()) XXH3_128bits_update(&h, heard.data(), heard.size());
}

std::string Digest::bytes() const {
  XXH128_canonical_t out;
  XXH128_canonicalFromHash(&out, XXH3_128bits_digest(&impl_->state));
  return {reinterpret_cast<const char*>(out.digest), sizeof out.digest};
}

}  // namespace citybrain::node
