#include "hub/api/wire_batch.h"

#include <algorithm>
#include <boost/crc.hpp>

#include "hub/api/wire_bytes.h"
#include "hub/network/kafka_record.h"

namespace citybrain::api {
namespace {

// Where things are in a batch, in bytes from its beginning.
constexpr std::size_t kLengthAt = 8;
constexpr std::size_t kCrcAt = 17;
constexpr std::size_t kAttributesAt = 21;  // the checksum begins here
constexpr std::size_t kLastDeltaAt = 23;
constexpr std::size_t kMaxTimeAt = 35;
constexpr std::size_t kCountAt = 57;

void field(WireWriter& w, std::string_view bytes) {
  w.zigzag(static_cast<std::int64_t>(bytes.size()));
  w.raw(bytes);
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

void WireBatch::begin(const network::RecordView& first) {
  base_ = first.position;
  base_ms_ = network::kafka_time(first.publish_time);
  greatest_ms_ = base_ms_;
  WireWriter w(out_);
  w.i64(static_cast<std::int64_t>(base_));
  w.i32(0);   // length, set by finish()
  w.i32(-1);  // leader epoch: there is one leader for ever
  w.i8(2);    // magic
  w.i32(0);   // checksum, set by finish()
  w.i16(0);   // attributes: no compression, CreateTime, no transaction, no control records
  w.i32(0);   // last offset delta, set by finish()
  w.i64(base_ms_);
  w.i64(0);   // greatest time, set by finish()
  w.i64(-1);  // producer id, epoch, base sequence: none
  w.i16(-1);
  w.i32(-1);
  w.i32(0);  // records, set by finish()
}

void WireBatch::add(const network::RecordView& record) {
  if (count_ == 0) begin(record);
  const auto ms = network::kafka_time(record.publish_time);
  greatest_ms_ = std::max(greatest_ms_, ms);
  last_ = record.position;
  ++count_;
  record_.clear();
  WireWriter w(record_);
  w.i8(0);  // attributes
  w.zigzag(ms - base_ms_);
  w.zigzag(static_cast<std::int64_t>(last_ - base_));
  field(w, record.key);
  field(w, record.value);
  const bool timed = ms != record.publish_time.ms;
  const bool ours = record.sequence != 0;  // 0: somebody's who does not number them
  w.zigzag(static_cast<std::int64_t>(record.headers.size() + (ours ? 1 : 0) + (timed ? 1 : 0)));
  if (ours) {
    network::write_origin(record.sequence, record.producer, text_);
    field(w, network::kOriginHeader);
    field(w, text_);
  }
  if (timed) {
    field(w, network::kTimeHeader);
    field(w, std::to_string(record.publish_time.ms));
  }
  for (const auto& h : record.headers) {
    field(w, h.key);
    field(w, h.value);
  }
  WireWriter out(out_);
  field(out, record_);
}

void WireBatch::finish() {
  if (count_ == 0) return;
  WireWriter w(out_);
  w.patch_i32(start_ + kLengthAt, static_cast<std::uint32_t>(bytes() - kLengthAt - 4));
  w.patch_i32(start_ + kLastDeltaAt, static_cast<std::uint32_t>(last_ - base_));
  const auto greatest = static_cast<std::uint64_t>(greatest_ms_);
  w.patch_i32(start_ + kMaxTimeAt, static_cast<std::uint32_t>(greatest >> 32));
  w.patch_i32(start_ + kMaxTimeAt + 4, static_cast<std::uint32_t>(greatest));
  w.patch_i32(start_ + kCountAt, count_);
  w.patch_i32(start_ + kCrcAt, crc32c(std::string_view(out_).substr(start_ + kAttributesAt)));
}

}  // namespace citybrain::api
