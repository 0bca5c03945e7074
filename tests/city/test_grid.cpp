#include <gtest/gtest.h>

#include <memory>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {
namespace {

GridSpec spec(std::uint32_t rows, std::uint32_t columns, std::uint32_t lanes) {
  GridSpec s;
  s.rows = rows;
  s.columns = columns;
  s.lanes = lanes;
  s.districts = 2;
  s.anchor = {120, 30};
  return s;
}

TEST(Grid, HasTheJunctionsRoadsAndSignalsOfItsSize) {
  const auto n = generate_grid(spec(3, 4, 3));
  ASSERT_TRUE(n) << n.error().text();
  std::size_t signals = 0;
  for (const auto& j : n->junctions) signals += j.signalised;
  EXPECT_EQ(signals, 12U);
  EXPECT_EQ(n->roads.size(), 62U);  // as Jinan's 3x4
  EXPECT_EQ(n->districts.size(), 2U);
  for (const auto& j : n->junctions)
    if (j.signalised) EXPECT_EQ(j.phases.size(), 8U);
}

TEST(Grid, NarrowStreetsShareLanes) {
  for (const std::uint32_t lanes : {1U, 2U, 4U}) {
    const auto n = generate_grid(spec(2, 2, lanes));
    ASSERT_TRUE(n) << n.error().text();
    const auto d = generate_demand(spec(2, 2, lanes), *n);
    ASSERT_TRUE(d) << d.error().text();
    for (std::size_t t = 0; t < d->size(); ++t) {
      const auto route = d->route(*n, t);
      for (std::size_t i = 0; i + 1 < route.size(); ++i)
        EXPECT_TRUE(n->find_movement(route[i], route[i + 1]).valid());
    }
  }
}

TEST(Grid, DemandIsKeyedBySeedAndInOrder) {
  auto s = spec(3, 3, 3);
  const auto n = generate_grid(s);
  const auto a = generate_demand(s, *n), b = generate_demand(s, *n);
  s.seed = 2;
  const auto c = generate_demand(s, *n);
  EXPECT_EQ(a->size(), 3000U);
  bool differs = false;
  for (std::size_t i = 0; i < a->size(); ++i) {
    EXPECT_EQ(a->trips()[i].depart_s(), b->trips()[i].depart_s());
    EXPECT_EQ(a->route(*n, i), b->route(*n, i));
    differs = differs || a->trips()[i].depart_s() != c->trips()[i].depart_s();
    if (i > 0) EXPECT_LE(a->trips()[i - 1].depart_s(), a->trips()[i].depart_s());
  }
  EXPECT_TRUE(differs);
}

TEST(Grid, ImpossibleOnesAreRefused) {
  EXPECT_FALSE(generate_grid(spec(0, 3, 3)));
  auto tight = spec(2, 2, 3);
  tight.block_m = 40;
  EXPECT_FALSE(generate_grid(tight));
}

/// Runs five minutes with phases in turn, 20 s each, and looks for vehicles in each other's place.
void expect_nobody_overlaps(const GridSpec& s) {
  const auto network = std::make_shared<const model::RoadNetwork>(std::move(*generate_grid(s)));
  auto city = std::move(*make_city(network, std::move(*generate_demand(s, *network)), {}));
  for (int t = 1; t <= 300; ++t) {
    for (std::uint32_t j = 0; t % 20 == 0 && j < network->junctions.size(); ++j) {
      const auto& phases = network->junctions[j].phases;
      if (network->junctions[j].signalised)
        city->apply({model::JunctionId{j},
                     phases[static_cast<std::size_t>(t / 20) % phases.size()].greens, 0})
            .value();
    }
    city->advance_to({t * 1000}).value();
    for (std::uint32_t l = 0; l < network->lanes.size(); ++l) {
      const auto seen = city->sensors().vehicles(model::LaneId{l});
      for (std::size_t i = 1; i < seen.size(); ++i)
        ASSERT_GT(seen[i].to_stop_line_m - seen[i - 1].to_stop_line_m, 4.9F) << "second " << t;
    }
  }
}

// Two ways met at the beginning of a street: the one behind came faster than it could brake for the
// one ahead, and drove into it in the seconds after.
TEST(Grid, NobodyDrivesIntoAnotherWhereWaysMerge) {
  GridSpec s = spec(1, 2, 1);
  s.block_m = 122;
  s.trips_per_hour = 5211;
  s.duration_s = 200;
  s.through_share = 0.6;
  s.seed = 473;
  expect_nobody_overlaps(s);
}

// Who changed lanes just behind a junction did not look at those about to leave it.
TEST(Grid, NobodyChangesLanesInFrontOfWhoLeavesTheJunction) {
  GridSpec s = spec(3, 2, 2);
  s.block_m = 99;
  s.trips_per_hour = 11259;
  s.duration_s = 200;
  s.through_share = 0.7;
  s.seed = 438;
  expect_nobody_overlaps(s);
}

}  // namespace
}  // namespace citybrain::city
