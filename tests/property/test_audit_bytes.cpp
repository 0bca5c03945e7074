// Any single altered byte of an audit family is found, keys included, whatever the chains hold.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/catalog/audit_trails.h"

namespace citybrain::catalog {
namespace {

AuditBody any_body() {
  const auto kinds = test::every_kind();
  auto body = *rc::gen::elementOf(kinds);
  if (auto* a = std::get_if<Accessed>(&body)) {
    a->dataset = *rc::gen::arbitrary<std::uint32_t>();
    a->to = *rc::gen::arbitrary<std::uint64_t>();
  }
  if (auto* r = std::get_if<Refused>(&body)) r->code = *rc::gen::arbitrary<std::string>();
  return body;
}

test::AuditRows any_chains() {
  test::AuditRows out;
  const auto chains = *rc::gen::inRange<std::uint32_t>(1, 4);
  const auto steps = *rc::gen::inRange<model::Step>(1, 8);
  for (std::uint32_t c = 0; c < chains; ++c) {
    AuditTrail trail(c);
    for (model::Step s = 1; s <= steps; ++s) {
      const auto entries = *rc::gen::inRange(0, 6);
      for (int i = 0; i < entries; ++i) trail.add(any_body());
      trail.seal(s);
      out.keep(trail.sealed());
    }
  }
  return out;
}

TEST(AuditProperty, AnyAlteredByteIsFound) {
  rc::check("one byte of any row's key or value", [] {
    auto chains = any_chains();
    RC_ASSERT(chains.check().empty());
    const bool anchored = *rc::gen::arbitrary<bool>();
    const auto at = *rc::gen::inRange<std::size_t>(0, chains.rows.size());
    auto row = std::next(chains.rows.begin(), static_cast<std::ptrdiff_t>(at));
    auto key = row->first, value = row->second;
    const auto byte = *rc::gen::inRange<std::size_t>(0, key.size() + value.size());
    const auto mask = static_cast<char>(*rc::gen::inRange(1, 256));
    (byte < key.size() ? key[byte] : value[byte - key.size()]) ^= mask;
    chains.rows.erase(row);
    chains.rows[key] = value;
    RC_ASSERT(!chains.check(anchored).empty());
  });
}

TEST(AuditProperty, AnyEntryRemovedOrMovedIsNamed) {
  rc::check("an entry gone, or two that changed places", [] {
    auto chains = any_chains();
    std::vector<std::pair<std::uint32_t, model::Step>> with_entries;
    for (const auto& [at, anchor] : chains.anchors)
      if (!chains.step(at.first, at.second).entries.empty()) with_entries.push_back(at);
    RC_PRE(!with_entries.empty());
    const auto [chain, step] = *rc::gen::elementOf(with_entries);
    auto s = chains.step(chain, step);
    const auto i = *rc::gen::inRange<std::size_t>(0, s.entries.size());
    const auto j = *rc::gen::inRange<std::size_t>(0, s.entries.size());
    const bool moves = i != j;
    if (moves)
      std::swap(s.entries[i], s.entries[j]);
    else
      s.entries.erase(s.entries.begin() + static_cast<std::ptrdiff_t>(i));
    chains.put(s);
    const auto findings = chains.check(false);
    RC_ASSERT(findings.size() == 1U);
    RC_ASSERT(findings[0].fault == (moves ? AuditFault::kReordered : AuditFault::kRemoved));
    RC_ASSERT(findings[0].entry == s.first + std::min(i, j));
    RC_ASSERT(findings[0].chain == chain && findings[0].step == step);
  });
}

}  // namespace
}  // namespace citybrain::catalog
