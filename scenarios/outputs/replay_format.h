// The bytes of a replay file, version 1 (docs/replay.md): what the writer and the reader share.
// Everything is little-endian; sections are packed with zlib; inside, columns of one type each,
// the wide ones first, so that a browser can lay typed arrays over them. Private to
// scenarios/outputs.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace citybrain::outputs::replay_format {

static_assert(std::endian::native == std::endian::little, "the file is little-endian");

constexpr std::string_view kMagic = "CBREPLAY";
constexpr std::uint32_t kVersion = 1;
constexpr std::uint32_t kTrailerMagic = 0x31584243;  // "CBX1"
constexpr std::size_t kHeadBytes = 40, kSectionHeadBytes = 16, kTrailerBytes = 16;
enum Section : std::uint32_t { kNetwork = 1, kChunk = 2, kIndex = 3 };
/// Offsets on a lane are told in units of so many metres.
constexpr double kUnit_m = 0.1;
constexpr std::uint32_t kMostFrames = 60;  // of a chunk

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
template <class T>
void put_column(std::string& out, const std::vector<T>& column) {
  if (!column.empty())
    out.append(reinterpret_cast<const char*>(column.data()), column.size() * sizeof(T));
}

/// Reads numbers and columns; after a short read failed() is true and all is 0 or empty.
class Columns {
 public:
  explicit Columns(std::string_view bytes) : bytes_(bytes) {}
  template <class T>
  T number() {
    T value{};
    if (!take(sizeof value)) return value;
    std::memcpy(&value, bytes_.data() + at_ - sizeof value, sizeof value);
    return value;
  }
  template <class T>
  std::vector<T> column(std::size_t n) {
    if (failed_ || n > (bytes_.size() - at_) / sizeof(T)) {
      failed_ = true;
      return {};
    }
    std::vector<T> out(n);
    if (n > 0) std::memcpy(out.data(), bytes_.data() + at_, n * sizeof(T));
    at_ += n * sizeof(T);
    return out;
  }
  bool failed() const { return failed_; }
  bool complete() const { return !failed_ && at_ == bytes_.size(); }

 private:
  bool take(std::size_t n) {
    failed_ = failed_ || n > bytes_.size() - at_;
    if (!failed_) at_ += n;
    return !failed_;
  }
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace citybrain::outputs::replay_format
