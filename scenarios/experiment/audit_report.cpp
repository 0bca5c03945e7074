#include "scenarios/experiment/audit_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "citybrain/v1/hub.pb.h"
#include "hub/catalog/catalog.h"
#include "hub/network/framing.h"
#include "scenarios/experiment/audit_entries.h"
#include "schemas/audit.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

namespace json = boost::json;
using catalog::AuditFault;
using catalog::AuditFinding;
using catalog::Hash;
using model::Error;
using model::Result;
using model::Step;
using store::Family;

namespace {

constexpr std::size_t kAuditPoll = 4096;

bool take_hash(const std::string& bytes, Hash& out) {
  if (bytes.size() != out.size()) return false;
  std::copy(bytes.begin(), bytes.end(), out.begin());
  return true;
}

/// Of what was published of one Step twice the first counts; another one after it is a finding.
void take_seal(const v1::AuditSeal& seal, catalog::AuditAnchors& anchors,
               std::vector<AuditFinding>& findings) {
  catalog::AuditAnchor anchor;
  if (!take_hash(seal.root(), anchor.root) || !take_hash(seal.head(), anchor.head)) return;
  anchor.next = seal.first() + seal.count();
  const auto step = static_cast<Step>(seal.step());
  const auto [there, fresh] = anchors.emplace(std::pair{seal.chain(), step}, anchor);
  if (fresh || there->second.head == anchor.head) return;
  findings.push_back({AuditFault::kRewritten, seal.chain(), step, std::nullopt, 0,
                      "the network was told two different seals of this Step"});
}

Result<catalog::AuditAnchors> published(network::Log& log, std::vector<AuditFinding>& findings) {
  catalog::AuditAnchors anchors;
  CITYBRAIN_ASSIGN(topics, log.topics());
  for (const auto& t : topics) {
    for (network::Partition p = 0; t.name == schemas::topic::kAudit && p < t.partitions; ++p) {
      CITYBRAIN_ASSIGN(first, log.begin(t.name, p));
      CITYBRAIN_ASSIGN(cursor, log.cursor(t.name, p, first));
      for (bool more = true; more;) {
        CITYBRAIN_ASSIGN(records, cursor->poll(kAuditPoll));
        more = !records.empty();
        for (const auto& r : records) {
          const auto framed = network::unframe(r.value);
          v1::AuditSeal seal;
          if (framed && framed->schema == schemas::kAuditSeal &&
              seal.ParseFromArray(framed->payload.data(), static_cast<int>(framed->payload.size())))
            take_seal(seal, anchors, findings);
        }
      }
    }
  }
  return anchors;
}

/// The decisions' own rows against the hashes that their entries keep.
Result<void> check_decisions(const store::Store& store, AuditVerdict& verdict) {
  catalog::Sha256 sha256;
  std::map<std::string, AuditRow> wanted;  // by key
  std::pair<std::uint32_t, Step> in{catalog::kNobody, 0};
  std::uint32_t n = 0;
  CITYBRAIN_TRY(each_entry(store, [&](const AuditRow& row, const AuditNames&) {
    if (!std::holds_alternative<catalog::Decided>(row.entry.body)) return true;
    const std::pair here{row.at.chain, row.at.step};
    n = here == in ? n + 1 : 0;
    in = here;
    wanted[store::Key().text("decision").u32(row.at.step).u32(row.at.chain).u32(n).take()] = row;
    return true;
  }));
  const auto find = [&](const catalog::AuditPlace& at, std::optional<std::uint64_t> entry,
                        AuditFault fault, const char* what) {
    verdict.findings.push_back({fault, at.chain, at.step, entry, entry ? 1U : 0U, what});
  };
  CITYBRAIN_TRY(store.scan(
      Family::kSpecial, store::Key().text("decision").view(),
      [&](std::string_view key, std::string_view value) {
        const auto it = wanted.find(std::string(key));
        if (it == wanted.end()) {
          find({}, {}, AuditFault::kInserted, "a decision in the special database has no entry");
          return true;
        }
        const auto& decided = std::get<catalog::Decided>(it->second.entry.body);
        if (sha256({value}) == decided.row)
          ++verdict.decisions;
        else
          find(it->second.at, it->second.entry.number, AuditFault::kAltered,
               "the decision's row in the special database is another one");
        wanted.erase(it);
        return true;
      }));
  for (const auto& [key, row] : wanted)
    find(row.at, row.entry.number, AuditFault::kRemoved,
         "the decision's row in the special database is gone");
  return {};
}

Result<void> check_noted(const store::Store& store, const std::vector<ChainHead>& noted,
                         AuditVerdict& verdict) {
  for (const auto& head : noted) {
    CITYBRAIN_ASSIGN(row, store.get(Family::kAudit, catalog::audit_key(head.chain, head.step)));
    const auto step = row ? catalog::decode_step(*row) : std::nullopt;
    if (step && step->head == head.head) continue;
    verdict.findings.push_back(
        {step ? AuditFault::kRewritten : AuditFault::kTruncated, head.chain, head.step,
         std::nullopt, 0,
         fmt::format("the head noted of this Step is {}", catalog::hex(head.head).substr(0, 16))});
  }
  return {};
}

}  // namespace

