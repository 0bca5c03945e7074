#include "hub/protection/signing.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "citybrain/v1/protection.pb.h"

namespace citybrain::protection {

using model::Error;
using model::Result;
using network::Statement;

namespace {

constexpr std::uint32_t kMostRecords = 1U << 20;
constexpr std::size_t kMostPath = 20 * 32;

Bytes32 leaf_of(std::string_view topic, std::uint32_t partition, const Statement& s) {
  return hash_of({"citybrain/leaf/1", topic, std::to_string(partition),
                  std::to_string(s.publish_time.ms), s.source, s.id,
                  fmt::format("{}/{}", s.schema.id, s.schema.index), s.payload, s.sealed});
}

Bytes32 node_of(const Bytes32& left, const Bytes32& right) {
  return hash_of({"citybrain/node/1", view(left), view(right)});
}

std::string signed_text(std::string_view department, std::uint32_t records, const Bytes32& root) {
  const auto hash = hash_of({"citybrain/batch/1", department, std::to_string(records), view(root)});
  return std::string(view(hash));
}

/// All levels, the leaves first; a node without a neighbour goes up as it is.
std::vector<std::vector<Bytes32>> tree_over(std::vector<Bytes32> leaves) {
  std::vector<std::vector<Bytes32>> levels{std::move(leaves)};
  while (levels.back().size() > 1) {
    const auto& below = levels.back();
    std::vector<Bytes32> above;
    for (std::size_t i = 0; i < below.size(); i += 2)
      above.push_back(i + 1 < below.size() ? node_of(below[i], below[i + 1]) : below[i]);
    levels.push_back(std::move(above));
  }
  return levels;
}

/// The root that the leaf's path leads to; nothing when the path has another length.
std::optional<Bytes32> climb(Bytes32 at, std::uint32_t index, std::uint32_t records,
                             std::string_view path) {
  for (std::uint32_t n = records; n > 1; n = (n + 1) / 2, index /= 2) {
    if ((index ^ 1U) >= n) continue;
    const auto neighbour = bytes32(path.substr(0, std::min<std::size_t>(32, path.size())));
    if (!neighbour) return std::nullopt;
    path.remove_prefix(32);
    at = (index & 1U) != 0 ? node_of(*neighbour, at) : node_of(at, *neighbour);
  }
  if (!path.empty()) return std::nullopt;
  return at;
}

/// The department's key at a time, else the last one it had.
const KeyEntry* signing_key(const KeyFile& keys, const std::string& department,
                            model::EventTime at) {
  if (const auto valid = keys.valid(KeyKind::kSign, department, at)) return *valid;
  const KeyEntry* last = nullptr;
  for (const auto& k : keys.keys())
    if (k.kind == KeyKind::kSign && k.owner == department) last = &k;
  return last;
}

class DepartmentSigner final : public network::Signer {
 public:
  DepartmentSigner(std::shared_ptr<const KeyFile> keys, std::string department)
      : keys_(std::move(keys)), department_(std::move(department)) {}

  std::vector<std::string> sign(std::string_view topic, std::uint32_t partition,
                                std::span<const Statement> statements) const override {
    std::vector<std::string> out;
    const bool own = topic.starts_with(department_) && topic.size() > department_.size() &&
                     topic[department_.size()] == '.';
    if (!own || statements.empty()) return out;
    const auto* key = signing_key(*keys_, department_, statements.back().publish_time);
    std::vector<Bytes32> leaves;
    for (const auto& s : statements) leaves.push_back(leaf_of(topic, partition, s));
    const auto levels = tree_over(std::move(leaves));
    const auto records = static_cast<std::uint32_t>(statements.size());
    v1::BatchSignature message;
    message.set_key(key->id);
    message.set_records(records);
    message.set_signature(
        protection::sign(key->material, signed_text(department_, records, levels.back().front())));
    for (std::uint32_t i = 0; i < records; ++i) {
      message.set_index(i);
      auto& path = *message.mutable_path();
      path.clear();
      std::size_t at = i;
      for (const auto& level : levels) {
        if ((at ^ 1U) < level.size()) path += view(level[at ^ 1U]);
        at /= 2;
      }
      out.push_back(message.SerializeAsString());
    }
    return out;
  }

