// SHA-256 for the audit chain. Private to hub/catalog, but for the type Hash. One thread an object.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace citybrain::catalog {

using Hash = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  /// Of the pieces, one after the other.
  Hash operator()(std::initializer_list<std::string_view> pieces);
  /// Root of the Merkle tree over leaves, as RFC 6962 (section 2.1) builds it, of leaves that are
  /// hashed already; of no leaves: the hash of nothing.
  Hash root(std::span<const Hash> leaves);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

inline std::string_view view(const Hash& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}
/// 64 hexadecimal digits.
std::string hex(const Hash& hash);

}  // namespace citybrain::catalog
