// Audit: who saw what, what was granted, decided, refused, deleted, as a chain that nobody can
// change unnoticed (docs/audit.md). Entries are typed and numbered within their chain; the entries
// of one Step are sealed together: every entry has its hash, the Step a Merkle root over them, and
// a head that binds the root to the head of the Step before. A chain belongs to a district, so that
// whoever works on the district goes on with it; the same Step gives the same bytes.
//
//   family audit   "chain" chain step  ->  one sealed Step: one row, however many entries
//
// Whoever governs adds entries of their kind: AuditTrail::add() between two seals. SHA-256
// (OpenSSL). Values and plain functions, no IO. Reading never trusts the bytes. One thread a trail.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/catalog/sha256.h"
#include "hub/model/time.h"

namespace citybrain::catalog {

constexpr std::uint8_t kAuditFormat = 1;        ///< of entries and sealed Steps
constexpr std::uint32_t kNobody = 0xFFFFFFFFU;  ///< no view, no desk: the hub itself

/// What the numbers of a chain's later entries mean. The first entry of every chain.
struct Opened {
  struct Dataset {
    std::string name, version;
    template <class A>
    void fields(A& a) {
      a(name, version);
    }
  };
  struct Desk {
    std::string name, policy;
    std::uint32_t view = 0;
    template <class A>
    void fields(A& a) {
      a(name, policy, view);
    }
  };
  std::string chain;               ///< the district's name
  std::vector<Dataset> datasets;   ///< by dataset id
  std::vector<std::string> views;  ///< by view id
  std::vector<Desk> desks;         ///< by desk id

  template <class A>
  void fields(A& a) {
    a(chain, datasets, views, desks);
  }
};

/// Records of one dataset that were put before one view in the Step, or, with kNobody, that the hub
/// itself read others by (tables). What was late, doubled or quarantined among them was not.
struct Accessed {
  std::uint32_t view = kNobody, dataset = 0, partition = 0;
  std::uint64_t from = 0, to = 0;  ///< positions, half-open
  std::uint32_t records = 0;       ///< read in the range

  template <class A>
  void fields(A& a) {
    a(view, dataset, partition, from, to, records);
  }
};

/// A grant began or ended.
struct GrantChanged {
  enum class What : std::uint8_t { kOpened, kClosed, kRevoked };
  What what = What::kOpened;
  std::string grantee;             ///< a view's or a department's name
  std::string dataset, version;    ///< of its contract
  std::string purpose, reference;  ///< what for, and by which request; may be empty

  template <class A>
  void fields(A& a) {
    a(what, grantee, dataset, version, purpose, reference);
  }
};

struct Decided {
  std::uint64_t command = 0;
  std::uint32_t desk = kNobody, junction = 0;
  std::int64_t effective_ms = 0;
  std::string reason;
  Hash row{};  ///< SHA-256 of the decision's row in the special database

  template <class A>
  void fields(A& a) {
    a(command, desk, junction, effective_ms, reason, row);
  }
};

struct Refused {
  std::uint32_t desk = kNobody, junction = 0;
  std::string code;  ///< hub/dispatch: "min-green", "outranked", ...

  template <class A>
  void fields(A& a) {
    a(desk, junction, code);
  }
};

struct Isolated {  ///< a record in quarantine
  std::uint32_t dataset = 0, partition = 0;
  std::uint64_t position = 0;
  std::string fault, detail;

  template <class A>
  void fields(A& a) {
    a(dataset, partition, position, fault, detail);
  }
};

struct Deleted {
  std::string what;              ///< "rows", "records", "subject"
  std::string dataset, subject;  ///< a pseudonym, never the name; may be empty
  std::uint64_t count = 0;
  std::string reason;

  template <class A>
  void fields(A& a) {
    a(what, dataset, subject, count, reason);
  }
};

struct KeyDestroyed {
  std::string key, subject;  ///< the key's name, and a pseudonym
  std::string reason;
  Hash proof{};  ///< of the destruction, as whoever destroyed it defines it

  template <class A>
  void fields(A& a) {
    a(key, subject, reason, proof);
  }
};

/// A masking rule worked on what a grantee was given in the Step.
struct Masked {
  std::string grantee, dataset, field, rule;
  std::uint64_t values = 0;

  template <class A>
  void fields(A& a) {
    a(grantee, dataset, field, rule, values);
  }
};

/// A request for sharing went from one state to another.
struct Requested {
  std::string request, from, to, who, reason;

  template <class A>
  void fields(A& a) {
    a(request, from, to, who, reason);
  }
};

/// The place of a kind in this list is its number in the bytes: add at the end, never in between.
using AuditBody = std::variant<Opened, Accessed, GrantChanged, Decided, Refused, Isolated, Deleted,
                               KeyDestroyed, Masked, Requested>;
/// "opened", "access", "grant", "decision", "refusal", "quarantine", "deletion", "key", "mask",
/// "request".
const char* kind_of(const AuditBody& body);
const std::vector<std::string>& audit_kinds();

struct AuditEntry {
  std::uint64_t number = 0;  ///< in its chain, from 0
  AuditBody body;
};

std::string encode(const AuditEntry& entry);
/// Nothing when the bytes are no entry of this format.
std::optional<AuditEntry> decode_entry(std::string_view bytes);

/// One Step of one chain as its row says it.
struct SealedStep {
  struct Entry {
    std::string bytes;
    Hash hash{};
    template <class A>
    void fields(A& a) {
      a(bytes, hash);
    }
  };
  std::uint32_t chain = 0;
  model::Step step = 0;
  std::uint64_t first = 0;  ///< number of its first entry
  std::uint32_t count = 0;  ///< of its entries
  Hash previous{};          ///< head of the Step before; zeros before the first
  std::vector<Entry> entries;
  Hash root{}, head{};

  template <class A>
  void fields(A& a) {
    a(chain, step, first, count, previous, entries, root, head);
  }
};
std::string encode(const SealedStep& step);
std::optional<SealedStep> decode_step(std::string_view row);
/// What the head of a Step says, given its root.
Hash head_of(Sha256& sha256, const SealedStep& step);
Hash hash_of_entry(Sha256& sha256, std::string_view bytes);

/// The row's key in the audit family; 14 bytes.
std::string audit_key(std::uint32_t chain, model::Step step);
struct AuditPlace {
  std::uint32_t chain = 0;
  model::Step step = 0;
};
std::optional<AuditPlace> parse_audit_key(std::string_view key);

/// Where a chain has got to: part of a node's working state, so that the chain goes on after a
/// crash, and elsewhere.
struct AuditState {
  std::uint64_t next = 0;  ///< number of the next entry
  Hash head{};

  template <class A>
  void fields(A& a) {
    a(next, head);
  }
};

class AuditTrail {
 public:
  explicit AuditTrail(std::uint32_t chain) : chain_(chain) {}

  const AuditState& state() const { return state_; }
  /// Goes on from there; what was added and not sealed is forgotten.
  void restore(const AuditState& state);
  void add(const AuditBody& body);
  /// Seals what was added since the last seal, which may be nothing. Steps follow each other.
  void seal(model::Step step);
  /// Of the Step that was sealed last.
  const SealedStep& sealed() const { return sealed_; }

 private:
  std::uint32_t chain_;
  AuditState state_;
  Sha256 sha256_;
  SealedStep sealed_;
  std::vector<SealedStep::Entry> added_;
  std::vector<Hash> leaves_;
};

}  // namespace citybrain::catalog
