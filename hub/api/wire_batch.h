// A batch of records as Kafka's clients read it (record batch, magic 2; kafka.apache.org/
// documentation, "Record Batch"): uncompressed, CRC-32C, base offset and deltas. Time stamps and
// headers are those that the log on Kafka would have written (hub/network/kafka_record.h). Private
// to hub/api.
#pragma once

#include <cstdint>
#include <string>

#include "hub/network/network.h"

namespace citybrain::api {

/// Builds one batch of records with ascending positions at the end of `out`.
class WireBatch {
 public:
  explicit WireBatch(std::string& out) : out_(out), start_(out.size()) {}

  void add(const network::RecordView& record);
  /// Closes the batch: lengths, bounds, checksum. Nothing is written when it has no record.
  void finish();

  std::size_t bytes() const { return out_.size() - start_; }
  std::uint32_t records() const { return count_; }

 private:
  void begin(const network::RecordView& first);

  std::string& out_;
  std::size_t start_;
  std::uint32_t count_ = 0;
  network::Position base_ = 0;
  network::Position last_ = 0;
  std::int64_t base_ms_ = 0;
  std::int64_t greatest_ms_ = 0;
  std::string record_;  // reused
  std::string text_;    // reused
};

/// CRC-32C (Castagnoli), as RFC 3720 has it.
std::uint32_t crc32c(std::string_view bytes);

}  // namespace citybrain::api
