// Files as the hub needs them: whole-file reads, writes that are whole or not there at all, and a
// lock on a folder. `code` names the caller's error, so that a user reads which part of the program
// could not go on (CB-NETWORK-OPEN, CB-STORE-OPEN, ...); the sentence says what the operating
// system said, the mend what a user can do about it. Threading: functions are thread-safe; a lock
// belongs to whoever holds the object and ends with it, also by kill -9.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::runtime {

/// `doing` is what failed ("cannot write the file"), `error_number` is errno's.
model::Error file_error(std::string_view code, std::string_view doing,
                        const std::filesystem::path& where, int error_number);

/// What to do about a full disk: names the file system that `where` is on (its mount point and
/// size).
std::string full_disk_mend(const std::filesystem::path& where);

/// Creates the folder and those above it, so that a power cut leaves them there; it must then be
/// writable.
model::Result<void> make_directory(const std::filesystem::path& directory, std::string_view code);

model::Result<std::string> read_file(const std::filesystem::path& file, std::string_view code);

/// After it returns the file has the new bytes and is synced; after a crash inside it has the old
/// ones or the new ones.
model::Result<void> write_file_atomically(const std::filesystem::path& file, std::string_view bytes,
                                          std::string_view code);

/// Gives a written file its name: the file is synced, renamed, and so is its name. After a crash
/// the name leads to the old bytes or to all of the new ones.
model::Result<void> put_in_place(const std::filesystem::path& written,
                                 const std::filesystem::path& name, std::string_view code);

/// One holder a folder, across processes and within one. The error names the process that holds it.
class DirectoryLock {
 public:
  static model::Result<DirectoryLock> acquire(const std::filesystem::path& directory,
                                              std::string_view code);
  DirectoryLock(DirectoryLock&& other) noexcept;
  DirectoryLock& operator=(DirectoryLock&& other) noexcept;
  ~DirectoryLock();

 private:
  explicit DirectoryLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace citybrain::runtime
