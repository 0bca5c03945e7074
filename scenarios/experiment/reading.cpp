#include "scenarios/experiment/reading.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

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

Result<void> check_purposes(const Scenario& scenario, const catalog::Contract& contract,
                            const DeskConfig& desk) {
  if (scenario.protection.purposes_required && desk.purpose.empty())
    return Error{"CB-INPUT-PURPOSE", fmt::format("the desk {} declares no purpose", desk.name),
                 place(scenario, desk, "purpose"),
                 fmt::format("{} may be read for: {}", contract.dataset,
                             fmt::join(contract.purposes, ", "))};
  const auto allowed = catalog::check_purpose(contract, desk.purpose);
  if (allowed) return {};
  Error error = allowed.error();
  error.where = place(scenario, desk, "purpose");
  return error;
}

Result<std::vector<MaskRule>> masks_of(const Scenario& scenario, const catalog::Contract& contract,
                                       const DeskConfig& desk) {
  const auto given = desk.masks.find(contract.dataset);
  const std::vector<MaskRule> own =
      given == desk.masks.end() ? std::vector<MaskRule>() : given->second;
  const bool bound = scenario.protection.masking && contract.department != desk.department;
  if (bound) return catalog::narrowed(contract, own);
  catalog::Contract unmasked = contract;  // its rules do not hold here
  unmasked.masking.clear();
  return catalog::narrowed(unmasked, own);
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
  if (!desk.is_bound() && !protection.masking && !protection.purposes_required)
    return std::optional<access::ReaderSpec>();
  access::ReaderSpec spec{desk.name, desk.purpose, desk.clearance, {}, {}};
  for (const auto& dataset : desk.datasets) {
    const auto& contract = *catalog.find(dataset);
    if (access::is_table(contract)) continue;  // access itself reads by it
    CITYBRAIN_TRY(check_purposes(scenario, contract, desk));
    CITYBRAIN_ASSIGN(masks, masks_of(scenario, contract, desk));
    spec.grants.push_back({contract.id, model::EventTime{INT64_MIN}, model::EventTime{INT64_MAX},
                           desk.purpose, masks, contract.department == desk.department});
  }
  if (has_pseudonyms(spec)) {
    CITYBRAIN_ASSIGN(key, pseudonym_key(scenario, options, desk.name));
    spec.pseudonym_key = key;
  }
  CITYBRAIN_ASSIGN(reader, access::Reader::make(network, catalog, spec));
  if (reader.is_plain()) return std::optional<access::ReaderSpec>();
  return std::optional<access::ReaderSpec>(std::move(spec));
}

bool sees_the_same(const std::optional<access::ReaderSpec>& a,
                   const std::optional<access::ReaderSpec>& b) {
  if (!a || !b) return !a && !b;
  if (has_pseudonyms(*a) && a->recipient != b->recipient) return false;
  return a->purpose == b->purpose && a->clearance == b->clearance &&
         std::equal(a->grants.begin(), a->grants.end(), b->grants.begin(), b->grants.end(),
                    same_grant);
}

}  // namespace citybrain::experiment
