// What a Store holds, and names that its parts share. Private to hub/store.
#pragma once

#include <rocksdb/db.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/runtime/files.h"
#include "hub/runtime/rocks.h"
#include "hub/store/opening.h"

namespace citybrain::store {

inline constexpr const char* kOpen = "CB-STORE-OPEN";
inline constexpr const char* kWrite = "CB-STORE-WRITE";
inline constexpr const char* kRead = "CB-STORE-READ";
inline constexpr std::string_view kStoreFormat =
    "citybrain-store 2\n";  ///< raised when rows are written in another way
inline constexpr std::string_view kFormerFormat = "citybrain-store 1\n";
inline constexpr std::string_view kIdentityKey = "identity";
inline constexpr std::string_view kStepKey = "step";

inline constexpr std::array<const char*, kFamilies> kNames = {"base",      "theme",   "special",
                                                              "positions", "outbox",  "catalogue",
                                                              "audit",     "digests", "snapshots"};

inline rocksdb::Slice slice(std::string_view s) { return {s.data(), s.size()}; }
inline std::string_view view(const rocksdb::Slice& s) { return {s.data(), s.size()}; }

struct Store::Impl {
  explicit Impl(StoreOptions o, runtime::DirectoryLock l)
      : options(std::move(o)), lock(std::move(l)) {}
  ~Impl() {
    if (!database) return;
    for (auto* h : families) (void)database->DestroyColumnFamilyHandle(h);
    (void)database->Close();
  }

  StoreOptions options;
  runtime::DirectoryLock lock;
  std::unique_ptr<rocksdb::DB> database;
  std::vector<rocksdb::ColumnFamilyHandle*> families;  // the default family, then the nine

  rocksdb::ColumnFamilyHandle* family(Family f) const {
    return families[static_cast<std::size_t>(f) + 1];
  }
  rocksdb::ColumnFamilyHandle* own() const { return families[0]; }
  model::Error failed(std::string_view code, std::string_view doing,
                      const rocksdb::Status& s) const {
    return runtime::rocks_error(code, doing, options.directory, s);
  }
  std::optional<model::Error> broken;  ///< the first write that failed
  model::Error write_failed(std::string_view doing, const rocksdb::Status& s) {
    if (!broken) broken = failed(kWrite, doing, s);
    return *broken;
  }
  model::Result<void> open(const StoreOpening& how);
  model::Result<void> check_identity();
  model::Error foreign(const std::string& found) const;
};

}  // namespace citybrain::store
