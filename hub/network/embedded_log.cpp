#include "hub/network/embedded_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "hub/model/archive.h"
#include "hub/network/embedded_cursor.h"
#include "hub/network/topic_name.h"
#include "hub/runtime/faults.h"
#include "hub/runtime/rocks.h"

namespace citybrain::network {
namespace {

constexpr std::size_t kGatherBytes =
    256 * 1024;  // about a second-level cache, and hundreds of usual appends
constexpr std::uint32_t kMarkBatches = 256;  // at most so many batches a partition are read at open
constexpr std::uint32_t kMostPartitions = 65536;

}  // namespace

EmbeddedLog::EmbeddedLog(const EmbeddedOptions& options, rocksdb::Env& env,
                         runtime::DirectoryLock lock)
    : options_(options),
      env_(env),
      lock_(std::move(lock)),
      last_sync_(std::chrono::steady_clock::now()) {}

EmbeddedLog::~EmbeddedLog() {
  if (database_) {
    std::unique_lock lock(mutex_);
    const bool written = !failed_ && static_cast<bool>(write_gathered(false));
    const auto sequence = database_->GetLatestSequenceNumber();
    lock.unlock();
    // A destructor has nobody to tell: what could not be synced was not acknowledged either.
    if (written && options_.fsync.kind != Fsync::Kind::kOs)
      (void)static_cast<bool>(sync_wal(sequence));
  }
}

model::Result<PartitionState*> EmbeddedLog::find(std::string_view topic,
                                                 Partition partition) const {
  const auto it = topics_.find(topic);
  if (it == topics_.end())
    return topic_error("there is no such topic", topic, "Create the topic before it is used.");
  if (partition >= it->second.partitions.size())
    return topic_error(fmt::format("there is no partition {}; the topic has {}", partition,
                                   it->second.partitions.size()),
                       topic, {});
  return it->second.partitions[partition].get();
}

model::Result<void> EmbeddedLog::create(const TopicSpec& spec) {
  if (!is_topic_name(spec.name))
    return topic_error("is no topic name", spec.name,
                       "Use 1 to 249 letters, digits, dots, underscores and hyphens.");
  if (spec.partitions == 0 || spec.partitions > kMostPartitions)
    return topic_error(fmt::format("cannot have {} partitions", spec.partitions), spec.name,
                       fmt::format("Use 1 to {}.", kMostPartitions));
  const std::lock_guard lock(mutex_);
  if (const auto it = topics_.find(spec.name); it != topics_.end()) {
    const auto there = it->second.partitions.size();
    if (there == spec.partitions) return {};
    return topic_error(
        fmt::format("the topic is there with {} partitions, not {}", there, spec.partitions),
        spec.name, "Use the same number, or another folder for the log.");
  }
  if (failed_) return *failed_;
  const TopicRow row{spec.name, spec.partitions};
  const auto number = static_cast<std::uint32_t>(topics_.size() + 1);
  model::Writer writer;
  writer(row.name, row.partitions);
  gathered_.Put(RowKey(topic_row(number)).slice(), writer.bytes());
  add_topic(row, number);
  ++tally_.topics;
  return {};
}

model::Result<std::vector<TopicSpec>> EmbeddedLog::topics() const {
  const std::lock_guard lock(mutex_);
  std::vector<TopicSpec> specs;
  for (const auto& [name, topic] : topics_)
    specs.push_back({name, static_cast<std::uint32_t>(topic.partitions.size())});
  return specs;
}

model::Result<AppendOutcome> EmbeddedLog::append(std::string_view producer, std::string_view topic,
                                                 Partition partition,
                                                 std::span<const Record> records) {
  runtime::fault_point(runtime::Fault::kAppend);
  std::unique_lock lock(mutex_);
  if (failed_) return *failed_;
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  CITYBRAIN_ASSIGN(outcome, gather_fresh(producer, *found, records));
  CITYBRAIN_TRY(after_append(lock));
  return outcome;
}

model::Result<AppendOutcome> EmbeddedLog::gather_fresh(std::string_view producer,
                                                       PartitionState& state,
                                                       std::span<const Record> records) {
  std::uint64_t last = state.last_sequence(producer);
  std::size_t bytes = 0;
  fresh_.clear();
  for (const Record& record : records) {
    if (record.sequence <= last) continue;
    last = record.sequence;
    bytes += record.value.size() + record.key.size();
    fresh_.push_back(&record);
  }
  if (bytes > kMostBatchBytes)
    return model::Error{
        "CB-NETWORK-APPEND",
        fmt::format("an append of {} bytes; the most is {}", bytes, kMostBatchBytes), state.where(),
        "Append fewer records at once."};
  const AppendOutcome outcome{static_cast<std::uint32_t>(fresh_.size()),
                              static_cast<std::uint32_t>(records.size() - fresh_.size())};
  if (!fresh_.empty()) gather(producer, state);
  return outcome;
}

model::Result<void> EmbeddedLog::after_append(std::unique_lock<std::mutex>& lock) {
  if (options_.fsync.kind == Fsync::Kind::kEveryCommit) {
    const bool writes = gathered_.Count() > 0;  // all of it repeats: a reader may have written some
    CITYBRAIN_TRY(write_gathered(true));
    const auto written = database_->GetLatestSequenceNumber();
    lock.unlock();
    if (!writes) CITYBRAIN_TRY(sync_wal(written));
    acknowledge(written);
  } else if (sync_due()) {
    CITYBRAIN_TRY(write_gathered(false));
    const auto written = database_->GetLatestSequenceNumber();
    lock.unlock();
    CITYBRAIN_TRY(sync_wal(written));
  } else if (gathered_.GetDataSize() > kGatherBytes) {
    CITYBRAIN_TRY(write_gathered(false));
  }
  runtime::fault_point(runtime::Fault::kAppend);
  return {};
}

void EmbeddedLog::gather(std::string_view producer, PartitionState& state) {
  const BatchKey key{state.topic, state.number, state.end};
  std::int64_t newest = state.end == 0 ? fresh_.front()->publish_time.ms : state.newest_ms;
  for (const Record* record : fresh_) newest = std::max(newest, record->publish_time.ms);
  const std::string_view bytes = encoder_.encode(key, producer, newest, fresh_);
  gathered_.Put(RowKey(key).slice(), rocksdb::Slice(bytes.data(), bytes.size()));
  if (state.end == state.written) gathered_in_.push_back(&state);
  state.last_sequence(producer) = fresh_.back()->sequence;
  state.remember(key, static_cast<std::uint32_t>(fresh_.size()), newest);
  tally_.ends += fresh_.size();
  if (++state.unmarked >= kMarkBatches) put_mark(state);
}

void EmbeddedLog::put_mark(PartitionState& state) {
  gathered_.Put(RowKey(mark_row(state.topic, state.number)).slice(),
                encode_mark({state.begin, state.end, state.newest_ms, state.producers}));
  state.unmarked = 0;
}

bool EmbeddedLog::sync_due() {
  if (options_.fsync.kind != Fsync::Kind::kGroup) return false;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_sync_ < std::chrono::milliseconds(options_.fsync.group_ms)) return false;
  last_sync_ = now;
  return true;
}

