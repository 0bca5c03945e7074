#include "scenarios/experiment/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

/// One cell of the table: a mode on a seed.
struct Cell {
  RunOptions options;
  std::optional<RunReport> report;
  std::optional<Error> error;
  model::Step steps_done = 0;
};

/// Progress of all runs together; one lock, taken every 60 steps of a run.
class Together {
 public:
  Together(std::vector<Cell>& cells, const CompareHooks& hooks) : cells_(cells), hooks_(hooks) {}
  void step(Cell& cell, model::Step step) {
    if (step % 60 != 0) return;
    const std::scoped_lock lock(mutex_);
    cell.steps_done = step;
    tell();
  }
  void done(Cell& cell, Result<RunReport> result) {
    const std::scoped_lock lock(mutex_);
    cell.steps_done = cell.options.horizon_s;
    ++done_;
    if (result) {
      cell.report = std::move(*result);
    } else {
      cell.error = result.error();
      failed_ = true;
    }
    tell();
  }
  bool failed() {
    const std::scoped_lock lock(mutex_);
    return failed_;
  }

 private:
  void tell() {
    if (!hooks_.progress) return;
    double steps = 0, all = 0;
    for (const auto& c : cells_) {
      steps += c.steps_done;
      all += c.options.horizon_s;
    }
    hooks_.progress({done_, static_cast<std::uint32_t>(cells_.size()), all > 0 ? steps / all : 1});
  }

  std::vector<Cell>& cells_;
  const CompareHooks& hooks_;
  std::mutex mutex_;
  std::uint32_t done_ = 0;
  bool failed_ = false;
};

/// The report of an earlier, finished run of the same thing; nothing when there is none.
std::optional<RunReport> finished_earlier(const Scenario& scenario, const RunOptions& options) {
  const fs::path file = options.out / "report.json";
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return std::nullopt;
  auto report = parse_run_json(text.str(), file.string());
  if (!report || report->config_hash != scenario.config_hash || report->seed != *options.seed ||
      report->sharing != options.sharing || report->horizon_s != options.horizon_s)
    return std::nullopt;
  return std::move(*report);
}

Result<RunReport> run_cell(const Scenario& scenario, const World& world,
                           const catalog::Catalog& catalog, Cell& cell, Together& together,
                           const CompareOptions& options, const CompareHooks& hooks) {
  if (options.resume) {
    if (auto earlier = finished_earlier(scenario, cell.options)) return std::move(*earlier);
    std::error_code ec;
    cell.options.resume = fs::exists(cell.options.out / "run.json", ec) &&
                          (cell.options.kafka || fs::exists(cell.options.out / "log", ec));
  }
  RunHooks run_hooks;
  run_hooks.stop = hooks.stop;
  run_hooks.progress = [&](const Progress& p) { together.step(cell, p.step); };
  auto report = run(scenario, world, catalog, cell.options, run_hooks);
  if (report && !options.keep_logs) {
    CITYBRAIN_TRY(remove_past_topics(cell.options.out, cell.options.kafka));
    for (const char* name : {"log", "store"}) {
      std::error_code ec;
      fs::remove_all(cell.options.out / name, ec);
    }
  }
  return report;
}

Result<std::vector<Cell>> cells_of(const Scenario& scenario, const CompareOptions& options) {
  std::vector<std::string> modes = options.modes;
  if (modes.empty())
    for (const auto& m : scenario.modes) modes.push_back(m.name);
  std::vector<Cell> cells;
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
      cells.push_back({std::move(settled), {}, {}, 0});
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
                     const std::vector<Cell>& cells) {
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
  CITYBRAIN_ASSIGN(cells, cells_of(scenario, options));
  std::error_code ec;
  if (!options.resume && fs::exists(options.out, ec) && !fs::is_empty(options.out, ec) &&
      !fs::exists(options.out / "compare.marker", ec))
    return Error{"CB-INPUT-OUT",
                 "the output folder holds something that is not a comparison of citybrain",
                 options.out.string(), "choose an empty or new folder with --out FOLDER"};
  fs::create_directories(options.out, ec);
  if (ec)
    return Error{"CB-INPUT-OUT", "the output folder cannot be written: " + ec.message(),
                 options.out.string(), "choose another one with --out FOLDER"};
  CITYBRAIN_TRY(write_file(options.out / "compare.marker", "citybrain compare\n"));

  Together together(cells, hooks);
  boost::asio::thread_pool pool(
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency()));
  for (auto& cell : cells) {
    boost::asio::post(pool, [&] {
      if (together.failed()) return;
      together.done(cell, run_cell(scenario, world, catalog, cell, together, options, hooks));
    });
  }
  pool.join();
  for (const auto& cell : cells)
    if (cell.error) return *cell.error;
  CompareReport report = gather(scenario, options, cells);
  report.warnings.insert(report.warnings.begin(), world.warnings.begin(), world.warnings.end());
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  CITYBRAIN_TRY(write_file(options.out / "compare.html", compare_html(report, options.language)));
  CITYBRAIN_TRY(write_file(options.out / "compare.json", compare_json(report)));
  return report;
}

}  // namespace citybrain::experiment
