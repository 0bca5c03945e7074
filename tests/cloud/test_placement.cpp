// place(): what never happens, that a placement is found when there is one, and that little moves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>

#include "hub/cloud/placement.h"

namespace citybrain::cloud {
namespace {

using catalog::DataClass;
using testing::HasSubstr;

constexpr ClassSet kOpen = {DataClass::kPublic};
constexpr ClassSet kInside = {DataClass::kPublic, DataClass::kInternal};
constexpr ClassSet kSecret = {DataClass::kInternal, DataClass::kSensitivePersonal};

Node node(const std::string& name, Cloud cloud, std::uint32_t room, ClassSet holds,
          const std::string& zone = "") {
  return {{name}, cloud, {room}, holds, zone};
}
Partition partition(const std::string& name, std::uint32_t load, ClassSet classes) {
  return {{name}, {load}, classes, {}};
}
Node government(const std::string& name, std::uint32_t room, const std::string& zone = "") {
  return node(name, Cloud::kGovernment, room, ClassSet::all(), zone);
}

std::string owner(const Placement& p, const std::string& name) {
  const auto* n = p.owner(name);
  return n == nullptr ? "nobody" : n->text;
}

TEST(Placement, SensitivePartitionsGoToTheGovernmentCloudOnly) {
  const std::vector<Node> nodes = {government("gov", 2),
                                   node("com", Cloud::kCommercial, 10, kInside),
                                   node("civ", Cloud::kCivilian, 10, kOpen)};
  const std::vector<Partition> all = {partition("a", 1, kSecret), partition("b", 1, kInside),
                                      partition("c", 1, kOpen), partition("d", 1, kSecret)};
  const auto p = place(nodes, all, {});
  ASSERT_TRUE(p) << p.error().text();
  EXPECT_EQ(owner(*p, "a"), "gov");
  EXPECT_EQ(owner(*p, "d"), "gov");
  EXPECT_EQ(owner(*p, "b"), "com");
  EXPECT_EQ(owner(*p, "c"), "civ");
  EXPECT_EQ(p->owner("e"), nullptr);
}

TEST(Placement, ForbiddenEverywhereIsAnErrorThatNamesThePartitionAndWhy) {
  const std::vector<Node> nodes = {node("com", Cloud::kCommercial, 10, kInside),
                                   node("civ", Cloud::kCivilian, 10, kOpen)};
  const auto p = place(nodes, std::vector{partition("west", 3, kSecret)}, {});
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, "CB-CLOUD-CLASS");
  EXPECT_EQ(p.error().where, "west");
  EXPECT_THAT(p.error().what, HasSubstr("com (commercial: may not hold sensitive-personal)"));
  EXPECT_THAT(p.error().what, HasSubstr("internal, sensitive-personal"));
  EXPECT_THAT(p.error().mend, HasSubstr("government cloud"));
}

TEST(Placement, TooLittleRoomNamesWhoCompetesAndForWhat) {
  const std::vector<Node> nodes = {government("gov", 4),
                                   node("com", Cloud::kCommercial, 100, kInside)};
  const std::vector<Partition> all = {partition("a", 3, kSecret), partition("b", 3, kSecret),
                                      partition("c", 3, kInside)};
  const auto p = place(nodes, all, {});
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, "CB-CLOUD-ROOM");
  EXPECT_EQ(p.error().where, "a");
  EXPECT_THAT(p.error().what, HasSubstr("a, b have a load of 6"));
  EXPECT_THAT(p.error().what, HasSubstr("gov (4)"));
  EXPECT_THAT(p.error().what, testing::Not(HasSubstr("com")));
  EXPECT_THAT(p.error().mend, HasSubstr("room for 2 more"));
  const auto large = place(nodes, std::vector{partition("x", 5, kSecret)}, {});
  ASSERT_FALSE(large);
  EXPECT_EQ(large.error().code, "CB-CLOUD-ROOM");
  EXPECT_THAT(large.error().what, HasSubstr("gov (has room for 4)"));
}

