#include "scenarios/experiment/city_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "scenarios/city/city.h"
#include "scenarios/experiment/cpu_time.h"
#include "scenarios/experiment/truth_writer.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

/// Resident memory now, in bytes (Linux: /proc/self/statm counts pages of 4 KiB).
std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t whole = 0, resident = 0;
  in >> whole >> resident;
  return resident * 4096;
}

Result<CityBench> measure(CityData world, const CityBenchOptions& o) {
  city::Options options;
  options.seed = o.source.seed;
  options.own_plan_after_s = 1;
  options.navigation.share = o.navigation;
  options.navigation.compliance = 1;
  options.parking.share = o.parking;
  options.truth_interval_s = o.record.links.empty() && o.truth.empty() ? 3600 : 10;
  CITYBRAIN_ASSIGN(city, city::make_city(world.network, std::move(world.demand), options));
  CityBench m;
  m.warnings = std::move(world.warnings);
  CITYBRAIN_ASSIGN(recorder, outputs::Recorder::create(o.record, *city));
  evaluator::GridlockHistory gridlock(*world.network);
  std::optional<TruthFile> truth_file;
  if (!o.truth.empty()) {
    CITYBRAIN_ASSIGN(file, TruthFile::create(o.truth));
    truth_file = std::move(file);
  }
  double travel_s = 0;  // of every vehicle created: till it finished, or till the end
  const std::uint32_t warm_up = o.source.horizon_s / 10;
  double began = cpu_now_s(true), shown_s = 0;
  for (std::uint32_t t = 1; t <= o.source.horizon_s; ++t) {
    if (t == warm_up + 1) {
      began = cpu_now_s(true);
      shown_s = 0;
    }
    CITYBRAIN_TRY(city->advance_to(options.start + std::int64_t{t} * model::kStepMs));
    const auto& truth = city::truth(*city);
    m.created += truth.created_s.size();
    for (const double c : truth.created_s) travel_s += o.source.horizon_s - c;
    recorder.step(*city);
    if (truth_file) truth_file->step(*city);
    for (const auto& f : truth.finished) travel_s -= o.source.horizon_s - f.finished_s;
    m.finished += truth.finished.size();
    m.missed_turns += truth.detours.size();
    if (truth.looked_for_jams) gridlock.look(truth.step, truth.standing_at_green, jams_of(truth));
    if (m.created != m.finished + truth.running + truth.waiting_outside)
      return Error{"CB-CITY-CONSERVATION",
                   fmt::format("{} vehicles were created, {} finished, {} are inside and {} wait",
                               m.created, m.finished, truth.running, truth.waiting_outside),
                   fmt::format("second {}", t), ""};
    if (t > warm_up) m.vehicle_seconds += truth.running;
    m.most_running = std::max(m.most_running, truth.running);
    if (t % 16 == 0) {
      const double before = cpu_now_s(true);
      if (o.progress) o.progress(static_cast<double>(t) / o.source.horizon_s, t);
      shown_s += cpu_now_s(true) - before;
      if (o.stop != nullptr && *o.stop)
        return Error{"CB-RUN-INTERRUPTED", "interrupted", "bench city", ""};
    }
  }
  m.average_travel_time_s = m.created > 0 ? travel_s / static_cast<double>(m.created) : 0;
  m.waiting_outside = city::truth(*city).waiting_outside;
  m.seconds = o.source.horizon_s - warm_up;
  m.cpu_s = cpu_now_s(true) - began - shown_s;
  m.gridlock = gridlock.result();
  m.vehicle_bytes = city::vehicle_bytes(*city);
  m.resident_bytes = resident_bytes();
  CITYBRAIN_TRY(recorder.finish(*city));
  if (truth_file) CITYBRAIN_TRY(truth_file->finish(*city));
  return m;
}

}  // namespace

Result<CityBench> bench_city(const CityBenchOptions& options) {
  if (options.source.preset.empty() && options.source.flow.empty() && options.source.vehicles == 0)
    return Error{"CB-USAGE-BENCH",
                 "give --roadnet FILE with --flow FILE or --vehicles N, or --preset NAME",
                 "bench city", ""};
  CITYBRAIN_ASSIGN(world, read_city(options.source));
  return measure(std::move(world), options);
}

}  // namespace citybrain::experiment
