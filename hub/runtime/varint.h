// Whole numbers in few bytes: LEB128 (seven bits a byte, the lowest first), differences of either
// sign zig-zagged (0, -1, 1, -2, ... as 0, 1, 2, 3, ...). Reading never trusts the bytes: after a
// short or overlong number failed() is true and all that is read is 0. Values.
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

class VarintWriter {
 public:
  void put(std::uint64_t v) {
    for (; v >= 0x80; v >>= 7U) bytes_ += static_cast<char>(v | 0x80U);
    bytes_ += static_cast<char>(v);
  }
  void put_signed(std::int64_t v) { put(zigzag(v)); }
  void text(std::string_view s) {
    put(s.size());
    bytes_ += s;
  }
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
};

class VarintReader {
 public:
  explicit VarintReader(std::string_view bytes) : bytes_(bytes) {}
  std::uint64_t get() {
    std::uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (failed_ || at_ == bytes_.size()) break;
      const auto byte = static_cast<unsigned char>(bytes_[at_++]);
      if (shift == 63 && byte > 1) break;
      v |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return v;
    }
    failed_ = true;
    return 0;
  }
  std::int64_t get_signed() { return unzigzag(get()); }
  /// A number of things of which each takes at least a byte of what is left.
  std::size_t count() {
    const std::uint64_t n = get();
    if (n <= left()) return static_cast<std::size_t>(n);
    failed_ = true;
    return 0;
  }
  std::string_view raw(std::size_t size) {
    if (size > left()) failed_ = true;
    if (failed_) return {};
    const auto out = bytes_.substr(at_, size);
    at_ += size;
    return out;
  }
  std::string text() { return std::string(raw(count())); }
  std::size_t left() const { return failed_ ? 0 : bytes_.size() - at_; }
  bool failed() const { return failed_; }
  bool complete() const { return !failed_ && at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace citybrain::runtime
