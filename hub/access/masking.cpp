#include "hub/access/masking.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace citybrain::access {

using catalog::MaskKind;
using catalog::MaskRule;
using catalog::PlaceScale;
using model::Error;
using model::Result;

namespace {

Error impossible(const catalog::Contract& contract, const MaskRule& rule, const char* why) {
  return {"CB-INPUT-MASK",
          fmt::format("{} is not possible for field {} of {}: {}", name_of(rule.kind),
                      rule.field.empty() ? "(all)" : rule.field, contract.dataset, why),
          rule.where, "drop is possible for every field"};
}

/// Puts one rule to those before it; of two about the same the stricter one holds.
Result<void> add_rule(const catalog::Contract& contract, const MaskRule& rule, Masking& out) {
  const auto meaning = meaning_of(contract.message, rule.field);
  switch (rule.kind) {
    case MaskKind::kDrop:
      out.drop[static_cast<std::size_t>(meaning)] = true;
      break;
    case MaskKind::kPseudonym:
      if (meaning != Meaning::kSubject)
        return impossible(contract, rule, "it names no person, vehicle or report");
      out.pseudonym = true;
      break;
    case MaskKind::kGeneralisePlace:
      if (meaning != Meaning::kPlace || !is_personal(contract.message))
        return impossible(contract, rule, "it is not the place of a person or a vehicle");
      if (rule.scale == PlaceScale::kCell)
        out.cell_m =
            out.scale == PlaceScale::kCell ? std::max(out.cell_m, rule.cell_m) : rule.cell_m;
      out.scale = std::max(out.scale, rule.scale);
      break;
    case MaskKind::kGeneraliseTime:
      if (meaning != Meaning::kTime || !is_personal(contract.message))
        return impossible(contract, rule, "it is not the time of a person or a vehicle");
      out.time_ms = std::max(out.time_ms, std::int64_t{rule.minutes} * 60'000);
      break;
    case MaskKind::kAggregate:
      if (!can_aggregate(contract.message))
        return impossible(contract, rule, "there is no speed of which to give a mean");
      out.group = std::max(out.group, rule.minimum_group);
      out.window_ms = std::max(out.window_ms, std::int64_t{rule.window_s} * 1000);
      break;
  }
  return {};
}

/// What the reader is not cleared for; a field that the contract does not list has the dataset's
/// strictest class.
void drop_classified(const catalog::Contract& contract, catalog::ClassSet clearance, Masking& out) {
  for (const auto& [field, meaning] : meanings_of(contract.message)) {
    const auto* rule = contract.field(field);
    const auto needed = rule != nullptr ? rule->data_class : contract.classes.list().back();
    if (!clearance.has(needed)) out.drop[static_cast<std::size_t>(meaning)] = true;
  }
}

std::uint64_t key_of(const Grant& grant) {
  model::Writer w;
  w(grant.dataset, grant.from, grant.until, grant.purpose, grant.is_owner);
  for (const auto& r : grant.masks)
    w(static_cast<std::uint8_t>(r.kind), r.field, static_cast<std::uint8_t>(r.scale), r.cell_m,
      r.minutes, r.minimum_group, r.window_s);
  return std::max<std::uint64_t>(1, XXH3_64bits(w.bytes().data(), w.bytes().size()));
}

}  // namespace

bool Masking::is_plain() const {
  return std::find(drop.begin(), drop.end(), true) == drop.end() && !pseudonym &&
         scale == PlaceScale::kExact && time_ms == 0 && group == 0;
}

Result<void> can_mask(const Grant& grant, const catalog::Contract& contract) {
  CITYBRAIN_TRY(masking_of(grant, contract, catalog::ClassSet::all()));
  return {};
}

Result<Masking> masking_of(const Grant& grant, const catalog::Contract& contract,
                           catalog::ClassSet clearance) {
  Masking out;
  for (const auto& rule : grant.masks) CITYBRAIN_TRY(add_rule(contract, rule, out));
  if (!grant.is_owner) drop_classified(contract, clearance, out);
  out.key = key_of(grant);
  return out;
}

}  // namespace citybrain::access
