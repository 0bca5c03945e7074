#include "scenarios/evaluator/truth.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "citybrain/v1/records.pb.h"
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

bool columns_fit(const v1::TruthStep& m, std::size_t lanes) {
  const auto n = static_cast<std::size_t>(m.lane_vehicles_size());
  return m.passage_vehicle_size() == m.passage_junction_size() &&
         m.passage_vehicle_size() == m.passage_entered_ms_size() &&
         m.passage_vehicle_size() == m.passage_left_ms_size() &&
         m.finished_vehicle_size() == m.finished_ms_size() &&
         m.finished_vehicle_size() == m.finished_created_ms_size() && (n == 0 || n == lanes) &&
         m.lane_queued_size() == m.lane_vehicles_size() &&
         m.lane_speed_cmps_size() == m.lane_vehicles_size() &&
         m.emergency_what_size() == m.emergency_call_size() &&
         m.emergency_what_size() == m.emergency_unit_size() &&
         m.emergency_what_size() == m.emergency_role_size() &&
         m.emergency_what_size() == m.emergency_severity_size();
}

/// What an outcome depends on, in the order in which it happened.
class TripsDigest {
 public:
  TripsDigest() { XXH3_128bits_reset(&state_); }
  void add(const v1::TruthStep& m) {
    number(m.step());
    column(m.created_ms());
    column(m.passage_vehicle());
    column(m.passage_junction());
    column(m.passage_entered_ms());
    column(m.passage_left_ms());
    column(m.finished_vehicle());
    column(m.finished_created_ms());
    column(m.finished_ms());
    if (m.emergency_what_size() == 0) return;
    column(m.emergency_what());
    column(m.emergency_call());
    column(m.emergency_unit());
  }
  std::string bytes() const {
    XXH128_canonical_t out;
    XXH128_canonicalFromHash(&out, XXH3_128bits_digest(&state_));
    return {reinterpret_cast<const char*>(out.digest), sizeof out.digest};
  }

 private:
  void number(std::uint32_t v) { XXH3_128bits_update(&state_, &v, sizeof v); }
  template <class Column>
  void column(const Column& c) {
    number(static_cast<std::uint32_t>(c.size()));
    XXH3_128bits_update(&state_, c.data(),
                        static_cast<std::size_t>(c.size()) * sizeof(std::uint32_t));
  }
  XXH3_state_t state_;
};

void take(const v1::TruthStep& m, Truth& out) {
  out.created_ms.insert(out.created_ms.end(), m.created_ms().begin(), m.created_ms().end());
  for (int i = 0; i < m.passage_vehicle_size(); ++i)
    out.passages.push_back({m.passage_vehicle(i), m.passage_junction(i), m.passage_entered_ms(i),
                            m.passage_left_ms(i), m.last()});
  for (int i = 0; i < m.finished_vehicle_size(); ++i)
    out.trips.emplace_back(m.finished_created_ms(i), m.finished_ms(i));
  for (int i = 0; i < m.emergency_what_size(); ++i)
    out.emergencies.push_back({m.step(), static_cast<std::uint8_t>(m.emergency_what(i)),
                               static_cast<std::uint8_t>(m.emergency_role(i)),
                               static_cast<std::uint8_t>(m.emergency_severity(i)),
                               m.emergency_call(i), m.emergency_unit(i)});
  for (const auto& f : m.monitor_faults()) out.monitor_faults.push_back(f);
  if (m.last()) return;
  out.parking.search_s.insert(out.parking.search_s.end(), m.parked_search_s().begin(),
                              m.parked_search_s().end());
  out.parking.gave_up += m.gave_up();
  out.parking.searching += m.searching();
  out.parking.running += m.running();
  out.rerouted += m.rerouted();
  StepTruth s;
  s.step = m.step();
  s.created = static_cast<std::uint32_t>(m.created_ms_size());
  s.finished = static_cast<std::uint32_t>(m.finished_vehicle_size());
  s.running = m.running();
  s.waiting_outside = m.waiting_outside();
  for (int i = 0; i < m.lane_vehicles_size(); ++i)
    s.lanes.push_back({m.lane_vehicles(i), m.lane_queued(i), m.lane_speed_cmps(i) / 100.0});
  out.steps.push_back(std::move(s));
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
  v1::TruthStep m;
  bool ended = false;
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor->poll(1024));
    if (records.empty()) break;
    for (const auto& r : records) {
      const auto framed = network::unframe(r.value);
      if (!framed || framed->schema != schemas::kTruthStep ||
          !m.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
        return damaged(r.position, "the record is no TruthStep");
      if (!columns_fit(m, lanes)) return damaged(r.position, "its columns are of different length");
      if (!m.last() && m.step() != truth.steps.size() + 1)
        return damaged(r.position,
                       fmt::format("step {} follows step {}", m.step(), truth.steps.size()));
      digest.add(m);
      take(m, truth);
      ended = ended || m.last();
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
