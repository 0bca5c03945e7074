#include "hub/runtime/manifest.h"

#include <array>
#include <cstdint>

namespace citybrain::runtime {
namespace {

constexpr std::size_t kBlock = 32768;
constexpr std::size_t kHead = 7;
constexpr std::size_t kGroup = 1024;
enum Type : unsigned char { kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

/// CRC-32C (Castagnoli), reflected polynomial 0x82F63B78 (RFC 3720, appendix B.4).
constexpr std::array<std::uint32_t, 256> kCrcTable = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c & 1U) != 0 ? (c >> 1) ^ 0x82F63B78U : c >> 1;
    table[i] = c;
  }
  return table;
}();

std::uint32_t masked_crc(std::string_view bytes) {
  std::uint32_t c = ~0U;
  for (const char b : bytes) c = kCrcTable[(c ^ static_cast<unsigned char>(b)) & 0xFFU] ^ (c >> 8);
  c = ~c;
  return ((c >> 15) | (c << 17)) + 0xA282EAD8U;  // as RocksDB masks it
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t v = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) v = (v << 8) | static_cast<unsigned char>(bytes[i]);
  return v;
}

/// Size with its head of the whole fragment at `at`; 0 when it is altered or cut.
std::size_t fragment(std::string_view bytes, std::size_t at) {
  if (bytes.size() - at < kHead) return 0;
  const std::size_t size = kHead + little_endian(bytes.substr(at + 4, 2));
  const auto type = static_cast<unsigned char>(bytes[at + 6]);
  if (type < kFull || type > kLast || at % kBlock + size > kBlock || bytes.size() - at < size)
    return 0;
  const bool whole =
      masked_crc(bytes.substr(at + 6, size - 6)) == little_endian(bytes.substr(at, 4));
  return whole ? size : 0;
}

}  // namespace

std::optional<std::size_t> altered_end_of_manifest(std::string_view bytes, bool group) {
  std::size_t record = 0;  // end of the last whole record
  std::size_t at = 0;
  while (at < bytes.size()) {
    if (const std::size_t left = kBlock - at % kBlock; left < kHead) {
      at += left;  // the rest of a block is filled with zeros
      continue;
    }
    const std::size_t size = fragment(bytes, at);
    if (size == 0) break;
    const auto type = static_cast<unsigned char>(bytes[at + 6]);
    at += size;
    if (type == kFull || type == kLast) record = at;
  }
  if (at >= bytes.size() || record == 0) return std::nullopt;
  if (group && bytes.size() - record <= kGroup) return record;
  // Anything whole behind it means that the altered record was not the last one.
  for (std::size_t behind = at + 1; behind < bytes.size(); ++behind)
    if (fragment(bytes, behind) != 0) return std::nullopt;
  return record;
}

}  // namespace citybrain::runtime
