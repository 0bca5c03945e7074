// Parties that exchange what was granted: what crosses, what a cut does, what ends, what comes
// back, and that nobody notices who was restarted.
#include <gtest/gtest.h>

#include <fstream>

#include "hub/federation/federation.h"
#include "hub/store/store.h"
#include "hub/store/warehouse.h"
#include "tests/federation/zone.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::federation {
namespace {

using test::contract;
using test::grant;
using test::link_of;
using test::party_of;

/// What a run of a plan leaves.
struct Outcome {
  std::vector<PartyState> parties;
  std::string hash;
};

Outcome run(const Plan& plan, const World& world, const std::filesystem::path& folder) {
  const auto log = test::network_at(folder);
  auto all = Federation::open(plan, world, test::options_at(folder), *log).value();
  all.advance(plan.horizon_s).value();
  return {all.states(), all.outcome_hash()};
}

Plan two() {
  auto plan = test::zone({"a", "b"}, {"a-b", "b-a"}, {contract("a.water"), contract("a.soil")});
  grant(plan, "a-b", "a.water");
  return plan;
}

TEST(Federation, WhatIsGrantedCrossesAndNothingElse) {
  const auto plan = two();
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  const auto& b = party_of(out.parties, "b");
  EXPECT_EQ(b.received_resources, 1U);
  EXPECT_EQ(b.received_rows, 3U);
  ASSERT_EQ(b.received.size(), 1U);
  EXPECT_EQ(b.received[0].first, "a.water");
  const auto from = link_of(party_of(out.parties, "a"), "a-b");
  const auto to = link_of(b, "a-b");
  // Step 1 loads three rows; then one each five Steps, of which the last has not arrived.
  EXPECT_EQ(from.counters.rows, 3U + 300 / 5);
  EXPECT_EQ(to.counters.taken, 3U + 300 / 5 - 1);
  EXPECT_EQ(to.counters.duplicates + to.counters.refused + to.counters.invalid, 0U);
  EXPECT_EQ(to.counters.delayed, 0U);
  EXPECT_EQ(from.counters.retries, 0U);
}

TEST(Federation, TheWarehouseShowsRowsUnderTheirLeadSource) {
  const auto plan = two();
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  (void)run(plan, world, folder.path());
  const auto opened = store::Store::open({folder.path() / "b/store", "test, b"});
  ASSERT_TRUE(opened) << opened.error().text();
  const auto warehouse = store::Warehouse::open(**opened).value();
  EXPECT_EQ(warehouse.city().name, "b");
  std::vector<std::string> rows;
  const auto latest = warehouse.query(**store::find_table("shared_latest"), {}).value();
  warehouse
      .scan(latest,
            [&](std::span<const store::Cell> cells) {
              rows.push_back(store::text_of(cells[0]) + " " + store::text_of(cells[1]) + " " +
                             store::text_of(cells[2]) + " " + store::text_of(cells[7]));
              return true;
            })
      .value();
  EXPECT_EQ(rows, (std::vector<std::string>{"a.water e0 a-b 285,n", "a.water e1 a-b 290,n",
                                            "a.water e2 a-b 295,n"}));
  std::string then;
  warehouse
      .as_of(latest, 100,
             [&](std::span<const store::Cell> cells) {
               then += store::text_of(cells.back()) + ";";
               return true;
             })
      .value();
  EXPECT_EQ(then, "90,n;95,n;85,n;");  // a Step later than at a
  const auto check = warehouse.verify().value();
  EXPECT_TRUE(check.problems.empty()) << check.problems.front();
}

TEST(Federation, ACutDelaysAndLosesNothing) {
  auto plan = two();
  plan.links[0].cuts = {{50, 200}};
  const auto world = test::world(plan);
  const test::TemporaryFolder cut, whole;
  const auto out = run(plan, world, cut.path());
  const auto from = link_of(party_of(out.parties, "a"), "a-b");
  const auto to = link_of(party_of(out.parties, "b"), "a-b");
  EXPECT_GE(from.counters.retries, 4U);
  EXPECT_GE(from.counters.oldest_ms, 140'000);
  EXPECT_GE(to.counters.delayed, 25U);
  EXPECT_EQ(to.counters.taken, 3U + 300 / 5 - 1);
  auto uncut = two();
  const auto undisturbed = run(uncut, test::world(uncut), whole.path());
  EXPECT_EQ(party_of(out.parties, "b").received_rows,
            party_of(undisturbed.parties, "b").received_rows);
}

TEST(Federation, LostAnswersBringRepeatsThatTakeEffectOnce) {
  auto plan = two();
  plan.links[0].loss = 0.3;
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  const auto from = link_of(party_of(out.parties, "a"), "a-b");
  const auto to = link_of(party_of(out.parties, "b"), "a-b");
  EXPECT_GT(from.counters.lost, 0U);
  EXPECT_GT(to.counters.duplicates, 0U);
  EXPECT_GT(from.counters.retries, 0U);
  EXPECT_LE(to.counters.taken, from.counters.rows);
  EXPECT_EQ(to.counters.stale, 0U);
  EXPECT_GE(to.in.received, from.out.acked);
}

TEST(Federation, WhatIsRevokedStopsAtThatMomentAndIsErased) {
  auto plan = two();
  plan.grants[0].revoked = plan.epoch.at(152);
  plan.links[0].cuts = {{140, 150}};  // some rows wait when it ends, one is under way
  const auto world = test::world(plan, 2);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  const auto& b = party_of(out.parties, "b");
  EXPECT_EQ(b.received_rows, 0U);
  EXPECT_EQ(link_of(b, "a-b").counters.erased, 3U);
  const auto from = link_of(party_of(out.parties, "a"), "a-b");
  const auto withheld = link_of(b, "a-b").counters.withdrawn + link_of(b, "a-b").counters.refused;
  EXPECT_GT(withheld, 0U);
  EXPECT_EQ(link_of(b, "a-b").counters.taken + withheld, from.counters.rows);
  EXPECT_EQ(from.counters.rows, 3U + 151 / 2);  // changes after that were never put into the outbox
}

TEST(Federation, WhatExpiresEndsWithItsLastDay) {
  auto plan = two();
  plan.epoch.start = *catalog::parse_time("2026-03-02T23:58:00+08:00");
  plan.grants[0].from = plan.epoch.start;
  plan.grants[0].until = *catalog::parse_date("2026-03-02");
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  const auto& b = party_of(out.parties, "b");
  EXPECT_EQ(b.received_rows, 0U);
  EXPECT_EQ(link_of(b, "a-b").counters.erased, 3U);
  EXPECT_EQ(link_of(party_of(out.parties, "a"), "a-b").counters.rows, 3U + 119 / 5);
}

TEST(Federation, AResourceIsPassedOnToWhoWasGrantedItOnly) {
  auto plan =
      test::zone({"a", "b", "c"}, {"a-b", "b-c"}, {contract("a.water"), contract("a.soil")});
  grant(plan, "a-b", "a.water");
  grant(plan, "a-b", "a.soil");
  grant(plan, "b-c", "a.water", 100);
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  const auto& c = party_of(out.parties, "c");
  ASSERT_EQ(c.received.size(), 1U);
  EXPECT_EQ(c.received[0], (std::pair<std::string, std::string>("a.water", "b-c")));
  EXPECT_EQ(link_of(party_of(out.parties, "b"), "b-c").counters.loads, 1U);
  EXPECT_EQ(link_of(party_of(out.parties, "b"), "b-c").counters.rows, 3U + 200 / 5);
}

TEST(Federation, WhoLosesItsGrantPassesNothingOn) {
  auto plan = test::zone({"a", "b", "c"}, {"a-b", "b-c"}, {contract("a.water")});
  grant(plan, "a-b", "a.water").revoked = plan.epoch.at(100);
  grant(plan, "b-c", "a.water");
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  EXPECT_EQ(party_of(out.parties, "b").received_rows, 0U);
  EXPECT_EQ(party_of(out.parties, "c").received_rows, 3U);  // its own grant is in use
  EXPECT_EQ(link_of(party_of(out.parties, "b"), "b-c").counters.rows, 3U + 95 / 5);
}

TEST(Federation, UsageComesBackToTheLeadSourceOverTheRelay) {
  auto plan = test::zone({"a", "b", "c"}, {"a-b", "b-c"}, {contract("a.water")});
  grant(plan, "a-b", "a.water");
  grant(plan, "b-c", "a.water");
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  const auto out = run(plan, world, folder.path());
  const auto& a = party_of(out.parties, "a");
  const auto at_b = link_of(party_of(out.parties, "b"), "b-c");
  EXPECT_GT(at_b.counters.forwarded, 0U);
  // Reports at 60, 120, 180, 240 have arrived from both; those at 300 are under way.
  EXPECT_EQ(a.used_rows, (3U + 240 / 5 - 1) + (3U + 235 / 5));
  EXPECT_EQ(link_of(a, "a-b").counters.taken, 8U);
}

TEST(Federation, ACorrectionTakesEffectAtTheLeadSourceAndGoesOutAgain) {
  const auto plan = two();
  auto world = test::world(plan, 50);
  world.finds = [](std::string_view, const Row& row) -> std::optional<Finding> {
    if (row.entity != "e1" || row.version != 1) return std::nullopt;
    return Finding{0, "7", "the gauge says so"};
  };
  const test::TemporaryFolder folder;
  const auto log = test::network_at(folder.path());
  auto all = Federation::open(plan, world, test::options_at(folder.path()), *log).value();
  all.advance(60).value();
  const auto opened = all.states();
  EXPECT_EQ(link_of(party_of(opened, "a"), "a-b").counters.taken, 1U);
  EXPECT_EQ(link_of(party_of(opened, "b"), "a-b").counters.taken, 3U + 1 + 1);  // Step 50, too
}

TEST(Federation, ACorrectionThatBreaksTheContractIsRefused) {
  const auto plan = two();
  auto world = test::world(plan, 500);
  world.finds = [](std::string_view, const Row& row) -> std::optional<Finding> {
    if (row.version != 1) return std::nullopt;
    return row.entity == "e0" ? Finding{0, "100000", "too high"} : Finding{9, "1", "no such field"};
  };
  const test::TemporaryFolder folder;
  const auto log = test::network_at(folder.path());
  auto all = Federation::open(plan, world, test::options_at(folder.path()), *log).value();
  all.advance(30).value();
  const auto a = link_of(party_of(all.states(), "a"), "a-b");
  EXPECT_EQ(a.counters.invalid, 3U);
  EXPECT_EQ(a.counters.taken, 0U);
}

/// Restarted parties, also while the link is cut: all comes out as if nobody had been.
TEST(Federation, ARestartChangesNothing) {
  auto plan =
      test::zone({"a", "b", "c"}, {"a-b", "b-c", "c-a"}, {contract("a.water"), contract("c.air")});
  grant(plan, "a-b", "a.water");
  grant(plan, "b-c", "a.water");
  grant(plan, "c-a", "c.air").revoked = plan.epoch.at(210);
  plan.links[0].cuts = {{70, 170}};
  plan.links[1].loss = 0.2;
  const auto world = test::world(plan, 3);
  const test::TemporaryFolder plain, disturbed;
  const auto expected = run(plan, world, plain.path());
  const auto log = test::network_at(disturbed.path());
  auto all = Federation::open(plan, world, test::options_at(disturbed.path()), *log).value();
  for (const auto& [step, party] : {std::pair{31U, "b"},
                                    {90U, "a"},
                                    {91U, "a"},
                                    {130U, "b"},
                                    {171U, "a"},
                                    {185U, "c"},
                                    {211U, "a"},
                                    {290U, "b"}}) {
    all.advance(step).value();
    all.restart(party).value();
  }
  all.advance(plan.horizon_s).value();
  EXPECT_EQ(all.outcome_hash(), expected.hash);
  for (std::size_t i = 0; i < expected.parties.size(); ++i)
    EXPECT_EQ(all.states()[i].digest, expected.parties[i].digest) << expected.parties[i].name;
  EXPECT_FALSE(all.restart("nobody"));
}

/// All of them at once: another process goes on where this one ended.
TEST(Federation, AWholeRunGoesOnInAnotherProcess) {
  auto plan = two();
  plan.links[0].cuts = {{100, 150}};
  const auto world = test::world(plan, 4);
  const test::TemporaryFolder plain, stopped;
  const auto expected = run(plan, world, plain.path());
  for (const model::Step step : {1U, 59U, 60U, 61U, 125U, 299U}) {
    const auto log = test::network_at(stopped.path());
    auto all = Federation::open(plan, world, test::options_at(stopped.path()), *log).value();
    all.advance(step).value();
  }
  const auto out = run(plan, world, stopped.path());
  EXPECT_EQ(out.hash, expected.hash);
}

TEST(Federation, AnotherRunsFolderIsRefused) {
  const auto plan = two();
  const auto world = test::world(plan);
  const test::TemporaryFolder folder;
  (void)run(plan, world, folder.path());
  const auto log = test::network_at(folder.path());
  const auto other =
      Federation::open(plan, world, {folder.path(), "other", {network::Fsync::Kind::kOs}}, *log);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "CB-INPUT-STORE");
}

}  // namespace
}  // namespace citybrain::federation
