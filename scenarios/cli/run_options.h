// Options of the commands that run one scenario once, whole (run) or as parts beside each other
// (up, city, connector, hub), and how they become experiment::RunOptions. Errors CB-USAGE-*,
// CB-INPUT-*.
#pragma once

#include <CLI/App.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "scenarios/cli/metrics_options.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/run.h"

namespace citybrain::cli {

struct OneRun {
  CommonOptions common;
  std::string sharing;
  std::optional<std::uint64_t> seed;
  std::string keys;  ///< folder; empty: OUT/keys
  bool perfect_sensors = false;
  std::string log_retention;  ///< empty: all of the log is kept
  MetricsOptions metrics;
};
struct PartOptions {
  OneRun run;
  std::string patience = "60s";
};

void add_one_run(CLI::App& command, OneRun& run, ScenarioIs scenario = ScenarioIs::kArgument);
void add_part(CLI::App& command, PartOptions& options, ScenarioIs scenario);

model::Result<experiment::RunOptions> run_options(const OneRun& run, const Loaded& loaded);
/// The folder of a run that names none with --out.
std::filesystem::path usual_folder(const Loaded& loaded, const experiment::RunOptions& settled);
/// The log of a part that is a process of its own. Error CB-USAGE-NETWORK: it needs a broker and
/// the prefix of the run's topics.
model::Result<std::unique_ptr<network::Log>> open_shared(const Loaded& loaded,
                                                         const std::string& identity,
                                                         MetricsOutput& metrics);
/// Has a run in this process counted where that is wanted.
void measure(MetricsOutput& metrics, const Loaded& loaded, experiment::RunOptions& options,
             experiment::RunHooks& hooks);
model::Result<std::chrono::milliseconds> patience(const PartOptions& options);

}  // namespace citybrain::cli
