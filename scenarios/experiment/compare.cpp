#include "scenarios/experiment/compare.h"

#include <fmt/format.h>

#include <chrono>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/run_cells.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

using model::Result;

namespace {

Result<std::vector<RunCell>> cells_of(const Scenario& scenario, const World& world,
                                      const CompareOptions& options) {
  std::vector<std::string> modes = options.modes;
  if (modes.empty())
    for (const auto& m : scenario.modes) modes.push_back(m.name);
  std::vector<RunCell> cells;
  for (const auto& mode : modes) {
    for (std::uint32_t i = 0; i < options.seeds; ++i) {
      RunOptions o;
      o.sharing = mode;
      o.seed = options.first_seed + i;
      o.horizon_s = options.horizon_s;
      o.policy = options.policy;
      o.lenient = options.lenient;
      o.fsync = options.fsync;
      o.kafka = options.kafka;
      if (o.kafka && !o.kafka->prefix.empty())
        o.kafka->prefix += fmt::format("-{}-seed-{}", mode, *o.seed);
      o.out = options.out / mode / fmt::format("seed-{}", *o.seed);
      o.language = options.language;
      o.shares_process = true;
      CITYBRAIN_ASSIGN(settled, settle(scenario, std::move(o)));
      cells.push_back({&scenario, &world, std::move(settled)});
    }
  }
  return cells;
}

std::map<std::string, double> outcomes_of(const RunReport& r) {
  const auto& o = r.evaluation.outcomes;
  std::map<std::string, double> out{{"average_travel_time_s", o.average_travel_time_s},
                                    {"average_travel_time_paper_s", o.average_travel_time_paper_s},
                                    {"vehicles_finished", static_cast<double>(o.vehicles_finished)},
                                    {"mean_queue_veh", o.mean_queue_veh},
                                    {"mean_speed_mps", o.mean_speed_mps}};
  const auto& e = o.emergencies;
  if (e.response_s.n > 0) {
    out["emergency_response_s"] = e.response_s.mean;
    out["emergency_response_p90_s"] = e.response_s.p90;
    out["emergency_answered"] = static_cast<double>(e.answered);
  }
  if (e.hospital_s.n > 0) out["emergency_hospital_s"] = e.hospital_s.mean;
  if (e.police_s.n > 0) out["police_response_s"] = e.police_s.mean;
  return out;
}

/// Only outcomes that every run has can be paired.
void drop_unpaired(CompareReport& report) {
  std::map<std::string, std::size_t> runs;
  std::size_t all = 0;
  for (const auto& m : report.modes) {
    all += m.seeds.size();
    for (const auto& [name, values] : m.outcomes) runs[name] += values.size();
  }
  for (auto& m : report.modes)
    std::erase_if(m.outcomes, [&](const auto& o) { return runs[o.first] != all; });
}

CompareReport gather(const Scenario& scenario, const CompareOptions& options,
                     const std::vector<RunCell>& cells) {
  CompareReport out;
  const Language l = options.language;
  out.scenario = scenario.name;
  out.title = options.language == Language::kChinese ? scenario.title_zh : scenario.title_en;
  out.config_hash = scenario.config_hash;
  out.version = CITYBRAIN_VERSION;
  for (const auto& cell : cells) {
    if (out.modes.empty() || out.modes.back().mode != cell.options.sharing) {
      out.modes.push_back({});
      out.modes.back().mode = cell.options.sharing;
    }
    auto& mode = out.modes.back();
    mode.policies = cell.report->policies;
    mode.seeds.push_back(*cell.options.seed);
    for (const auto& [name, value] : outcomes_of(*cell.report))
      mode.outcomes[name].push_back(value);
    const auto jams =
        evaluator::sentences(cell.report->evaluation.gridlock, l == Language::kChinese);
    if (!jams.empty())
      out.warnings.push_back(fmt::format("{}, {} {}: {}: {}", mode_name(mode.mode, l),
                                         word("seed", l), *cell.options.seed, word("gridlock", l),
                                         jams.front()));
    mode.outcome_hashes.push_back(cell.report->evaluation.outcome_hash);
    out.horizon_s = cell.report->horizon_s;
    out.cpu_s += cell.report->cpu_s;
  }
  drop_unpaired(out);
  pair_differences(out);
  return out;
}

}  // namespace

Result<CompareReport> compare(const Scenario& scenario, const World& world,
                              const catalog::Catalog& catalog, const CompareOptions& options,
                              const CompareHooks& hooks) {
  const auto wall = std::chrono::steady_clock::now();
  CITYBRAIN_ASSIGN(cells, cells_of(scenario, world, options));
  CITYBRAIN_TRY(open_comparison(options));
  CITYBRAIN_TRY(run_cells(cells, catalog, options, hooks));
  CompareReport report = gather(scenario, options, cells);
  report.warnings.insert(report.warnings.begin(), world.warnings.begin(), world.warnings.end());
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  CITYBRAIN_TRY(write_file(options.out / "compare.html", compare_html(report, options.language)));
  CITYBRAIN_TRY(write_file(options.out / "compare.json", compare_json(report)));
  return report;
}

}  // namespace citybrain::experiment
