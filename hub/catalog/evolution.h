// Versions of a contract against each other: what changed, whom it breaks, and which step of the
// version it asks for. A change is breaking when a reader that was written to the old contract may
// misread records that keep the new one, or may no longer have or use them; it is compatible
// when such a reader only meets more than it knows; the rest are words. Fields are known by their
// path. Values; pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hub/catalog/contract.h"
#include "hub/catalog/version.h"

namespace citybrain::catalog {

enum class Severity : std::uint8_t { kWords, kCompatible, kBreaking };
/// "words", "compatible", "breaking".
std::string_view name_of(Severity severity);

struct Change {
  Severity severity = Severity::kWords;
  std::string what;  ///< "field.lanes.queue_count.unit", "crs", "maximum_delay_s" ...
  std::string from;  ///< empty: was not there
  std::string to;    ///< empty: is no longer there
  std::string why;   ///< reason, a code of kReasons
};

/// Reasons with their sentence in both languages, in the order in which docs list them.
struct ReasonText {
  std::string_view code, en, zh;
};
std::span<const ReasonText> reasons();

struct Evolution {
  std::vector<Change> changes;  ///< breaking first, then compatible, then words; as in the contract
  Severity severity() const;
};
Evolution compare(const Contract& from, const Contract& to);

/// What the version must at least be after `changes`: the major part up for breaking ones, the
/// minor for compatible ones, the patch for words; the same without changes.
Version least_version(const Version& from, Severity severity);
/// Whether the step from one contract's version to the other's is enough. Error CB-INPUT-CONTRACT
/// at the newer one's version, with what was expected.
model::Result<void> check_step(const Contract& from, const Contract& to);

}  // namespace citybrain::catalog