 private:
  std::shared_ptr<const KeyFile> keys_;
  std::string department_;
};

}  // namespace

Result<std::shared_ptr<const network::Signer>> make_signer(std::shared_ptr<const KeyFile> keys,
                                                           std::string department) {
  if (signing_key(*keys, department, {}) == nullptr)
    return Error{"CB-RUN-KEY", fmt::format("there is no key sign {}", department), keys->name(),
                 "a department that signs needs a key: add one to the file"};
  return std::shared_ptr<const network::Signer>(
      std::make_shared<DepartmentSigner>(std::move(keys), std::move(department)));
}

struct Verifier::Impl {
  std::shared_ptr<const KeyFile> keys;
  std::string last_signed, last_signature;  // that was found good, of one batch after the other
  const KeyEntry* last_key = nullptr;
  v1::BatchSignature message;

  const KeyEntry* find(std::string_view department, std::string_view id, Bytes32& material) const {
    if (const auto* k = keys->find(KeyKind::kVerify, department, id)) {
      material = k->material;
      return k;
    }
    const auto* k = keys->find(KeyKind::kSign, department, id);
    if (k != nullptr) material = public_of(k);
    return k;
  }
  /// Asked once a batch: the point of a secret is slow to find.
  Bytes32 public_of(const KeyEntry* k) const {
    for (const auto& [entry, key] : publics)
      if (entry == k) return key;
    publics.emplace_back(k, public_key_of(k->material));
    return publics.back().second;
  }
  bool is_signed(const KeyEntry* key, const Bytes32& material, const std::string& text) {
    if (key == last_key && text == last_signed && message.signature() == last_signature)
      return true;
    if (!verify(material, text, message.signature())) return false;
    last_key = key;
    last_signed = text;
    last_signature = message.signature();
    return true;
  }
  mutable std::vector<std::pair<const KeyEntry*, Bytes32>> publics;
};

Verifier::Verifier(std::shared_ptr<const KeyFile> keys) : impl_(std::make_unique<Impl>()) {
  impl_->keys = std::move(keys);
}
Verifier::~Verifier() = default;
Verifier::Verifier(Verifier&&) noexcept = default;

std::optional<std::string> Verifier::doubt(std::string_view department, std::string_view topic,
                                           std::uint32_t partition, const Statement& statement,
                                           std::string_view header) {
  auto& m = *impl_;
  if (header.empty()) return "it is not signed";
  if (!m.message.ParseFromArray(header.data(), static_cast<int>(header.size())) ||
      m.message.records() == 0 || m.message.records() > kMostRecords ||
      m.message.index() >= m.message.records() || m.message.path().size() > kMostPath)
    return "its signature cannot be read";
  Bytes32 material{};
  const auto* key = m.find(department, m.message.key(), material);
  const auto named = fmt::format("{} {}", department, m.message.key().substr(0, 40));
  const auto file = std::filesystem::path(m.keys->name()).filename().string();
  if (key == nullptr) return fmt::format("there is no key of {} in {}", named, file);
  if (!key->valid(statement.publish_time))
    return fmt::format("{}: the key {} is valid from {} until {}",
                       m.keys->place(*key, statement.publish_time, true), named,
                       time_text(key->from), time_text(key->until));
  const auto root = climb(leaf_of(topic, partition, statement), m.message.index(),
                          m.message.records(), m.message.path());
  if (!root || !m.is_signed(key, material, signed_text(department, m.message.records(), *root)))
    return fmt::format("the signature by {} is not of this record", named);
  return std::nullopt;
}

}  // namespace citybrain::protection
