// What a dataset's records look like: counts, and sketches of each field's values in unified units,
// of the places and of what was where in which minute. One pass over records, memory bounded by the
// number of fields (about 60 KiB each), whatever the number of records. One thread a Profiler.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>

#include "hub/catalog/contract.h"
#include "hub/catalog/sketch.h"

namespace citybrain::catalog {

struct FieldProfile {
  std::uint64_t values = 0;
  HyperLogLog distinct;
  KSmallest hashes;  ///< numbers in unified units
  Sample numbers;
};

struct Profile {
  std::uint64_t records = 0, unreadable = 0, bytes = 0;
  std::int64_t first_ms = 0, last_ms = 0;      ///< of publish times
  std::map<std::string, FieldProfile> fields;  ///< by path; leaves only
  KSmallest cells;                             ///< CGCS2000 positions to a thousandth of a degree
  KSmallest moments;                           ///< the same with the minute
  std::set<std::uint32_t> districts;           ///< partitions with records
};

class Profiler {
 public:
  /// `contract` must outlive it.
  explicit Profiler(const Contract& contract);
  ~Profiler();
  Profiler(Profiler&&) noexcept;
  /// One record: its message's bytes as on the network, without the framing.
  void add(std::string_view payload, std::int64_t publish_ms, std::uint32_t district);
  const Profile& profile() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::catalog
