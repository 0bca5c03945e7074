// What the decoders of all dialects share: contracts' ranges, local times, crosswalks. Private to
// hub/access.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "hub/access/access.h"
#include "hub/access/decode.h"

namespace citybrain::access {

inline Decoded rejected(Fault fault, std::string detail) {
  Decoded d;
  d.rejection = Rejection{fault, std::move(detail)};
  return d;
}

template <class Message>
bool parse(Message& m, std::string_view payload) {
  return m.ParseFromArray(payload.data(), static_cast<int>(payload.size()));
}

/// A message's field against its contract.
struct Range {
  const catalog::FieldRule* rule = nullptr;
  std::string_view name;
  Range(const catalog::Contract& c, std::string_view field) : rule(c.field(field)), name(field) {}
  bool holds(double v) const {
    return rule == nullptr ||
           ((!rule->minimum || v >= *rule->minimum) && (!rule->maximum || v <= *rule->maximum));
  }
  double unified(double v) const { return rule == nullptr ? v : v * rule->to_unified; }
};

/// The device's targets by number; nullptr when the crosswalk does not know it.
const std::vector<Target>* device(const Tables& tables, const std::string& scheme,
                                  const std::string& own);
/// The number of a fleet's vehicle; nothing when no table named it.
std::optional<std::uint32_t> fleet_number(const Tables& tables, const std::string& scheme,
                                          const std::string& own);

/// A local time as text, by the field's format and the contract's time zone.
std::optional<model::EventTime> clock_text(const catalog::Contract& contract,
                                           std::string_view field, std::string_view text);
/// A local time as a number in the field's unit, by the contract's time zone; nothing beyond the
/// years 1970 to 9999.
std::optional<model::EventTime> clock_number(const catalog::Contract& contract,
                                             std::string_view field, std::int64_t value);
/// A number in the field's unit as milliseconds; nothing beyond the years 1970 to 9999.
std::optional<std::int64_t> instant_ms(const catalog::Contract& contract, std::string_view field,
                                       std::int64_t value);

}  // namespace citybrain::access
