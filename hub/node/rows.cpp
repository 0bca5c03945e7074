#include "hub/node/rows.h"

#include <cmath>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hub/model/archive.h"
#include "hub/node/known_rows.h"
#include "hub/store/rows.h"

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

void expire(Step step, const Board& board, store::StepWrite& write) {
  for (std::uint32_t v = 0; v < board.retention_s.size(); ++v) {
    const auto kept = board.retention_s[v];
    expire_history(write, v, store::first_kept_minute(step - store::kMinute, kept),
                   store::first_kept_minute(step, kept));
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
    write.put(Family::kTheme, store::lane_history_key(view, step / model::kBlockSteps, b),
              bytes_of(block));
    if (minute_ends) block = {};
  }
}

std::string row_of(const model::Command& command) { return bytes_of(command); }

void write_orders(Step step, model::DistrictId district, std::span<const model::Command> commands,
                  std::span<const std::string> rows, std::span<const model::Ack> acks,
                  store::StepWrite& write) {
  for (const auto& ack : acks) write.erase(Family::kOutbox, Key().u64(ack.command).view());
  for (std::uint32_t n = 0; n < commands.size(); ++n) {
    const auto key = Key().text("decision").u32(step).u32(district.value).u32(n);
    write.put(Family::kOutbox, Key().u64(commands[n].id).view(), rows[n]);
    write.put(Family::kSpecial, key.view(), rows[n]);
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

void Digest::read(std::string_view requests) {
  XXH3_128bits_update(&impl_->state, requests.data(), requests.size());
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
