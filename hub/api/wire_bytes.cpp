#include "hub/api/wire_bytes.h"

#include <algorithm>

namespace citybrain::api {

std::string_view WireReader::take(std::size_t size) {
  if (size > rest_.size()) {
    ok_ = false;
    rest_ = {};
    return {};
  }
  const auto taken = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return taken;
}

std::uint64_t WireReader::number(std::size_t size) {
  std::uint64_t v = 0;
  for (const char c : take(size)) v = v << 8 | static_cast<unsigned char>(c);
  return v;
}

std::string_view WireReader::string() {
  const auto text = nullable_string();
  if (!text) ok_ = false;
  return text.value_or(std::string_view{});
}

std::optional<std::string_view> WireReader::nullable_string() {
  const auto size = i16();
  if (size == -1) return std::nullopt;
  if (size < -1) ok_ = false;
  return take(static_cast<std::size_t>(std::max<std::int16_t>(size, 0)));
}

std::string_view WireReader::bytes() {
  const auto size = i32();
  if (size < -1) ok_ = false;
  return take(static_cast<std::size_t>(std::max(size, 0)));
}

std::uint32_t WireReader::varint() {
  std::uint64_t v = 0;
  for (unsigned shift = 0; shift < 35; shift += 7) {
    const auto byte = number(1);
    v |= (byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) {
      if (v > 0xFFFFFFFFU) break;
      return static_cast<std::uint32_t>(v);
    }
  }
  ok_ = false;
  return 0;
}

std::string_view WireReader::compact_string() {
  const auto size = varint();
  return size == 0 ? std::string_view{} : take(size - 1);
}

void WireReader::skip_tagged_fields() {
  const auto fields = varint();
  for (std::uint32_t i = 0; i < fields && ok_; ++i) {
    (void)varint();
    (void)take(varint());
  }
}

std::int32_t WireReader::count(std::size_t least) {
  const auto n = i32();
  if (n < -1 || (n > 0 && static_cast<std::size_t>(n) > rest_.size() / least)) {
    ok_ = false;
    return 0;
  }
  return n;
}

void WireWriter::number(std::uint64_t v, std::size_t size) {
  for (std::size_t i = size; i-- > 0;) out_ += static_cast<char>(v >> (8 * i) & 0xFFU);
}

void WireWriter::string(std::string_view text) {
  i16(static_cast<std::int16_t>(text.size()));
  out_ += text;
}

void WireWriter::bytes(std::string_view bytes) {
  i32(static_cast<std::int32_t>(bytes.size()));
  out_ += bytes;
}

void WireWriter::varint(std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out_ += static_cast<char>((v & 0x7FU) | 0x80U);
  out_ += static_cast<char>(v);
}

void WireWriter::zigzag(std::int64_t v) {
  varint(static_cast<std::uint64_t>(v) << 1 ^ static_cast<std::uint64_t>(v >> 63));
}

void WireWriter::patch_i32(std::size_t at, std::uint32_t v) {
  for (std::size_t i = 0; i < 4; ++i) out_[at + i] = static_cast<char>(v >> (24 - 8 * i) & 0xFFU);
}

}  // namespace citybrain::api
