#include "hub/catalog/audit_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace citybrain::catalog {

using model::Step;

namespace {

constexpr std::size_t kMostGone = 1U << 20;  // entries that are looked for in one Step

}  // namespace

const char* name(AuditFault fault) {
  static constexpr const char* kNames[] = {"foreign", "unreadable", "misplaced", "altered",
                                           "removed", "inserted",   "reordered", "seal",
                                           "broken",  "rewritten",  "truncated"};
  return kNames[static_cast<std::size_t>(fault)];
}

AuditFinding& AuditChecker::find(AuditFault fault, std::optional<std::uint64_t> entry,
                                 std::string detail) {
  return findings_.emplace_back(
      AuditFinding{fault, at_.chain, at_.step, entry, entry ? 1U : 0U, std::move(detail)});
}

void AuditChecker::take(std::string_view key, std::string_view row) {
  const auto place = parse_audit_key(key);
  row_began_ = findings_.size();
  if (!place) {
    at_ = {};
    find(AuditFault::kForeign, {},
         fmt::format("a row of {} bytes under a key that no Step has", row.size()));
    return;
  }
  at_ = *place;
  auto& expected = expected_[at_.chain];
  const auto step = decode_step(row);
  if (!step) {
    find(AuditFault::kUnreadable, expected.first, "the row's bytes are no sealed Step");
    expected = {at_.step + 1, std::nullopt, std::nullopt};
    return;
  }
  check_row(*step);
}

void AuditChecker::check_row(const SealedStep& s) {
  std::vector<Hash> leaves;
  for (const auto& e : s.entries) leaves.push_back(e.hash);
  const Holds holds{sha256_.root(leaves) == s.root, head_of(sha256_, s) == s.head};
  check_place(s, holds);
  check_entries(s, holds);
  check_seal(s, holds);
  check_anchor(s);
  const bool goes_on = holds.head && s.chain == at_.chain && s.step == at_.step;
  expected_[at_.chain] = {at_.step + 1, std::nullopt, std::nullopt};
  if (goes_on) expected_[at_.chain] = {at_.step + 1, s.first + s.count, s.head};
  auto& chain = chains_[at_.chain];
  chain.last = at_.step;
  chain.entries += s.entries.size();
  chain.head = s.head;
}

/// Whether it is the next Step of its chain. What a head says that does not hold is not believed.
void AuditChecker::check_place(const SealedStep& s, const Holds& holds) {
  const auto& expected = expected_[at_.chain];
  if (s.chain != at_.chain || s.step != at_.step)
    find(AuditFault::kMisplaced, {},
         fmt::format("the row says that it is Step {} of chain {}", s.step, s.chain));
  const bool has_gap = at_.step > expected.step;
  const auto first = holds.head ? expected.first.value_or(s.first) : s.first;
  if (has_gap || s.first > first) {
    auto& f = find(AuditFault::kRemoved, {},
                   has_gap ? fmt::format("Steps {} to {} are gone", expected.step, at_.step - 1)
                           : std::string("entries before this Step are gone"));
    if (s.first > first) {
      f.entry = first;
      f.entries = s.first - first;
    }
    if (has_gap) f.step = expected.step;
  } else if (s.first < first) {
    find(AuditFault::kInserted, s.first,
         fmt::format("the Step begins with entry {}, expected {}", s.first, first));
  } else if (holds.head && expected.head && s.previous != *expected.head) {
    find(AuditFault::kBroken, {},
         fmt::format("the Step goes on from head {}, the one before ends in {}",
                     hex(s.previous).substr(0, 16), hex(*expected.head).substr(0, 16)));
  }
}

