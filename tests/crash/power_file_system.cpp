#include "tests/crash/power_file_system.h"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <cstring>

namespace citybrain::crash {

using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

constexpr std::size_t kSector = 512;

std::string clean(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string parent(const std::string& path) { return path.substr(0, path.rfind('/')); }

IOStatus gone() { return IOStatus::IOError("the power is off"); }
IOStatus missing(const std::string& path) {
  return IOStatus::PathNotFound(path, "no such file or folder");
}

class Lock final : public rocksdb::FileLock {};

}  // namespace

struct PowerFileSystem::Node {
  bool is_folder = false;
  std::string bytes;
  std::size_t synced = 0;  ///< bytes that the disk holds
  struct Overwrite {
    std::size_t at;
    std::string before;
  };
  std::vector<Overwrite> overwrites;  ///< since the last sync
};

/// What every open file has: it is dead when the life that opened it has ended.
class PowerFileSystem::Handle {
 public:
  Handle(PowerFileSystem& files, NodePtr node)
      : files_(files), node_(std::move(node)), life_(files.life_) {}

 protected:
  /// Does `what` unless the power is off; a changing operation may be the last one.
  template <class What>
  IOStatus changing(What what) {
    const std::lock_guard lock(files_.mutex_);
    if (files_.dead(life_)) return gone();
    const bool last = files_.ends_here();
    what(last);
    return last ? gone() : IOStatus::OK();
  }
  IOStatus sync() {
    return changing([&](bool last) {
      const bool honoured =
          files_.honours_ == Honours::kEverything || files_.honours_ == Honours::kFilesOnly;
      if (last || !honoured) return;  // a sync that did not come back promised nothing
      node_->synced = node_->bytes.size();
      node_->overwrites.clear();
    });
  }
  IOStatus read_at(std::uint64_t at, std::size_t n, Slice* result, char* scratch) const {
    const std::lock_guard lock(files_.mutex_);
    if (files_.dead(life_)) return gone();
    const std::size_t from = std::min<std::size_t>(at, node_->bytes.size());
    n = std::min(n, node_->bytes.size() - from);
    std::memcpy(scratch, node_->bytes.data() + from, n);
    *result = Slice(scratch, n);
    return IOStatus::OK();
  }

  PowerFileSystem& files_;
  const NodePtr node_;
  const std::uint64_t life_;
};

class PowerFileSystem::Reader final : public Handle,
                                      public rocksdb::FSSequentialFile,
                                      public rocksdb::FSRandomAccessFile {
 public:
  using Handle::Handle;
  IOStatus Read(size_t n, const IOOptions&, Slice* result, char* scratch, Debug*) override {
    auto s = read_at(at_, n, result, scratch);
    if (s.ok()) at_ += result->size();
    return s;
  }
  IOStatus Skip(std::uint64_t n) override {
    at_ += n;
    return IOStatus::OK();
  }
  IOStatus Read(std::uint64_t at, size_t n, const IOOptions&, Slice* result, char* scratch,
                Debug*) const override {
    return read_at(at, n, result, scratch);
  }
  bool use_direct_io() const override { return false; }
  size_t GetRequiredBufferAlignment() const override { return 1; }
  IOStatus InvalidateCache(size_t, size_t) override { return IOStatus::OK(); }
  rocksdb::Temperature GetTemperature() const override { return rocksdb::Temperature::kUnknown; }

 private:
  std::uint64_t at_ = 0;
};

class PowerFileSystem::Writer final : public Handle, public rocksdb::FSWritableFile {
 public:
  using FSWritableFile::Append;
  using Handle::Handle;
  IOStatus Append(const Slice& data, const IOOptions&, Debug*) override {
    return changing([&](bool) { node_->bytes.append(data.data(), data.size()); });
  }
  IOStatus Append(const Slice& data, const IOOptions& options, const rocksdb::DataVerificationInfo&,
                  Debug* dbg) override {
    return Append(data, options, dbg);
  }
  IOStatus Truncate(std::uint64_t size, const IOOptions&, Debug*) override {
    return changing([&](bool) {
      node_->bytes.resize(size);
      node_->synced = std::min<std::size_t>(node_->synced, size);
    });
  }
  IOStatus Close(const IOOptions&, Debug*) override { return IOStatus::OK(); }
  IOStatus Flush(const IOOptions&, Debug*) override {
    const std::lock_guard lock(files_.mutex_);
    return files_.dead(life_) ? gone() : IOStatus::OK();
  }
  IOStatus Sync(const IOOptions&, Debug*) override { return sync(); }
  IOStatus Fsync(const IOOptions&, Debug*) override { return sync(); }
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const IOOptions&, Debug*) override {
    const std::lock_guard lock(files_.mutex_);
    return node_->bytes.size();
  }
  IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, Debug*) override {
    return IOStatus::OK();  // a hint to the kernel, no promise
  }
  IOStatus Allocate(std::uint64_t, std::uint64_t, const IOOptions&, Debug*) override {
    return IOStatus::OK();
  }
};

