// The folder of a run: which run it is (run.json), its log and store, its reports. On Kafka
// run.json also keeps the prefix of the run's topics: --resume finds them there, and a new run in
// the folder removes them as it removes a log. It says when the run began, in simulated time. Never
// removes what it did not make. Private to scenarios/experiment.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "hub/store/store.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/run_request.h"

namespace citybrain::experiment {

/// What makes two runs the same: scenario, configuration, seed, mode, horizon, policy, sensors,
/// format.
std::string identity_of(const Scenario& scenario, const RunOptions& options);

/// The log of a run that is over, to look at: OUT/log, or the topics on Kafka that OUT/run.json
/// names, at the brokers of `kafka`. Errors CB-INPUT-STORE, CB-USAGE-NETWORK, CB-NETWORK-*.
model::Result<std::unique_ptr<network::Log>> open_past_log(
    const std::filesystem::path& out, const std::optional<network::KafkaOptions>& kafka);

/// A run that is over, to look at.
struct PastRun {
  std::filesystem::path out;
  std::string identity;
  model::EventTime start;             ///< 0: made by a version that did not say it
  std::optional<RunRequest> request;  ///< nothing in folders of earlier versions
  bool on_kafka = false;

  /// Its warehouse. Errors CB-INPUT-RUN (none, or not in one yet), CB-STORE-OPEN (in use).
  model::Result<std::unique_ptr<store::Store>> store() const;
};
/// Error CB-INPUT-RUN when the folder holds no run.
model::Result<PastRun> past_run(const std::filesystem::path& out);

/// What a log says of its run.
struct LogRun {
  std::string identity;
  model::EventTime start;  ///< 0: made by a version that did not say it
};
/// Of a run whose parts are beside each other. Error CB-INPUT-RUN.
model::Result<LogRun> run_on(network::Log& log);

/// Removes the topics that OUT/run.json names; nothing where the log is in the folder.
model::Result<void> remove_past_topics(const std::filesystem::path& out,
                                       const std::optional<network::KafkaOptions>& kafka);

class RunFolder {
 public:
  /// Prepares options.out: empty for a new run (an earlier run of citybrain there is replaced), as
  /// it is for --resume. Errors CB-INPUT-OUT (holds something else, is not writable),
  /// CB-INPUT-STORE (another run), CB-INPUT-RESUME (nothing to resume).
  static model::Result<RunFolder> open(const Scenario& scenario, const RunOptions& options);

  const std::string& identity() const { return identity_; }
  /// The run's log: OUT/log, or on Kafka the topics that run.json names.
  model::Result<std::unique_ptr<network::Log>> open_log(const RunOptions& options) const;
  /// Says in run.json whose topics they are, once they are this run's.
  model::Result<void> remember_topics() const;
  /// Of the topics on Kafka; empty: embedded.
  const std::string& prefix() const { return prefix_; }
  model::Result<void> finish(const RunReport& report, const model::RoadNetwork& network,
                             Language language) const;

 private:
  RunFolder(std::filesystem::path out, std::string identity, std::string prefix,
            model::EventTime start, std::string request)
      : out_(std::move(out)),
        identity_(std::move(identity)),
        prefix_(std::move(prefix)),
        start_(start),
        request_(std::move(request)) {}
  std::filesystem::path out_;
  std::string identity_;
  std::string prefix_;  ///< of the topics on Kafka; empty: embedded
  model::EventTime start_;
  std::string request_;
};

/// Writes a whole file or nothing (a temporary file, synced, renamed). Error CB-RUN-WRITE.
model::Result<void> write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace citybrain::experiment
