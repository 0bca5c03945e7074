#include "hub/catalog/sha256.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <vector>

#include "hub/model/result.h"

namespace citybrain::catalog {

struct Sha256::Impl {
  EVP_MD* digest = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  std::vector<Hash> level;  // kept for its capacity

  ~Impl() {
    EVP_MD_CTX_free(context);
    EVP_MD_free(digest);
  }
};

Sha256::Sha256() : impl_(std::make_unique<Impl>()) {
  CITYBRAIN_CHECK(impl_->digest != nullptr && impl_->context != nullptr);
}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Hash Sha256::operator()(std::initializer_list<std::string_view> pieces) {
  Hash out{};
  bool good = EVP_DigestInit_ex(impl_->context, impl_->digest, nullptr) == 1;
  for (const auto p : pieces)
    good = good && EVP_DigestUpdate(impl_->context, p.data(), p.size()) == 1;
  good = good && EVP_DigestFinal_ex(impl_->context, out.data(), nullptr) == 1;
  CITYBRAIN_CHECK(good);
  return out;
}

Hash Sha256::root(std::span<const Hash> leaves) {
  if (leaves.empty()) return (*this)({});
  auto& level = impl_->level;
  level.assign(leaves.begin(), leaves.end());
  while (level.size() > 1) {
    std::size_t out = 0;
    for (std::size_t i = 0; i < level.size(); i += 2, ++out)
      level[out] = i + 1 < level.size()
                       ? (*this)({std::string_view("\x01", 1), view(level[i]), view(level[i + 1])})
                       : level[i];
    level.resize(out);
  }
  return level.front();
}

std::string hex(const Hash& hash) {
  std::string out;
  for (const auto byte : hash) out += fmt::format("{:02x}", byte);
  return out;
}

}  // namespace citybrain::catalog
