#include "hub/network/batch.h"

#include <xxhash.h>

#include <cstring>
#include <utility>

#include "hub/runtime/random.h"
#include "hub/runtime/varint.h"

namespace citybrain::network {

using runtime::append_varint;
using runtime::VarintReader;
using runtime::zigzag;

namespace {

constexpr std::size_t kChecksumSize = sizeof(std::uint64_t);
constexpr std::size_t kFixedSize = sizeof(std::uint32_t) + 2 * sizeof(std::uint64_t);
/// Time, sequence, key, value and headers of an empty record take a byte each.
constexpr std::size_t kLeastRecord = 5;

std::uint64_t checksum(const BatchKey& key, std::string_view body) {
  const std::uint64_t place = (std::uint64_t{key.topic} << 32) | key.partition;
  return XXH3_64bits_withSeed(body.data(), body.size(),
                              runtime::mix(runtime::mix(place) ^ key.base));
}

template <class T>
void append_fixed(std::string& out, T v) {
  out.append(reinterpret_cast<const char*>(&v), sizeof v);
}

template <class T>
T take_fixed(VarintReader& in) {
  T v{};
  const auto bytes = in.raw(sizeof v);
  if (!bytes.empty()) std::memcpy(&v, bytes.data(), sizeof v);
  return v;
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out.append(text);
}

BatchHead take_head(VarintReader& in) {
  BatchHead head;
  head.count = take_fixed<std::uint32_t>(in);
  head.newest_ms = take_fixed<std::int64_t>(in);
  head.last_sequence = take_fixed<std::uint64_t>(in);
  head.producer = in.text();
  return head;
}

/// The body when the checksum is right, else nothing (a body is never empty).
std::string_view verified_body(const BatchKey& key, std::string_view bytes) {
  if (bytes.size() < kChecksumSize + kFixedSize) return {};
  std::uint64_t stored = 0;
  std::memcpy(&stored, bytes.data(), sizeof stored);
  bytes.remove_prefix(kChecksumSize);
  return stored == checksum(key, bytes) ? bytes : std::string_view{};
}

/// Times are any 64-bit number, so differences wrap around.
std::uint64_t time_step(std::int64_t from_ms, std::int64_t to_ms) {
  return zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_ms) -
                                          static_cast<std::uint64_t>(from_ms)));
}

}  // namespace

std::string_view BatchEncoder::encode(const BatchKey& key, std::string_view producer,
                                      std::int64_t newest_ms,
                                      std::span<const Record* const> records) {
  names_.clear();
  out_.assign(kChecksumSize, '\0');
  append_fixed(out_, static_cast<std::uint32_t>(records.size()));
  append_fixed(out_, newest_ms);
  append_fixed(out_, records.back()->sequence);
  append_text(out_, producer);
  const Record* before = nullptr;
  for (const Record* record : records) put_record(*record, std::exchange(before, record));
  const std::uint64_t sum = checksum(key, std::string_view(out_).substr(kChecksumSize));
  std::memcpy(out_.data(), &sum, sizeof sum);
  return out_;
}

void BatchEncoder::put_record(const Record& record, const Record* before) {
  append_varint(out_, time_step(before ? before->publish_time.ms : 0, record.publish_time.ms));
  append_varint(out_, record.sequence - (before ? before->sequence : 0));
  append_text(out_, record.key);
  append_text(out_, record.value);
  append_varint(out_, record.headers.size());
  for (std::size_t i = 0; i < record.headers.size(); ++i) put_header(record.headers[i], i);
}

void BatchEncoder::put_header(const Header& header, std::size_t expected) {
  // Producers write their headers in one order, so the dictionary's entry is usually the one at the
  // header's own place.
  std::size_t i = expected < names_.size() && names_[expected].name == header.key ? expected : 0;
  while (i < names_.size() && names_[i].name != header.key) ++i;
  if (i == names_.size()) {
    names_.push_back({header.key, {}, false});
    append_varint(out_, 0);
    append_text(out_, header.key);
  } else {
    append_varint(out_, i + 1);
  }
  Name& name = names_[i];
  if (name.has_value && name.last_value == header.value) {
    append_varint(out_, 0);
    return;
  }
  append_varint(out_, header.value.size() + 1);
  out_.append(header.value);
  name.last_value = header.value;
  name.has_value = true;
}

bool BatchDecoder::fail() {
  head_ = {};
  records_.clear();
  headers_.clear();
  return false;
}

bool BatchDecoder::decode(const BatchKey& key, std::string_view bytes) {
  const std::string_view body = verified_body(key, bytes);
  return body.empty() ? fail() : decode_body(key.base, body);
}

bool BatchDecoder::decode_body(Position base, std::string_view body) {
  records_.clear();
  headers_.clear();
  header_ends_.clear();
  names_.clear();
  VarintReader in(body);
  head_ = take_head(in);
  if (in.failed() || head_.count == 0 || head_.count > in.left() / kLeastRecord) return fail();
  RecordView record;
  record.producer = head_.producer;
  for (std::uint32_t i = 0; i < head_.count; ++i) {
    record.position = base + i;
    record.publish_time.ms =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(record.publish_time.ms) +
                                  static_cast<std::uint64_t>(in.get_signed()));
    record.sequence += in.get();
    record.key = in.text();
    record.value = in.text();
    const std::uint64_t headers = in.get();
    for (std::uint64_t h = 0; h < headers && !in.failed(); ++h) {
      std::uint64_t number = in.get();
      if (number == 0) {
        names_.push_back({in.text(), {}});
        number = names_.size();
      }
      if (number > names_.size()) return fail();
      Name& name = names_[number - 1];
      if (const std::uint64_t size = in.get(); size > 0) name.last_value = in.raw(size - 1);
      headers_.push_back({name.name, name.last_value});
    }
    header_ends_.push_back(static_cast<std::uint32_t>(headers_.size()));
    records_.push_back(record);
    if (in.failed()) return fail();
  }
  if (in.left() != 0 || record.sequence != head_.last_sequence) return fail();
  // Only now, because headers_ moved while it grew.
  std::size_t from = 0;
  for (std::size_t i = 0; i < records_.size(); ++i) {
    records_[i].headers = std::span(headers_).subspan(from, header_ends_[i] - from);
    from = header_ends_[i];
  }
  return true;
}

bool decode_head(const BatchKey& key, std::string_view bytes, BatchHead& head) {
  const std::string_view body = verified_body(key, bytes);
  if (body.empty()) return false;
  VarintReader in(body);
  head = take_head(in);
  return !in.failed() && head.count > 0;
}

}  // namespace citybrain::network
