// One network (一张网): durable, ordered, partitioned logs of records. `Log` is the interface;
// open_embedded() opens the one that lives in this process on RocksDB, open_kafka() (kafka.h) the
// one on Apache Kafka. Any implementation passes tests/network/log_conformance.h unchanged.
//
// Promises: positions in a partition are 0, 1, 2, ... in the order of appending, without gaps
// unless transactions or repeats left some (Kafka). An append is idempotent: a record whose
// (producer, sequence) is not greater than the last one stored in that partition is dropped and
// counted. "Acknowledged" (append with every-commit, or flush()) means synced under the named fsync
// policy, or by all in-sync replicas; what was appended through a Log is readable through it before
// that, what was acknowledged to anybody is readable by everybody. An error after append() (a disk,
// a broker) comes back from the next append() or flush(); nothing is dropped without one. A torn or
// altered batch is detected (checksum) and never returned. Units: publish times are event-time
// milliseconds. Errors: CB-NETWORK-*. Threading: a Log may be used from many threads; an Appender,
// a Cursor and a Membership from one each; none of them outlives its Log. Ownership: records
// returned by poll() view the cursor's buffer until its next poll() or seek().
#pragma once

#include <chrono>
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

  /// Of an appender that was opened with a transaction's name: what is appended between begin() and
  /// commit(), to any topics, becomes readable together at commit() or, after abort(), never; after
  /// abort() its sequences are free again. Errors: CB-NETWORK-TRANSACTION (no name, begun twice,
  /// not begun), CB-NETWORK-FENCED (the name was opened again, elsewhere or here).
  virtual model::Result<void> begin() = 0;
  virtual model::Result<void> commit() = 0;
  virtual model::Result<void> abort() = 0;
};

/// "Everything acknowledged up to a moment", asked once for many cursors (Log::horizon()).
struct Horizon {
  std::uint64_t moment = 0;
};

class Cursor {
 public:
  virtual ~Cursor() = default;
  /// The next records in order, at most `most` (a batch is never cut in the middle of a record);
  /// empty at the end as it was at the call.
  virtual model::Result<std::span<const RecordView>> poll(std::size_t most) = 0;
  /// As poll(most), but empty may also mean: at the end as it was at the horizon, or later. Spares
  /// a remote log's reader a question for each of many partitions.
  virtual model::Result<std::span<const RecordView>> poll(std::size_t most, Horizon) {
    return poll(most);
  }
  virtual Position position() const = 0;  ///< of the next record
  virtual void seek(Position position) = 0;
};

struct AppenderOptions {
  std::string producer;  ///< stable name; sequences belong to it
  /// Not empty: the appender appends in transactions only, under this name, and whoever opened the
  /// name before is fenced off.
  std::string transaction = {};
};

struct TopicPartition {
  std::string topic;
  Partition partition = 0;
  auto operator<=>(const TopicPartition&) const = default;
};

struct GroupOptions {
  std::string group;   ///< members of one name share the partitions
  std::string member;  ///< not empty: a static member; one that comes back within the session gets
                       ///< what it had, and nobody else notices
  /// How long a member may be silent, in wall time. In one process (embedded) members do not fall
  /// silent; it is then how long a static member may be away.
  std::chrono::milliseconds session{10'000};
};

/// What a member was given and must give up. Partitions move in two steps (cooperative): what is in
/// `revoked` is still the member's own until its next poll(), so that it can put away its state.
struct GroupChange {
  std::vector<TopicPartition> assigned;
  std::vector<TopicPartition> revoked;
  bool lost = false;  ///< the session was over before: others may own already what was revoked
};

/// A member of a group. Destroying it leaves the group; a static member only goes away and keeps
/// its partitions until its session is over.
class Membership {
 public:
  virtual ~Membership() = default;
  /// Takes part in the group's affairs, and waits up to `wait` for a change. To be called more
  /// often than the session is long. Errors: CB-NETWORK-FENCED (another member has this member's
  /// name), CB-NETWORK-GROUP.
  virtual model::Result<GroupChange> poll(std::chrono::milliseconds wait) = 0;
  /// In order; as of the last poll(), without what it revoked.
  virtual std::span<const TopicPartition> owned() const = 0;
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
  /// Syncs everything appended through this Log so far.
  virtual model::Result<void> sync() = 0;
  /// For Cursor::poll(most, horizon). A log that knows its ends without asking answers at once.
  virtual model::Result<Horizon> horizon() { return Horizon{}; }
  /// Joins a group that shares the partitions of the topics, which exist. Every partition has one
  /// owner; who owns it decides nothing about outcomes.
  virtual model::Result<std::unique_ptr<Membership>> join(const GroupOptions& options,
                                                          std::span<const std::string> topics) = 0;
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