TEST(Placement, WholePartitionsThatFitOnlyInPiecesAreRefused) {
  const std::vector<Node> nodes = {government("g1", 3), government("g2", 3)};
  const std::vector<Partition> all = {partition("a", 2, kSecret), partition("b", 2, kSecret),
                                      partition("c", 2, kSecret)};
  const auto p = place(nodes, all, {});
  ASSERT_FALSE(p);
  EXPECT_EQ(p.error().code, "CB-CLOUD-ROOM");
  const std::vector<Partition> uneven = {partition("a", 2, kSecret), partition("b", 3, kSecret),
                                         partition("c", 1, kSecret)};
  EXPECT_TRUE(place(nodes, uneven, {}));
  const std::vector<Partition> pieces = {partition("a", 4, kSecret), partition("b", 3, kSecret),
                                         partition("c", 3, kSecret)};
  const auto q = place(std::vector{government("g1", 5), government("g2", 5)}, pieces, {});
  ASSERT_FALSE(q);
  EXPECT_THAT(q.error().what, HasSubstr("in pieces"));
}

TEST(Placement, WrongArgumentsAreRefused) {
  const std::vector<Node> nodes = {government("g", 3)};
  EXPECT_EQ(place({}, {}, {}).error().code, "CB-INPUT-CLOUDS");
  EXPECT_EQ(place(std::vector{nodes[0], nodes[0]}, {}, {}).error().where, "g");
  const auto a = partition("a", 1, kOpen);
  EXPECT_EQ(place(nodes, std::vector{a, a}, {}).error().where, "a");
  EXPECT_EQ(place(nodes, std::vector{partition("z", 0, kOpen)}, {}).error().where, "z");
  EXPECT_TRUE(place(nodes, {}, {}));
}

TEST(Placement, GreedyWouldMissIt) {
  // a may be anywhere and comes first by name; only b must not be on g1
  const std::vector<Node> nodes = {node("c1", Cloud::kCommercial, 1, kInside), government("g1", 1)};
  const auto p =
      place(nodes, std::vector{partition("a", 1, kOpen), partition("b", 1, kSecret)}, {});
  ASSERT_TRUE(p);
  EXPECT_EQ(owner(*p, "a"), "c1");
  EXPECT_EQ(owner(*p, "b"), "g1");
}

TEST(Placement, ZonesShareTheLoad) {
  const std::vector<Node> nodes = {government("g1", 8, "east"), government("g2", 8, "east"),
                                   government("g3", 8, "west"), government("g4", 8, "west")};
  const auto p = place(nodes, std::vector{partition("a", 1, kOpen), partition("b", 1, kOpen)}, {});
  ASSERT_TRUE(p);
  EXPECT_EQ(owner(*p, "a") < "g3", owner(*p, "b") > "g2");
}

TEST(Placement, AServiceThatMustChangeItsCloudMoves) {
  const std::vector<Node> nodes = {government("g1", 8), node("c1", Cloud::kCommercial, 8, kInside)};
  auto service = partition("registry", 1, kOpen);
  service.clouds = {Cloud::kCommercial};
  const auto before = place(nodes, std::vector{service}, {});
  ASSERT_TRUE(before);
  EXPECT_EQ(owner(*before, "registry"), "c1");
  service.clouds = {Cloud::kGovernment};
  const auto after = place(nodes, std::vector{service}, *before);
  ASSERT_TRUE(after);
  EXPECT_EQ(moves(*before, *after), (std::vector<Move>{{{"registry"}, {"c1"}, {"g1"}}}));
}

/// ---- properties ----

struct Case {
  std::vector<Node> nodes;
  std::vector<Partition> partitions;
};

ClassSet some_classes() {
  ClassSet out;
  for (const auto c : catalog::kDataClasses)
    if (*rc::gen::inRange(0, 3) == 0) out.add(c);
  return out;
}

Node some_node(std::size_t i) {
  auto n = government("n" + std::to_string(i), *rc::gen::inRange<std::uint32_t>(0, 12),
                      *rc::gen::element<std::string>("", "east", "west"));
  n.cloud = *rc::gen::element(Cloud::kGovernment, Cloud::kCommercial, Cloud::kCivilian);
  if (n.cloud != Cloud::kGovernment) n.holds = some_classes();
  return n;
}

