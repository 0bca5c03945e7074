// Audit chains to try things on.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/catalog/audit_check.h"

namespace citybrain::test {

/// One body of every kind, in the order of the kinds.
inline std::vector<catalog::AuditBody> every_kind() {
  using namespace catalog;
  Hash proof{};
  proof.fill(0xAB);
  return {
      Opened{
          "centre", {{"traffic_police.video_flow", "1.2.0"}}, {"hub"}, {{"hub", "look-ahead", 0}}},
      Accessed{0, 3, 1, 100, 164, 64},
      GrantChanged{GrantChanged::What::kRevoked, "hub", "navigation.probes", "1.0.0",
                   "signal control", "request 7"},
      Decided{0x1122334455667788, 0, 5, 1'772'409'601'000, "look-ahead", proof},
      Refused{1, 5, "min-green"},
      Isolated{3, 1, 120, "range", "speed 999 km/h"},
      Deleted{"subject", "traffic_police.plates", "s-17", 12, "erasure"},
      KeyDestroyed{"subject-17", "s-17", "erasure", proof},
      Masked{"hub", "traffic_police.plates", "plate", "pseudonym", 40},
      Requested{"7", "with provider", "granted", "traffic_police", "in order"}};
}

/// Rows as a store has them, by key, and what was published of them.
struct AuditRows {
  std::map<std::string, std::string> rows;
  catalog::AuditAnchors anchors;

  void keep(const catalog::SealedStep& s) {
    rows[catalog::audit_key(s.chain, s.step)] = catalog::encode(s);
    anchors[{s.chain, s.step}] = {s.root, s.head, s.first + s.count};
  }
  std::vector<catalog::AuditFinding> check(bool anchored = true) const {
    static const catalog::AuditAnchors none;
    catalog::AuditChecker checker(anchored ? anchors : none);
    for (const auto& [key, row] : rows) checker.take(key, row);
    checker.finish();
    return checker.findings();
  }
  catalog::SealedStep step(std::uint32_t chain, model::Step step) const {
    return *catalog::decode_step(rows.at(catalog::audit_key(chain, step)));
  }
  void put(const catalog::SealedStep& s) {
    rows[catalog::audit_key(s.chain, s.step)] = catalog::encode(s);
  }
};

/// Two chains of some Steps; the first Step has an entry of every kind, some have none.
inline AuditRows some_chains(model::Step steps = 6) {
  AuditRows out;
  for (std::uint32_t chain = 0; chain < 2; ++chain) {
    catalog::AuditTrail trail(chain);
    for (model::Step s = 1; s <= steps; ++s) {
      if (s == 1)
        for (const auto& body : every_kind()) trail.add(body);
      for (std::uint32_t n = 0; s > 1 && n < s % 4; ++n)
        trail.add(catalog::Accessed{n, chain, 0, s * 10, s * 10 + n, n});
      trail.seal(s);
      out.keep(trail.sealed());
    }
  }
  return out;
}

}  // namespace citybrain::test
