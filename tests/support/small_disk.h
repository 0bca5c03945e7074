// A small disk for tests that fill one: a tmpfs. Needs the right to mount; says why there is none.
#pragma once

#include <fmt/format.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>

#include "tests/support/temporary_folder.h"

namespace citybrain::test {

/// A file system of its own, in memory; unmounted at the end.
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t kib = 1024) : reason_(mount_it(kib)) {}
  ~SmallDisk() {
    if (reason_.empty()) ::umount2(path().c_str(), MNT_DETACH);
  }
  /// Why there is none; empty when there is one.
  const std::string& reason() const { return reason_; }
  const std::filesystem::path& path() const { return folder_.path(); }
  bool resize(std::uint64_t kib) const {
    const std::string size = fmt::format("size={}k", kib);
    return ::mount("tmpfs", path().c_str(), "tmpfs", MS_REMOUNT, size.c_str()) == 0;
  }

 private:
  std::string mount_it(std::uint64_t kib) const {
    const std::string size = fmt::format("size={}k", kib);
    if (::mount("tmpfs", path().c_str(), "tmpfs", 0, size.c_str()) == 0) return {};
    return std::string("cannot mount a tmpfs here: ") + std::strerror(errno);
  }
  TemporaryFolder folder_;
  const std::string reason_;
};

}  // namespace citybrain::test