Result<AuditVerdict> verify_audit(const store::Store& store, network::Log* log,
                                  const std::vector<ChainHead>& noted) {
  AuditVerdict verdict;
  catalog::AuditAnchors anchors;
  std::vector<AuditFinding> of_log;
  if (log != nullptr) {
    CITYBRAIN_ASSIGN(found, published(*log, of_log));
    anchors = std::move(found);
    verdict.published = true;
  }
  catalog::AuditChecker checker(anchors);
  CITYBRAIN_TRY(store.scan(Family::kAudit, "", [&](std::string_view key, std::string_view value) {
    checker.take(key, value);
    return true;
  }));
  checker.finish();
  verdict.chains = checker.chains();
  verdict.findings = checker.findings();
  verdict.findings.insert(verdict.findings.end(), of_log.begin(), of_log.end());
  if (verdict.chains.empty() && verdict.findings.empty())
    return Error{"CB-INPUT-AUDIT", "the run has no audit chain", "audit",
                 "it was written by an earlier version; run it again"};
  if (!verdict.chains.empty()) {
    CITYBRAIN_TRY(each_entry(store, [&](const AuditRow& row, const AuditNames& names) {
      if (row.entry.number == 0) verdict.names[row.at.chain] = names.chain();
      return true;
    }));
    CITYBRAIN_TRY(check_decisions(store, verdict));
  }
  CITYBRAIN_TRY(check_noted(store, noted, verdict));
  return verdict;
}

Result<std::vector<ChainHead>> audit_heads(const store::Store& store) {
  std::map<std::uint32_t, ChainHead> heads;
  CITYBRAIN_TRY(store.scan(Family::kAudit, store::Key().text("chain").view(),
                           [&](std::string_view key, std::string_view value) {
                             const auto at = catalog::parse_audit_key(key);
                             const auto step = catalog::decode_step(value);
                             if (!at || !step) return true;
                             auto& head = heads[at->chain];
                             head.chain = at->chain;
                             head.step = at->step;
                             head.entries = step->first + step->count;
                             head.head = step->head;
                             return true;
                           }));
  CITYBRAIN_TRY(each_entry(store, [&](const AuditRow& row, const AuditNames& names) {
    if (row.entry.number == 0) heads[row.at.chain].name = names.chain();
    return true;
  }));
  std::vector<ChainHead> out;
  for (auto& [chain, head] : heads) out.push_back(std::move(head));
  return out;
}

