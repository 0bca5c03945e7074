// Random federations (parties, links, cuts, losses, grants that begin, end and are revoked, rows
// that change, parties that are restarted): on the wire there is never a row of a resource that was
// not granted over that link at that moment, nobody keeps what it may keep no longer, and when all
// is quiet everybody has what it was granted. The oracle knows the grants' times, not the law.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include "hub/federation/messages.h"
#include "hub/network/framing.h"
#include "schemas/federation.h"
#include "tests/federation/zone.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::federation {
namespace {

constexpr int kMostCases = 50;
constexpr model::Step kHorizon = 150;
constexpr model::Step kQuiet = 50;  ///< nothing changes, ends or is cut from then on

/// A folder in memory where there is one: a case opens seven databases.
const bool kInMemory = std::filesystem::exists("/dev/shm") && setenv("TMPDIR", "/dev/shm", 1) == 0;

bool granted(const Plan& plan, std::string_view link, std::string_view resource,
             model::EventTime now) {
  if (resource == "a.secret") return false;  // its contract says that it is not shared
  for (const auto& g : plan.grants)
    if (g.link == link && g.resource == resource && g.from <= now &&
        plan.calendar.day_of(now) <= g.until && (!g.revoked || now < *g.revoked))
      return true;
  return false;
}

struct Case {
  Plan plan;
  std::vector<std::pair<model::Step, std::string>> restarts;
};

Case random_case() {
  static const Plan base =
      test::zone({"a", "b", "c"}, {"a-b", "b-c", "a-c", "c-a"},
                 {test::contract("a.one"), test::contract("a.two", "unconditional"),
                  test::contract("c.air"), test::contract("a.secret", "not-shared")});
  Case out{base, {}};
  out.plan.horizon_s = kHorizon;
  out.plan.seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  const auto second = [](int least, int most) {
    return static_cast<model::Step>(*rc::gen::inRange(least, most));
  };
  for (auto& link : out.plan.links) {
    link.latency_s = second(1, 4);
    if (*rc::gen::arbitrary<bool>()) link.loss = *rc::gen::element(0.1, 0.4);
    if (*rc::gen::arbitrary<bool>()) {
      const auto from = second(0, kQuiet - 2);
      link.cuts = {{from, second(static_cast<int>(from) + 1, kQuiet)}};
    }
  }
  const std::vector<std::pair<const char*, const char*>> ways = {
      {"a-b", "a.one"}, {"a-b", "a.two"}, {"b-c", "a.one"}, {"a-c", "a.two"},
      {"c-a", "c.air"}, {"a-c", "a.one"}, {"b-c", "a.two"}, {"a-b", "a.secret"}};
  for (const auto& [link, resource] : ways)
    for (int n = *rc::gen::inRange(0, 3); n > 0; --n) {
      auto& g = test::grant(out.plan, link, resource, second(0, kQuiet));
      if (*rc::gen::inRange(0, 2) == 0)
        g.revoked = g.from + 1000 * static_cast<std::int64_t>(second(1, 30));
    }
  for (int n = *rc::gen::inRange(0, 3); n > 0; --n)
    out.restarts.emplace_back(second(1, kHorizon), *rc::gen::element("a", "b", "c"));
  std::sort(out.restarts.begin(), out.restarts.end());
  return out;
}

World world_until_quiet(const Plan& plan) {
  World w;
  w.changes = [&plan](std::string_view party, model::Step step) {
    std::vector<LocalRow> out;
    if (step > kQuiet) return out;
    for (const auto& c : plan.catalogs.find(party)->second.contracts())
      for (unsigned e = 0; e < 3; ++e)
        if (step == 1 || step % 4 == e)
          out.push_back({c.dataset, fmt::format("e{}", e), {fmt::format("{}", step), ""}});
    return out;
  };
  return w;
}

/// Every row that was sent, at the moment at which it was.
void check_wire(const Plan& plan, network::Log& log) {
  for (const auto& link : plan.links) {
    const auto topic = schemas::topic::federation(link.name, "shipments");
    const auto cursor = log.cursor(topic, 0, 0).value();
    for (;;) {
      const auto records = cursor->poll(100).value();
      if (records.empty()) break;
      for (const auto& r : records) {
        const auto shipment = decode_shipment(network::unframe(r.value).value().payload);
        RC_ASSERT(shipment.has_value());
        const auto sent = r.publish_time - std::int64_t{link.latency_s} * 1000;
        for (const auto& row : shipment->rows)
          RC_ASSERT(granted(plan, link.name, row.resource, sent));
      }
    }
  }
}

void check_holdings(const Plan& plan, const std::vector<PartyState>& parties) {
  for (const auto& p : parties)
    for (const auto& [resource, link] : p.received) {
      bool any = false;  // another link may have brought it before this one's grant began
      for (const auto& l : plan.links)
        any = any || (l.to == p.name && granted(plan, l.name, resource, plan.epoch.at(p.step)));
      RC_ASSERT(any);
    }
}

/// Who has a grant at the end, over a link that loses nothing, has what the lead source has.
void check_complete(const Plan& plan, const std::vector<PartyState>& parties) {
  const auto end = plan.epoch.at(kHorizon);
  for (const auto& g : plan.grants) {
    const auto* link = plan.link(g.link);
    const bool direct = Plan::provider_of(g.resource) == link->from;
    if (!direct || link->loss > 0 || !granted(plan, g.link, g.resource, end)) continue;
    const auto& to = test::party_of(parties, link->to);
    RC_ASSERT(std::any_of(to.received.begin(), to.received.end(),
                          [&](const auto& r) { return r.first == g.resource; }));
    const auto from = test::link_of(test::party_of(parties, link->from), g.link);
    RC_ASSERT(from.out.acked == from.out.queued);
    const auto there = test::link_of(to, g.link).counters;  // every row is accounted for, once
    RC_ASSERT(there.taken + there.stale + there.refused + there.invalid + there.withdrawn ==
              from.counters.rows);
  }
}

void what_is_not_granted_never_crosses() {
  const auto c = random_case();
  const auto world = world_until_quiet(c.plan);
  const test::TemporaryFolder folder;
  const auto log = test::network_at(folder.path());
  auto all = Federation::open(c.plan, world, test::options_at(folder.path()), *log).value();
  for (const auto& [step, party] : c.restarts) {
    all.advance(step).value();
    check_holdings(c.plan, all.states());
    all.restart(party).value();
  }
  for (model::Step step = all.done() + 1; step <= kHorizon; step += 7) {
    all.advance(step).value();
    check_holdings(c.plan, all.states());
  }
  all.advance(kHorizon).value();
  check_wire(c.plan, *log);
  check_complete(c.plan, all.states());
}

/// A case opens seven databases and runs 150 Steps, a quarter of a CPU second: fewer of them than
/// of other properties.
TEST(FederationProperty, WhatIsNotGrantedNeverCrosses) {
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = std::min(params.maxSuccess, kMostCases);
  const auto result = rc::detail::checkTestable(&what_is_not_granted_never_crosses,
                                                rc::detail::TestMetadata(), params);
  if (result.is<rc::detail::SuccessResult>()) return;
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  FAIL() << text.str();
}

}  // namespace
}  // namespace citybrain::federation
