// What the two rooms on RocksDB (network, store) have in common: quiet options and readable errors.
// For their .cpp files only: a public header never includes it. Header-only, so that a room without
// RocksDB does not link it.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/listener.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/runtime/files.h"
#include "hub/runtime/manifest.h"

namespace citybrain::runtime {

/// RocksDB's own log file would cost more than a short run's data, and says nothing that an Error
/// does not.
class QuietLogger : public rocksdb::Logger {
 public:
  QuietLogger() : Logger(rocksdb::InfoLogLevel::FATAL_LEVEL) {}
  using Logger::Logv;
  void Logv(const char*, va_list) override {}
};

/// Syncs a log of RocksDB before the next one takes its first write. RocksDB does not: after a
/// power cut the end of the older one can be missing while writes of the newer one are there, and
/// recovery takes them, with a hole before them. What is found must be a prefix of what was
/// written.
class SealedLogs final : public rocksdb::EventListener {
 public:
  void watch(rocksdb::DB* database) { database_ = database; }
  /// RocksDB's writer calls it between opening the next log and writing to it. A sync that fails
  /// stops the database's writes, so that nothing goes into the next log either.
  void OnMemTableSealed(const rocksdb::MemTableInfo&) override {
    if (auto* database = database_.load()) database->SyncWAL().PermitUncheckedError();
  }

 private:
  std::atomic<rocksdb::DB*> database_ = nullptr;
};

inline rocksdb::DBOptions quiet_database(rocksdb::Env& env) {
  rocksdb::DBOptions o;
  o.env = &env;
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
  // A log of RocksDB that was synced and then vanished, or lost its end, is noticed.
  o.track_and_verify_wals_in_manifest = true;
  // What the WAL holds goes back into memtables at open, instead of into a new small file at every
  // open.
  o.avoid_flush_during_recovery = true;
  return o;
}

/// What was created, renamed or removed in the folder survives a power cut.
inline rocksdb::IOStatus sync_folder(rocksdb::FileSystem& files,
                                     const std::filesystem::path& folder) {
  std::unique_ptr<rocksdb::FSDirectory> directory;
  auto status = files.NewDirectory(folder.string(), {}, &directory, nullptr);
  if (status.ok()) status = directory->Fsync({}, nullptr);
  return status;
}

inline rocksdb::IOStatus read_whole(rocksdb::FileSystem& files, const std::string& path,
                                    std::string& bytes) {
  std::uint64_t size = 0;
  auto status = files.GetFileSize(path, {}, &size, nullptr);
  std::unique_ptr<rocksdb::FSSequentialFile> file;
  if (status.ok()) status = files.NewSequentialFile(path, {}, &file, nullptr);
  if (!status.ok()) return status;
  bytes.resize(size);
  rocksdb::Slice got;
  status = file->Read(size, {}, &got, bytes.data(), nullptr);
  if (status.ok() && got.size() != size) status = rocksdb::IOStatus::IOError("a short read");
  if (status.ok() && got.data() != bytes.data()) bytes.assign(got.data(), got.size());
  return status;
}

/// Writes the file so that a power cut leaves the old one or this one.
inline rocksdb::IOStatus replace_whole(rocksdb::FileSystem& files,
                                       const std::filesystem::path& path, std::string_view bytes) {
  const std::string scratch = path.string() + ".dbtmp";  // RocksDB removes what ends like this
  std::unique_ptr<rocksdb::FSWritableFile> file;
  auto status = files.NewWritableFile(scratch, {}, &file, nullptr);
  if (status.ok()) status = file->Append(rocksdb::Slice(bytes.data(), bytes.size()), {}, nullptr);
  if (status.ok()) status = file->Fsync({}, nullptr);
  if (status.ok()) status = file->Close({}, nullptr);
  if (status.ok()) status = files.RenameFile(scratch, path.string(), {}, nullptr);
  if (status.ok()) status = sync_folder(files, path.parent_path());
  return status;
}

/// Cuts off what a power cut left of the last, never synced record of the database's MANIFEST
/// (manifest.h); a whole one stays as it is.
inline rocksdb::IOStatus mend_manifest(rocksdb::FileSystem& files,
                                       const std::filesystem::path& folder) {
  if (!files.FileExists((folder / "CURRENT").string(), {}, nullptr).ok()) return {};
  std::string name, bytes;
  auto status = read_whole(files, (folder / "CURRENT").string(), name);
  if (!status.ok() || !name.starts_with("MANIFEST-") || !name.ends_with('\n')) return status;
  const auto manifest = folder / name.substr(0, name.size() - 1);
  if (!files.FileExists(manifest.string(), {}, nullptr).ok()) return {};  // RocksDB says so
  status = read_whole(files, manifest.string(), bytes);
  if (!status.ok()) return status;
  const auto end = altered_end_of_manifest(bytes, true);
  return end ? replace_whole(files, manifest, std::string_view(bytes).substr(0, *end)) : status;
}

/// The database's folder, made ready to be opened: its name survives a power cut (RocksDB syncs
/// what is in it, not itself), and so does what an earlier process wrote into its logs. A process
/// that was killed left bytes that only the page cache holds; RocksDB reads them, but never syncs
/// them, and when power is cut later, all that was written and synced behind them is lost with
/// them.
inline rocksdb::IOStatus prepare_database(rocksdb::FileSystem& files,
                                          const std::filesystem::path& folder) {
  auto status = files.CreateDirIfMissing(folder.string(), {}, nullptr);
  if (status.ok()) status = sync_folder(files, folder.parent_path());
  std::vector<std::string> names;
  if (status.ok()) status = files.GetChildren(folder.string(), {}, &names, nullptr);
  // Without CURRENT, RocksDB would make a new database here and remove the tables of the old one.
  // It begins its logs and tables only after CURRENT is safe.
  const auto is = [&](auto what) { return std::any_of(names.begin(), names.end(), what); };
  if (status.ok() && !is([](const auto& name) { return name == "CURRENT"; }) &&
      is([](const auto& name) { return name.ends_with(".log") || name.ends_with(".sst"); }))
    status = rocksdb::IOStatus::Corruption("rocksdb/CURRENT is missing, other files are there");
  for (const auto& name : names) {
    if (!status.ok() || !name.ends_with(".log")) continue;
    std::unique_ptr<rocksdb::FSRandomRWFile> log;
    status = files.NewRandomRWFile((folder / name).string(), {}, &log, nullptr);
    if (status.ok()) status = log->Fsync({}, nullptr);
    if (status.ok()) status = log->Close({}, nullptr);
  }
  if (status.ok()) status = mend_manifest(files, folder);
  if (status.ok()) status = sync_folder(files, folder);
  return status;
}

/// `doing` is what failed ("cannot open the log").
inline model::Error rocks_error(std::string_view code, std::string_view doing,
                                const std::filesystem::path& where, const rocksdb::Status& status) {
  std::string mend;
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit)
    mend = full_disk_mend(where);
  else if (status.IsCorruption() || status.IsPathNotFound() ||
           status.subcode() == rocksdb::Status::kPathNotFound)
    mend =
        "Files were altered or lost. Restore the folder from a copy, or remove it and run again "
        "from the seed.";
  else if (status.IsIOError())
    mend = "Check that the disk is healthy, not full, and writable for this user.";
  std::string text = status.ToString();
  if (status.IsCorruption() && text.find("rocksdb/") == text.npos) text += " (in rocksdb/)";
  return {std::string(code), std::string(doing) + ": " + text, where.string(), mend};
}

}  // namespace citybrain::runtime
