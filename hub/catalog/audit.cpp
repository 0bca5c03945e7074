#include "hub/catalog/audit.h"

#include <utility>

#include "hub/model/archive.h"
#include "hub/store/store.h"

namespace citybrain::catalog {

using model::Reader;
using model::Step;
using model::Writer;

namespace {

constexpr std::string_view kEntryMark("\x00", 1), kHeadMark("\x02", 1);
constexpr const char* kPrefix = "chain";
constexpr std::size_t kKeyBytes = 14;

/// Reads the alternative of that number, if there is one.
template <std::size_t I = 0>
bool read_body(std::size_t kind, Reader& r, AuditBody& out) {
  if constexpr (I == std::variant_size_v<AuditBody>) {
    return false;
  } else {
    if (kind != I) return read_body<I + 1>(kind, r, out);
    r(out.emplace<I>());
    return true;
  }
}

std::uint32_t big_endian(std::string_view four) {
  std::uint32_t v = 0;
  for (const char c : four) v = (v << 8) | static_cast<unsigned char>(c);
  return v;
}

}  // namespace

const std::vector<std::string>& audit_kinds() {
  static const std::vector<std::string> names = {"opened",  "access",     "grant",    "decision",
                                                 "refusal", "quarantine", "deletion", "key",
                                                 "mask",    "request"};
  return names;
}

const char* kind_of(const AuditBody& body) { return audit_kinds()[body.index()].c_str(); }

std::string encode(const AuditEntry& entry) {
  Writer w;
  w(kAuditFormat, static_cast<std::uint8_t>(entry.body.index()), entry.number);
  std::visit([&](const auto& body) { w(body); }, entry.body);
  return w.take();
}

std::optional<AuditEntry> decode_entry(std::string_view bytes) {
  Reader r(bytes);
  std::uint8_t format = 0, kind = 0;
  AuditEntry entry;
  r(format, kind, entry.number);
  if (r.failed() || format != kAuditFormat || !read_body(kind, r, entry.body) || !r.complete())
    return std::nullopt;
  return entry;
}

std::string encode(const SealedStep& s) {
  Writer w;
  const auto hash = [&](const Hash& h) { w.raw(h.data(), h.size()); };
  w(kAuditFormat, s.chain, s.step, s.first, s.count);
  hash(s.previous);
  w(static_cast<std::uint32_t>(s.entries.size()));
  for (const auto& e : s.entries) {
    w(e.bytes);
    hash(e.hash);
  }
  hash(s.root);
  hash(s.head);
  return w.take();
}

std::optional<SealedStep> decode_step(std::string_view row) {
  Reader r(row);
  std::uint8_t format = 0;
  SealedStep step;
  r(format, step);
  if (!r.complete() || format != kAuditFormat) return std::nullopt;
  return step;
}

Hash hash_of_entry(Sha256& sha256, std::string_view bytes) { return sha256({kEntryMark, bytes}); }

Hash head_of(Sha256& sha256, const SealedStep& s) {
  Writer w;
  w(kAuditFormat, s.chain, s.step, s.first, s.count);
  return sha256({kHeadMark, w.bytes(), view(s.previous), view(s.root)});
}

std::string audit_key(std::uint32_t chain, Step step) {
  return store::Key().text(kPrefix).u32(chain).u32(step).take();
}

std::optional<AuditPlace> parse_audit_key(std::string_view key) {
  const std::string prefix = store::Key().text(kPrefix).take();
  if (key.size() != kKeyBytes || !key.starts_with(prefix)) return std::nullopt;
  return AuditPlace{big_endian(key.substr(prefix.size(), 4)),
                    big_endian(key.substr(prefix.size() + 4, 4))};
}

void AuditTrail::restore(const AuditState& state) {
  state_ = state;
  added_.clear();
  leaves_.clear();
}

void AuditTrail::add(const AuditBody& body) {
  auto& entry = added_.emplace_back();
  entry.bytes = encode(AuditEntry{state_.next++, body});
  entry.hash = hash_of_entry(sha256_, entry.bytes);
  leaves_.push_back(entry.hash);
}

void AuditTrail::seal(Step step) {
  sealed_.chain = chain_;
  sealed_.step = step;
  sealed_.count = static_cast<std::uint32_t>(added_.size());
  sealed_.first = state_.next - sealed_.count;
  sealed_.previous = state_.head;
  sealed_.entries = std::exchange(added_, {});
  sealed_.root = sha256_.root(leaves_);
  sealed_.head = head_of(sha256_, sealed_);
  state_.head = sealed_.head;
  leaves_.clear();
}

}  // namespace citybrain::catalog