Case some_case(std::uint32_t most_load, std::size_t most_nodes, std::size_t most_partitions) {
  Case c;
  const auto nodes = *rc::gen::inRange<std::size_t>(1, most_nodes + 1);
  for (std::size_t i = 0; i < nodes; ++i) c.nodes.push_back(some_node(i));
  const auto partitions = *rc::gen::inRange<std::size_t>(0, most_partitions + 1);
  for (std::size_t i = 0; i < partitions; ++i)
    c.partitions.push_back(partition("p" + std::to_string(i),
                                     *rc::gen::inRange<std::uint32_t>(1, most_load + 1),
                                     some_classes()));
  return c;
}

/// Every way to place, by trial: the least load that has to move, or nothing when there is no way.
std::optional<std::uint64_t> by_trial(const Case& c, const Placement& previous) {
  std::vector<std::uint64_t> room;
  for (const auto& n : c.nodes) room.push_back(n.room.value);
  std::optional<std::uint64_t> best;
  const auto home_lives = [&](const NodeName* home) {
    return home != nullptr && std::any_of(c.nodes.begin(), c.nodes.end(),
                                          [&](const Node& n) { return n.name == *home; });
  };
  const std::function<void(std::size_t, std::uint64_t)> put = [&](std::size_t i,
                                                                  std::uint64_t moved) {
    if (best && moved >= *best) return;
    if (i == c.partitions.size()) {
      best = moved;
      return;
    }
    const auto& p = c.partitions[i];
    const auto* home = previous.owner(p.name.text);
    for (std::size_t n = 0; n < c.nodes.size(); ++n) {
      if (room[n] < p.load.value || !c.nodes[n].holds.covers(p.classes)) continue;
      room[n] -= p.load.value;
      put(i + 1, moved + (home_lives(home) && *home != c.nodes[n].name ? p.load.value : 0));
      room[n] += p.load.value;
    }
  };
  put(0, 0);
  return best;
}

std::uint64_t moved_load(const Case& c, const Placement& before, const Placement& after) {
  std::uint64_t out = 0;
  for (const auto& m : moves(before, after)) {
    const bool lives = std::any_of(c.nodes.begin(), c.nodes.end(),
                                   [&](const Node& n) { return n.name == m.from; });
    for (const auto& p : c.partitions)
      if (p.name == m.partition && lives) out += p.load.value;
  }
  return out;
}

void assert_rules(const Case& c, const Placement& p) {
  RC_ASSERT(p.seats.size() == c.partitions.size());
  std::map<std::string, std::uint64_t> used;
  for (const auto& part : c.partitions) {
    const auto* at = p.owner(part.name.text);
    RC_ASSERT(at != nullptr);
    const auto n =
        std::find_if(c.nodes.begin(), c.nodes.end(), [&](const Node& x) { return x.name == *at; });
    RC_ASSERT(n != c.nodes.end());
    RC_ASSERT(n->holds.covers(part.classes));
    used[at->text] += part.load.value;
  }
  for (const auto& n : c.nodes) RC_ASSERT(used[n.name.text] <= n.room.value);
}

bool holds(const std::function<void()>& property) { return rc::check("", property); }

TEST(PlacementProperty, ItBreaksNoRuleAndIsFoundIfThereIsOne) {
  EXPECT_TRUE(holds([] {
    const auto c = some_case(*rc::gen::element<std::uint32_t>(1, 4), 4, 7);
    const auto p = place(c.nodes, c.partitions, {});
    const auto possible = by_trial(c, {});
    RC_ASSERT(static_cast<bool>(p) == possible.has_value());
    if (p) {
      assert_rules(c, *p);
    } else {
      RC_ASSERT(p.error().code == "CB-CLOUD-CLASS" || p.error().code == "CB-CLOUD-ROOM");
      RC_ASSERT(p.error().where.starts_with("p"));
    }
  }));
}

TEST(PlacementProperty, TheOrderOfTheInputDoesNotMatter) {
  EXPECT_TRUE(holds([] {
    auto c = some_case(4, 5, 9);
    const auto p = place(c.nodes, c.partitions, {});
    std::mt19937 order(*rc::gen::arbitrary<std::uint32_t>());
    std::shuffle(c.nodes.begin(), c.nodes.end(), order);
    std::shuffle(c.partitions.begin(), c.partitions.end(), order);
    const auto q = place(c.nodes, c.partitions, {});
    RC_ASSERT(static_cast<bool>(p) == static_cast<bool>(q));
    if (p) RC_ASSERT(*p == *q);
    if (!p) RC_ASSERT(p.error().text() == q.error().text());
  }));
}

