#include "scenarios/evaluator/truth.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "hub/network/framing.h"
#include "schemas/schemas.h"

namespace citybrain::evaluator {

using model::Error;
using model::Result;

namespace {

Error damaged(std::uint64_t position, std::string what) {
  return Error{"CB-EVALUATE-TRUTH", std::move(what),
               fmt::format("{} at {}", schemas::topic::kTruth, position),
               "run again from the seed"};
}

/// What an outcome depends on, in the order in which it happened: for every step its number and
/// columns, each after its length.
class TripsDigest {
 public:
  TripsDigest() { XXH3_128bits_reset(&state_); }
  void add(const TruthRecord& r) {
    number(r.step);
    column(r.created_ms, [](std::uint32_t t) { return t; });
    passages(r.passages);
    column(r.finished, [](const TruthFinished& f) { return f.vehicle; });
    column(r.finished, [](const TruthFinished& f) { return f.created_ms; });
    column(r.finished, [](const TruthFinished& f) { return f.finished_ms; });
    if (r.emergencies.empty()) return;
    column(r.emergencies, [](const TruthEmergency& e) { return e.what; });
    column(r.emergencies, [](const TruthEmergency& e) { return e.call; });
    column(r.emergencies, [](const TruthEmergency& e) { return e.unit; });
  }
  /// The end of the run, at `step`.
  void add_open(model::Step step, const std::vector<TruthPassage>& open) {
    TruthRecord end;
    end.step = step;
    end.passages = open;
    add(end);
  }
  std::string bytes() const {
    XXH128_canonical_t out;
    XXH128_canonicalFromHash(&out, XXH3_128bits_digest(&state_));
    return {reinterpret_cast<const char*>(out.digest), sizeof out.digest};
  }

 private:
  void number(std::uint32_t v) { XXH3_128bits_update(&state_, &v, sizeof v); }
  template <class Row, class Member>
  void column(const std::vector<Row>& rows, Member member) {
    number(static_cast<std::uint32_t>(rows.size()));
    for (const auto& r : rows) number(member(r));
  }
  void passages(const std::vector<TruthPassage>& p) {
    column(p, [](const TruthPassage& x) { return x.vehicle; });
    column(p, [](const TruthPassage& x) { return x.junction; });
    column(p, [](const TruthPassage& x) { return x.entered_ms; });
    column(p, [](const TruthPassage& x) { return x.left_ms; });
  }
  XXH3_state_t state_;
};

void take(TruthRecord& r, Truth& out) {
  out.created_ms.insert(out.created_ms.end(), r.created_ms.begin(), r.created_ms.end());
  for (const auto& p : r.passages) out.passages.push_back({p, false});
  for (const auto& f : r.finished) out.trips.emplace_back(f.created_ms, f.finished_ms);
  for (auto& f : r.monitor_faults) out.monitor_faults.push_back(std::move(f));
  for (const auto& e : r.emergencies)
    out.emergencies.push_back({r.step, static_cast<std::uint8_t>(e.what),
                               static_cast<std::uint8_t>(e.role),
                               static_cast<std::uint8_t>(e.severity), e.call, e.unit});
  out.parking.search_s.insert(out.parking.search_s.end(), r.parked_search_s.begin(),
                              r.parked_search_s.end());
  out.parking.gave_up += r.gave_up;
  out.parking.searching += r.searching;
  out.parking.running += r.running;
  out.rerouted += r.rerouted;
  StepTruth s;
  s.step = r.step;
  s.created = static_cast<std::uint32_t>(r.created_ms.size());
  s.finished = static_cast<std::uint32_t>(r.finished.size());
  s.running = r.running;
  s.waiting_outside = r.waiting_outside;
  s.lanes = std::move(r.lanes);
  s.looked_for_jams = r.looked_for_jams;
  s.jams = std::move(r.jams);
  s.standing_at_green = r.standing_at_green;
  out.missed_turns += r.missed_turns;
  out.steps.push_back(std::move(s));
}

Result<TruthBlock> block_of(const network::RecordView& record) {
  const auto framed = network::unframe(record.value);
  if (!framed || framed->schema != schemas::kTruthBlock)
    return damaged(record.position, "the record is no block of the truth");
  auto block = decode_block(framed->payload);
  if (!block) return damaged(record.position, block.error().what);
  return block;
}

}  // namespace

Result<Truth> read_truth(network::Log& log, model::Step steps, std::size_t lanes) {
  Truth truth;
  CITYBRAIN_ASSIGN(topics, log.topics());
  const bool published = std::any_of(
      topics.begin(), topics.end(), [](const auto& t) { return t.name == schemas::topic::kTruth; });
  if (!published) return truth;
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kTruth, 0, 0));
  TripsDigest digest;
  bool ended = false;
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor->poll(1024));
    if (records.empty()) break;
    for (const auto& r : records) {
      CITYBRAIN_ASSIGN(block, block_of(r));
      if (ended || block.first != truth.steps.size() + 1)
        return damaged(r.position,
                       fmt::format("step {} follows step {}", block.first, truth.steps.size()));
      for (auto& step : block.steps) {
        if (!step.lanes.empty() && step.lanes.size() != lanes)
          return damaged(r.position,
                         fmt::format("it has {} lanes, expected {}", step.lanes.size(), lanes));
        digest.add(step);
        take(step, truth);
      }
      if (!block.last) continue;
      ended = true;
      digest.add_open(static_cast<model::Step>(truth.steps.size()), block.open);
      for (const auto& p : block.open) truth.passages.push_back({p, true});
    }
  }
  if (truth.steps.empty()) return truth;  // an outside city that publishes none
  if (truth.steps.size() < steps || !ended)
    return Error{"CB-EVALUATE-INCOMPLETE",
                 fmt::format("the truth ends after {} of {} steps", truth.steps.size(), steps),
                 schemas::topic::kTruth, "finish the run with --resume"};
  truth.present = true;
  truth.trips_digest = digest.bytes();
  return truth;
}

}  // namespace citybrain::evaluator
