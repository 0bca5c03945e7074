// Masking rules (脱敏): what is done to a dataset's fields before a reader sees them. A contract
// declares them (customProperties, maskingRules); a grant narrows them for one reader and never
// loosens them. hub/access executes them (reader.h). Values; pure functions; errors are
// CB-INPUT-CONTRACT or CB-INPUT-MASK with file, line, field and what was expected.
//
//   maskingRules:                                    strictness
//     - {field: device, rule: drop}                  a dropped field is never seen
//     - {field: device, rule: pseudonym}             another name for each recipient
//     - {field: lon_e6, rule: generalise-place, to: road}      road < cell < district
//     - {field: lon_e6, rule: generalise-place, to: cell, size_m: 1000}    a larger cell is
//     stricter
//     - {field: unix_s, rule: generalise-time, minutes: 5}     seen when the minutes are over
//     - {rule: aggregate, minimum_group: 5, window_s: 60}      of the whole dataset: no individuals
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/catalog/classification.h"
#include "hub/model/result.h"

namespace YAML {
class Node;
}

namespace citybrain::catalog {

struct Contract;

enum class MaskKind : std::uint8_t {
  kDrop,
  kPseudonym,
  kGeneralisePlace,
  kGeneraliseTime,
  kAggregate,
};
std::string_view name_of(MaskKind kind);
/// From the finest to the coarsest.
enum class PlaceScale : std::uint8_t { kExact, kRoad, kCell, kDistrict };
std::string_view name_of(PlaceScale scale);

struct MaskRule {
  MaskKind kind = MaskKind::kDrop;
  std::string field;  ///< as in the contract; empty: the dataset (kAggregate)
  PlaceScale scale = PlaceScale::kExact;
  std::uint32_t cell_m = 0;
  std::uint32_t minutes = 0;
  std::uint32_t minimum_group = 0;
  std::uint32_t window_s = 0;
  std::string where;  ///< "file:line:column"

  /// Says the same, wherever it stands.
  bool same_as(const MaskRule& other) const;
};

constexpr std::uint32_t kLeastCell_m = 100, kMostCell_m = 100'000;
constexpr std::uint32_t kMostMinutes = 24 * 60;
constexpr std::uint32_t kMostGroup = 10'000, kMostWindow_s = 3600;

/// Called with what is wrong and where; reading goes on.
using MaskFail = std::function<void(const YAML::Node& at, std::string what, std::string mend)>;
/// A list of rules; `known_fields` are the contract's, empty: any. `file` is for MaskRule::where.
std::vector<MaskRule> read_masking(const YAML::Node& list, const std::string& file,
                                   std::span<const std::string> known_fields, const MaskFail& fail);

/// One rule by itself: "{field: device, rule: pseudonym}", the braces may be left out. Error
/// CB-INPUT-MASK at `where`.
model::Result<MaskRule> parse_rule(std::string_view text, const std::string& where);
/// As parse_rule() reads it.
std::string rule_text(const MaskRule& rule);

/// The rules of a grant behind those of the contract. Error CB-INPUT-MASK: the grant names a field
/// that the contract does not have, or goes beyond its scope, that is, asks to see more than the
/// contract allows.
model::Result<std::vector<MaskRule>> narrowed(const Contract& contract,
                                              std::span<const MaskRule> granted);

/// The purpose is one that the contract allows; empty: none was declared, which is no purpose that
/// could be wrong. Error CB-INPUT-PURPOSE names the purposes that there are.
model::Result<void> check_purpose(const Contract& contract, const std::string& purpose);

}  // namespace citybrain::catalog
