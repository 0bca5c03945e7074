#include "scenarios/experiment/reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

#include "hub/catalog/unified.h"
#include "scenarios/experiment/guard.h"

namespace citybrain::experiment {

using catalog::MaskKind;
using catalog::MaskRule;
using model::Error;
using model::Result;

namespace {

/// Where the desk says `key`, or the file.
std::string place(const Scenario& scenario, const DeskConfig& desk, const std::string& key) {
  const auto it = desk.where.find(key);
  return it != desk.where.end()
             ? it->second
             : fmt::format("{}: modes.*.desks.{}", scenario.file.string(), desk.name);
}

/// What an owner does with its own data needs no purpose of the contract's.
Result<void> check_purposes(const Scenario& scenario, const catalog::Contract& contract,
                            const DeskConfig& desk) {
  if (scenario.protection.purposes_required && desk.purpose.empty())
    return Error{"CB-INPUT-PURPOSE", fmt::format("the desk {} declares no purpose", desk.name),
                 place(scenario, desk, "purpose"),
                 fmt::format("{} may be read for: {}", contract.dataset,
                             fmt::join(contract.purposes, ", "))};
  if (contract.department == desk.department) return {};
  const auto allowed = catalog::check_purpose(contract, desk.purpose);
  if (allowed) return {};
  Error error = allowed.error();
  error.where = place(scenario, desk, "purpose");
  return error;
}

/// The contract without rules that do not hold for the desk.
catalog::Contract binding(const Scenario& scenario, const catalog::Contract& contract,
                          const DeskConfig& desk) {
  catalog::Contract out = contract;
  if (!scenario.protection.masking || contract.department == desk.department) out.masking.clear();
  return out;
}

Result<std::vector<MaskRule>> masks_of(const Scenario& scenario, const catalog::Contract& contract,
                                       const DeskConfig& desk) {
  const auto given = desk.masks.find(contract.dataset);
  return catalog::narrowed(binding(scenario, contract, desk),
                           given == desk.masks.end() ? std::vector<MaskRule>() : given->second);
}

/// The desk's datasets, and with a law those that its department may come to be granted.
Result<std::vector<access::Grant>> grants_of(const Scenario& scenario,
                                             const catalog::Catalog& catalog,
                                             const DeskConfig& desk) {
  std::vector<access::Grant> out;
  for (const auto& contract : catalog.contracts()) {
    const auto& own = desk.datasets;
    const bool is_own = std::find(own.begin(), own.end(), contract.dataset) != own.end();
    if (!is_own && !scenario.law) continue;
    if (catalog::is_id_table(contract.message)) continue;  // access itself reads by it
    if (is_own) CITYBRAIN_TRY(check_purposes(scenario, contract, desk));
    CITYBRAIN_ASSIGN(masks, masks_of(scenario, contract, desk));
    out.push_back({contract.id, model::EventTime{INT64_MIN}, model::EventTime{INT64_MAX},
                   is_own ? desk.purpose : "", masks, contract.department == desk.department});
  }
  return out;
}

/// Whether a file of `./citybrain request` has masks for what the desk's department asks for. A
/// rule that a field cannot carry out would withhold the dataset all through the run; it is named
/// with its line.
Result<bool> has_masked_events(const LawConfig& law, const catalog::Catalog& catalog,
                               const DeskConfig& desk) {
  bool has = false;
  std::map<std::string, const catalog::Contract*> asked;
  for (std::size_t i = 0; i < law.filed->events.size(); ++i) {
    const auto& e = law.filed->events[i];
    if (e.act == catalog::Act::kDraft && e.by == desk.department)
      asked[e.request] = catalog.find(e.dataset);
    const auto found = asked.find(e.request);
    if (e.masks.empty() || found == asked.end() || found->second == nullptr) continue;
    has = true;
    const auto where = fmt::format("{}:{}: masks", law.log.string(), law.filed->lines[i]);
    std::vector<MaskRule> rules;
    for (const auto& text : e.masks) {
      CITYBRAIN_ASSIGN(rule, catalog::parse_rule(text, where));
      rules.push_back(std::move(rule));
    }
    const auto& contract = *found->second;
    const auto possible = access::can_mask({contract.id, {}, {}, "", rules, false}, contract);
    if (possible) continue;
    auto error = possible.error();
    error.where = where;
    return error;
  }
  return has;
}

/// The masks of the requests that a law's file or plan may grant: possible, and within the
/// contract.
Result<bool> has_masked_requests(const Scenario& scenario, const catalog::Catalog& catalog,
                                 const DeskConfig& desk) {
  if (!scenario.law) return false;
  bool has = false;
  for (const auto& r : scenario.law->requests) {
    if (r.masks.empty() || r.by != desk.department) continue;
    has = true;
    const auto* contract = catalog.find(r.dataset);
    if (contract == nullptr) continue;  // said elsewhere
    CITYBRAIN_ASSIGN(masks, catalog::narrowed(*contract, r.masks));
    CITYBRAIN_TRY(access::can_mask({contract->id, {}, {}, "", masks, false}, *contract));
  }
  if (!scenario.law->filed) return has;
  CITYBRAIN_ASSIGN(filed, has_masked_events(*scenario.law, catalog, desk));
  return has || filed;
}

bool same_grant(const access::Grant& a, const access::Grant& b) {
  return a.dataset == b.dataset && a.from == b.from && a.until == b.until &&
         a.purpose == b.purpose && a.is_owner == b.is_owner &&
         std::equal(a.masks.begin(), a.masks.end(), b.masks.begin(), b.masks.end(),
                    [](const MaskRule& x, const MaskRule& y) { return x.same_as(y); });
}

bool has_pseudonyms(const access::ReaderSpec& spec) {
  return std::any_of(spec.grants.begin(), spec.grants.end(), [](const access::Grant& g) {
    return std::any_of(g.masks.begin(), g.masks.end(),
                       [](const MaskRule& r) { return r.kind == MaskKind::kPseudonym; });
  });
}

}  // namespace

Result<std::optional<access::ReaderSpec>> reader_of(const Scenario& scenario,
                                                    const RunOptions& options,
                                                    const catalog::Catalog& catalog,
                                                    const model::RoadNetwork& network,
                                                    const DeskConfig& desk) {
  const auto& protection = scenario.protection;
  CITYBRAIN_ASSIGN(requested, has_masked_requests(scenario, catalog, desk));
  if (!desk.is_bound() && !protection.masking && !protection.purposes_required && !requested)
    return std::optional<access::ReaderSpec>();
  CITYBRAIN_ASSIGN(grants, grants_of(scenario, catalog, desk));
  access::ReaderSpec spec{desk.name, desk.purpose, desk.clearance, std::move(grants), {}};
  if (requested || has_pseudonyms(spec)) {
    CITYBRAIN_ASSIGN(key, pseudonym_key(scenario, options, desk.name));
    spec.pseudonym_key = key;
  }
  CITYBRAIN_ASSIGN(reader, access::Reader::make(network, catalog, spec));
  if (reader.is_plain() && !requested) return std::optional<access::ReaderSpec>();
  return std::optional<access::ReaderSpec>(std::move(spec));
}

bool sees_the_same(const std::optional<access::ReaderSpec>& a,
                   const std::optional<access::ReaderSpec>& b) {
  if (!a || !b) return !a && !b;
  if (a->pseudonym_key != b->pseudonym_key) return false;
  return a->purpose == b->purpose && a->clearance == b->clearance &&
         std::equal(a->grants.begin(), a->grants.end(), b->grants.begin(), b->grants.end(),
                    same_grant);
}

}  // namespace citybrain::experiment