class PowerFileSystem::Overwriter final : public Handle, public rocksdb::FSRandomRWFile {
 public:
  using Handle::Handle;
  IOStatus Write(std::uint64_t at, const Slice& data, const IOOptions&, Debug*) override {
    return changing([&](bool) {
      auto& bytes = node_->bytes;
      const std::size_t end = at + data.size();
      // Unsynced bytes behind synced ones are lost as those of an append are.
      if (at < bytes.size()) node_->overwrites.push_back({at, bytes.substr(at, data.size())});
      if (end > bytes.size()) bytes.resize(end);
      std::memcpy(bytes.data() + at, data.data(), data.size());
    });
  }
  IOStatus Read(std::uint64_t at, size_t n, const IOOptions&, Slice* result, char* scratch,
                Debug*) const override {
    return read_at(at, n, result, scratch);
  }
  IOStatus Flush(const IOOptions&, Debug*) override { return IOStatus::OK(); }
  IOStatus Sync(const IOOptions&, Debug*) override { return sync(); }
  IOStatus Fsync(const IOOptions&, Debug*) override { return sync(); }
  IOStatus Close(const IOOptions&, Debug*) override { return IOStatus::OK(); }
};

class PowerFileSystem::Folder final : public Handle, public rocksdb::FSDirectory {
 public:
  Folder(PowerFileSystem& files, NodePtr node, std::string path)
      : Handle(files, std::move(node)), path_(std::move(path)) {}
  IOStatus Fsync(const IOOptions&, Debug*) override {
    return changing([&](bool last) {
      const bool honoured =
          files_.honours_ == Honours::kEverything || files_.honours_ == Honours::kFoldersOnly;
      if (!last && honoured) files_.sync_folder(path_);
    });
  }
  IOStatus Close(const IOOptions&, Debug*) override { return IOStatus::OK(); }

 private:
  const std::string path_;
};

PowerFileSystem::PowerFileSystem(const std::string& folder, const std::vector<std::string>& folders,
                                 Honours honours)
    : FileSystemWrapper(rocksdb::FileSystem::Default()), honours_(honours) {
  auto node = std::make_shared<Node>();
  node->is_folder = true;
  seen_[clean(folder)] = node;
  for (const auto& name : folders) seen_[clean(folder) + "/" + name] = node;
  safe_ = seen_;
}
PowerFileSystem::~PowerFileSystem() = default;

// Ending and coming up again -------------------------------------------------------------------

std::uint64_t PowerFileSystem::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}
void PowerFileSystem::end_at(std::uint64_t after, End how) {
  const std::lock_guard lock(mutex_);
  end_at_ = operations_ + after;
  how_ = how;
}
void PowerFileSystem::never_end() {
  const std::lock_guard lock(mutex_);
  end_at_ = ~std::uint64_t{0};
}
void PowerFileSystem::end_now(End how) {
  const std::lock_guard lock(mutex_);
  ended_ = true;
  how_ = how;
}
bool PowerFileSystem::has_ended() const {
  const std::lock_guard lock(mutex_);
  return ended_;
}
bool PowerFileSystem::ends_here() {
  if (++operations_ == end_at_) ended_ = true;
  return ended_;
}

void PowerFileSystem::restart(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  end_at_ = ~std::uint64_t{0};
  ended_ = false;
  ++life_;
  if (how_ == End::kKilled) return;
  const runtime::Random random(seed);
  lose_names(random);
  std::uint64_t which = 0;
  for (const auto& [path, node] : safe_)
    if (!node->is_folder) lose_bytes(*node, ++which, random);
  seen_ = safe_;
}

void PowerFileSystem::lose_names(const runtime::Random& random) {
  // A folder's changes are kept up to a point; what that leaves without a folder above is gone.
  std::map<std::string, std::size_t> left;
  for (const auto& c : unsynced_) ++left[c.folder];
  std::uint64_t which = 0;
  for (auto& [folder, n] : left) n = random.bits(1, ++which) % (n + 1);
  for (auto& c : unsynced_) {
    if (left[c.folder] == 0) {
      ++losses_.names;
      continue;
    }
    --left[c.folder];
    for (auto& [path, node] : c.names)
      if (node) {
        safe_[path] = node;
      } else {
        safe_.erase(path);
      }
  }
  unsynced_.clear();
  for (auto it = safe_.begin(); it != safe_.end();) {
    const bool is_root = it == safe_.begin();  // paths sort behind the folder above them
    it = is_root || safe_.contains(parent(it->first)) ? std::next(it) : safe_.erase(it);
  }
}