model::Result<void> EmbeddedLog::write_gathered(bool synced) {
  if (failed_) return *failed_;
  if (gathered_.Count() == 0) return {};
  model::Writer tally;
  tally_.fields(tally);
  gathered_.Put(RowKey(tally_row()).slice(), tally.bytes());
  rocksdb::WriteOptions how;
  how.sync = synced;
  const auto status = database_->Write(how, &gathered_);
  if (!status.ok()) return fail("cannot write to the log", status);
  gathered_.Clear();
  for (PartitionState* state : gathered_in_) state->written = state->end;
  gathered_in_.clear();
  return {};
}

model::Error EmbeddedLog::fail(std::string_view doing, const rocksdb::Status& status) {
  if (!failed_)
    failed_ = runtime::rocks_error("CB-NETWORK-WRITE", doing, options_.directory, status);
  for (PartitionState* state : gathered_in_) state->end = state->written;
  gathered_in_.clear();
  gathered_.Clear();
  return *failed_;
}

model::Result<void> EmbeddedLog::sync() {
  std::unique_lock lock(mutex_);
  CITYBRAIN_TRY(write_gathered(false));
  const auto written = database_->GetLatestSequenceNumber();
  last_sync_ = std::chrono::steady_clock::now();
  lock.unlock();
  return sync_wal(written);
}

model::Result<void> EmbeddedLog::sync_wal(rocksdb::SequenceNumber written) {
  {
    const std::lock_guard lock(acknowledge_mutex_);
    if (acknowledged_ >= written) return {};
  }
  runtime::fault_point(runtime::Fault::kPublish);
  if (const auto status = database_->SyncWAL(); !status.ok()) {
    const std::lock_guard lock(mutex_);
    return fail("cannot sync the log", status);
  }
  runtime::fault_point(runtime::Fault::kPublish);
  acknowledge(written);
  return {};
}

void EmbeddedLog::acknowledge(rocksdb::SequenceNumber sequence) {
  const std::lock_guard lock(acknowledge_mutex_);
  if (sequence <= acknowledged_) return;
  acknowledged_ = sequence;
  if (acknowledged_file_) acknowledged_file_->write(sequence);  // none when opening failed
}

model::Result<std::uint64_t> EmbeddedLog::last_sequence(std::string_view producer,
                                                        std::string_view topic,
                                                        Partition partition) {
  const std::lock_guard lock(mutex_);
  if (failed_) return *failed_;
  CITYBRAIN_ASSIGN(state, find(topic, partition));
  return state->last_sequence(producer);
}

model::Result<std::unique_ptr<Cursor>> EmbeddedLog::cursor(std::string_view topic,
                                                           Partition partition, Position from) {
  const std::lock_guard lock(mutex_);
  CITYBRAIN_ASSIGN(state, find(topic, partition));
  return std::unique_ptr<Cursor>(std::make_unique<EmbeddedCursor>(*this, *state, from));
}

