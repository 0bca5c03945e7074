#include "scenarios/experiment/city_bench.h"

#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <memory>
#include <sstream>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

struct BenchCity {
  std::shared_ptr<const model::RoadNetwork> network;
  city::Demand demand;
};

double cpu_now_s() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Resident memory now, in bytes (Linux: /proc/self/statm counts pages of 4 KiB).
std::size_t resident_bytes() {
  std::ifstream in("/proc/self/statm");
  std::size_t whole = 0, resident = 0;
  in >> whole >> resident;
  return resident * 4096;
}

Result<std::string> read_text(const std::filesystem::path& path, const char* option) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf()))
    return Error{"CB-INPUT-DATA", "the file cannot be read", path.string(),
                 fmt::format("check {}", option)};
  return text.str();
}

Result<BenchCity> from_files(const CityBenchOptions& a) {
  if (a.roadnet.empty() || a.flow.empty())
    return Error{"CB-USAGE-BENCH", "give both --roadnet FILE and --flow FILE, or --preset NAME",
                 "bench city", ""};
  CITYBRAIN_ASSIGN(roadnet, read_text(a.roadnet, "--roadnet"));
  CITYBRAIN_ASSIGN(flow, read_text(a.flow, "--flow"));
  CITYBRAIN_ASSIGN(network, city::import_cityflow_roadnet(roadnet, a.roadnet.string(), {}));
  city::ImportReport report;
  CITYBRAIN_ASSIGN(demand,
                   city::import_cityflow_flow(flow, a.flow.string(), network, false, report));
  return BenchCity{std::make_shared<const model::RoadNetwork>(std::move(network)),
                   std::move(demand)};
}

Result<BenchCity> from_preset(const CityBenchOptions& a) {
  CITYBRAIN_ASSIGN(made, city::make_preset(a.preset, a.vehicles, a.horizon_s, a.seed));
  return BenchCity{std::make_shared<const model::RoadNetwork>(std::move(made.network)),
                   std::move(made.demand)};
}

Result<CityBench> measure(BenchCity world, const CityBenchOptions& o) {
  city::Options options;
  options.seed = o.seed;
  options.own_plan_after_s = 1;
  options.truth_interval_s = 3600;
  CITYBRAIN_ASSIGN(city, city::make_city(world.network, std::move(world.demand), options));
  CityBench m;
  const std::uint32_t warm_up = o.horizon_s / 10;
  double began = cpu_now_s(), shown_s = 0;
  for (std::uint32_t t = 1; t <= o.horizon_s; ++t) {
    if (t == warm_up + 1) {
      began = cpu_now_s();
      shown_s = 0;
    }
    CITYBRAIN_TRY(city->advance_to(options.start + std::int64_t{t} * model::kStepMs));
    const auto& truth = city::truth(*city);
    m.created += truth.created_s.size();
    m.finished += truth.finished.size();
    if (m.created != m.finished + truth.running + truth.waiting_outside)
      return Error{"CB-CITY-CONSERVATION",
                   fmt::format("{} vehicles were created, {} finished, {} are inside and {} wait",
                               m.created, m.finished, truth.running, truth.waiting_outside),
                   fmt::format("second {}", t), ""};
    if (t > warm_up) m.vehicle_seconds += truth.running;
    m.most_running = std::max(m.most_running, truth.running);
    if (t % 16 == 0) {
      const double before = cpu_now_s();
      if (o.progress) o.progress(static_cast<double>(t) / o.horizon_s, t);
      shown_s += cpu_now_s() - before;
      if (o.stop != nullptr && *o.stop)
        return Error{"CB-RUN-INTERRUPTED", "interrupted", "bench city", ""};
    }
  }
  m.seconds = o.horizon_s - warm_up;
  m.cpu_s = cpu_now_s() - began - shown_s;
  m.vehicle_bytes = city::vehicle_bytes(*city);
  m.resident_bytes = resident_bytes();
  return m;
}

}  // namespace

Result<CityBench> bench_city(const CityBenchOptions& options) {
  CITYBRAIN_ASSIGN(world, options.preset.empty() ? from_files(options) : from_preset(options));
  return measure(std::move(world), options);
}

}  // namespace citybrain::experiment