void PowerFileSystem::lose_bytes(Node& file, std::uint64_t which, const runtime::Random& random) {
  if (!file.overwrites.empty()) {
    const std::size_t kept = random.bits(2, which) % (file.overwrites.size() + 1);
    for (std::size_t i = file.overwrites.size(); i-- > kept;) {
      const auto& o = file.overwrites[i];
      std::memcpy(file.bytes.data() + o.at, o.before.data(), o.before.size());
    }
    file.overwrites.clear();
  }
  const std::size_t unsynced = file.bytes.size() - file.synced;
  if (unsynced > 0) {
    // Often nothing, often everything, otherwise a part: also in the middle of a record.
    const auto kind = random.bits(3, which) % 4;
    const std::size_t kept = kind == 0   ? 0
                             : kind == 1 ? unsynced
                                         : random.bits(4, which) % (unsynced + 1);
    losses_.bytes += unsynced - kept;
    losses_.torn += kept > 0 && kept < unsynced;
    file.bytes.resize(file.synced + kept);
    const std::size_t altered = std::min(kept, kSector);
    const auto harm = random.bits(5, which) % 6;
    if (altered > 0 && harm < 2) {
      ++losses_.altered;
      const std::size_t from = file.bytes.size() - altered;
      if (harm == 0) {
        std::memset(file.bytes.data() + from, 0, altered);
      } else {
        const std::size_t at = from + random.bits(6, which) % altered;
        file.bytes[at] = static_cast<char>(file.bytes[at] ^ (1U << (random.bits(7, which) % 8)));
      }
    }
  }
  file.synced = file.bytes.size();
}

// Names ----------------------------------------------------------------------------------------

PowerFileSystem::NodePtr PowerFileSystem::find(const std::string& path) const {
  const auto it = seen_.find(clean(path));
  return it == seen_.end() ? nullptr : it->second;
}

void PowerFileSystem::change(NameChange names) {
  for (auto& [path, node] : names.names)
    if (node) {
      seen_[path] = node;
    } else {
      seen_.erase(path);
    }
  unsynced_.push_back(std::move(names));
}

void PowerFileSystem::sync_folder(const std::string& folder) {
  std::vector<NameChange> others;
  for (auto& c : unsynced_) {
    if (c.folder != folder) {
      others.push_back(std::move(c));
      continue;
    }
    for (auto& [path, node] : c.names)
      if (node) {
        safe_[path] = node;
      } else {
        safe_.erase(path);
      }
  }
  unsynced_ = std::move(others);
}

template <class File>
IOStatus PowerFileSystem::open_reader(const std::string& f, std::unique_ptr<File>* r) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  const auto node = find(f);
  if (!node || node->is_folder) return missing(f);
  r->reset(new Reader(*this, node));
  return IOStatus::OK();
}

IOStatus PowerFileSystem::NewSequentialFile(const std::string& f, const FileOptions&,
                                            std::unique_ptr<rocksdb::FSSequentialFile>* r, Debug*) {
  return open_reader(f, r);
}

IOStatus PowerFileSystem::NewRandomAccessFile(const std::string& f, const FileOptions&,
                                              std::unique_ptr<rocksdb::FSRandomAccessFile>* r,
                                              Debug*) {
  return open_reader(f, r);
}

IOStatus PowerFileSystem::NewWritableFile(const std::string& f, const FileOptions&,
                                          std::unique_ptr<rocksdb::FSWritableFile>* r, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  if (!find(parent(clean(f)))) return missing(parent(f));
  const bool last = ends_here();
  const auto node = std::make_shared<Node>();
  change({parent(clean(f)), {{clean(f), node}}});
  if (last) return gone();
  r->reset(new Writer(*this, node));
  return IOStatus::OK();
}

IOStatus PowerFileSystem::ReopenWritableFile(const std::string& f, const FileOptions& options,
                                             std::unique_ptr<rocksdb::FSWritableFile>* r,
                                             Debug* dbg) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return gone();
    if (const auto node = find(f)) {
      r->reset(new Writer(*this, node));
      return IOStatus::OK();
    }
  }
  return NewWritableFile(f, options, r, dbg);
}

