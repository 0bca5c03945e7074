// What the two rooms on RocksDB (network, store) have in common: quiet options and readable errors.
// For their .cpp files only: a public header never includes it. Header-only, so that a room without
// RocksDB does not link it.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/table.h>

#include <cstdarg>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::runtime {

/// RocksDB's own log file would cost more than a short run's data, and says nothing that an Error
/// does not.
class QuietLogger : public rocksdb::Logger {
 public:
  QuietLogger() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

inline rocksdb::DBOptions quiet_database() {
  rocksdb::DBOptions o;
  o.create_if_missing = true;
  o.info_log = std::make_shared<QuietLogger>();
  o.stats_dump_period_sec = 0;
  o.stats_persist_period_sec = 0;
  o.skip_stats_update_on_db_open = true;
  o.max_file_opening_threads = 1;
  o.keep_log_file_num = 1;
  // One writer: the concurrent paths only cost.
  o.allow_concurrent_memtable_write = false;
  o.enable_write_thread_adaptive_yield = false;
  // A torn tail that was never synced is dropped; what lies before it is a prefix of the writes.
  o.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // What the WAL holds goes back into memtables at open, instead of into a new small file at every
  // open.
  o.avoid_flush_during_recovery = true;
  return o;
}

/// `doing` is what failed ("cannot open the log").
inline model::Error rocks_error(std::string_view code, std::string_view doing,
                                const std::filesystem::path& where, const rocksdb::Status& status) {
  std::string mend;
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit)
    mend = "Free some space (./citybrain clean), or choose a folder on another disk.";
  else if (status.IsCorruption())
    mend =
        "Files were altered or lost: restore the folder from a copy, or remove it and run again "
        "from the seed.";
  else if (status.IsIOError())
    mend = "Check that the disk is healthy, not full, and writable for this user.";
  return {std::string(code), std::string(doing) + ": " + status.ToString(), where.string(), mend};
}

}  // namespace citybrain::runtime
