#include "hub/protection/custody.h"

#include "hub/protection/signing.h"
#include "hub/runtime/files.h"

namespace citybrain::protection {

using model::Result;

namespace {

/// Persons' tags are under one key for the whole run: it does not change with time.
Result<const KeyEntry*> subject_key(const KeyFile& keys) {
  for (const auto& k : keys.keys())
    if (k.kind == KeyKind::kSubject && k.owner == kCustodian) return &k;
  return keys.valid(KeyKind::kSubject, kCustodian, {});
}

}  // namespace

Result<void> Custody::sign(network::Publisher& publisher) const {
  if (!options_.signs) return {};
  const auto& source = publisher.source();
  CITYBRAIN_ASSIGN(signer, make_signer(options_.keys, source.substr(0, source.find('/'))));
  publisher.sign_with(std::move(signer));
  return {};
}

Result<Vault*> Custody::vault_of(network::Publisher& publisher) {
  if (options_.vaults.empty()) return static_cast<Vault*>(nullptr);
  auto& vault = vaults_[publisher.source()];
  if (!vault) {
    CITYBRAIN_TRY(runtime::make_directory(options_.vaults, "CB-INPUT-KEYS"));
    CITYBRAIN_ASSIGN(key, subject_key(*options_.keys));
    CITYBRAIN_ASSIGN(opened, Vault::open(options_.vaults, publisher.source(), key->material));
    vault = std::move(opened);
  }
  publisher.before_send([vault = vault.get()] { return vault->flush(); });
  return vault.get();
}

std::vector<Vault*> Custody::vaults() const {
  std::vector<Vault*> out;
  for (const auto& [source, vault] : vaults_) out.push_back(vault.get());
  return out;
}

Result<std::vector<std::unique_ptr<Vault>>> open_vaults(const std::filesystem::path& folder,
                                                        const KeyFile& keys) {
  CITYBRAIN_ASSIGN(sources, vault_sources(folder));
  CITYBRAIN_ASSIGN(key, subject_key(keys));
  std::vector<std::unique_ptr<Vault>> out;
  for (const auto& source : sources) {
    CITYBRAIN_ASSIGN(vault, Vault::open(folder, source, key->material));
    out.push_back(std::move(vault));
  }
  return std::move(out);
}

}  // namespace citybrain::protection
