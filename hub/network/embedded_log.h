// The embedded log: one RocksDB database, one put an append. Private to hub/network.
//
// Rows. A batch is at (topic, partition, position of its first record), 16 bytes big-endian, so
// that a partition is a range of keys in order. Topics are numbered from 1; under topic 0 are the
// log's own rows: its identity, a row a topic, and a *mark* a partition: begin, a position, and the
// last sequence of every producer up to that position. A mark is written in the same write as every
// kMarkBatches-th batch (and as a truncation), so opening reads the mark and the few batches behind
// it and knows every producer's last sequence exactly as of what survived, be it a clean close, a
// kill or a power cut. One row more, the *tally*, goes with every write: how many topics there are
// and where all partitions begin and end, summed. What is there must add up to it, so that a hole
// (a table or a log of RocksDB that is missing, with later ones there) is found at open.
//
// Writing. Appends gather in one WriteBatch, which goes to RocksDB when somebody reads behind what
// is written, when it has kGatherBytes, when a sync is due, and at flush() or sync(). One write for
// many appends costs a third of one for each; what it defers is nothing that was promised, since
// only flush() or every-commit acknowledges. Readers see RocksDB's bytes only. After a failed write
// the log takes no more: what readers can see ends where the last whole write ended.
//
// Acknowledging. RocksDB drops a torn tail at open without a word, and could not tell a tail that
// was acknowledged from one that was not. So after each sync the sequence number that is now safe
// goes into the file `acknowledged`; a log that comes back with less than that is damaged and says
// so.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/write_batch.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/network/acknowledged.h"
#include "hub/network/batch.h"
#include "hub/network/local_group.h"
#include "hub/network/network.h"
#include "hub/runtime/files.h"

namespace citybrain::network {

/// A key as RocksDB sorts it.
class RowKey {
 public:
  static constexpr std::size_t kSize = 16;
  explicit RowKey(const BatchKey& key);
  /// Nothing when the bytes are no key.
  static std::optional<BatchKey> parse(const rocksdb::Slice& bytes);
  rocksdb::Slice slice() const { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, kSize> bytes_;
};

/// The log's own rows, under topic 0.
BatchKey identity_row();
BatchKey topic_row(std::uint32_t topic);
BatchKey mark_row(std::uint32_t topic, Partition partition);
BatchKey tally_row();

struct ProducerMark {
  std::string name;
  std::uint64_t last_sequence = 0;

  template <class A>
  void fields(A& a) {
    a(name, last_sequence);
  }
};

/// What recovery needs of a partition up to `position`.
struct Mark {
  Position begin = 0;
  Position position = 0;
  std::int64_t newest_ms = 0;
  std::vector<ProducerMark> producers;

  template <class A>
  void fields(A& a) {
    a(begin, position, newest_ms, producers);
  }
};
std::string encode_mark(Mark mark);
std::optional<Mark> decode_mark(std::string_view bytes);

/// Sums over everything, as of the write that it came with.
struct Tally {
  std::uint64_t topics = 0;
  std::uint64_t begins = 0;
  std::uint64_t ends = 0;

  bool operator==(const Tally&) const = default;
  template <class A>
  void fields(A& a) {
    a(topics, begins, ends);
  }
};

struct TopicRow {
  std::string name;
  std::uint32_t partitions = 0;

  template <class A>
  void fields(A& a) {
    a(name, partitions);
  }
};

/// One partition in memory: its bounds and its producers, no records.
struct PartitionState {
  static constexpr std::size_t kRecent = 16;

  std::uint32_t topic = 0;
  Partition number = 0;
  std::string_view topic_name;
  Position begin = 0;
  Position end = 0;
  Position written = 0;  ///< end of what RocksDB holds
  std::int64_t newest_ms =
      0;  ///< greatest publish time so far; meaningless while there is no record
  std::uint32_t unmarked = 0;  ///< batches since the mark
  std::vector<ProducerMark> producers;
  std::array<Position, kRecent>
      recent;  ///< first positions of the newest batches, kEmpty where there is none
  std::size_t next_recent = 0;

  static constexpr Position kEmpty = ~Position{0};
  PartitionState() { recent.fill(kEmpty); }
  void remember(const BatchKey& key, std::uint32_t count, std::int64_t newest);
  bool is_recent(Position base) const;
  std::uint64_t& last_sequence(std::string_view producer);
  std::string where() const;
};

struct TopicState {
  std::uint32_t number = 0;
  std::vector<std::unique_ptr<PartitionState>> partitions;  ///< cursors keep pointers to them
};

class EmbeddedLog final : public Log {
 public:
  static constexpr std::size_t kMostBatchBytes = 256U << 20;

  /// `env` is where its files are; another one than the system's is for tests, in which the folder
  /// itself and its lock stay on the system's: a lock ends with its process and nothing in that
  /// file has to survive anything.
  static model::Result<std::unique_ptr<Log>> open(const EmbeddedOptions& options,
                                                  rocksdb::Env& env = *rocksdb::Env::Default());
  ~EmbeddedLog() override;

