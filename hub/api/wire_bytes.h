// Bytes of Kafka's protocol, both ways (kafka.apache.org/protocol, "Protocol Primitive Types"): big
// endian numbers, strings and byte strings behind their length (-1: null), compact ones behind an
// unsigned varint (length + 1, 0: null), tagged fields. Private to hub/api.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citybrain::api {

/// Reads what a client sent. Never past the end: a read that would fails, and every later one; what
/// failed reads return is 0 or empty, so a parser asks ok() once, at its end.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  std::int8_t i8() { return static_cast<std::int8_t>(number(1)); }
  std::int16_t i16() { return static_cast<std::int16_t>(number(2)); }
  std::int32_t i32() { return static_cast<std::int32_t>(number(4)); }
  std::int64_t i64() { return static_cast<std::int64_t>(number(8)); }
  std::string_view string();                          ///< null counts as an error
  std::optional<std::string_view> nullable_string();  ///< i16 length
  std::string_view bytes();                           ///< i32 length; null is empty
  std::uint32_t varint();                             ///< unsigned, at most five bytes
  std::string_view compact_string();                  ///< null is empty
  void skip_tagged_fields();
  /// The length of an array whose elements have at least `least` bytes each; -1: null. A length
  /// that the rest of the bytes cannot hold is an error: nobody reserves memory for it.
  std::int32_t count(std::size_t least);

  bool ok() const { return ok_; }
  std::size_t left() const { return rest_.size(); }

 private:
  std::uint64_t number(std::size_t size);
  std::string_view take(std::size_t size);

  std::string_view rest_;
  bool ok_ = true;
};

/// Appends to a string.
class WireWriter {
 public:
  explicit WireWriter(std::string& out) : out_(out) {}

  void i8(std::int8_t v) { number(static_cast<std::uint8_t>(v), 1); }
  void i16(std::int16_t v) { number(static_cast<std::uint16_t>(v), 2); }
  void i32(std::int32_t v) { number(static_cast<std::uint32_t>(v), 4); }
  void i64(std::int64_t v) { number(static_cast<std::uint64_t>(v), 8); }
  void string(std::string_view text);
  void null_string() { i16(-1); }
  void bytes(std::string_view bytes);
  void varint(std::uint64_t v);  ///< unsigned
  void zigzag(std::int64_t v);   ///< signed, as records have them
  void raw(std::string_view bytes) { out_.append(bytes); }
  void count(std::size_t n) { i32(static_cast<std::int32_t>(n)); }

  std::size_t size() const { return out_.size(); }
  /// Overwrites the i32 at `at`.
  void patch_i32(std::size_t at, std::uint32_t v);

 private:
  void number(std::uint64_t v, std::size_t size);
  std::string& out_;
};

}  // namespace citybrain::api
