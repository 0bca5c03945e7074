// A ring that locks up is found, with its place and time; queues, breakdowns and reds are not.
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>

#include "scenarios/city/city.h"
#include "scenarios/city/sources.h"

namespace citybrain::city {
namespace {

/// Four signals around one block.
std::shared_ptr<const model::RoadNetwork> block() {
  GridSpec spec;
  spec.rows = spec.columns = 2;
  spec.lanes = 1;
  spec.block_m = 150;
  return std::make_shared<const model::RoadNetwork>(std::move(*generate_grid(spec)));
}

model::RoadId road_between(const model::RoadNetwork& n, const char* from, const char* to) {
  for (std::uint32_t r = 0; r < n.roads.size(); ++r)
    if (n[n.roads[r].from].name == from && n[n.roads[r].to].name == to) return model::RoadId{r};
  ADD_FAILURE() << from << " " << to;
  return {};
}

/// Around the block, counter-clockwise.
std::vector<model::RoadId> ring(const model::RoadNetwork& n) {
  return {road_between(n, "intersection_1_1", "intersection_2_1"),
          road_between(n, "intersection_2_1", "intersection_2_2"),
          road_between(n, "intersection_2_2", "intersection_1_2"),
          road_between(n, "intersection_1_2", "intersection_1_1")};
}

/// So many vehicles begin on each road of the ring and drive around it `rounds` times.
Demand around(const model::RoadNetwork& n, int vehicles, int rounds, double every_s) {
  Demand demand;
  const auto roads = ring(n);
  for (int i = 0; i < vehicles; ++i)
    for (std::size_t first = 0; first < 4; ++first) {
      TripSpec trip;
      trip.depart_s = i * every_s;
      for (int k = 0; k < 4 * rounds; ++k)
        trip.route.push_back(roads[(first + static_cast<std::size_t>(k)) % 4]);
      demand.add(n, trip).value();
    }
  demand.sort_by_departure();
  return demand;
}

struct Looks {
  std::uint32_t looks = 0, first_s = 0, standing_at_green = 0;
  std::vector<TruthStep::Jam> last;
};

Looks drive(std::shared_ptr<const model::RoadNetwork> network, Demand demand, int seconds,
            std::vector<Disturbance> disturbances = {}) {
  Options options;
  options.own_plan_after_s = 1;
  options.disturbances = std::move(disturbances);
  auto city = std::move(*make_city(std::move(network), std::move(demand), options));
  Looks out;
  for (int t = 1; t <= seconds; ++t) {
    city->advance_to({std::int64_t{t} * 1000}).value();
    const auto& truth = city::truth(*city);
    EXPECT_EQ(truth.looked_for_jams, t % 60 == 0);
    if (!truth.looked_for_jams) continue;
    ++out.looks;
    out.last = truth.jams;
    out.standing_at_green = std::max(out.standing_at_green, truth.standing_at_green);  // the most
    if (out.first_s == 0 && !truth.jams.empty()) out.first_s = truth.step;
  }
  return out;
}

TEST(Gridlock, ARingThatWaitsForItselfIsFound) {
  const auto network = block();
  const auto looks = drive(network, around(*network, 60, 6, 2), 1200);
  ASSERT_EQ(looks.last.size(), 1U);
  const auto& jam = looks.last.front();
  EXPECT_EQ(jam.number, 0U) << "it is one jam, from look to look";
  std::vector<std::uint32_t> expected;
  for (const auto r : ring(*network)) expected.push_back((*network)[r].first_lane.value);
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(jam.lanes, expected);
  EXPECT_EQ(jam.junctions.size(), 4U);
  // 150 m of road less the junctions hold 15 to 20 cars, each 5 m and its gap of 2.5 m.
  EXPECT_GE(jam.vehicles, 4U * 14);
  EXPECT_LE(jam.vehicles, 4U * 22);
  EXPECT_GE(jam.began_s, 60U);
  EXPECT_LE(jam.began_s + 180, looks.first_s);
  EXPECT_LE(looks.first_s, 600U);
  EXPECT_GT(looks.standing_at_green, 0U) << "somebody of the four has green";
}

TEST(Gridlock, TheSameRingWithFewerVehiclesHasNone) {
  const auto network = block();
  const auto looks = drive(network, around(*network, 4, 6, 30), 1200);
  EXPECT_EQ(looks.looks, 20U);
  EXPECT_EQ(looks.first_s, 0U);
  EXPECT_EQ(looks.standing_at_green, 0U);
}

TEST(Gridlock, ABreakdownWithAQueueBehindItIsNone) {
  const auto network = block();
  const auto roads = ring(*network);
  Demand demand;
  for (int i = 0; i < 60; ++i) {
    TripSpec trip;
    trip.depart_s = i * 5;
    trip.route = {roads[0], roads[1], roads[2]};
    demand.add(*network, trip).value();
  }
  Disturbance d;
  d.kind = CityEvent::Kind::kIncident;
  d.from_s = 60;
  d.until_s = 3000;
  d.lanes = {(*network)[roads[1]].first_lane};
  d.at_m = 40;
  const auto looks = drive(network, std::move(demand), 1200, {d});
  EXPECT_EQ(looks.first_s, 0U);
  EXPECT_GT(looks.standing_at_green, 0U) << "the road before it is full, and its head has green";
}

TEST(Gridlock, AnHourOfAHealthyCityHasNone) {
  GridSpec spec;
  spec.trips_per_hour = 3000;
  const auto network = std::make_shared<const model::RoadNetwork>(std::move(*generate_grid(spec)));
  const auto looks = drive(network, *generate_demand(spec, *network), 3600);
  EXPECT_EQ(looks.first_s, 0U);
  EXPECT_EQ(looks.standing_at_green, 0U);
}

}  // namespace
}  // namespace citybrain::city
