// Reads one partition of the embedded log, a batch at a time. Private to hub/network.
//
// The newest batches are fetched by their keys (cheaper than an iterator, which would have to be
// made anew after every append); what lies further back is streamed by an iterator until it runs
// out.
#pragma once

#include <rocksdb/db.h>

#include <memory>
#include <span>
#include <vector>

#include "hub/network/batch.h"
#include "hub/network/embedded_log.h"

namespace citybrain::network {

class EmbeddedCursor final : public Cursor {
 public:
  EmbeddedCursor(EmbeddedLog& log, const PartitionState& partition, Position from);

  model::Result<std::span<const RecordView>> poll(std::size_t most) override;
  Position position() const override { return position_; }
  void seek(Position position) override;

 private:
  /// Decodes the batch that holds position_ into unread_; leaves it empty at the end.
  model::Result<void> load();
  model::Result<void> fetch(BatchKey& key, std::string_view& bytes);
  model::Result<void> stream(BatchKey& key, std::string_view& bytes);

  EmbeddedLog& log_;
  const PartitionState& partition_;
  Position position_;
  const RowKey after_;  ///< first key behind the partition
  rocksdb::Slice after_slice_;
  std::unique_ptr<rocksdb::Iterator> rows_;
  rocksdb::PinnableSlice fetched_;
  BatchDecoder batch_;
  std::span<const RecordView> unread_;
};

}  // namespace citybrain::network
