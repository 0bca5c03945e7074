// What may not be in a plan, each said at its place; messages and contracts.
#include <gtest/gtest.h>

#include "hub/federation/messages.h"
#include "hub/federation/plan.h"
#include "tests/federation/zone.h"

namespace citybrain::federation {
namespace {

using test::contract;
using test::grant;
using In = Problem::In;

Plan three() {
  return test::zone({"a", "b", "c"}, {"a-b", "b-c", "c-b", "b-a"},
                    {contract("a.water"), contract("a.files", "not-shared"), contract("b.air")});
}

/// The only problem.
Problem only(const Plan& plan) {
  const auto all = problems(plan);
  EXPECT_EQ(all.size(), 1U);
  return all.empty() ? Problem{} : all.front();
}

TEST(Plan, ASoundOneHasNoProblem) {
  auto plan = three();
  plan.parties[0].level = Level::kProvince;
  plan.parties[1].parent = "a";
  grant(plan, "a-b", "a.water");
  grant(plan, "b-c", "a.water");
  EXPECT_TRUE(problems(plan).empty());
}

TEST(Plan, UnknownPartiesAreNamedWithTheNearest) {
  auto plan = test::zone({"qingpu", "wujiang"}, {"qingpu-wujiang"}, {});
  plan.links[0].to = "wujaing";
  const auto p = only(plan);
  EXPECT_EQ(p.in, In::kLink);
  EXPECT_EQ(p.field, "to");
  EXPECT_NE(p.mend.find("wujiang"), std::string::npos);
  plan.links[0].to = "wujiang";
  plan.parties[1].parent = "suzhou";
  EXPECT_EQ(only(plan).field, "parent");
}

TEST(Plan, AParentIsAbove) {
  auto plan = three();
  plan.parties[0].parent = "b";  // and b's is a: a circle is never above
  plan.parties[1].parent = "a";
  const auto all = problems(plan);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].in, In::kParty);
}

TEST(Plan, ALinkJoinsTwoPartiesOnce) {
  auto plan = three();
  plan.links[1].to = "b";
  const auto circular = only(plan);
  EXPECT_EQ(circular.index, 1U);
  EXPECT_NE(circular.what.find("circular"), std::string::npos);
  plan = three();
  plan.links[1].from = "a";
  plan.links[1].to = "b";
  EXPECT_EQ(only(plan).field, "to");
}

TEST(Plan, ACutEndsAfterItBegins) {
  auto plan = three();
  plan.links[2].cuts = {{10, 20}, {30, 30}};
  const auto p = only(plan);
  EXPECT_EQ(p.in, In::kCut);
  EXPECT_EQ(p.index, 2U);
  EXPECT_EQ(p.cut, 1U);
  EXPECT_EQ(p.field, "until");
}

TEST(Plan, AResourceHasAContract) {
  auto plan = three();
  grant(plan, "a-b", "a.watre");
  const auto p = only(plan);
  EXPECT_EQ(p.in, In::kGrant);
  EXPECT_EQ(p.field, "resources");
  EXPECT_NE(p.mend.find("a.water"), std::string::npos);
}

TEST(Plan, AGrantKeepsToItsScope) {
  auto plan = three();
  grant(plan, "a-b", "a.water").purpose = "advertising";
  auto p = only(plan);
  EXPECT_EQ(p.field, "purpose");
  EXPECT_NE(p.what.find("beyond its scope"), std::string::npos);

  plan = three();
  grant(plan, "a-b", "a.files");
  p = only(plan);
  EXPECT_EQ(p.field, "resources");
  EXPECT_NE(p.what.find("not shared"), std::string::npos);

  plan = three();
  grant(plan, "a-b", "a.water").until = *catalog::parse_date("2026-03-01");
  EXPECT_EQ(only(plan).field, "until");

  plan = three();
  grant(plan, "a-b", "a.water").revoked = plan.epoch.start - 1000;
  EXPECT_EQ(only(plan).field, "revoked");

  plan = three();
  grant(plan, "a-b", "a.water", 400LL * 86'400);  // beyond the calendar
  EXPECT_EQ(only(plan).field, "from");
}

TEST(Plan, NobodyPassesOnWhatItDoesNotHave) {
  auto plan = three();
  grant(plan, "b-c", "a.water");
  EXPECT_NE(only(plan).what.find("cannot pass it on"), std::string::npos);

  plan = three();
  grant(plan, "a-b", "a.water").until = *catalog::parse_date("2026-06-30");
  grant(plan, "b-c", "a.water");
  const auto p = only(plan);
  EXPECT_EQ(p.index, 1U);
  EXPECT_EQ(p.field, "until");
}

TEST(Plan, NothingGoesInACircle) {
  auto plan = three();
  grant(plan, "a-b", "a.water");
  grant(plan, "b-c", "a.water");
  grant(plan, "c-b", "a.water");
  EXPECT_NE(only(plan).what.find("circular"), std::string::npos);
  plan = three();
  grant(plan, "a-b", "a.water");
  grant(plan, "b-a", "a.water");
  EXPECT_NE(only(plan).what.find("circular"), std::string::npos);
}

TEST(Plan, EventsAreThoseOfTheLaw) {
  auto plan = three();
  grant(plan, "a-b", "a.water").revoked = plan.epoch.at(10);
  EXPECT_EQ(events_of(plan).size(), 7U);
  plan.law = catalog::Law::load(test::kSchemas / "laws/unconditional.yaml").value();
  EXPECT_EQ(events_of(plan).size(), 4U);  // draft, file, use, revoke
  EXPECT_TRUE(problems(plan).empty());
  plan.law = catalog::Law::load(test::kSchemas / "laws/refusal.yaml").value();
  EXPECT_EQ(events_of(plan).size(), 2U);
}

TEST(Messages, BytesAndBack) {
  const Shipment s{"a-b", 7, 1000, {{"a.water", "e", 3, 900, {"1", ""}}}, 2};
  const auto back = decode_shipment(encode(s));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->rows, s.rows);
  EXPECT_EQ(back->sequence, 7U);
  EXPECT_EQ(back->withheld, 2U);
  EXPECT_FALSE(decode_shipment("\xff\xff"));
  EXPECT_FALSE(decode_shipment(encode(Shipment{"a-b", 0, 0, {}, 0})));
  const Returns r{"a-b", 2, 5, {{"a.water", "e", 3, 1, "x", "b", "why"}}, {{"a.water", "b", 4, 9}}};
  const auto returns = decode_returns(encode(r));
  ASSERT_TRUE(returns);
  EXPECT_EQ(returns->corrections[0].value, "x");
  EXPECT_EQ(returns->usages[0].rows, 4U);
  EXPECT_EQ(decode_ack(encode(Ack{"a-b", 9}))->sequence, 9U);
}

TEST(Messages, RowsAreHeldAgainstTheirContract) {
  const auto c = contract("a.water");
  const auto says = [&](std::vector<std::string> values, std::string entity = "e") {
    return breach(c, {"a.water", std::move(entity), 1, 0, std::move(values)});
  };
  EXPECT_FALSE(says({"10", ""}));
  EXPECT_TRUE(says({"10"}));
  EXPECT_TRUE(says({"", "n"}));
  EXPECT_TRUE(says({"1.5", "n"}));
  EXPECT_TRUE(says({"1001", "n"}));
  EXPECT_TRUE(says({"-1", "n"}));
  EXPECT_TRUE(says({"10", "n"}, ""));
  EXPECT_TRUE(says({"10", "n"}, std::string("e\0x", 3)));
}

}  // namespace
}  // namespace citybrain::federation
