#include "hub/protection/erasure.h"

#include <fmt/format.h>

#include "citybrain/v1/protection.pb.h"
#include "hub/model/archive.h"
#include "hub/network/framing.h"
#include "hub/network/publisher.h"
#include "hub/runtime/faults.h"
#include "schemas/protection.h"

namespace citybrain::protection {

using model::Error;
using model::EventTime;
using model::Result;
using runtime::Fault;
using runtime::fault_point;

namespace {

constexpr const char* kSource = "governance/custodian";
constexpr std::size_t kPoll = 256;

std::string signed_text(const Receipt& r) {
  const auto hash =
      hash_of({"citybrain/receipt/1", r.subject, r.vault, r.held ? "held" : "", view(r.fingerprint),
               std::to_string(r.overwrites), std::to_string(r.effective.ms), r.key});
  return std::string(view(hash));
}

std::string payload_of(const Receipt& r) {
  v1::ErasureReceipt m;
  m.set_subject(r.subject);
  m.set_vault(r.vault);
  m.set_held(r.held);
  m.set_fingerprint(std::string(view(r.fingerprint)));
  m.set_overwrites(r.overwrites);
  m.set_effective_ms(r.effective.ms);
  m.set_key(r.key);
  m.set_signature(r.signature);
  return m.SerializeAsString();
}

/// A publisher that goes on where this producer stopped in an earlier process.
Result<network::Publisher> publisher_on(network::Log& log, const std::string& source,
                                        const char* topic) {
  std::map<std::pair<std::string, network::Partition>, std::uint64_t> sequences;
  {
    CITYBRAIN_ASSIGN(appender, log.appender({source}));
    CITYBRAIN_ASSIGN(last, appender->last_sequence(topic, 0));
    sequences[{topic, 0}] = last;
  }
  CITYBRAIN_ASSIGN(publisher, network::Publisher::make(log, source));
  model::Writer w;
  w(sequences);
  CITYBRAIN_TRY(publisher.restore(w.take()));
  return std::move(publisher);
}

}  // namespace

std::optional<ErasureRequest> parse_erasure(std::string_view payload) {
  v1::Erasure m;
  if (!m.ParseFromArray(payload.data(), static_cast<int>(payload.size())) ||
      !tag_from_hex(m.subject()))
    return std::nullopt;
  return ErasureRequest{m.subject(), m.reason(), EventTime{m.effective_ms()}};
}

std::optional<Receipt> parse_receipt(std::string_view payload) {
  v1::ErasureReceipt m;
  if (!m.ParseFromArray(payload.data(), static_cast<int>(payload.size()))) return std::nullopt;
  const auto fingerprint = bytes32(m.fingerprint());
  if (!fingerprint || !tag_from_hex(m.subject()) || m.vault().empty()) return std::nullopt;
  return Receipt{m.subject(),  m.vault(),      m.held(),
                 *fingerprint, m.overwrites(), EventTime{m.effective_ms()},
                 m.key(),      m.signature()};
}

Result<void> check(const Receipt& receipt, const KeyFile& keys) {
  const auto wrong = [&](std::string what) {
    return Error{"CB-INPUT-ERASURE", std::move(what),
                 fmt::format("receipt of {} for {}", receipt.vault, receipt.subject),
                 "the receipt is no proof; look who wrote to governance.receipts"};
  };
  const auto* open = keys.find(KeyKind::kVerify, kCustodian, receipt.key);
  const auto* key = open != nullptr ? open : keys.find(KeyKind::kSign, kCustodian, receipt.key);
  if (key == nullptr)
    return wrong(fmt::format("there is no key {} {} in {}", kCustodian, receipt.key, keys.name()));
  if (!key->valid(receipt.effective))
    return wrong(fmt::format("the key {} {} in {} was not valid at {}", kCustodian, receipt.key,
                             keys.name(), time_text(receipt.effective)));
  const auto point = open != nullptr ? key->material : public_key_of(key->material);
  if (!verify(point, signed_text(receipt), receipt.signature))
    return wrong("its signature is not the custodian's");
  return {};
}

struct Custodian::Impl {
  network::Log& log;
  std::vector<Vault*> vaults;
  std::shared_ptr<const KeyFile> keys;
  std::unique_ptr<network::Cursor> erasures_at, receipts_at;
  std::map<std::string, ErasureRequest> erasures;
  std::vector<Receipt> receipts;
  std::set<std::pair<std::string, std::string>> done;  // (vault, subject)
  std::vector<std::string> strangers;

