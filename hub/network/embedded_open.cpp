// Opening the embedded log: what was left behind is checked and becomes the partitions' state
// again.
#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>
#include <utility>

#include "hub/model/archive.h"
#include "hub/network/embedded_log.h"
#include "hub/runtime/faults.h"
#include "hub/runtime/rocks.h"

namespace citybrain::network {
namespace {

constexpr const char* kOpen = "CB-NETWORK-OPEN";
constexpr std::string_view kFormat =
    "citybrain-log 3\n";  // raised when rows or values are written in another way

void put_big_endian(char* to, std::uint64_t v, int bytes) {
  for (int i = bytes - 1; i >= 0; --i, v >>= 8) to[i] = static_cast<char>(v);
}

std::uint64_t big_endian(const char* from, int bytes) {
  std::uint64_t v = 0;
  for (int i = 0; i < bytes; ++i) v = (v << 8) | static_cast<unsigned char>(from[i]);
  return v;
}

rocksdb::Options log_options(const EmbeddedOptions& options, rocksdb::Env& env) {
  rocksdb::ColumnFamilyOptions rows;
  rows.write_buffer_size = options.memtable_bytes;
  rows.max_write_buffer_number = 3;
  rows.compression = rocksdb::kNoCompression;
  // No insertion hints (memtable_insert_with_hint_prefix_extractor): with them RocksDB 7.8 stops on
  // an assertion of its skip list when marks and batches of several partitions interleave (found by
  // the conformance suite).
  rows.level0_file_num_compaction_trigger = 8;
  rows.level0_slowdown_writes_trigger = 64;
  rows.level0_stop_writes_trigger = 128;
  rows.max_bytes_for_level_base = 1ULL << 30;
  rocksdb::BlockBasedTableOptions table;
  table.no_block_cache =
      true;  // records are read once or twice, in order; the system's page cache serves that
  table.checksum = rocksdb::kXXH3;
  table.block_size = 32 * 1024;
  rows.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  return {runtime::quiet_database(env), rows};
}

}  // namespace

RowKey::RowKey(const BatchKey& key) {
  put_big_endian(bytes_.data(), key.topic, 4);
  put_big_endian(bytes_.data() + 4, key.partition, 4);
  put_big_endian(bytes_.data() + 8, key.base, 8);
}

std::optional<BatchKey> RowKey::parse(const rocksdb::Slice& bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  return BatchKey{static_cast<std::uint32_t>(big_endian(bytes.data(), 4)),
                  static_cast<Partition>(big_endian(bytes.data() + 4, 4)),
                  big_endian(bytes.data() + 8, 8)};
}

BatchKey identity_row() { return {0, 0, 0}; }
BatchKey topic_row(std::uint32_t topic) { return {0, 1, topic}; }
BatchKey mark_row(std::uint32_t topic, Partition partition) {
  return {0, 2, (std::uint64_t{topic} << 32) | partition};
}

BatchKey tally_row() { return {0, 3, 0}; }

std::string encode_mark(Mark mark) {
  model::Writer writer;
  mark.fields(writer);
  const std::uint64_t sum = XXH3_64bits(writer.bytes().data(), writer.bytes().size());
  writer(sum);
  return writer.take();
}

std::optional<Mark> decode_mark(std::string_view bytes) {
  Mark mark;
  std::uint64_t sum = 0;
  model::Reader reader(bytes);
  mark.fields(reader);
  reader(sum);
  if (!reader.complete() || sum != XXH3_64bits(bytes.data(), bytes.size() - sizeof sum))
    return std::nullopt;
  return mark;
}

void PartitionState::remember(const BatchKey& key, std::uint32_t count, std::int64_t newest) {
  end = key.base + count;
  newest_ms = newest;
  recent[next_recent] = key.base;
  next_recent = (next_recent + 1) % kRecent;
}

bool PartitionState::is_recent(Position base) const {
  return std::find(recent.begin(), recent.end(), base) != recent.end();
}

std::uint64_t& PartitionState::last_sequence(std::string_view producer) {
  for (ProducerMark& mark : producers)
    if (mark.name == producer) return mark.last_sequence;
  return producers.emplace_back(ProducerMark{std::string(producer), 0}).last_sequence;
}

std::string PartitionState::where() const { return fmt::format("{}/{}", topic_name, number); }

model::Result<std::unique_ptr<Log>> open_embedded(const EmbeddedOptions& options) {
  return EmbeddedLog::open(options);
}

model::Result<std::unique_ptr<Log>> EmbeddedLog::open(const EmbeddedOptions& options,
                                                      rocksdb::Env& env) {
  CITYBRAIN_TRY(runtime::make_directory(options.directory, kOpen));
  CITYBRAIN_ASSIGN(lock, runtime::DirectoryLock::acquire(options.directory, kOpen));
  std::unique_ptr<EmbeddedLog> log(new EmbeddedLog(options, env, std::move(lock)));
  runtime::fault_point(runtime::Fault::kRestore);
  CITYBRAIN_TRY(log->open_database());
  runtime::fault_point(runtime::Fault::kRestore);
  CITYBRAIN_TRY(log->check_acknowledged());
  CITYBRAIN_TRY(log->check_identity());
  CITYBRAIN_TRY(log->load_topics());
  runtime::fault_point(runtime::Fault::kRestore);
  return std::unique_ptr<Log>(std::move(log));
}

model::Error EmbeddedLog::damaged(std::string_view what) const {
  const bool names_files = what.find("rocksdb/") != what.npos;
  return {kOpen, fmt::format("the log is damaged: {}{}", what, names_files ? "" : " (in rocksdb/)"),
          options_.directory.string(),
          "Restore the folder from a copy, or remove it and run again from the seed."};
}

model::Result<void> EmbeddedLog::open_database() {
  rocksdb::DB* database = nullptr;
  auto sealed = std::make_shared<runtime::SealedLogs>();
  auto settings = log_options(options_, env_);
  settings.listeners.push_back(sealed);
  const auto folder = options_.directory / "rocksdb";
  rocksdb::Status status = runtime::prepare_database(*env_.GetFileSystem(), folder);
  if (status.ok()) status = rocksdb::DB::Open(settings, folder.string(), &database);
  if (!status.ok())
    return runtime::rocks_error(kOpen, "cannot open the log", options_.directory, status);
  database_.reset(database);
  sealed->watch(database);
  return {};
}

/// The files in which the end of the log is.
std::string EmbeddedLog::wal_names() const {
  rocksdb::VectorLogPtr logs;
  if (!database_->GetSortedWalFiles(logs).ok()) return "rocksdb/*.log";
  std::string names;
  for (const auto& log : logs) {
    if (log->SizeFileBytes() == 0 && logs.size() > 1) continue;  // begun at this opening
    names += (names.empty() ? "rocksdb" : ", rocksdb") + log->PathName();
  }
  return names;
}

model::Result<void> EmbeddedLog::check_acknowledged() {
  CITYBRAIN_ASSIGN(file, AcknowledgedFile::open(env_, options_.directory / "acknowledged"));
  acknowledged_file_ = std::move(file);
  const auto acknowledged = acknowledged_file_->read();
  if (!acknowledged) return {};  // a new log, or one whose power was cut before any sync
  acknowledged_ = *acknowledged;
  const auto recovered = database_->GetLatestSequenceNumber();
  if (recovered < acknowledged_)
    return damaged(fmt::format("{} writes that were acknowledged are lost from its end ({})",
                               acknowledged_ - recovered, wal_names()));
  return {};
}

model::Result<void> EmbeddedLog::check_identity() {
  std::string found;
  const std::string expected = std::string(kFormat) + options_.identity;
  const auto status = database_->Get({}, RowKey(identity_row()).slice(), &found);
  if (status.ok() && found == expected) return {};
  if (status.ok()) {
    const bool other_format = !found.starts_with(kFormat);
    return model::Error{"CB-INPUT-STORE",
                        other_format ? "the log was written by another version of the program"
                                     : fmt::format("the log belongs to \"{}\", not to \"{}\"",
                                                   found.substr(kFormat.size()), options_.identity),
                        options_.directory.string(),
                        "Choose another folder, or remove this one (./citybrain clean)."};
  }
  if (!status.IsNotFound())
    return runtime::rocks_error(kOpen, "cannot read the log", options_.directory, status);
  if (database_->GetLatestSequenceNumber() != 0) return damaged("its identity is missing");
  const auto put = database_->Put({}, RowKey(identity_row()).slice(), expected);
  if (!put.ok())
    return runtime::rocks_error(kOpen, "cannot write to the log", options_.directory, put);
  return {};
}

TopicState& EmbeddedLog::add_topic(const TopicRow& row, std::uint32_t number) {
  const auto it = topics_.try_emplace(row.name).first;
  it->second.number = number;
  for (Partition p = 0; p < row.partitions; ++p) {
    auto& state = it->second.partitions.emplace_back(std::make_unique<PartitionState>());
    state->topic = number;
    state->number = p;
    state->topic_name = it->first;
  }
  return it->second;
}

model::Result<void> EmbeddedLog::load_topics() {
  const std::unique_ptr<rocksdb::Iterator> rows(database_->NewIterator({}));
  std::vector<TopicState*> topics;
  for (std::uint32_t number = 1;; ++number) {
    std::string bytes;
    const auto status = database_->Get({}, RowKey(topic_row(number)).slice(), &bytes);
    if (status.IsNotFound()) break;
    if (!status.ok())
      return runtime::rocks_error(kOpen, "cannot read the log", options_.directory, status);
    TopicRow row;
    model::Reader reader(bytes);
    row.fields(reader);
    if (!reader.complete() || topics_.contains(row.name))
      return damaged(fmt::format("the row of topic {} was altered", number));
    topics.push_back(&add_topic(row, number));
  }
  for (TopicState* topic : topics)
    for (auto& state : topic->partitions) CITYBRAIN_TRY(load_partition(*state, *rows));
  return check_tally();
}

model::Result<void> EmbeddedLog::check_tally() {
  tally_.topics = topics_.size();
  for (const auto& [name, topic] : topics_)
    for (const auto& state : topic.partitions) {
      tally_.begins += state->begin;
      tally_.ends += state->end;
    }
  std::string bytes;
  const auto status = database_->Get({}, RowKey(tally_row()).slice(), &bytes);
  if (!status.ok() && !status.IsNotFound())
    return runtime::rocks_error(kOpen, "cannot read the log", options_.directory, status);
  Tally written;
  model::Reader reader(bytes);
  if (status.ok()) {
    written.fields(reader);
    if (!reader.complete()) return damaged("its tally was altered");
  }
  if (written == tally_) return {};
  return damaged(
      fmt::format("there are {} topics and {} records in rocksdb/, but {} and {} were written",
                  tally_.topics, tally_.ends, written.topics, written.ends));
}

model::Result<void> EmbeddedLog::load_partition(PartitionState& state, rocksdb::Iterator& rows) {
  std::string bytes;
  const auto status =
      database_->Get({}, RowKey(mark_row(state.topic, state.number)).slice(), &bytes);
  if (!status.ok() && !status.IsNotFound())
    return runtime::rocks_error(kOpen, "cannot read the log", options_.directory, status);
  if (status.ok()) {
    auto mark = decode_mark(bytes);
    if (!mark) return damaged("the mark of " + state.where() + " was altered");
    state.begin = mark->begin;
    state.end = mark->position;
    state.newest_ms = mark->newest_ms;
    state.producers = std::move(mark->producers);
  }
  BatchKey key{state.topic, state.number, state.end};
  for (rows.Seek(RowKey(key).slice()); rows.Valid(); rows.Next()) {
    const auto found = RowKey::parse(rows.key());
    if (!found || found->topic != key.topic || found->partition != key.partition) break;
    key = *found;
    BatchHead head;
    if (key.base != state.end)
      return damaged(fmt::format("{} has nothing between positions {} and {}", state.where(),
                                 state.end, key.base));
    if (!decode_head(key, rows.value().ToStringView(), head))
      return damaged(
          fmt::format("the batch at position {} of {} was altered", key.base, state.where()));
    state.remember(key, head.count, head.newest_ms);
    state.last_sequence(head.producer) = head.last_sequence;
    ++state.unmarked;
  }
  if (!rows.status().ok())
    return runtime::rocks_error(kOpen, "cannot read " + state.where(), options_.directory,
                                rows.status());
  state.written = state.end;
  return {};
}

}  // namespace citybrain::network
