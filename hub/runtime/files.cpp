#include "hub/runtime/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace citybrain::runtime {
namespace {

namespace fs = std::filesystem;

/// A file descriptor that closes itself.
class File {
 public:
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool open() const { return fd_ >= 0; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// False with errno set when not every byte was written.
bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

std::string mend(int error_number, const fs::path& where) {
  switch (error_number) {
    case EACCES:
    case EPERM:
    case EROFS:
      return "Give this user the right to write there, or choose another folder.";
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return full_disk_mend(where);
    case ENOTDIR:
    case EEXIST:
      return "A file is in the way: move it, or choose another folder.";
    case ENOENT:
      return "Check the path.";
    case EMFILE:
    case ENFILE:
      return "Raise the limit of open files (ulimit -n).";
    default:
      return {};
  }
}

std::string holder(int fd) {
  char text[32] = {};
  const ssize_t n = ::pread(fd, text, sizeof text - 1, 0);
  const std::string pid = n > 0 ? std::string(text, static_cast<std::size_t>(n)) : "unknown";
  return pid == std::to_string(::getpid()) ? "this process already" : "process " + pid;
}

/// The name of `path` in its folder survives a power cut.
model::Result<void> sync_folder_of(const fs::path& path, std::string_view code) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  const File directory(folder, O_RDONLY | O_DIRECTORY);
  if (!directory.open() || ::fsync(directory.get()) != 0)
    return file_error(code, "cannot sync the folder", folder, errno);
  return {};
}

/// The uppermost folder of the file system that `where` is on.
fs::path mount_point(const fs::path& where) {
  std::error_code error;
  fs::path at = fs::absolute(where, error);
  struct stat here {};
  while (::stat(at.c_str(), &here) != 0 && at.has_relative_path()) at = at.parent_path();
  struct stat above {};
  while (at.has_relative_path() && ::stat(at.parent_path().c_str(), &above) == 0 &&
         above.st_dev == here.st_dev)
    at = at.parent_path();
  return at;
}

}  // namespace

std::string full_disk_mend(const fs::path& where) {
  const fs::path mount = mount_point(where);
  struct statvfs disk {};
  std::string name = "the file system at " + mount.string();
  if (::statvfs(mount.c_str(), &disk) == 0) {
    const auto mib = [&](auto blocks) {
      return std::to_string(static_cast<std::uint64_t>(blocks) * disk.f_frsize >> 20);
    };
    name += " (" + mib(disk.f_blocks) + " MiB, " + mib(disk.f_bavail) + " MiB free)";
  }
  return "Free some space on " + name +
         " and go on with --resume, or choose a folder on another disk.";
}

model::Error file_error(std::string_view code, std::string_view doing, const fs::path& where,
                        int error_number) {
  return {std::string(code),
          std::string(doing) + ": " + std::generic_category().message(error_number), where.string(),
          mend(error_number, where)};
}

model::Result<void> make_directory(const fs::path& directory, std::string_view code) {
  std::error_code error;
  std::vector<fs::path> missing;  // the deepest first
  for (fs::path at = directory.lexically_normal(); !at.empty() && !fs::exists(at, error);
       at = at.parent_path())
    if (at.has_filename()) missing.push_back(at);
  fs::create_directories(directory, error);
  if (error) return file_error(code, "cannot create the folder", directory, error.value());
  for (const fs::path& created : missing) CITYBRAIN_TRY(sync_folder_of(created, code));
  if (!fs::is_directory(directory, error))
    return file_error(code, "is not a folder", directory, ENOTDIR);
  if (::access(directory.c_str(), W_OK | X_OK) != 0)
    return file_error(code, "cannot write into the folder", directory, errno);
  return {};
}

model::Result<std::string> read_file(const fs::path& path, std::string_view code) {
  const File file(path, O_RDONLY);
  if (!file.open()) return file_error(code, "cannot open the file", path, errno);
  std::string bytes;
  struct stat info {};
  if (::fstat(file.get(), &info) == 0 && info.st_size > 0)
    bytes.reserve(static_cast<std::size_t>(info.st_size));
  char block[1 << 16];
  while (true) {
    const ssize_t n = ::read(file.get(), block, sizeof block);
    if (n == 0) return bytes;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return file_error(code, "cannot read the file", path, errno);
    bytes.append(block, static_cast<std::size_t>(n));
  }
}

model::Result<void> write_file_atomically(const fs::path& path, std::string_view bytes,
                                          std::string_view code) {
  // In the same folder, because rename() is atomic within one file system only; the process id
  // keeps two writers apart.
  fs::path scratch = path;
  scratch += ".new-" + std::to_string(::getpid());
  const auto give_up = [&](std::string_view doing, const fs::path& where) {
    const int error_number = errno;
    ::unlink(scratch.c_str());
    return file_error(code, doing, where, error_number);
  };
  {
    const File file(scratch, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file.open()) return give_up("cannot create the file", scratch);
    if (!write_all(file.get(), bytes)) return give_up("cannot write the file", path);
    if (::fsync(file.get()) != 0) return give_up("cannot sync the file", path);
  }
  if (::rename(scratch.c_str(), path.c_str()) != 0) return give_up("cannot replace the file", path);
  return sync_folder_of(path, code);
}

model::Result<void> put_in_place(const fs::path& written, const fs::path& name,
                                 std::string_view code) {
  {
    const File file(written, O_RDWR);
    if (!file.open() || ::fsync(file.get()) != 0)
      return file_error(code, "cannot sync the file", written, errno);
  }
  if (::rename(written.c_str(), name.c_str()) != 0)
    return file_error(code, "cannot replace the file", name, errno);
  return sync_folder_of(name, code);
}

model::Result<DirectoryLock> DirectoryLock::acquire(const fs::path& directory,
                                                    std::string_view code) {
  const fs::path path = directory / "in_use";
  File file(path, O_RDWR | O_CREAT);
  if (!file.open()) return file_error(code, "cannot create the lock file", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return file_error(code, "cannot lock the folder", path, errno);
    return model::Error{std::string(code), "the folder is in use by " + holder(file.get()),
                        directory.string(), "Wait until that run ends, or choose another folder."};
  }
  // The id only serves the message above, so a disk too full for it does no harm.
  if (::ftruncate(file.get(), 0) == 0) (void)write_all(file.get(), std::to_string(::getpid()));
  return DirectoryLock(file.release());
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : file_(std::exchange(other.file_, -1)) {}

DirectoryLock& DirectoryLock::operator=(DirectoryLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

DirectoryLock::~DirectoryLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace citybrain::runtime
