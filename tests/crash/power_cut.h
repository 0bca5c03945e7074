// Simulated power cuts under the embedded log and the store: a workload of appends by several
// producers, steps, snapshots and truncations, with syncs at seeded places, runs on a file system
// whose power goes at a seeded operation (power_file_system.h). What is left is opened again and
// held against what was acknowledged; then the workload goes on from there, so that one history
// has many cuts behind it, kills among them: a killed process's bytes are in the page cache, seen
// by the next one, and still not safe.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/crash/power_file_system.h"

namespace citybrain::crash {

enum class Phase : std::uint8_t {
  kRestore,   ///< opening and recovering
  kAppend,    ///< Appender::append
  kCommit,    ///< Store::commit
  kPublish,   ///< Appender::flush, Log::sync, Store::sync
  kSnapshot,  ///< Store::put_snapshot
  kTruncate,  ///< Log::truncate_before
  kFlush,     ///< RocksDB's own: memtables to files, compaction
  kIdle,      ///< between operations, or after a clean end
};
constexpr std::size_t kPhases = 8;
std::string_view phase_name(Phase phase);

struct PowerCutOptions {
  std::uint64_t seed = 1;
  std::uint64_t cuts = 200;
  Honours honours = Honours::kEverything;
  unsigned threads = 2;
  std::optional<std::uint64_t> history;  ///< only the one that a failure named by its seed
  /// Called from any thread, one at a time.
  std::function<void(std::uint64_t cuts_done)> progress;
  std::size_t most_failures = 3;  ///< then it stops
};

struct PowerCutReport {
  std::uint64_t cuts = 0;
  std::uint64_t kills = 0;
  std::array<std::uint64_t, kPhases> hits{};  ///< cuts, by what went on
  std::uint64_t records = 0;                  ///< appended
  std::uint64_t steps = 0;
  Losses losses;
  std::vector<std::string> failures;  ///< with the seed that repeats each

  void add(const PowerCutReport& other);
  std::string summary() const;
};

PowerCutReport cut_power(const PowerCutOptions& options);

}  // namespace citybrain::crash
