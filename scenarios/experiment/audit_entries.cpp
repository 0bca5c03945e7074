#include "scenarios/experiment/audit_entries.h"

#include <fmt/format.h>

namespace citybrain::experiment {

namespace json = boost::json;
using model::Error;
using model::Result;

namespace {

constexpr const char* kHub = "hub";

template <class T>
std::string named(const std::vector<T>& names, std::uint32_t id) {
  if (id >= names.size()) return fmt::format("#{}", id);
  if constexpr (std::is_same_v<T, std::string>)
    return names[id];
  else
    return names[id].name;
}

json::array array_of(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

/// One kind of entry each.
struct Fields {
  const AuditNames& names;

  json::object operator()(const catalog::Opened& e) const {
    json::array datasets, desks;
    for (const auto& d : e.datasets)
      datasets.push_back(json::object{{"dataset", d.name}, {"contract_version", d.version}});
    for (const auto& d : e.desks)
      desks.push_back(
          json::object{{"desk", d.name}, {"policy", d.policy}, {"view", named(e.views, d.view)}});
    return {{"chain", e.chain},
            {"views", array_of(e.views)},
            {"desks", std::move(desks)},
            {"datasets", std::move(datasets)}};
  }
  json::object operator()(const catalog::Accessed& e) const {
    return {{"view", names.view(e.view)},
            {"dataset", names.dataset(e.dataset)},
            {"partition", e.partition},
            {"from", e.from},
            {"to", e.to},
            {"records", e.records}};
  }
  json::object operator()(const catalog::GrantChanged& e) const {
    static constexpr const char* kWhat[] = {"opened", "closed", "revoked"};
    const auto what = static_cast<std::size_t>(e.what);
    json::object o{{"what", what < 3 ? kWhat[what] : "unknown"},
                   {"grantee", e.grantee},
                   {"dataset", e.dataset},
                   {"contract_version", e.version}};
    if (!e.purpose.empty()) o["purpose"] = e.purpose;
    if (!e.reference.empty()) o["reference"] = e.reference;
    return o;
  }
  json::object operator()(const catalog::Decided& e) const {
    return {{"command", fmt::format("{:016x}", e.command)},
            {"desk", names.desk(e.desk)},
            {"junction", e.junction},
            {"effective_ms", e.effective_ms},
            {"reason", e.reason},
            {"row_sha256", catalog::hex(e.row)}};
  }
  json::object operator()(const catalog::Refused& e) const {
    return {{"desk", names.desk(e.desk)}, {"junction", e.junction}, {"code", e.code}};
  }
  json::object operator()(const catalog::Isolated& e) const {
    return {{"dataset", names.dataset(e.dataset)},
            {"partition", e.partition},
            {"position", e.position},
            {"fault", e.fault},
            {"detail", e.detail}};
  }
  json::object operator()(const catalog::Deleted& e) const {
    return {{"what", e.what},
            {"dataset", e.dataset},
            {"subject", e.subject},
            {"count", e.count},
            {"reason", e.reason}};
  }
  json::object operator()(const catalog::KeyDestroyed& e) const {
    return {{"key", e.key},
            {"subject", e.subject},
            {"reason", e.reason},
            {"proof", catalog::hex(e.proof)}};
  }
  json::object operator()(const catalog::Masked& e) const {
    return {{"grantee", e.grantee},
            {"dataset", e.dataset},
            {"field", e.field},
            {"rule", e.rule},
            {"values", e.values}};
  }
  json::object operator()(const catalog::Requested& e) const {
    return {{"request", e.request},
            {"from", e.from},
            {"to", e.to},
            {"who", e.who},
            {"reason", e.reason}};
  }
};

}  // namespace

std::string AuditNames::dataset(std::uint32_t id) const { return named(opened_.datasets, id); }
std::string AuditNames::view(std::uint32_t id) const {
  return id == catalog::kNobody ? kHub : named(opened_.views, id);
}
std::string AuditNames::desk(std::uint32_t id) const {
  return id == catalog::kNobody ? kHub : named(opened_.desks, id);
}
std::vector<std::string> AuditNames::desks_of(std::uint32_t view) const {
  std::vector<std::string> out;
  for (const auto& d : opened_.desks)
    if (d.view == view) out.push_back(d.name);
  return out;
}

json::object fields_of(const catalog::AuditBody& body, const AuditNames& names) {
  return std::visit(Fields{names}, body);
}

Result<void> each_entry(const store::Store& store,
                        const std::function<bool(const AuditRow&, const AuditNames&)>& use) {
  AuditNames names;
  AuditRow row;
  bool any = false;
  CITYBRAIN_TRY(store.scan(store::Family::kAudit, store::Key().text("chain").view(),
                           [&](std::string_view key, std::string_view value) {
                             const auto at = catalog::parse_audit_key(key);
                             const auto step = catalog::decode_step(value);
                             any = any || at;
                             if (!at || !step) return true;
                             row.at = *at;
                             for (const auto& e : step->entries) {
                               auto entry = catalog::decode_entry(e.bytes);
                               if (!entry) continue;
                               row.entry = std::move(*entry);
                               row.hash = e.hash;
                               if (const auto* opened =
                                       std::get_if<catalog::Opened>(&row.entry.body))
                                 names.take(*opened);
                               if (!use(row, names)) return false;
                             }
                             return true;
                           }));
  if (any) return {};
  return Error{"CB-INPUT-AUDIT", "the run has no audit chain", "audit",
               "it was written by an earlier version, or with the chain removed; run it again"};
}

}  // namespace citybrain::experiment
