// One append as the embedded log stores it: a checksum, what recovery needs to know, and the
// records. Private to hub/network.
//
//   u64 checksum (XXH3 of all that follows, seeded with the key, so that a batch in the wrong place
//   is found too) u32 count   i64 newest publish time in the partition up to here   u64 last
//   sequence   (little-endian) producer    then per record, numbers as varints, times and sequences
//   as differences from the record before: publish time, sequence, key, value, number of headers,
//   headers
//
// A header is (name, value). Its name is a number in the batch's dictionary, or 0 and then the name
// itself, which joins the dictionary. Its value is 0 for "as the last time this name had one", or
// length + 1 and the bytes: most CloudEvents attributes are the same in every record of a batch and
// cost two bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "hub/network/network.h"

namespace citybrain::network {

/// Where a batch is; its first record has position `base`.
struct BatchKey {
  std::uint32_t topic = 0;  ///< the log's number of it, from 1
  Partition partition = 0;
  Position base = 0;
};

struct BatchHead {
  std::uint32_t count = 0;
  std::int64_t newest_ms =
      0;  ///< greatest publish time in the partition, up to and including this batch
  std::uint64_t last_sequence = 0;  ///< of the producer
  std::string_view producer;
};

/// Keeps its dictionary's memory between batches. One thread.
class BatchEncoder {
 public:
  /// `records` are not empty. The result lives until the next call.
  std::string_view encode(const BatchKey& key, std::string_view producer, std::int64_t newest_ms,
                          std::span<const Record* const> records);

 private:
  struct Name {
    std::string_view name;
    std::string_view last_value;
    bool has_value = false;
  };
  void put_record(const Record& record, const Record* before);
  void put_header(const Header& header, std::size_t expected);

  std::string out_;
  std::vector<Name> names_;
};

/// The decoded batch: views into the bytes that were given.
class BatchDecoder {
 public:
  /// False when the bytes are not what was stored under this key; nothing is kept then.
  bool decode(const BatchKey& key, std::string_view bytes);
  /// The part after the checksum, for bytes whose checksum somebody else vouches for (and for the
  /// fuzzer).
  bool decode_body(Position base, std::string_view body);
  const BatchHead& head() const { return head_; }
  std::span<const RecordView> records() const { return records_; }

 private:
  struct Name {
    std::string_view name;
    std::string_view last_value;
  };
  bool fail();

  BatchHead head_;
  std::vector<RecordView> records_;
  std::vector<Header> headers_;
  std::vector<std::uint32_t> header_ends_;  ///< by record, in headers_
  std::vector<Name> names_;
};

/// Only the head, with the checksum verified. False as for decode().
bool decode_head(const BatchKey& key, std::string_view bytes, BatchHead& head);

}  // namespace citybrain::network
