#include "hub/network/embedded_cursor.h"

#include <fmt/format.h>

#include <algorithm>

namespace citybrain::network {

EmbeddedCursor::EmbeddedCursor(EmbeddedLog& log, const PartitionState& partition, Position from)
    : log_(log),
      partition_(partition),
      position_(from),
      after_(BatchKey{partition.topic, partition.number + 1, 0}),
      after_slice_(after_.slice()) {}

void EmbeddedCursor::seek(Position position) {
  position_ = position;
  unread_ = {};
  rows_.reset();
}

model::Result<std::span<const RecordView>> EmbeddedCursor::poll(std::size_t most) {
  if (unread_.empty() && most > 0) CITYBRAIN_TRY(load());
  const auto taken = unread_.first(std::min(most, unread_.size()));
  unread_ = unread_.subspan(taken.size());
  position_ += taken.size();
  return taken;
}

model::Result<void> EmbeddedCursor::load() {
  CITYBRAIN_ASSIGN(bounds, log_.reach(partition_, position_));
  if (position_ < bounds.begin) {
    return model::Error{
        "CB-NETWORK-POSITION",
        fmt::format("position {} was truncated; the first one left is {}", position_, bounds.begin),
        partition_.where(), "Read from the first one left, or from a snapshot behind it."};
  }
  if (position_ >= bounds.end) {
    rows_.reset();  // it would pin memory that RocksDB wants back
    return {};
  }
  BatchKey key{partition_.topic, partition_.number, position_};
  std::string_view bytes;
  if (!rows_ && bounds.recent) {
    CITYBRAIN_TRY(fetch(key, bytes));
  } else {
    CITYBRAIN_TRY(stream(key, bytes));
  }
  if (!batch_.decode(key, bytes))
    return log_.corrupt(partition_, key.base, "the batch was altered (its checksum is wrong)");
  const std::size_t skipped = position_ - key.base;
  if (skipped >= batch_.records().size())
    return log_.corrupt(partition_, position_, "the batch is missing");
  unread_ = batch_.records().subspan(skipped);
  return {};
}

model::Result<void> EmbeddedCursor::fetch(BatchKey& key, std::string_view& bytes) {
  fetched_.Reset();
  const auto status = log_.database().Get({}, log_.database().DefaultColumnFamily(),
                                          RowKey(key).slice(), &fetched_);
  if (status.IsNotFound()) return log_.corrupt(partition_, key.base, "the batch is missing");
  if (!status.ok()) return log_.failed_read(partition_, status);
  bytes = fetched_.ToStringView();
  return {};
}

model::Result<void> EmbeddedCursor::stream(BatchKey& key, std::string_view& bytes) {
  if (rows_) rows_->Next();
  if (!rows_ || !rows_->Valid()) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    options.iterate_upper_bound = &after_slice_;
    rows_.reset(log_.database().NewIterator(options));
    rows_->SeekForPrev(RowKey(key).slice());
  }
  if (!rows_->status().ok()) return log_.failed_read(partition_, rows_->status());
  const auto found = rows_->Valid() ? RowKey::parse(rows_->key()) : std::nullopt;
  if (!found || found->topic != key.topic || found->partition != key.partition ||
      found->base > position_)
    return log_.corrupt(partition_, position_, "the batch is missing");
  key = *found;
  bytes = rows_->value().ToStringView();
  return {};
}

}  // namespace citybrain::network