TEST(PlacementProperty, WhenANodeIsLostTheLeastThereIsMoves) {
  EXPECT_TRUE(holds([] {
    auto c = some_case(*rc::gen::element<std::uint32_t>(1, 3), 4, 7);
    c.nodes.push_back(government("gov", *rc::gen::inRange<std::uint32_t>(3, 25)));
    const auto before = place(c.nodes, c.partitions, {});
    RC_PRE(static_cast<bool>(before));
    c.nodes.erase(c.nodes.begin() + *rc::gen::inRange<std::ptrdiff_t>(
                                        0, static_cast<std::ptrdiff_t>(c.nodes.size())));
    const auto after = place(c.nodes, c.partitions, *before);
    const auto least = by_trial(c, *before);
    RC_ASSERT(static_cast<bool>(after) == least.has_value());
    if (!after) return;
    assert_rules(c, *after);
    RC_ASSERT(moved_load(c, *before, *after) == *least);
  }));
}

TEST(PlacementProperty, WhenANodeJoinsThingsMoveToItOnly) {
  EXPECT_TRUE(holds([] {
    auto c = some_case(3, 3, 9);
    c.nodes.push_back(government("gov", *rc::gen::inRange<std::uint32_t>(3, 30)));
    const auto before = place(c.nodes, c.partitions, {});
    RC_PRE(static_cast<bool>(before));
    c.nodes.push_back(government("new", *rc::gen::inRange<std::uint32_t>(1, 20)));
    const auto after = place(c.nodes, c.partitions, *before);
    RC_ASSERT(static_cast<bool>(after));
    assert_rules(c, *after);
    for (const auto& m : moves(*before, *after)) RC_ASSERT(m.to.text == "new");
    const auto again = place(c.nodes, c.partitions, *after);
    RC_ASSERT(*again == *after);  // and then it is at rest
  }));
}

TEST(PlacementProperty, EqualNodesAreUsedEvenly) {
  EXPECT_TRUE(holds([] {
    const auto nodes = *rc::gen::inRange<std::size_t>(1, 9);
    const auto count = *rc::gen::inRange<std::size_t>(0, 40);
    Case c;
    for (std::size_t i = 0; i < nodes; ++i)
      c.nodes.push_back(government("n" + std::to_string(i), 40));
    for (std::size_t i = 0; i < count; ++i)
      c.partitions.push_back(partition("p" + std::to_string(i), 1, kSecret));
    const auto p = place(c.nodes, c.partitions, {});
    RC_ASSERT(static_cast<bool>(p));
    std::map<std::string, std::size_t> used;
    for (const auto& s : p->seats) ++used[s.node.text];
    for (const auto& n : c.nodes) {
      RC_ASSERT(used[n.name.text] >= count / nodes);
      RC_ASSERT(used[n.name.text] <= (count + nodes - 1) / nodes);
    }
    // A newcomer gets its share.
    c.nodes.push_back(government("new", 40));
    const auto q = place(c.nodes, c.partitions, *p);
    RC_ASSERT(static_cast<bool>(q));
    RC_ASSERT(moves(*p, *q).size() == count / (nodes + 1));
  }));
}

TEST(Placement, ManyPartitionsOnManyNodesAreNoMatter) {
  std::vector<Node> nodes;
  std::vector<Partition> all;
  for (int i = 0; i < 64; ++i) nodes.push_back(government("n" + std::to_string(i), 400));
  for (int i = 0; i < 64; ++i)
    all.push_back(
        partition("p" + std::to_string(i), 100 + 7 * static_cast<unsigned>(i % 13), kSecret));
  const auto p = place(nodes, all, {});
  ASSERT_TRUE(p) << p.error().text();
  nodes.erase(nodes.begin() + 5);
  const auto q = place(nodes, all, *p);
  ASSERT_TRUE(q);
  EXPECT_EQ(moves(*p, *q).size(), 1U);
}

}  // namespace
}  // namespace citybrain::cloud
