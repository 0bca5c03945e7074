#include "scenarios/experiment/run_cells.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <fstream>
#include <mutex>
#include <sstream>
#include <thread>

#include "scenarios/experiment/folder.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

/// Progress of all runs together; one lock, taken every 60 steps of a run.
class Together {
 public:
  Together(std::vector<RunCell>& cells, const CompareHooks& hooks) : cells_(cells), hooks_(hooks) {}
  void step(RunCell& cell, model::Step step) {
    if (step % 60 != 0) return;
    const std::scoped_lock lock(mutex_);
    cell.steps_done = step;
    tell();
  }
  void done(RunCell& cell, Result<RunReport> result) {
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

  std::vector<RunCell>& cells_;
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

Result<RunReport> run_cell(const catalog::Catalog& catalog, RunCell& cell, Together& together,
                           const CompareOptions& options, const CompareHooks& hooks) {
  const Scenario& scenario = *cell.scenario;
  if (options.resume) {
    if (auto earlier = finished_earlier(scenario, cell.options)) return std::move(*earlier);
    std::error_code ec;
    cell.options.resume = fs::exists(cell.options.out / "run.json", ec) &&
                          (cell.options.kafka || fs::exists(cell.options.out / "log", ec));
  }
  RunHooks run_hooks;
  run_hooks.stop = hooks.stop;
  run_hooks.progress = [&](const Progress& p) { together.step(cell, p.step); };
  auto report = run(scenario, *cell.world, catalog, cell.options, run_hooks);
  if (report && !options.keep_logs) {
    CITYBRAIN_TRY(remove_past_topics(cell.options.out, cell.options.kafka));
    for (const char* name : {"log", "store"}) {
      std::error_code ec;
      fs::remove_all(cell.options.out / name, ec);
    }
  }
  return report;
}

}  // namespace

Result<void> open_comparison(const CompareOptions& options) {
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
  return write_file(options.out / "compare.marker", "citybrain compare\n");
}

Result<void> run_cells(std::vector<RunCell>& cells, const catalog::Catalog& catalog,
                       const CompareOptions& options, const CompareHooks& hooks) {
  Together together(cells, hooks);
  boost::asio::thread_pool pool(
      options.threads > 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency()));
  for (auto& cell : cells) {
    boost::asio::post(pool, [&] {
      if (together.failed()) return;
      together.done(cell, run_cell(catalog, cell, together, options, hooks));
    });
  }
  pool.join();
  for (const auto& cell : cells)
    if (cell.error) return *cell.error;
  return {};
}

}  // namespace citybrain::experiment
