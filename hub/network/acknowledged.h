// How far an embedded log was acknowledged: a file of sixteen bytes beside the database. Private to
// hub/network.
//
// Written after each sync and not synced itself: its bytes lie in one sector, so that a power cut
// leaves an older number or this one, never a greater one than what was synced. An older one makes
// the check at open weaker and nothing else. It goes through RocksDB's file system, so that
// simulated power cuts and damage see it (tests/crash).
#pragma once

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "hub/model/result.h"

namespace citybrain::network {

class AcknowledgedFile {
 public:
  /// Opens or creates it. Error CB-NETWORK-OPEN.
  static model::Result<AcknowledgedFile> open(rocksdb::Env& env, const std::filesystem::path& path);

  /// The sequence number that was written last; nothing when the file is new or was altered.
  std::optional<std::uint64_t> read() const;
  void write(std::uint64_t sequence);

 private:
  explicit AcknowledgedFile(std::unique_ptr<rocksdb::FSRandomRWFile> file)
      : file_(std::move(file)) {}
  std::unique_ptr<rocksdb::FSRandomRWFile> file_;
};

}  // namespace citybrain::network
