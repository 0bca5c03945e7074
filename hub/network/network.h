// One network (一张网): durable, ordered, partitioned logs of records. `Log` is the interface;
// embedded.h opens the one that lives in this process on RocksDB. Any implementation passes
// tests/conformance/log_conformance.h unchanged.
//
// Promises: positions in a partition are 0, 1, 2, ... without gaps in the order of appending. An
// append is idempotent: a record whose (producer, sequence) is not greater than the last one stored
// in that partition is dropped and counted. "Acknowledged" (append with every-commit, or flush())
// means synced under the named fsync policy; records are readable in this process before that. A
// torn or altered batch is detected (checksum) and never returned. Units: publish times are
// event-time milliseconds. Errors: CB-NETWORK-*. Threading: a Log may be used from many threads; an
// Appender and a Cursor from one each. Ownership: records returned by poll() view the cursor's
// buffer until its next poll().
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/time.h"

namespace citybrain::network {

using Partition = std::uint32_t;
using Position = std::uint64_t;

struct TopicSpec {
  std::string name;
  std::uint32_t partitions = 1;
};

/// CloudEvents attributes (v1.0) in Kafka's binary mode carry the name "ce_<attribute>".
struct Header {
  std::string_view key;
  std::string_view value;
};

struct Record {
  model::EventTime publish_time;
  std::uint64_t sequence = 0;  ///< of its producer, in this partition; strictly increasing, from 1
  std::string_view key;
  std::string_view value;
  std::span<const Header> headers;
};

struct RecordView {
  Position position = 0;
  model::EventTime publish_time;
  std::uint64_t sequence = 0;
  std::string_view producer;
  std::string_view key;
  std::string_view value;
  std::span<const Header> headers;

  std::string_view header(std::string_view name) const {
    for (const auto& h : headers)
      if (h.key == name) return h.value;
    return {};
  }
};

struct Fsync {
  enum class Kind : std::uint8_t { kEveryCommit, kGroup, kOs };
  Kind kind = Kind::kGroup;
  std::uint32_t group_ms = 100;  ///< wall time between two syncs

  /// "every-commit", "group:100ms", "os". Error CB-USAGE-FSYNC lists them.
  static model::Result<Fsync> parse(std::string_view text);
  std::string name() const;
};

struct AppendOutcome {
  Position first = 0;  ///< position of the first record that was stored
  std::uint32_t stored = 0;
  std::uint32_t repeated = 0;  ///< dropped because their sequence was already there
};

class Appender {
 public:
  virtual ~Appender() = default;
  virtual model::Result<AppendOutcome> append(std::string_view topic, Partition partition,
                                              std::span<const Record> records) = 0;
  /// Returns when everything this appender appended is acknowledged.
  virtual model::Result<void> flush() = 0;
  /// The last sequence of this producer stored in the partition; 0 when there is none.
  virtual model::Result<std::uint64_t> last_sequence(std::string_view topic,
                                                     Partition partition) = 0;
};

class Cursor {
 public:
  virtual ~Cursor() = default;
  /// The next records in order, at most `most` (a batch is never cut in the middle of a record);
  /// empty at the end.
  virtual model::Result<std::span<const RecordView>> poll(std::size_t most) = 0;
  virtual Position position() const = 0;  ///< of the next record
  virtual void seek(Position position) = 0;
};

struct AppenderOptions {
  std::string producer;  ///< stable name; sequences belong to it
};

class Log {
 public:
  virtual ~Log() = default;
  /// Creates the topic, or does nothing when it is there with the same number of partitions.
  virtual model::Result<void> create(const TopicSpec& spec) = 0;
  virtual model::Result<std::vector<TopicSpec>> topics() const = 0;
  virtual model::Result<std::unique_ptr<Appender>> appender(const AppenderOptions& options) = 0;
  virtual model::Result<std::unique_ptr<Cursor>> cursor(std::string_view topic, Partition partition,
                                                        Position from) = 0;
  /// First position whose publish time is at or after `time`; the end when there is none.
  virtual model::Result<Position> position_at(std::string_view topic, Partition partition,
                                              model::EventTime time) = 0;
  virtual model::Result<Position> begin(std::string_view topic, Partition partition) = 0;
  virtual model::Result<Position> end(std::string_view topic, Partition partition) = 0;
  /// Drops whole batches before `position`; begin() tells what is left.
  virtual model::Result<void> truncate_before(std::string_view topic, Partition partition,
                                              Position position) = 0;
  /// Syncs everything appended by anybody so far.
  virtual model::Result<void> sync() = 0;
};

struct EmbeddedOptions {
  std::filesystem::path directory;
  Fsync fsync;
  std::string
      identity;  ///< scenario and version; a log with another one is refused (CB-INPUT-STORE)
  std::size_t memtable_bytes = 32U << 20;  ///< of RocksDB; small ones exercise its files in tests
};

/// Opens or creates the embedded log. Errors: CB-NETWORK-OPEN (not writable, in use by another
/// process, damaged), CB-INPUT-STORE.
model::Result<std::unique_ptr<Log>> open_embedded(const EmbeddedOptions& options);

}  // namespace citybrain::network