void AuditChecker::check_entries(const SealedStep& s, const Holds& holds) {
  std::vector<std::uint64_t> numbers;
  bool all_known = true;
  for (std::size_t i = 0; i < s.entries.size(); ++i) {
    const auto& e = s.entries[i];
    const auto entry = decode_entry(e.bytes);
    if (hash_of_entry(sha256_, e.bytes) != e.hash) {
      find(AuditFault::kAltered, s.first + i, "the entry's bytes do not give its hash");
      all_known = false;
    } else if (!entry) {
      find(AuditFault::kAltered, s.first + i, "the entry's bytes are no entry");
      all_known = false;
    } else {
      numbers.push_back(entry->number);
    }
  }
  if (all_known && !holds.root) check_order(s, numbers);
}

/// Entries say their numbers, so what is not where it belongs names itself.
void AuditChecker::check_order(const SealedStep& s, const std::vector<std::uint64_t>& numbers) {
  // A count that no row could hold is not believed.
  std::vector<std::uint64_t> wanted(std::min<std::size_t>(s.count, numbers.size() + kMostGone));
  std::iota(wanted.begin(), wanted.end(), s.first);
  if (numbers == wanted) return;
  auto sorted = numbers;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::uint64_t> gone, new_ones;
  std::set_difference(wanted.begin(), wanted.end(), sorted.begin(), sorted.end(),
                      std::back_inserter(gone));
  std::set_difference(sorted.begin(), sorted.end(), wanted.begin(), wanted.end(),
                      std::back_inserter(new_ones));
  if (!gone.empty()) {
    auto& f = find(AuditFault::kRemoved, gone.front(), "the Step's entries have a gap");
    f.entries = gone.size();
  }
  if (!new_ones.empty()) {
    auto& f = find(AuditFault::kInserted, new_ones.front(), "the Step did not have this entry");
    f.entries = new_ones.size();
  }
  if (!gone.empty() || !new_ones.empty()) return;
  const auto at = std::mismatch(numbers.begin(), numbers.end(), wanted.begin());
  find(AuditFault::kReordered, *at.second, fmt::format("entry {} stands in its place", *at.first));
}

/// Root and head; said only where no entry explains it.
void AuditChecker::check_seal(const SealedStep& s, const Holds& holds) {
  if (findings_.size() > row_began_) return;
  if (!holds.root)
    find(AuditFault::kSeal, {}, "the entries do not give the Step's Merkle root");
  else if (!holds.head)
    find(AuditFault::kSeal, {}, "the Step's root and numbers do not give its head");
  else if (s.count != s.entries.size())
    find(AuditFault::kSeal, {},
         fmt::format("the seal is over {} entries, {} are there", s.count, s.entries.size()));
}

void AuditChecker::check_anchor(const SealedStep& s) {
  const auto anchor = anchors_.find({at_.chain, at_.step});
  if (anchor == anchors_.end()) return;
  const auto& a = anchor->second;
  if (a.root == s.root && a.head == s.head) {
    ++chains_[at_.chain].anchored;
    return;
  }
  if (findings_.size() > row_began_) return;
  // Where only the head differs, the Step itself is the one that was published and one before it
  // was rewritten, which is said there.
  if (a.root == s.root && a.next == s.first + s.count) return;
  auto& f = find(AuditFault::kRewritten, s.first,
                 fmt::format("the network was told root {}, the Step has {}",
                             hex(a.root).substr(0, 16), hex(s.root).substr(0, 16)));
  f.entries = s.count;
}

void AuditChecker::finish() {
  row_began_ = findings_.size();
  std::map<std::uint32_t, std::pair<Step, std::uint64_t>> published;
  for (const auto& [at, anchor] : anchors_) {
    auto& last = published[at.first];
    if (at.second >= last.first) last = {at.second, anchor.next};
  }
  for (const auto& [chain, last] : published) {
    const auto& expected = expected_[chain];
    if (last.first < expected.step) continue;
    at_ = {chain, expected.step};
    auto& f = find(AuditFault::kTruncated, expected.first,
                   fmt::format("the chain ends before Step {}; the network was told of Step {}",
                               expected.step, last.first));
    if (expected.first) f.entries = last.second - *expected.first;
  }
}

}  // namespace citybrain::catalog
