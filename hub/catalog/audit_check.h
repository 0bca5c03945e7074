// Checks audit chains as they lie in a store: names the entry that was altered, removed, put in or
// moved, the Step whose seal does not hold, and where a chain ends too early. What was published of
// every Step (hub.audit, AuditAnchor) tells a chain that was rewritten as a whole, and a tail that
// is gone, from the real one. Plain synchronous code, no IO; one thread a checker.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/catalog/audit.h"

namespace citybrain::catalog {

enum class AuditFault : std::uint8_t {
  kForeign,     ///< a row that is no Step of a chain
  kUnreadable,  ///< a Step whose bytes are none
  kMisplaced,   ///< a Step under another one's key
  kAltered,     ///< an entry, or its hash
  kRemoved,     ///< entries that are gone
  kInserted,    ///< entries that were never sealed
  kReordered,   ///< entries that changed places
  kSeal,        ///< a Step's root, head or numbers
  kBroken,      ///< a Step does not go on from the one before
  kRewritten,   ///< a Step that holds in itself, and is not the one that was published
  kTruncated,   ///< the chain ends before what was published
};
/// "altered", "removed", ...
const char* name(AuditFault fault);

struct AuditFinding {
  AuditFault fault = AuditFault::kAltered;
  std::uint32_t chain = 0;
  model::Step step = 0;
  std::optional<std::uint64_t> entry;  ///< its number in the chain, or the first of them
  std::uint64_t entries = 0;           ///< how many, where it is more than one
  std::string detail;
};

/// What was published of a Step's seal.
struct AuditAnchor {
  Hash root{}, head{};
  std::uint64_t next = 0;  ///< number of the next Step's first entry
};
using AuditAnchors = std::map<std::pair<std::uint32_t, model::Step>, AuditAnchor>;

struct AuditChain {
  model::Step last = 0;  ///< Step
  std::uint64_t entries = 0;
  std::uint64_t anchored = 0;  ///< Steps that are as they were published
  Hash head{};
};

class AuditChecker {
 public:
  /// `anchors` must outlive it.
  explicit AuditChecker(const AuditAnchors& anchors) : anchors_(anchors) {}
  /// The rows of the audit family in the order of their keys.
  void take(std::string_view key, std::string_view row);
  /// After the last row.
  void finish();
  const std::vector<AuditFinding>& findings() const { return findings_; }
  const std::map<std::uint32_t, AuditChain>& chains() const { return chains_; }

 private:
  struct Expected {
    model::Step step = 1;
    std::optional<std::uint64_t> first = 0;  ///< nothing: what came before is not known
    std::optional<Hash> head = Hash{};
  };
  struct Holds {
    bool root = false, head = false;
  };
  AuditFinding& find(AuditFault fault, std::optional<std::uint64_t> entry, std::string detail);
  void check_row(const SealedStep& step);
  void check_place(const SealedStep& step, const Holds& holds);
  void check_entries(const SealedStep& step, const Holds& holds);
  void check_order(const SealedStep& step, const std::vector<std::uint64_t>& numbers);
  void check_seal(const SealedStep& step, const Holds& holds);
  void check_anchor(const SealedStep& step);

  const AuditAnchors& anchors_;
  Sha256 sha256_;
  std::map<std::uint32_t, Expected> expected_;
  std::map<std::uint32_t, AuditChain> chains_;
  std::vector<AuditFinding> findings_;
  AuditPlace at_;
  std::size_t row_began_ = 0;  ///< findings before this row
};

}  // namespace citybrain::catalog
