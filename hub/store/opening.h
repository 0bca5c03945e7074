// Opening a store on another file system than the system's, with small memtables: for tests that
// simulate power cuts. Private to hub/store.
#pragma once

#include <rocksdb/env.h>

#include <memory>

#include "hub/store/store.h"

namespace citybrain::store {

struct StoreOpening {
  /// The folder itself and its lock stay on the system's file system: a lock ends with its process,
  /// and nothing in that file has to survive anything.
  rocksdb::Env* env = rocksdb::Env::Default();
  std::size_t memtable_bytes = 8 << 20;  ///< of each family

  model::Result<std::unique_ptr<Store>> open(const StoreOptions& options) const;
};

}  // namespace citybrain::store
