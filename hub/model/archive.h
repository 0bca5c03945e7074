// Byte archives for working state and digests. A type takes part by a member template
//   template <class A> void fields(A& a) { a(x, y, z); }
// which serves both directions. Integers and floats are stored little-endian by their bytes,
// containers by a 32-bit length first. Reading never trusts the bytes: a short or overlong archive
// sets failed(), and values read after that are zero.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace citybrain::model {

static_assert(std::endian::native == std::endian::little, "archives are little-endian");

class Writer {
 public:
  static constexpr bool kWriting = true;

  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  void raw(const void* data, std::size_t size) {
    if (size > 0) bytes_.append(static_cast<const char*>(data), size);
  }
  const std::string& bytes() const { return bytes_; }
  std::string take() { return std::move(bytes_); }
  void clear() { bytes_.clear(); }

 private:
  template <class T>
  void put(const T& v) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      raw(&v, sizeof v);
    } else {
      const_cast<T&>(v).fields(
          *this);  // fields() is shared by both directions and does not change v here
    }
  }
  void put(const std::string& s) {
    put(static_cast<std::uint32_t>(s.size()));
    raw(s.data(), s.size());
  }
  template <class T>
  void put(const std::vector<T>& v) {
    put(static_cast<std::uint32_t>(v.size()));
    if constexpr (std::is_arithmetic_v<T>) {
      raw(v.data(), v.size() * sizeof(T));
    } else {
      for (const auto& x : v) put(x);
    }
  }
  template <class T>
  void put(const std::deque<T>& v) {
    put(static_cast<std::uint32_t>(v.size()));
    for (const auto& x : v) put(x);
  }
  template <class T, std::size_t N>
  void put(const std::array<T, N>& v) {
    for (const auto& x : v) put(x);
  }
  template <class A, class B>
  void put(const std::pair<A, B>& p) {
    put(p.first);
    put(p.second);
  }
  template <class K, class V>
  void put(const std::map<K, V>& m) {
    put(static_cast<std::uint32_t>(m.size()));
    for (const auto& [k, v] : m) {
      put(k);
      put(v);
    }
  }
  template <class T>
  void put(const std::optional<T>& o) {
    put(o.has_value());
    if (o) put(*o);
  }

  std::string bytes_;
};

class Reader {
 public:
  static constexpr bool kWriting = false;

  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class... T>
  void operator()(T&... values) {
    (get(values), ...);
  }
  bool failed() const { return failed_; }
  /// True when every byte was read and none was missing.
  bool complete() const { return !failed_ && at_ == bytes_.size(); }

 private:
  void raw(void* data, std::size_t size) {
    if (size == 0) return;  // an empty container has no data to point to
    if (failed_ || bytes_.size() - at_ < size) {
      failed_ = true;
      std::memset(data, 0, size);
      return;
    }
    std::memcpy(data, bytes_.data() + at_, size);
    at_ += size;
  }
  std::uint32_t length(std::size_t least_bytes_each) {
    std::uint32_t n = 0;
    raw(&n, sizeof n);
    if (failed_ || (least_bytes_each > 0 && n > (bytes_.size() - at_) / least_bytes_each)) {
      failed_ = true;
      return 0;
    }
    return n;
  }
  /// A byte that is neither 0 nor 1 is no flag.
  void get(bool& v) {
    std::uint8_t byte = 0;
    raw(&byte, sizeof byte);
    if (byte > 1) failed_ = true;
    v = byte == 1;
  }
  template <class T>
  void get(T& v) {
    if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T>) {
      raw(&v, sizeof v);
    } else {
      v.fields(*this);
    }
  }
  void get(std::string& s) {
    s.assign(length(1), '\0');
    raw(s.data(), s.size());
  }
  template <class T>
  void get(std::vector<T>& v) {
    if constexpr (std::is_arithmetic_v<T>) {
      v.assign(length(sizeof(T)), T{});
      raw(v.data(), v.size() * sizeof(T));
    } else {
      v.assign(length(1), T{});
      for (auto& x : v) get(x);
    }
  }
  template <class T>
  void get(std::deque<T>& v) {
    v.assign(length(1), T{});
    for (auto& x : v) get(x);
  }
  template <class T, std::size_t N>
  void get(std::array<T, N>& v) {
    for (auto& x : v) get(x);
  }
  template <class A, class B>
  void get(std::pair<A, B>& p) {
    get(p.first);
    get(p.second);
  }
  template <class K, class V>
  void get(std::map<K, V>& m) {
    m.clear();
    const std::uint32_t n = length(1);
    for (std::uint32_t i = 0; i < n && !failed_; ++i) {
      std::pair<K, V> p{};
      get(p.first);
      get(p.second);
      m.insert(std::move(p));
    }
  }
  template <class T>
  void get(std::optional<T>& o) {
    bool has = false;
    get(has);
    o.reset();
    if (has) get(o.emplace());
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

}  // namespace citybrain::model
