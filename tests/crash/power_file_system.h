// A file system in memory whose power can be cut. It keeps beside what programs see what a disk
// would still hold: of a file, the bytes up to its last Sync or Fsync; of a folder, the names as of
// its last Fsync. At a chosen operation everything stops (that one and every later one fails), and
// restart() comes up with what the disk holds and a seeded part of what it was never told to keep:
//   - of a file's unsynced bytes, a prefix of any length; sometimes with flipped bits or zeros in
//     its last 512 bytes, as a torn sector or a block that was allocated and never written;
//   - of unsynced overwrites (small ones, inside a sector), the first few;
//   - of a folder's unsynced creations, renames and deletions, the first few: file systems order
//     them in a journal, but owe none of them.
// Files lose independently of each other: what was written later may have survived when what was
// written before did not. A process that dies (kill) loses nothing, and nothing becomes safer by
// it. PumpedEnv runs RocksDB's background work when the test says so, on the test's own thread, so
// that a seed repeats everything.
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "hub/runtime/random.h"

namespace citybrain::crash {

/// Which syncs the simulated disk honours; the others are negative controls: they return success
/// and do nothing.
enum class Honours { kEverything, kFilesOnly, kFoldersOnly, kNothing };

struct Losses {
  std::uint64_t bytes = 0;    ///< of files, never synced
  std::uint64_t torn = 0;     ///< files of which a part of the unsynced bytes stayed
  std::uint64_t altered = 0;  ///< files whose last unsynced sector came back altered
  std::uint64_t names = 0;    ///< creations, renames and deletions undone
};

class PowerFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  /// `folder` is there, and safe; so are `folders` in it.
  PowerFileSystem(const std::string& folder, const std::vector<std::string>& folders,
                  Honours honours);
  ~PowerFileSystem() override;
  const char* Name() const override { return "PowerFileSystem"; }

  /// Changing operations so far: creations, appends, syncs, renames, deletions, writes.
  std::uint64_t operations() const;
  enum class End { kPowerCut, kKilled };
  /// The `after`-th changing operation from now (1 is the next one) is the last.
  void end_at(std::uint64_t after, End how);
  void never_end();
  void end_now(End how);
  bool has_ended() const;
  /// Up again, with what is left. Handles of before stay dead.
  void restart(std::uint64_t seed);
  Losses losses() const { return losses_; }

  /// For tests that damage files: names of all files, and one file's bytes (all of them synced).
  std::vector<std::string> files() const;
  std::string read(const std::string& file) const;
  void replace(const std::string& file, std::string bytes);
  void remove(const std::string& file);
  std::unique_ptr<PowerFileSystem> copy() const;

