#include "scenarios/experiment/together.h"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "scenarios/experiment/cpu_time.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/merge.h"
#include "scenarios/experiment/parts.h"
#include "scenarios/experiment/whole_store.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

constexpr std::chrono::milliseconds kLook{20};  // for an interruption, and to show progress

/// The threads: when one fails, the others are told to stop.
class Threads {
 public:
  const std::atomic<bool>& stop() const { return stop_; }

  template <class Work>
  void start(Work work) {
    ++running_;
    threads_.emplace_back([this, work = std::move(work)] {
      const auto done = work();
      const std::lock_guard lock(mutex_);
      if (!done) note(done.error());
      --running_;
      ended_.notify_all();
    });
  }
  /// Until all have ended; calls `look` now and then. The error that came first, if any.
  template <class Look>
  std::optional<Error> wait(const std::atomic<bool>* outside, const Look& look) {
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, kLook, [&] { return running_ == 0; })) {
      if (outside != nullptr && outside->load(std::memory_order_relaxed)) stop_ = true;
      lock.unlock();
      look();
      lock.lock();
    }
    lock.unlock();
    for (auto& t : threads_) t.join();
    threads_.clear();
    return error_;
  }

 private:
  void note(const Error& error) {
    // That it was told to stop is only worth saying when nothing else is.
    const bool told = stop_ && error.code == "CB-RUN-INTERRUPTED";
    if (!error_ || (error_->code == "CB-RUN-INTERRUPTED" && !told)) error_ = error;
    stop_ = true;
  }
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
  std::optional<Error> error_;
  std::vector<std::thread> threads_;
};

/// Tells `to` of all hubs together: sums, and the step that the slowest has done.
class Sums {
 public:
  Sums(StepHook to, std::size_t hubs) : to_(std::move(to)), last_(hubs) {}

  StepHook of(std::size_t hub) {
    if (!to_) return {};
    return [this, hub](const StepDone& done) {
      const std::lock_guard lock(mutex_);
      last_[hub] = {done.step, done.counters, done.totals, done.indicators};
      StepDone sum{done.step, done.at, done.seconds, counters_, {}, {}};
      std::vector<store::IndicatorRow> rows;
      for (const auto& last : last_) rows.push_back(last.indicators);
      sum.indicators = store::together(rows);
      counters_.assign(done.counters.size(), {});
      for (const auto& last : last_) {
        sum.step = std::min(sum.step, last.step);
        for (std::size_t d = 0; d < last.counters.size(); ++d) counters_[d].add(last.counters[d]);
        sum.totals.add(last.totals);
      }
      to_(sum);
    };
  }

 private:
  struct Last {
    model::Step step = 0;
    std::vector<access::Counters> counters;
    node::Totals totals;
    store::IndicatorRow indicators;
  };
  const StepHook to_;
  std::mutex mutex_;
  std::vector<Last> last_;
  std::vector<access::Counters> counters_;
};

/// Runs the parts; fills what they say of the run.
Result<void> run_all(const PartContext& told, const RunHooks& hooks,
                     std::span<const HubOptions> hubs, RunOutcome& outcome) {
  Threads threads;
  std::atomic<model::Step> done = 0;
  PartContext part = told, hub_part = told;
  part.patience.stop = hub_part.patience.stop = &threads.stop();
  hub_part.progress = [&](model::Step step) { done = step; };
  Sums sums(hooks.stepped, hubs.size());
  std::vector<HubFigures> figures(hubs.size());
  std::vector<const Department*> group;
  for (const auto& d : departments()) group.push_back(&d);
  threads.start([&]() -> Result<void> {
    CITYBRAIN_ASSIGN(remarks, run_city(part));
    outcome.remarks = std::move(remarks);
    return {};
  });
  threads.start([&] { return run_connectors(part, group); });
  for (std::size_t h = 0; h < hubs.size(); ++h) {
    threads.start([&, h]() -> Result<void> {
      PartContext own_part = hub_part;
      own_part.stepped = sums.of(h);
      CITYBRAIN_ASSIGN(own, run_hub(own_part, hubs[h]));
      figures[h] = std::move(own);
      return {};
    });
  }
  const auto steps = told.options.horizon_s;
  const auto failed = threads.wait(hooks.stop, [&] {
    if (hooks.progress) hooks.progress({done, steps, false});
  });
  if (hooks.progress) hooks.progress({done, steps, false});
  if (failed) return *failed;
  CITYBRAIN_ASSIGN(merged, merge_figures(figures, *told.world.network, steps));
  outcome.figures = std::move(merged);
  return {};
}

}  // namespace

Result<RunReport> run_together(const Scenario& scenario, const World& world,
                               const catalog::Catalog& catalog, const RunOptions& options,
                               const RunHooks& hooks, std::uint32_t hubs,
                               std::chrono::milliseconds patience) {
  const auto wall = std::chrono::steady_clock::now();
  const double cpu = cpu_now_s(false);
  // What is wrong with the input is said before anything is written.
  CITYBRAIN_ASSIGN(views, view_names(scenario, world, catalog, options));
  CITYBRAIN_ASSIGN(folder, RunFolder::open(scenario, options));
  CITYBRAIN_ASSIGN(opened,
                   network::open_embedded({options.out / "log", options.fsync, folder.identity()}));
  const auto log = hooks.wrap_log ? hooks.wrap_log(std::move(opened)) : std::move(opened);
  PartContext part{scenario, world, catalog, options, *log, false, {patience, nullptr}, {}};
  part.state = options.out / "connectors";
  RunOutcome outcome;
  outcome.views = std::move(views);
  CITYBRAIN_ASSIGN(placed, hubs_on_clouds(scenario, world, catalog, options, options.out, hubs));
  CITYBRAIN_TRY(run_all(part, hooks, placed, outcome));
  CITYBRAIN_ASSIGN(whole, whole_store(scenario, world, catalog, options, *log));
  outcome.remarks.insert(outcome.remarks.end(), whole.remarks.begin(), whole.remarks.end());
  outcome.log = log.get();
  outcome.store = whole.store.get();
  CITYBRAIN_ASSIGN(report, report_of(scenario, world, catalog, options, outcome));
  report.cpu_s = cpu_now_s(false) - cpu;
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  CITYBRAIN_TRY(folder.finish(report, *world.network, options.language));
  return std::move(report);
}

}  // namespace citybrain::experiment
