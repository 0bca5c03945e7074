#include "scenarios/evaluator/evaluator.h"

#include <fmt/format.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "scenarios/evaluator/emergencies.h"
#include "scenarios/evaluator/estimation.h"
#include "scenarios/evaluator/truth.h"

namespace citybrain::evaluator {

using model::Error;
using model::Result;

namespace {

double mps(const TruthLane& lane) { return lane.speed_cmps / 100.0; }

/// CityFlow's definition: finished ones with their travel time, the others with the time since they
/// were created.
double mean_travel_s(const Truth& truth, double end_s) {
  if (truth.created_ms.empty()) return 0;
  double sum = 0;
  for (const auto c : truth.created_ms) sum += end_s - c / 1000.0;
  for (const auto& [created, finished] : truth.trips) sum -= end_s - finished / 1000.0;
  return sum / static_cast<double>(truth.created_ms.size());
}

/// The papers' definition: time on entering lanes of signalised junctions, whoever is still there
/// counted to the end.
double mean_paper_s(const Truth& truth) {
  std::vector<std::uint8_t> seen;
  double sum = 0;
  std::size_t vehicles = 0;
  for (const auto& p : truth.passages) {
    sum += (p.left_ms - p.entered_ms) / 1000.0;
    if (p.vehicle >= seen.size()) seen.resize(p.vehicle + 1, 0);
    if (seen[p.vehicle] == 0) ++vehicles;
    seen[p.vehicle] = 1;
  }
  return vehicles > 0 ? sum / static_cast<double>(vehicles) : 0;
}

void junction_totals(const Truth& truth, Evaluation& out) {
  std::vector<double> sum(out.junctions.size()), all(out.junctions.size());
  for (const auto& p : truth.passages) {
    if (p.junction >= out.junctions.size()) continue;
    ++out.junctions[p.junction].vehicles;
    all[p.junction] += (p.left_ms - p.entered_ms) / 1000.0;
    if (p.open) continue;
    ++out.junctions[p.junction].passages;
    sum[p.junction] += (p.left_ms - p.entered_ms) / 1000.0;
  }
  for (std::size_t j = 0; j < sum.size(); ++j) {
    auto& total = out.junctions[j];
    if (total.passages > 0) total.mean_passage_s = sum[j] / static_cast<double>(total.passages);
    if (total.vehicles > 0) total.mean_approach_s = all[j] / static_cast<double>(total.vehicles);
  }
}

void departure_totals(const Truth& truth, double end_s, Evaluation& out) {
  std::vector<double> sum;
  const auto period = [&](std::uint32_t created_ms) {
    const auto i = static_cast<std::size_t>(created_ms / 1000.0 / DepartureTotals::kPeriod_s);
    if (i >= sum.size()) sum.resize(i + 1);
    return i;
  };
  for (const auto c : truth.created_ms) {
    const std::size_t i = period(c);
    if (i >= out.departures.size()) out.departures.resize(i + 1);
    ++out.departures[i].vehicles;
    sum[i] += end_s - c / 1000.0;
  }
  for (const auto& [created, finished] : truth.trips)
    sum[period(created)] -= end_s - finished / 1000.0;
  for (std::size_t i = 0; i < out.departures.size(); ++i)
    if (out.departures[i].vehicles > 0)
      out.departures[i].mean_travel_s = sum[i] / static_cast<double>(out.departures[i].vehicles);
}

/// One pass over the sampled lanes: the run over time and the roads over the run.
void samples(const Truth& truth, const model::RoadNetwork& network, Evaluation& out) {
  struct RoadSums {
    double vehicles = 0, queued = 0, speed = 0, free = 0;
  };
  std::vector<RoadSums> roads(network.roads.size());
  double finished = 0, approach_queue = 0, speed_sum = 0, vehicle_sum = 0;
  std::size_t count = 0;
  for (const auto& s : truth.steps) {
    finished += s.finished;
    if (s.lanes.empty()) continue;
    ++count;
    double queued = 0, speed = 0, vehicles = 0;
    for (std::size_t l = 0; l < s.lanes.size(); ++l) {
      const auto& t = s.lanes[l];
      const auto& lane = network.lanes[l];
      auto& r = roads[lane.road.value];
      r.vehicles += t.vehicles;
      r.queued += t.queued;
      r.speed += t.vehicles * mps(t);
      r.free += t.vehicles * lane.speed_limit_mps;
      queued += t.queued;
      vehicles += t.vehicles;
      speed += t.vehicles * mps(t);
      if (network[network[lane.road].to].signalised) approach_queue += t.queued;
    }
    speed_sum += speed;
    vehicle_sum += vehicles;
    out.series.at_s.push_back(s.step);
    out.series.running.push_back(s.running);
    out.series.waiting_outside.push_back(s.waiting_outside);
    out.series.finished.push_back(finished);
    out.series.queued.push_back(queued);
    auto& speeds = out.series.mean_speed_mps;  // an empty network keeps the last one
    speeds.push_back(vehicles > 0 ? speed / vehicles : speeds.empty() ? 0 : speeds.back());
  }
  if (count == 0) return;
  out.outcomes.mean_queue_veh = approach_queue / static_cast<double>(count);
  out.outcomes.mean_speed_mps = vehicle_sum > 0 ? speed_sum / vehicle_sum : 0;
  for (std::size_t r = 0; r < roads.size(); ++r) {
    auto& total = out.roads[r];
    const auto& s = roads[r];
    total.mean_vehicles = s.vehicles / static_cast<double>(count);
    total.mean_queued = s.queued / static_cast<double>(count);
    if (s.vehicles <= 0) continue;
    total.mean_speed_mps = s.speed / s.vehicles;
    // Length over mean speed against length over free speed; a road that stands is shown with a
    // tenth of a metre a second.
    const double length = network.roads[r].length_m;
    total.delay_s_per_vehicle =
        length / std::max(0.1, total.mean_speed_mps) - length / (s.free / s.vehicles);
  }
}

std::string hex(const XXH128_hash_t& h) { return fmt::format("{:016x}{:016x}", h.high64, h.low64); }

/// Every step's digests, those of its districts in order.
Result<std::string> hash_outcome(const store::Store& store, const Truth& truth, model::Step steps,
                                 std::uint32_t districts) {
  XXH3_state_t h;
  XXH3_128bits_reset(&h);
  model::Step expected = 1;
  std::uint32_t district = 0;
  CITYBRAIN_TRY(
      store.scan(store::Family::kDigests, "", [&](std::string_view key, std::string_view value) {
        if (key != store::Key().u32(expected).u32(district).view() || expected > steps) return true;
        XXH3_128bits_update(&h, value.data(), value.size());
        if (++district == districts) {
          ++expected;
          district = 0;
        }
        return true;
      }));
  if (expected != steps + 1)
    return Error{"CB-EVALUATE-INCOMPLETE",
                 fmt::format("the hub has done {} of {} steps", expected - 1, steps), "digests",
                 "finish the run with --resume"};
  XXH3_128bits_update(&h, truth.trips_digest.data(), truth.trips_digest.size());
  return hex(XXH3_128bits_digest(&h));
}

}  // namespace

Result<Evaluation> evaluate(network::Log& log, const store::Store& store,
                            const model::RoadNetwork& network, const Question& question) {
  Evaluation out;
  out.roads.resize(network.roads.size());
  for (const auto& j : network.junctions) out.junctions.push_back({.name = j.name});
  CITYBRAIN_ASSIGN(truth, read_truth(log, question.steps, network.lanes.size()));
  CITYBRAIN_ASSIGN(hash, hash_outcome(store, truth, question.steps,
                                      static_cast<std::uint32_t>(network.districts.size())));
  out.outcome_hash = hash;
  out.truth_present = truth.present;
  if (!truth.present) return out;
  auto& o = out.outcomes;
  o.vehicles_entered = truth.created_ms.size();
  o.vehicles_finished = truth.trips.size();
  o.vehicles_running = truth.steps.back().running;
  o.vehicles_waiting_outside = truth.steps.back().waiting_outside;
  o.average_travel_time_s = mean_travel_s(truth, question.steps);
  o.average_travel_time_paper_s = mean_paper_s(truth);
  o.parking = parking_outcomes(truth.parking);
  o.vehicles_rerouted = truth.rerouted;
  o.emergencies = emergencies(truth);
  o.missed_turns = truth.missed_turns;
  out.monitor_faults = truth.monitor_faults;
  GridlockHistory gridlock(network);
  for (const auto& s : truth.steps)
    if (s.looked_for_jams) gridlock.look(s.step, s.standing_at_green, s.jams);
  out.gridlock = gridlock.result();
  samples(truth, network, out);
  junction_totals(truth, out);
  departure_totals(truth, question.steps, out);
  for (std::uint32_t v = 0; v < question.views.size(); ++v)
    CITYBRAIN_TRY(score_view(store, network, truth, v, question.views[v], out));
  return out;
}

}  // namespace citybrain::evaluator
