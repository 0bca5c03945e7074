// Varints as Protocol Buffers, Kafka and the batch format use them: seven bits a byte, lowest
// first. Private to hub/network.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace citybrain::network {

constexpr std::size_t kMaxVarint = 10;

inline char* write_varint(char* to, std::uint64_t v) {
  while (v >= 0x80) {
    *to++ = static_cast<char>(v | 0x80);
    v >>= 7;
  }
  *to++ = static_cast<char>(v);
  return to;
}

inline void append_varint(std::string& out, std::uint64_t v) {
  char bytes[kMaxVarint];
  out.append(bytes, static_cast<std::size_t>(write_varint(bytes, v) - bytes));
}

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

/// Takes values off the front of bytes that nobody vouches for. After the first thing that is
/// missing or too long, failed() stays true, and everything read is zero or empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool failed() const { return failed_; }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

  std::uint64_t varint() {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0)
      return static_cast<unsigned char>(*at_++);
    return long_varint();
  }
  std::int64_t signed_varint() { return unzigzag(varint()); }
  std::string_view bytes(std::uint64_t size) {
    if (size > left()) return fail();
    const std::string_view taken(at_, static_cast<std::size_t>(size));
    at_ += size;
    return taken;
  }
  std::string_view text() { return bytes(varint()); }

 private:
  std::uint64_t long_varint() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift == 63 && byte > 1) break;  // would not fit into 64 bits
      v |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return v;
    }
    fail();
    return 0;
  }
  std::string_view fail() {
    failed_ = true;
    at_ = end_;
    return {};
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace citybrain::network