IOStatus PowerFileSystem::ReuseWritableFile(const std::string&, const std::string&,
                                            const FileOptions&,
                                            std::unique_ptr<rocksdb::FSWritableFile>*, Debug*) {
  return IOStatus::NotSupported("reusing files (no option of ours asks for it)");
}

IOStatus PowerFileSystem::NewRandomRWFile(const std::string& f, const FileOptions&,
                                          std::unique_ptr<rocksdb::FSRandomRWFile>* r, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  const auto node = find(f);
  if (!node || node->is_folder) return missing(f);
  r->reset(new Overwriter(*this, node));
  return IOStatus::OK();
}

IOStatus PowerFileSystem::NewMemoryMappedFileBuffer(
    const std::string&, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>*) {
  return IOStatus::NotSupported("mapped files (no option of ours asks for them)");
}

IOStatus PowerFileSystem::NewDirectory(const std::string& d, const IOOptions&,
                                       std::unique_ptr<rocksdb::FSDirectory>* r, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  const auto node = find(d);
  if (!node || !node->is_folder) return missing(d);
  r->reset(new Folder(*this, node, clean(d)));
  return IOStatus::OK();
}

IOStatus PowerFileSystem::FileExists(const std::string& f, const IOOptions&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  return find(f) ? IOStatus::OK() : IOStatus::NotFound(f);
}

IOStatus PowerFileSystem::GetChildren(const std::string& d, const IOOptions&,
                                      std::vector<std::string>* r, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  if (!find(d)) return missing(d);
  r->clear();
  const std::string folder = clean(d);
  for (const auto& [path, node] : seen_)
    if (parent(path) == folder && path != folder) r->push_back(path.substr(folder.size() + 1));
  return IOStatus::OK();
}

IOStatus PowerFileSystem::GetChildrenFileAttributes(const std::string& d, const IOOptions& options,
                                                    std::vector<rocksdb::Env::FileAttributes>* r,
                                                    Debug* dbg) {
  std::vector<std::string> names;
  auto s = GetChildren(d, options, &names, dbg);
  r->clear();
  for (auto& name : names) {
    std::uint64_t size = 0;
    if (s.ok()) s = GetFileSize(clean(d) + "/" + name, options, &size, dbg);
    r->push_back({std::move(name), size});
  }
  return s;
}

IOStatus PowerFileSystem::DeleteFile(const std::string& f, const IOOptions&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  if (!find(f)) return missing(f);
  const bool last = ends_here();
  change({parent(clean(f)), {{clean(f), nullptr}}});
  return last ? gone() : IOStatus::OK();
}

IOStatus PowerFileSystem::Truncate(const std::string&, size_t, const IOOptions&, Debug*) {
  return IOStatus::NotSupported("truncating by name (nothing of ours does it)");
}

IOStatus PowerFileSystem::CreateDir(const std::string& d, const IOOptions&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  if (find(d)) return IOStatus::IOError(d, "is there");
  if (!find(parent(clean(d)))) return missing(parent(d));
  const bool last = ends_here();
  const auto node = std::make_shared<Node>();
  node->is_folder = true;
  change({parent(clean(d)), {{clean(d), node}}});
  return last ? gone() : IOStatus::OK();
}

IOStatus PowerFileSystem::CreateDirIfMissing(const std::string& d, const IOOptions& options,
                                             Debug* dbg) {
  {
    const std::lock_guard lock(mutex_);
    if (ended_) return gone();
    if (find(d)) return IOStatus::OK();
  }
  return CreateDir(d, options, dbg);
}

IOStatus PowerFileSystem::DeleteDir(const std::string& d, const IOOptions& options, Debug* dbg) {
  return DeleteFile(d, options, dbg);
}

IOStatus PowerFileSystem::GetFileSize(const std::string& f, const IOOptions&, std::uint64_t* s,
                                      Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  const auto node = find(f);
  if (!node) return missing(f);
  *s = node->bytes.size();
  return IOStatus::OK();
}

IOStatus PowerFileSystem::GetFileModificationTime(const std::string& f, const IOOptions&,
                                                  std::uint64_t* time, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  *time = 0;
  return find(f) ? IOStatus::OK() : missing(f);
}

IOStatus PowerFileSystem::RenameFile(const std::string& from, const std::string& to,
                                     const IOOptions&, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  const auto node = find(from);
  if (!node) return missing(from);
  if (parent(clean(from)) != parent(clean(to)))
    return IOStatus::NotSupported("renaming between folders (nothing of ours does it)");
  const bool last = ends_here();
  change({parent(clean(to)), {{clean(from), nullptr}, {clean(to), node}}});
  return last ? gone() : IOStatus::OK();
}

