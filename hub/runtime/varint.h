// Whole numbers in few bytes, as Protocol Buffers and Kafka write them: LEB128 (seven bits a byte,
// the lowest first), differences of either sign zig-zagged (0, -1, 1, -2, ... as 0, 1, 2, 3, ...).
// Reading never trusts the bytes: after a short or overlong number failed() is true and all that is
// read is 0. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace citybrain::runtime {

constexpr std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1U) ^ static_cast<std::uint64_t>(v >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1U) ^ -static_cast<std::int64_t>(v & 1U);
}

constexpr std::size_t kMaxVarint = 10;  // bytes

/// Returns the place behind it.
inline char* write_varint(char* to, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7U) *to++ = static_cast<char>(v | 0x80U);
  *to++ = static_cast<char>(v);
  return to;
}

inline void append_varint(std::string& out, std::uint64_t v) {
  char bytes[kMaxVarint];
  out.append(bytes, static_cast<std::size_t>(write_varint(bytes, v) - bytes));
}

class VarintWriter {
 public:
  void put(std::uint64_t v) { append_varint(bytes_, v); }
  void put_signed(std::int64_t v) { put(zigzag(v)); }
  void text(std::string_view s) {
    put(s.size());
    bytes_ += s;
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

/// Takes values off the front of bytes, which must outlive it and what raw() and text() return.
class VarintReader {
 public:
  explicit VarintReader(std::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}
  std::uint64_t get() {
    if (at_ != end_ && static_cast<signed char>(*at_) >= 0)
      return static_cast<unsigned char>(*at_++);
    return get_long();
  }
  std::int64_t get_signed() { return unzigzag(get()); }
  /// A number of things of which each takes at least a byte of what is left.
  std::size_t count() {
    const std::uint64_t n = get();
    if (n <= left()) return static_cast<std::size_t>(n);
    fail();
    return 0;
  }
  std::string_view raw(std::uint64_t size) {
    if (size > left()) fail();
    if (failed_) return {};
    const std::string_view taken(at_, static_cast<std::size_t>(size));
    at_ += size;
    return taken;
  }
  std::string_view text() { return raw(get()); }
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  bool failed() const { return failed_; }
  bool complete() const { return !failed_ && at_ == end_; }

 private:
  std::uint64_t get_long() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64 && at_ != end_; shift += 7) {
      const auto byte = static_cast<unsigned char>(*at_++);
      if (shift == 63 && byte > 1) break;  // would not fit into 64 bits
      v |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return v;
    }
    fail();
    return 0;
  }
  void fail() {
    failed_ = true;
    at_ = end_;
  }

  const char* at_;
  const char* end_;
  bool failed_ = false;
};

}  // namespace citybrain::runtime
