// The same city on the same seeds in several modes: paired runs, 95% intervals. Runs share the
// cores (one run a thread); each has its folder OUT/<mode>/seed-<n>; what is finished is kept, so
// that an interrupted comparison goes on with --resume. Errors as run().
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/experiment/report.h"
#include "scenarios/experiment/run.h"

namespace citybrain::experiment {

struct CompareOptions {
  std::vector<std::string>
      modes;  ///< empty: all of the scenario, in its order; the first is the baseline
  std::uint32_t seeds = 10;  ///< how many, from `first_seed` on
  std::uint64_t first_seed = 1;
  std::uint32_t horizon_s = 0;  ///< 0: the scenario's
  std::string policy;           ///< of every desk in every mode; empty: the scenario's
  bool lenient = false;
  network::Fsync fsync;
  /// Where the logs are; empty: embedded. Every run has topics of its own: PREFIX-MODE-seed-N, or a
  /// prefix of chance where none is given. They are removed when a run is done, unless keep_logs.
  std::optional<network::KafkaOptions> kafka;
  std::filesystem::path out;
  bool resume = false;
  bool keep_logs = false;     ///< else a finished run keeps its reports only
  std::uint32_t threads = 0;  ///< 0: one a core
  Language language = Language::kEnglish;
};

struct CompareProgress {
  std::uint32_t runs_done = 0;
  std::uint32_t runs = 0;
  double fraction = 0;  ///< of all steps of all runs
};

struct CompareHooks {
  std::function<void(const CompareProgress&)> progress;  ///< from several threads, one at a time
  const std::atomic<bool>* stop = nullptr;
};

/// Writes OUT/compare.json and OUT/compare.html.
model::Result<CompareReport> compare(const Scenario& scenario, const World& world,
                                     const catalog::Catalog& catalog, const CompareOptions& options,
                                     const CompareHooks& hooks);

}  // namespace citybrain::experiment