  model::Result<void> create(const TopicSpec& spec) override;
  model::Result<std::vector<TopicSpec>> topics() const override;
  model::Result<std::unique_ptr<Appender>> appender(const AppenderOptions& options) override;
  model::Result<std::unique_ptr<Cursor>> cursor(std::string_view topic, Partition partition,
                                                Position from) override;
  model::Result<Position> position_at(std::string_view topic, Partition partition,
                                      model::EventTime time) override;
  model::Result<Position> begin(std::string_view topic, Partition partition) override;
  model::Result<Position> end(std::string_view topic, Partition partition) override;
  model::Result<void> truncate_before(std::string_view topic, Partition partition,
                                      Position position) override;
  model::Result<void> sync() override;
  model::Result<std::unique_ptr<Membership>> join(const GroupOptions& options,
                                                  std::span<const std::string> topics) override;

  // For appenders.
  model::Result<AppendOutcome> append(std::string_view producer, std::string_view topic,
                                      Partition partition, std::span<const Record> records);
  model::Result<std::uint64_t> last_sequence(std::string_view producer, std::string_view topic,
                                             Partition partition);

  // For appenders in transactions (embedded_appender.cpp).
  struct Part {
    std::string topic;
    Partition partition = 0;
    std::span<const Record> records;
  };
  /// All of it in one write, or nothing.
  model::Result<void> append_together(std::string_view producer, std::span<const Part> parts,
                                      std::string_view transaction, std::uint64_t opened);
  /// Whoever opened the name before is fenced off.
  std::uint64_t open_transaction(std::string_view name);
  model::Result<void> check_fence(std::string_view transaction, std::uint64_t opened) const;

  // For cursors.
  struct Bounds {
    Position begin = 0;
    Position end = 0;
    bool recent = false;  ///< `position` is the first one of a batch among the newest
  };
  /// Makes what is at `position` readable and says where the partition is now.
  model::Result<Bounds> reach(const PartitionState& partition, Position position);
  rocksdb::DB& database() { return *database_; }
  model::Error corrupt(const PartitionState& partition, Position position,
                       std::string_view what) const;
  model::Error failed_read(const PartitionState& partition, const rocksdb::Status& status) const;

 private:
  EmbeddedLog(const EmbeddedOptions& options, rocksdb::Env& env, runtime::DirectoryLock lock);

  // embedded_open.cpp
  model::Result<void> open_database();
  model::Result<void> check_acknowledged();
  model::Result<void> check_identity();
  model::Result<void> load_topics();
  model::Result<void> check_tally();
  model::Result<void> load_partition(PartitionState& partition, rocksdb::Iterator& rows);
  model::Error damaged(std::string_view what) const;
  std::string wal_names() const;
  TopicState& add_topic(const TopicRow& row, std::uint32_t number);

  // With the mutex held.
  /// What of the records is new goes to what is gathered; nothing is written.
  model::Result<AppendOutcome> gather_fresh(std::string_view producer, PartitionState& state,
                                            std::span<const Record> records);
  /// Writes what is gathered when it is time, and gives the lock back.
  model::Result<void> after_append(std::unique_lock<std::mutex>& lock);
  /// Whether every part can be appended, before the first one is.
  model::Result<void> fits(std::span<const Part> parts) const;
  model::Result<void> is_fenced(std::string_view transaction, std::uint64_t opened) const;
  model::Result<PartitionState*> find(std::string_view topic, Partition partition) const;
  model::Result<void> write_gathered(bool synced);
  void put_mark(PartitionState& partition);
  /// Encodes fresh_ behind what is gathered.
  void gather(std::string_view producer, PartitionState& partition);
  model::Error fail(std::string_view doing, const rocksdb::Status& status);
  bool sync_due();
  model::Result<BatchKey> batch_at(const PartitionState& partition, rocksdb::Iterator& rows,
                                   Position position) const;

  /// Without the mutex: a sync must not hold up readers.
  model::Result<void> sync_wal(rocksdb::SequenceNumber written);
  void acknowledge(rocksdb::SequenceNumber sequence);

  const EmbeddedOptions options_;
  rocksdb::Env& env_;
  runtime::DirectoryLock lock_;
  std::unique_ptr<rocksdb::DB> database_;
  std::optional<AcknowledgedFile> acknowledged_file_;

  mutable std::mutex mutex_;
  std::map<std::string, TopicState, std::less<>> topics_;
  rocksdb::WriteBatch gathered_;
  Tally tally_;                               ///< with what is gathered
  std::vector<PartitionState*> gathered_in_;  ///< partitions with end > written
  BatchEncoder encoder_;
  std::vector<const Record*> fresh_;
  std::chrono::steady_clock::time_point last_sync_;
  std::optional<model::Error> failed_;
  std::map<std::string, std::uint64_t, std::less<>> transactions_;  ///< how often opened, a name

  LocalGroups groups_;

  std::mutex acknowledge_mutex_;
  rocksdb::SequenceNumber acknowledged_ = 0;
};

}  // namespace citybrain::network