  using IOStatus = rocksdb::IOStatus;
  using IOOptions = rocksdb::IOOptions;
  using Debug = rocksdb::IODebugContext;
  using FileOptions = rocksdb::FileOptions;
  IOStatus NewSequentialFile(const std::string& f, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* r, Debug* dbg) override;
  IOStatus NewRandomAccessFile(const std::string& f, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* r,
                               Debug* dbg) override;
  IOStatus NewWritableFile(const std::string& f, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* r, Debug* dbg) override;
  IOStatus ReopenWritableFile(const std::string& f, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* r, Debug* dbg) override;
  IOStatus ReuseWritableFile(const std::string& f, const std::string& old,
                             const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* r, Debug* dbg) override;
  IOStatus NewRandomRWFile(const std::string& f, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* r, Debug* dbg) override;
  IOStatus NewMemoryMappedFileBuffer(const std::string& f,
                                     std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* r) override;
  IOStatus NewDirectory(const std::string& d, const IOOptions& options,
                        std::unique_ptr<rocksdb::FSDirectory>* r, Debug* dbg) override;
  IOStatus FileExists(const std::string& f, const IOOptions& options, Debug* dbg) override;
  IOStatus GetChildren(const std::string& d, const IOOptions& options, std::vector<std::string>* r,
                       Debug* dbg) override;
  IOStatus GetChildrenFileAttributes(const std::string& d, const IOOptions& options,
                                     std::vector<rocksdb::Env::FileAttributes>* r,
                                     Debug* dbg) override;
  IOStatus DeleteFile(const std::string& f, const IOOptions& options, Debug* dbg) override;
  IOStatus Truncate(const std::string& f, size_t size, const IOOptions& options,
                    Debug* dbg) override;
  IOStatus CreateDir(const std::string& d, const IOOptions& options, Debug* dbg) override;
  IOStatus CreateDirIfMissing(const std::string& d, const IOOptions& options, Debug* dbg) override;
  IOStatus DeleteDir(const std::string& d, const IOOptions& options, Debug* dbg) override;
  IOStatus GetFileSize(const std::string& f, const IOOptions& options, std::uint64_t* s,
                       Debug* dbg) override;
  IOStatus GetFileModificationTime(const std::string& f, const IOOptions& options,
                                   std::uint64_t* time, Debug* dbg) override;
  IOStatus RenameFile(const std::string& from, const std::string& to, const IOOptions& options,
                      Debug* dbg) override;
  IOStatus LinkFile(const std::string& from, const std::string& to, const IOOptions& options,
                    Debug* dbg) override;
  IOStatus LockFile(const std::string& f, const IOOptions& options, rocksdb::FileLock** lock,
                    Debug* dbg) override;
  IOStatus UnlockFile(rocksdb::FileLock* lock, const IOOptions& options, Debug* dbg) override;
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions& options, std::string* out,
                           Debug* dbg) override;
  IOStatus GetFreeSpace(const std::string& path, const IOOptions& options, std::uint64_t* free,
                        Debug* dbg) override;
  IOStatus IsDirectory(const std::string& path, const IOOptions& options, bool* is,
                       Debug* dbg) override;

 private:
  struct Node;
  class Handle;
  class Reader;
  class Writer;
  class Overwriter;
  class Folder;
  template <class File>
  rocksdb::IOStatus open_reader(const std::string& f, std::unique_ptr<File>* r);
  using NodePtr = std::shared_ptr<Node>;
  /// A change of names that belongs together (a rename is two), of one folder.
  struct NameChange {
    std::string folder;
    std::vector<std::pair<std::string, NodePtr>> names;  ///< whole paths; null removes
  };

  // With the mutex held.
  bool dead(std::uint64_t life) const { return ended_ || life != life_; }
  /// Counts a changing operation; true when it is the one at which everything ends.
  bool ends_here();
  NodePtr find(const std::string& path) const;
  void change(NameChange names);
  void sync_folder(const std::string& folder);
  void lose_names(const runtime::Random& random);
  void lose_bytes(Node& file, std::uint64_t which, const runtime::Random& random);

  mutable std::mutex mutex_;
  std::map<std::string, NodePtr> seen_;  ///< what programs see, by path
  std::map<std::string, NodePtr> safe_;  ///< names that the disk holds
  std::vector<NameChange> unsynced_;
  const Honours honours_;
  std::uint64_t operations_ = 0;
  std::uint64_t end_at_ = ~std::uint64_t{0};
  End how_ = End::kPowerCut;
  bool ended_ = false;
  std::uint64_t life_ = 0;
  Losses losses_;
};

/// RocksDB's background work waits in a queue until pump(), and nothing sleeps: RocksDB would wait
/// for some time after every write that the power cut refused.
class PumpedEnv final : public rocksdb::EnvWrapper {
 public:
  explicit PumpedEnv(const std::shared_ptr<rocksdb::FileSystem>& files);
  void pump();
  void Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                void (*unschedule)(void*)) override;
  int UnSchedule(void* tag, Priority priority) override;
  unsigned int GetThreadPoolQueueLen(Priority priority) const override;

 private:
  struct Job {
    void (*function)(void*);
    void* argument;
    Priority priority;
    void* tag;
    void (*unschedule)(void*);
  };
  mutable std::mutex mutex_;
  std::deque<Job> jobs_;
};

}  // namespace citybrain::crash
