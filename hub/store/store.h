// One warehouse (一个库) on RocksDB, one column family a database. A Step is one atomic write: the
// changed rows, the positions and the outbox. Working state goes into snapshots. Nothing is written
// per observation. What the rows are is in table.h and docs/store.md; reading them by table, and
// "as of t" (as known at t), is warehouse.h.
//
// Promises: after a crash the store opens at a whole Step; a snapshot is either whole or not there
// (checksummed). Errors: CB-STORE-* and CB-INPUT-STORE (another scenario's or version's store).
// Threading: one writer, many readers.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/time.h"

namespace citybrain::store {

enum class Family : std::uint8_t {
  kBase,       ///< 基础库: road network, junctions, devices
  kTheme,      ///< 主题库: traffic (latest and history)
  kSpecial,    ///< 专题库: per scenario (decisions with reasons)
  kPositions,  ///< system: how far each partition was read
  kOutbox,     ///< system: commands not yet acknowledged
  kCatalogue,  ///< system: contracts as read
  kAudit,      ///< system: the audit chains (hub/catalog/audit.h)
  kDigests,    ///< system: one digest a Step
  kSnapshots,  ///< system: working state
};
constexpr std::size_t kFamilies = 9;

/// Builds keys whose byte order is the order of their parts (numbers big-endian, strings
/// length-free and 0-terminated).
class Key {
 public:
  Key& u32(std::uint32_t v);
  Key& u64(std::uint64_t v);
  Key& text(std::string_view s);
  std::string_view view() const { return bytes_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// One Step's writes, gathered and then committed at once.
class StepWrite {
 public:
  explicit StepWrite(model::Step step);
  StepWrite(StepWrite&&) noexcept;
  StepWrite& operator=(StepWrite&&) noexcept;
  ~StepWrite();
  void put(Family family, std::string_view key, std::string_view value);
  void erase(Family family, std::string_view key);
  /// Every row in [from, to), also those that this write put before.
  void erase_range(Family family, std::string_view from, std::string_view to);
  model::Step step() const;
  std::size_t rows() const;

 private:
  friend class Store;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct Snapshot {
  model::Step step = 0;
  std::string bytes;
};

struct StoreOptions {
  std::filesystem::path directory;
  std::string
      identity;  ///< scenario, configuration hash and format version; another one is refused
  bool sync_every_commit = false;
};

class Store {
 public:
  /// Opens or creates it. Error CB-INPUT-STORE: another run's, or of the previous format
  /// (migrate() mends that).
  static model::Result<std::unique_ptr<Store>> open(const StoreOptions& options);
  ~Store();

  /// Brings a store of the previous format up to this one's: all of it or, after a kill at any
  /// point, nothing that is seen, and again. `start_ms`: event time of Step 0, which that format
  /// did not keep; negative where nobody knows. Returns the rows rewritten; 0 for a store that is
  /// of this format already. Errors: CB-STORE-*, CB-INPUT-STORE (neither format, another run's).
  static model::Result<std::uint64_t> migrate(const StoreOptions& options, std::int64_t start_ms);

  model::Result<void> commit(StepWrite&& write);
  /// The last committed step; nothing when there is none.
  model::Result<std::optional<model::Step>> last_step() const;
  model::Result<std::optional<std::string>> get(Family family, std::string_view key) const;
  /// Rows whose key begins with `prefix`, in key order, until `visit` returns false.
  model::Result<void> scan(
      Family family, std::string_view prefix,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
  /// Rows in [from, to), in key order, until `visit` returns false; an empty `to` is the end.
  model::Result<void> scan_range(
      Family family, std::string_view from, std::string_view to,
      const std::function<bool(std::string_view key, std::string_view value)>& visit) const;
  /// The newest row of `entity_prefix` whose key's last 4 bytes (known-at step, big-endian) are at
  /// most `known`.
  model::Result<std::optional<std::string>> get_as_of(Family family, std::string_view entity_prefix,
                                                      model::Step known) const;

  model::Result<void> put_snapshot(const Snapshot& snapshot);
  /// The newest whole snapshot at or before `step`; older ones than the last three are dropped by
  /// put_snapshot.
  model::Result<std::optional<Snapshot>> snapshot_at_or_before(model::Step step) const;
  /// Everything committed so far is on the disk when it returns.
  model::Result<void> sync();
  /// A copy that opens as this store does, of everything committed so far, in a new folder on the
  /// same or another disk; files that do not change are shared where the disk can. Not there or
  /// whole. Error CB-STORE-WRITE, CB-INPUT-OUT when the folder is there already.
  model::Result<void> checkpoint(const std::filesystem::path& folder);
  /// Reads every block of every file against its checksum. Error CB-STORE-DAMAGED names the file.
  model::Result<void> verify_checksums() const;

 private:
  friend struct StoreOpening;
  struct Impl;
  explicit Store(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::store
