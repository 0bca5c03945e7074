#include "hub/protection/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>

#include "hub/model/result.h"

namespace citybrain::protection {

namespace {

using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;
using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const std::uint8_t* bytes(std::string_view s) {
  return reinterpret_cast<const std::uint8_t*>(s.data());
}
std::uint8_t* bytes(std::string& s) { return reinterpret_cast<std::uint8_t*>(s.data()); }

PrivateKey private_key(const Bytes32& secret) {
  PrivateKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, secret.data(), secret.size()),
      EVP_PKEY_free);
  CITYBRAIN_CHECK(key != nullptr);
  return key;
}

CipherContext cipher() {
  CipherContext context(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  CITYBRAIN_CHECK(context != nullptr);
  return context;
}

DigestContext digest() {
  DigestContext context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  CITYBRAIN_CHECK(context != nullptr);
  return context;
}

int value_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Bytes32> bytes32(std::string_view text) {
  Bytes32 out{};
  if (text.size() != out.size()) return std::nullopt;
  std::copy_n(bytes(text), out.size(), out.begin());
  return out;
}

std::string to_hex(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(text.size() * 2);
  for (const char c : text) {
    out += kDigits[static_cast<unsigned char>(c) >> 4];
    out += kDigits[static_cast<unsigned char>(c) & 15U];
  }
  return out;
}

std::optional<std::string> from_hex(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = value_of(text[i]), low = value_of(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out += static_cast<char>(high * 16 + low);
  }
  return out;
}

Bytes32 sha256(std::string_view text) {
  Bytes32 out{};
  CITYBRAIN_CHECK(
      EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_sha256(), nullptr) == 1);
  return out;
}

Bytes32 hash_of(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const auto part : parts) {
    const auto n = static_cast<std::uint32_t>(part.size());
    for (const int shift : {24, 16, 8, 0}) all += static_cast<char>(n >> shift & 0xFFU);
    all += part;
  }
  return sha256(all);
}

Bytes32 hmac_sha256(const Bytes32& key, std::string_view text) {
  Bytes32 out{};
  CITYBRAIN_CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text),
                       text.size(), out.data(), nullptr) != nullptr);
  return out;
}

std::string seal(const Bytes32& key, const Nonce& nonce, std::string_view associated,
                 std::string_view plain) {
  const auto context = cipher();
  std::string out(plain.size() + kTagBytes, '\0');
  int n = 0;
  const bool done = EVP_EncryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(),
                                       nonce.data()) == 1 &&
                    EVP_EncryptUpdate(context.get(), nullptr, &n, bytes(associated),
                                      static_cast<int>(associated.size())) == 1 &&
                    EVP_EncryptUpdate(context.get(), bytes(out), &n, bytes(plain),
                                      static_cast<int>(plain.size())) == 1 &&
                    EVP_EncryptFinal_ex(context.get(), bytes(out) + n, &n) == 1 &&
                    EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                                        bytes(out) + plain.size()) == 1;
  CITYBRAIN_CHECK(done);
  return out;
}

std::optional<std::string> open(const Bytes32& key, const Nonce& nonce, std::string_view associated,
                                std::string_view box) {
  if (box.size() < kTagBytes) return std::nullopt;
  const auto context = cipher();
  std::string tag(box.substr(box.size() - kTagBytes));
  std::string out(box.size() - kTagBytes, '\0');
  int n = 0;
  const bool begun =
      EVP_DecryptInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, key.data(), nonce.data()) ==
          1 &&
      EVP_DecryptUpdate(context.get(), nullptr, &n, bytes(associated),
                        static_cast<int>(associated.size())) == 1 &&
      EVP_DecryptUpdate(context.get(), bytes(out), &n, bytes(box), static_cast<int>(out.size())) ==
          1 &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1;
  CITYBRAIN_CHECK(begun);
  if (EVP_DecryptFinal_ex(context.get(), bytes(out) + n, &n) != 1) return std::nullopt;
  return out;
}

Bytes32 public_key_of(const Bytes32& secret) {
  Bytes32 out{};
  std::size_t size = out.size();
  CITYBRAIN_CHECK(EVP_PKEY_get_raw_public_key(private_key(secret).get(), out.data(), &size) == 1);
  return out;
}

std::string sign(const Bytes32& secret, std::string_view message) {
  const auto key = private_key(secret);
  const auto context = digest();
  std::string out(kSignatureBytes, '\0');
  std::size_t size = out.size();
  const bool done =
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
      EVP_DigestSign(context.get(), bytes(out), &size, bytes(message), message.size()) == 1;
  CITYBRAIN_CHECK(done);
  return out;
}

bool verify(const Bytes32& public_key, std::string_view message, std::string_view signature) {
  const PrivateKey key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key.data(), public_key.size()),
      EVP_PKEY_free);
  if (key == nullptr || signature.size() != kSignatureBytes) return false;
  const auto context = digest();
  return EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
         EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(message),
                          message.size()) == 1;
}

Bytes32 random_key() {
  Bytes32 out{};
  CITYBRAIN_CHECK(RAND_bytes(out.data(), static_cast<int>(out.size())) == 1);
  return out;
}

void wipe(std::span<std::uint8_t> memory) { OPENSSL_cleanse(memory.data(), memory.size()); }

}  // namespace citybrain::protection
