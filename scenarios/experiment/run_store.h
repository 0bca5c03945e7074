// The warehouse of a run that is over, for whoever looks in, and the upkeep of a run's folder:
// backup of store and log together, restore, and the step from the previous release's format.
//
//   BACKUP/backup.json   which run, at which Step, every file with its size and digest; written
//   last BACKUP/run/...       the run's folder: run.json, log, store, reports
//
// Promises: a backup, a restored run and a checkpoint are whole or not there, also after a kill at
// any point: they get their name last. A backup is of one Step: the log holds everything that the
// store's last Step read and said. Nothing is written into a run's folder by reading it but what
// opening a log and a store writes. Errors: CB-INPUT-RUN (no run, its store is missing or its log
// is on Kafka), CB-INPUT-OUT, CB-INPUT-BACKUP, CB-STORE-*, CB-NETWORK-*. One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "hub/model/result.h"
#include "hub/store/store.h"

namespace citybrain::experiment {

/// Which run the folder says it holds.
model::Result<std::string> identity_of_past(const std::filesystem::path& out);

/// OUT/store. Nobody else may have it open.
model::Result<std::unique_ptr<store::Store>> open_past_store(const std::filesystem::path& out);

struct BackupReport {
  std::string identity;
  model::Step step = 0;
  std::uint64_t files = 0, bytes = 0;
};
model::Result<BackupReport> backup_run(const std::filesystem::path& out,
                                       const std::filesystem::path& backup);
/// Checks every file of the backup before anything is written.
model::Result<BackupReport> restore_run(const std::filesystem::path& backup,
                                        const std::filesystem::path& out);

/// Rows rewritten; 0 when the store is of this release's format.
model::Result<std::uint64_t> migrate_run(const std::filesystem::path& out);

}  // namespace citybrain::experiment
