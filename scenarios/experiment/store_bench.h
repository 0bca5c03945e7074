// How fast the warehouse's history is written and read, beside RocksDB's own db_bench on the same
// machine in the same run: rows as a Step of the hub writes them (one lane and minute each, by
// StepWrite and commit), then points, "as of" and ranges by the reading side of the tables.
// db_bench writes and reads keys and values of the same size in batches of the same size, with the
// same memtable, no compression, its log on and not synced. Wall time; one thread. Errors:
// CB-RUN-BENCH (db_bench is missing or failed), CB-RUN-INTERRUPTED, CB-STORE-*.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::experiment {

struct StoreBenchOptions {
  std::uint64_t rows = 10'000'000;
  std::uint64_t reads = 200'000;
  std::filesystem::path folder;  ///< for both databases; emptied afterwards
  std::uint64_t seed = 1;
  std::function<void(std::string_view what, double fraction)> progress;  ///< may be empty
  const std::atomic<bool>* stop = nullptr;
};

/// One kind of work, both ways, in operations (rows) a second.
struct StoreBenchFigure {
  const char* what;       ///< fill, point, as_of, range, scan
  const char* unit;       ///< rows/s or reads/s
  const char* yardstick;  ///< db_bench's name of it
  double ours = 0, theirs = 0;
  double ratio() const { return theirs > 0 ? ours / theirs : 0; }
};

struct StoreBench {
  std::uint64_t rows = 0, reads = 0, range_rows = 0;
  std::size_t key_bytes = 0, value_bytes = 0, rows_per_step = 0;
  std::vector<StoreBenchFigure> figures;
  double least_ratio() const;
};

model::Result<StoreBench> bench_store(const StoreBenchOptions& options);

}  // namespace citybrain::experiment
