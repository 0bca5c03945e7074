// The folder of a run: which run it is (run.json), its log and store, its reports. Never removes
// what it did not make. Private to scenarios/experiment.
#pragma once

#include <filesystem>
#include <string>

#include "scenarios/experiment/run.h"

namespace citybrain::experiment {

class RunFolder {
 public:
  /// Prepares options.out: empty for a new run (an earlier run of citybrain there is replaced), as
  /// it is for --resume. Errors CB-INPUT-OUT (holds something else, is not writable),
  /// CB-INPUT-STORE (another run), CB-INPUT-RESUME (nothing to resume).
  static model::Result<RunFolder> open(const Scenario& scenario, const RunOptions& options);

  /// What makes two runs the same: scenario, configuration, seed, mode, horizon, policy, sensors,
  /// format.
  const std::string& identity() const { return identity_; }
  model::Result<void> finish(const RunReport& report, const model::RoadNetwork& network,
                             Language language) const;

 private:
  RunFolder(std::filesystem::path out, std::string identity)
      : out_(std::move(out)), identity_(std::move(identity)) {}
  std::filesystem::path out_;
  std::string identity_;
};

/// Writes a whole file or nothing (a temporary file, synced, renamed). Error CB-RUN-WRITE.
model::Result<void> write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace citybrain::experiment