  template <class Take>
  Result<void> read(network::Cursor& cursor, const char* topic, const Take& take) {
    for (;;) {
      CITYBRAIN_ASSIGN(records, cursor.poll(kPoll));
      if (records.empty()) return {};
      for (const auto& r : records) {
        const auto framed = network::unframe(r.value);
        if (!framed || !take(framed->payload))
          strangers.push_back(fmt::format("{} at {}", topic, r.position));
      }
    }
  }
  Result<void> read_erasures() {
    return read(*erasures_at, schemas::topic::kErasures, [&](std::string_view payload) {
      const auto e = parse_erasure(payload);
      if (e) erasures.emplace(e->subject, *e);
      return e.has_value();
    });
  }
  Result<void> read_receipts() {
    return read(*receipts_at, schemas::topic::kErasureReceipts, [&](std::string_view payload) {
      const auto r = parse_receipt(payload);
      if (r && done.emplace(r->vault, r->subject).second) receipts.push_back(*r);
      return r.has_value();
    });
  }
  Result<void> destroy(const ErasureRequest& erasure, Vault& vault);
};

Custodian::Custodian(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Custodian::~Custodian() = default;
const std::map<std::string, ErasureRequest>& Custodian::erasures() const { return impl_->erasures; }
const std::vector<Receipt>& Custodian::receipts() const { return impl_->receipts; }

const std::vector<std::string>& Custodian::strangers() const { return impl_->strangers; }

Result<std::unique_ptr<Custodian>> Custodian::open(network::Log& log, std::vector<Vault*> vaults,
                                                   std::shared_ptr<const KeyFile> keys) {
  for (const char* topic : {schemas::topic::kErasures, schemas::topic::kErasureReceipts})
    CITYBRAIN_TRY(log.create({topic, 1}));
  auto impl =
      std::make_unique<Impl>(Impl{log, std::move(vaults), std::move(keys), {}, {}, {}, {}, {}, {}});
  CITYBRAIN_ASSIGN(erasures, log.cursor(schemas::topic::kErasures, 0, 0));
  CITYBRAIN_ASSIGN(receipts, log.cursor(schemas::topic::kErasureReceipts, 0, 0));
  impl->erasures_at = std::move(erasures);
  impl->receipts_at = std::move(receipts);
  CITYBRAIN_TRY(impl->read_erasures());
  CITYBRAIN_TRY(impl->read_receipts());
  return std::unique_ptr<Custodian>(new Custodian(std::move(impl)));
}

Result<void> Custodian::request(const ErasureRequest& erasure) {
  auto& m = *impl_;
  CITYBRAIN_TRY(m.read_erasures());
  if (m.erasures.contains(erasure.subject)) return {};
  v1::Erasure message;
  message.set_subject(erasure.subject);
  message.set_reason(erasure.reason);
  message.set_effective_ms(erasure.effective.ms);
  CITYBRAIN_ASSIGN(publisher, publisher_on(m.log, kSource, schemas::topic::kErasures));
  publisher.publish(schemas::topic::kErasures, 0, schemas::kErasure, erasure.effective,
                    erasure.effective, "erasure-" + erasure.subject, erasure.subject,
                    message.SerializeAsString());
  fault_point(Fault::kErase);
  CITYBRAIN_TRY(publisher.send());
  fault_point(Fault::kErase);
  CITYBRAIN_TRY(publisher.flush());
  fault_point(Fault::kErase);
  return m.read_erasures();
}

/// Key first, receipt after it: a receipt never speaks of a key that is still there.
Result<void> Custodian::Impl::destroy(const ErasureRequest& erasure, Vault& vault) {
  const auto tag = tag_from_hex(erasure.subject);
  CITYBRAIN_ASSIGN(key, keys->valid(KeyKind::kSign, kCustodian, erasure.effective));
  CITYBRAIN_ASSIGN(destroyed, vault.destroy(*tag));
  Receipt receipt{erasure.subject,      vault.source(),    destroyed.held, destroyed.fingerprint,
                  destroyed.overwrites, erasure.effective, key->id,        {}};
  receipt.signature = sign(key->material, signed_text(receipt));
  CITYBRAIN_ASSIGN(publisher, publisher_on(log, "governance/" + vault.source(),
                                           schemas::topic::kErasureReceipts));
  publisher.publish(schemas::topic::kErasureReceipts, 0, schemas::kErasureReceipt,
                    erasure.effective, erasure.effective, "receipt-" + erasure.subject,
                    erasure.subject, payload_of(receipt));
  fault_point(Fault::kErase);
  CITYBRAIN_TRY(publisher.send());
  fault_point(Fault::kErase);
  CITYBRAIN_TRY(publisher.flush());
  fault_point(Fault::kErase);
  return {};
}

Result<void> Custodian::carry_out(EventTime now) {
  auto& m = *impl_;
  CITYBRAIN_TRY(m.read_erasures());
  for (const auto& [subject, erasure] : m.erasures) {
    if (erasure.effective > now) continue;
    for (auto* vault : m.vaults)
      if (!m.done.contains({vault->source(), subject})) CITYBRAIN_TRY(m.destroy(erasure, *vault));
  }
  return m.read_receipts();
}

}  // namespace citybrain::protection
