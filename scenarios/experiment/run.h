// One run: the city, its departments, the network, the hub, in lock-step, and what came of it.
// Everything goes through the log and the store in the run's folder, in every mode.
//
//   OUT/run.json       what run this is (resume refuses another one), on Kafka its topics' prefix
//   OUT/log, OUT/store the network's log and the hub's warehouse
//   OUT/keys               where the scenario signs or seals: key file and vaults (guard.h)
//   OUT/report.json, OUT/report.html
//   OUT/trips.csv, OUT/links.csv   when asked for: every vehicle, every lane over time
//   OUT/replay.cbr                 when asked for: every second, to look at (docs/replay.md)
//
// A run that was killed goes on with resume: the city and the departments are replayed from their
// seed (what they publish again is dropped by the log), the hub goes on from its last snapshot.
// Errors: CB-INPUT-*, CB-RUN-*, CB-NODE-*, CB-NETWORK-*, CB-STORE-*. Many runs may live in one
// process, one thread each.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "hub/network/kafka.h"
#include "hub/network/network.h"
#include "scenarios/experiment/hub_metrics.h"
#include "scenarios/experiment/report.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

struct RunOptions {
  std::string sharing;                ///< empty: the scenario's
  std::optional<std::uint64_t> seed;  ///< empty: the scenario's
  std::uint32_t horizon_s = 0;        ///< 0: the scenario's
  std::string policy;                 ///< of every desk; empty: the scenario's
  bool perfect_sensors = false;  ///< and demand as recorded, decisions without delay: the check
                                 ///< against reference simulators
  bool lenient = false;
  network::Fsync fsync;
  /// Where the log is; empty: embedded, in OUT/log. An empty prefix: one of the run's own, which
  /// OUT/run.json keeps. Its identity is the run's.
  std::optional<network::KafkaOptions> kafka;
  std::filesystem::path out;
  std::filesystem::path keys;  ///< folder of the run's keys; empty: OUT/keys
  bool resume = false;
  bool shares_process =
      false;  ///< other runs share this process: count this thread's CPU time only
  Language language = Language::kEnglish;
  /// OUT/trips.csv and OUT/links.csv, by intervals of so many seconds; 0: neither.
  std::uint32_t csv_interval_s = 0;
  /// Simulated time that the log keeps; what is older goes while the run goes on, as far as nobody
  /// needs it (retention.h). 0: all of it is kept.
  std::uint32_t log_retention_s = 0;
  /// OUT/replay.cbr, a frame every so many seconds; 0: none.
  std::uint32_t replay_interval_s = 0;
};

struct Progress {
  model::Step step = 0;
  model::Step steps = 0;
  bool replaying = false;  ///< catching up with what an earlier run of this folder did
};

struct RunHooks {
  std::function<void(const Progress&)> progress;  ///< after every step; may be empty
  StepHook stepped;                               ///< after every Step of the hub; may be empty
  const std::atomic<bool>* stop =
      nullptr;  ///< when it turns true the run syncs and ends with CB-RUN-INTERRUPTED
  /// Wraps the log, for tests that alter or suppress records; may be empty.
  std::function<std::unique_ptr<network::Log>(std::unique_ptr<network::Log>)> wrap_log;
};

/// The scenario with the options' mode, seed, horizon and policy, checked: unknown ones are
/// CB-USAGE-* with the nearest valid name.
model::Result<RunOptions> settle(const Scenario& scenario, RunOptions options);

/// `world` belongs to the scenario. Writes report.json and report.html into options.out.
model::Result<RunReport> run(const Scenario& scenario, const World& world,
                             const catalog::Catalog& catalog, const RunOptions& options,
                             const RunHooks& hooks);

}  // namespace citybrain::experiment