model::Result<EmbeddedLog::Bounds> EmbeddedLog::reach(const PartitionState& state,
                                                      Position position) {
  const std::lock_guard lock(mutex_);
  if (position >= state.written && position < state.end) CITYBRAIN_TRY(write_gathered(false));
  return Bounds{state.begin, state.end, state.is_recent(position)};
}

model::Result<Position> EmbeddedLog::begin(std::string_view topic, Partition partition) {
  const std::lock_guard lock(mutex_);
  CITYBRAIN_ASSIGN(state, find(topic, partition));
  return state->begin;
}

model::Result<Position> EmbeddedLog::end(std::string_view topic, Partition partition) {
  const std::lock_guard lock(mutex_);
  CITYBRAIN_ASSIGN(state, find(topic, partition));
  return state->end;
}

model::Error EmbeddedLog::corrupt(const PartitionState& state, Position position,
                                  std::string_view what) const {
  return {"CB-NETWORK-CORRUPT", fmt::format("position {} in {}: {}", position, state.where(), what),
          options_.directory.string(),
          "Restore the folder from a copy, or remove it and run again from the seed."};
}

model::Error EmbeddedLog::failed_read(const PartitionState& state,
                                      const rocksdb::Status& status) const {
  const std::string_view code = status.IsCorruption() ? "CB-NETWORK-CORRUPT" : "CB-NETWORK-READ";
  return runtime::rocks_error(code, "cannot read " + state.where(), options_.directory, status);
}

model::Result<BatchKey> EmbeddedLog::batch_at(const PartitionState& state, rocksdb::Iterator& rows,
                                              Position position) const {
  rows.SeekForPrev(RowKey(BatchKey{state.topic, state.number, position}).slice());
  if (!rows.status().ok()) return failed_read(state, rows.status());
  const auto key = rows.Valid() ? RowKey::parse(rows.key()) : std::nullopt;
  if (!key || key->topic != state.topic || key->partition != state.number)
    return corrupt(state, position, "the batch is missing");
  return *key;
}

model::Result<Position> EmbeddedLog::position_at(std::string_view topic, Partition partition,
                                                 model::EventTime time) {
  std::unique_lock lock(mutex_);
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  const PartitionState& state = *found;
  if (state.written < state.end) CITYBRAIN_TRY(write_gathered(false));
  Position low = state.begin;
  Position high = state.end;
  const Position end = state.end;
  if (low == high || state.newest_ms < time.ms) return end;
  const std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator({}));
  lock.unlock();
  // The newest publish time so far never falls from batch to batch: halve the positions for the
  // first batch that has it.
  while (low < high) {
    const Position middle = low + (high - low) / 2;
    CITYBRAIN_ASSIGN(key, batch_at(state, *rows, middle));
    BatchHead head;
    if (!decode_head(key, rows->value().ToStringView(), head) || key.base + head.count <= middle)
      return corrupt(state, middle, "the batch was altered or is missing");
    if (head.newest_ms >= time.ms) {
      high = key.base;
    } else {
      low = key.base + head.count;
    }
  }
  // Its first such record; batches behind only matter when a truncated record was the newest.
  EmbeddedCursor records(*this, state, std::max(low, state.begin));
  while (records.position() < end) {
    CITYBRAIN_ASSIGN(batch, records.poll(~std::size_t{0}));
    for (const RecordView& record : batch)
      if (record.publish_time >= time) return record.position;
  }
  return end;
}

model::Result<void> EmbeddedLog::truncate_before(std::string_view topic, Partition partition,
                                                 Position position) {
  const std::lock_guard lock(mutex_);
  CITYBRAIN_ASSIGN(found, find(topic, partition));
  PartitionState& state = *found;
  CITYBRAIN_TRY(write_gathered(false));
  Position first_left = state.end;
  if (position <= state.begin) return {};
  if (position < state.end) {
    const std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator({}));
    CITYBRAIN_ASSIGN(key, batch_at(state, *rows, position));
    first_left = key.base;
  }
  if (first_left == state.begin) return {};
  const RowKey from(BatchKey{state.topic, state.number, state.begin});
  const RowKey to(BatchKey{state.topic, state.number, first_left});
  gathered_.DeleteRange(from.slice(), to.slice());
  tally_.begins += first_left - state.begin;
  state.begin = first_left;
  put_mark(state);
  return write_gathered(false);
}

model::Result<std::unique_ptr<Membership>> EmbeddedLog::join(const GroupOptions& options,
                                                             std::span<const std::string> topics) {
  std::vector<TopicPartition> all;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& topic : topics) {
      CITYBRAIN_TRY(find(topic, 0));
      const auto& partitions = topics_.find(topic)->second.partitions;
      for (Partition p = 0; p < partitions.size(); ++p) all.push_back({topic, p});
    }
  }
  return groups_.join(options, std::move(all));
}

}  // namespace citybrain::network
