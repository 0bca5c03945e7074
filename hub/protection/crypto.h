// Cryptography as the rest of hub/protection needs it, by OpenSSL: SHA-256, HMAC, AES-256-GCM,
// Ed25519. Pure functions but for random_key(), which asks the operating system; safe from many
// threads. A failure of OpenSSL itself (out of memory) stops the program; a box or a signature that
// does not fit is an empty result, never an exception. Nothing here logs or keeps a key.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace citybrain::protection {

/// 256 bits: a secret or a hash.
using Bytes32 = std::array<std::uint8_t, 32>;
using Nonce = std::array<std::uint8_t, 12>;
constexpr std::size_t kTagBytes = 16;        ///< that AES-GCM adds
constexpr std::size_t kSignatureBytes = 64;  ///< of Ed25519

inline std::string_view view(const Bytes32& b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}
std::optional<Bytes32> bytes32(std::string_view bytes);

std::string to_hex(std::string_view bytes);
/// Nothing when it is not an even number of hexadecimal digits.
std::optional<std::string> from_hex(std::string_view text);

/// Of the parts behind each other, each after its length (4 bytes, big-endian), so that no two
/// lists of parts hash alike.
Bytes32 hash_of(std::initializer_list<std::string_view> parts);
Bytes32 sha256(std::string_view bytes);
Bytes32 hmac_sha256(const Bytes32& key, std::string_view bytes);

/// Ciphertext and tag. One nonce serves one plaintext a key.
std::string seal(const Bytes32& key, const Nonce& nonce, std::string_view associated,
                 std::string_view plain);
/// Nothing when the key, the nonce, the associated data or a bit of the box is another.
std::optional<std::string> open(const Bytes32& key, const Nonce& nonce, std::string_view associated,
                                std::string_view box);

Bytes32 public_key_of(const Bytes32& secret);
std::string sign(const Bytes32& secret, std::string_view message);
bool verify(const Bytes32& public_key, std::string_view message, std::string_view signature);

/// From the operating system's generator.
Bytes32 random_key();
/// Overwrites memory in a way that the compiler keeps.
void wipe(std::span<std::uint8_t> memory);

}  // namespace citybrain::protection
