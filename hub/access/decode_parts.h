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

/// "20260302070001", or "260302070001" of this century, at an offset from UTC.
std::optional<model::EventTime> parse_local_digits(std::string_view text,
                                                   std::int32_t utc_offset_min);
/// Milliseconds of a local clock; nothing beyond the years 1970 to 9999.
std::optional<model::EventTime> from_local_ms(std::int64_t local_ms, std::int32_t utc_offset_min);

}  // namespace citybrain::access
