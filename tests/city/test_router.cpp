// Shortest routes: A* and trees agree with each other and with the route's own cost.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "scenarios/city/router.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {
namespace {

RC_GTEST_PROP(Router, RoutesAndTreesAgree, ()) {
  static const auto network = *generate_city([] {
    CitySpec s;
    s.rows = 5;
    s.columns = 6;
    s.local_share = 0.4;
    return s;
  }());
  const Router router(network, {20, 5});
  std::vector<float> cost;
  for (const auto& r : network.roads)
    cost.push_back(static_cast<float>(r.length_m / network[r.first_lane].speed_limit_mps) +
                   static_cast<float>(*rc::gen::inRange(0, 60)));
  const auto road = [&] {
    return model::RoadId{
        static_cast<std::uint32_t>(*rc::gen::inRange<std::size_t>(0, network.roads.size()))};
  };
  const auto from = road(), to = road();
  Router::Search search;
  Router::Tree tree;
  router.tree_to(to, cost, tree);
  std::vector<std::uint8_t> by_tree, by_route;
  const bool leads = router.follow(tree, from, by_tree);
  RC_ASSERT(router.route(from, to, cost, search, by_route) == leads);
  if (!leads) return;
  const auto cost_of = [&](const std::vector<std::uint8_t>& turns) {
    auto at = from;
    float sum = cost[at.value];
    for (const auto t : turns) {
      const auto& m = network[network[at].movements[t]];
      sum += m.turn == model::Turn::kStraight ? 0.0F : m.turn == model::Turn::kRight ? 5.0F : 20.0F;
      at = m.to;
      sum += cost[at.value];
    }
    RC_ASSERT(at == to);
    return sum;
  };
  RC_ASSERT(std::abs(cost_of(by_tree) - tree.cost[from.value]) < 0.1F);
  RC_ASSERT(std::abs(cost_of(by_tree) - cost_of(by_route)) < 0.1F);
}

}  // namespace
}  // namespace citybrain::city