std::string heads_text(const std::vector<ChainHead>& heads) {
  std::string out;
  for (const auto& h : heads)
    out += json::serialize(json::object{{"chain", h.chain},
                                        {"name", h.name},
                                        {"step", h.step},
                                        {"entries", h.entries},
                                        {"head", catalog::hex(h.head)}}) +
           "\n";
  return out;
}

namespace {

std::optional<Hash> parse_hash(std::string_view text) {
  Hash out{};
  if (text.size() != out.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
    if (!digit && !letter) return std::nullopt;
    out[i / 2] = static_cast<std::uint8_t>(out[i / 2] << 4 | (digit ? c - '0' : c - 'a' + 10));
  }
  return out;
}

std::optional<ChainHead> parse_head(std::string_view line) {
  json::error_code ec;
  const auto parsed = json::parse(json::string_view(line.data(), line.size()), ec);
  if (ec || !parsed.is_object()) return std::nullopt;
  const auto& o = parsed.get_object();
  const auto number = [&](const char* key) {
    const auto* v = o.if_contains(key);
    json::error_code none = json::error::not_number;
    const auto n = v == nullptr ? 0U : v->to_number<std::uint32_t>(none);
    return none ? std::optional<std::uint32_t>() : std::optional(n);
  };
  const auto* head = o.if_contains("head");
  const auto hash = head != nullptr && head->is_string()
                        ? parse_hash(std::string_view(head->get_string()))
                        : std::nullopt;
  const auto chain = number("chain"), step = number("step");
  if (!chain || !step || !hash) return std::nullopt;
  return ChainHead{*chain, {}, *step, 0, *hash};
}

}  // namespace

Result<std::vector<ChainHead>> parse_heads(std::string_view text, const std::string& where) {
  std::vector<ChainHead> out;
  std::size_t line = 0;
  while (!text.empty()) {
    ++line;
    const auto end = std::min(text.find('\n'), text.size());
    const auto one = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (one.find_first_not_of(" \t\r") == one.npos) continue;
    const auto head = parse_head(one);
    if (!head)
      return Error{"CB-INPUT-AUDIT",
                   "expected {\"chain\": NUMBER, \"step\": NUMBER, \"head\": 64 digits 0-9 a-f}",
                   fmt::format("{}:{}", where, line), "./citybrain audit heads RUN writes it"};
    out.push_back(*head);
  }
  if (!out.empty()) return out;
  return Error{"CB-INPUT-AUDIT", "the file notes no heads", where,
               "./citybrain audit heads RUN writes it"};
}

Result<void> list_audit(const store::Store& store, const AuditFilter& filter,
                        const std::function<bool(const AuditLine&)>& use) {
  const auto& kinds = catalog::audit_kinds();
  if (!filter.kind.empty() && std::find(kinds.begin(), kinds.end(), filter.kind) == kinds.end())
    return Error{"CB-INPUT-AUDIT", fmt::format("there is no kind of entry \"{}\"", filter.kind),
                 "--kind",
                 fmt::format("did you mean \"{}\"?", catalog::nearest(filter.kind, kinds))};
  return each_entry(store, [&](const AuditRow& row, const AuditNames& names) {
    if (row.at.step < filter.from || row.at.step > filter.to) return true;
    if (!filter.chain.empty() && filter.chain != names.chain()) return true;
    AuditLine line{names.chain(),           row.at.step, row.entry.number,
                   kind_of(row.entry.body), {},          row.hash};
    if (!filter.kind.empty() && filter.kind != line.kind) return true;
    line.fields = fields_of(row.entry.body, names);
    const auto is = [&](const char* key, const std::string& wanted) {
      const auto* v = line.fields.if_contains(key);
      return v != nullptr && v->is_string() && v->get_string() == wanted;
    };
    if (!filter.dataset.empty() && !is("dataset", filter.dataset)) return true;
    if (!filter.who.empty() && !is("view", filter.who) && !is("desk", filter.who) &&
        !is("grantee", filter.who))
      return true;
    return use(line);
  });
}

}  // namespace citybrain::experiment