IOStatus PowerFileSystem::LinkFile(const std::string&, const std::string&, const IOOptions&,
                                   Debug*) {
  return IOStatus::NotSupported("links (nothing of ours makes them)");
}

IOStatus PowerFileSystem::LockFile(const std::string&, const IOOptions&, rocksdb::FileLock** lock,
                                   Debug*) {
  const std::lock_guard guard(mutex_);
  if (ended_) return gone();
  *lock = new Lock;  // one process, one database a folder; a lock survives nobody's death
  return IOStatus::OK();
}

IOStatus PowerFileSystem::UnlockFile(rocksdb::FileLock* lock, const IOOptions&, Debug*) {
  delete static_cast<Lock*>(lock);
  return IOStatus::OK();
}

IOStatus PowerFileSystem::GetAbsolutePath(const std::string& path, const IOOptions&,
                                          std::string* out, Debug*) {
  *out = path;
  return IOStatus::OK();
}

IOStatus PowerFileSystem::GetFreeSpace(const std::string&, const IOOptions&, std::uint64_t* free,
                                       Debug*) {
  *free = std::uint64_t{1} << 40;
  return IOStatus::OK();
}

IOStatus PowerFileSystem::IsDirectory(const std::string& path, const IOOptions&, bool* is, Debug*) {
  const std::lock_guard lock(mutex_);
  if (ended_) return gone();
  const auto node = find(path);
  if (!node) return missing(path);
  *is = node->is_folder;
  return IOStatus::OK();
}

// Damage ---------------------------------------------------------------------------------------

std::vector<std::string> PowerFileSystem::files() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> out;
  for (const auto& [path, node] : seen_)
    if (!node->is_folder) out.push_back(path);
  return out;
}

std::string PowerFileSystem::read(const std::string& file) const {
  const std::lock_guard lock(mutex_);
  return find(file)->bytes;
}

void PowerFileSystem::replace(const std::string& file, std::string bytes) {
  const std::lock_guard lock(mutex_);
  auto& node = *find(file);
  node.bytes = std::move(bytes);
  node.synced = node.bytes.size();
  node.overwrites.clear();
}

void PowerFileSystem::remove(const std::string& file) {
  const std::lock_guard lock(mutex_);
  seen_.erase(file);
  safe_.erase(file);
}

std::unique_ptr<PowerFileSystem> PowerFileSystem::copy() const {
  const std::lock_guard lock(mutex_);
  auto out =
      std::make_unique<PowerFileSystem>(seen_.begin()->first, std::vector<std::string>{}, honours_);
  for (const auto& [path, node] : seen_) out->seen_[path] = std::make_shared<Node>(*node);
  out->safe_ = out->seen_;
  return out;
}

// Background work ------------------------------------------------------------------------------

namespace {

class SleeplessClock final : public rocksdb::SystemClockWrapper {
 public:
  SleeplessClock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
  const char* Name() const override { return "SleeplessClock"; }
  void SleepForMicroseconds(int) override {}
};

}  // namespace

PumpedEnv::PumpedEnv(const std::shared_ptr<rocksdb::FileSystem>& files)
    : EnvWrapper(rocksdb::NewCompositeEnv(files)) {
  file_system_ = files;
  system_clock_ = std::make_shared<SleeplessClock>();
}

void PumpedEnv::Schedule(void (*function)(void*), void* argument, Priority priority, void* tag,
                         void (*unschedule)(void*)) {
  const std::lock_guard lock(mutex_);
  jobs_.push_back({function, argument, priority, tag, unschedule});
}

int PumpedEnv::UnSchedule(void* tag, Priority priority) {
  std::vector<Job> taken;
  {
    const std::lock_guard lock(mutex_);
    for (auto it = jobs_.begin(); it != jobs_.end();) {
      const bool is_one = it->tag == tag && it->priority == priority;
      if (is_one) taken.push_back(*it);
      it = is_one ? jobs_.erase(it) : std::next(it);
    }
  }
  for (const Job& job : taken)
    if (job.unschedule != nullptr) job.unschedule(job.argument);
  return static_cast<int>(taken.size());
}

unsigned int PumpedEnv::GetThreadPoolQueueLen(Priority) const {
  const std::lock_guard lock(mutex_);
  return static_cast<unsigned int>(jobs_.size());
}

void PumpedEnv::pump() {
  for (;;) {
    Job job{};
    {
      const std::lock_guard lock(mutex_);
      if (jobs_.empty()) return;
      job = jobs_.front();
      jobs_.pop_front();
    }
    job.function(job.argument);
  }
}

}  // namespace citybrain::crash
