// Parking: nobody is lost, nothing is above its capacity, who finds it full searches on.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "tests/city/people_worlds.h"

namespace citybrain::city {
namespace {

using test::Watched;

RC_GTEST_PROP(Parking, OccupiedIsWhatCameLessWhatLeft, ()) {
  auto spec = test::small_city();
  spec.seed = *rc::gen::inRange<std::uint64_t>(1, 50);
  spec.parking_lots = *rc::gen::inRange(0U, 4U);
  spec.street_parking = *rc::gen::arbitrary<bool>();
  auto made = std::move(*generate_city(spec));
  for (auto& p : made.places)
    if (model::is_parking(p.kind)) p.capacity = *rc::gen::inRange(0U, 12U);
  const auto network = std::make_shared<const model::RoadNetwork>(std::move(made));
  DemandSpec d;
  d.trips_per_hour = *rc::gen::inRange(200, 1200);
  d.duration_s = 200;
  d.profiled = false;
  d.mean_trip_m = 1200;
  d.seed = spec.seed;
  Options o;
  o.parking.share = *rc::gen::inRange(1, 11) / 10.0;
  o.parking.occupied = *rc::gen::inRange(0, 11) / 10.0;
  o.parking.mean_stay_s = *rc::gen::inRange(60, 2000);
  o.parking.patience_s = *rc::gen::inRange(0, 400);
  if (*rc::gen::arbitrary<bool>()) o.navigation.share = 0.5;
  Watched run(network, *generate_trips(d, *network), o);
  std::vector<std::uint32_t> expected;
  for (const auto& p : run.city->sensors().parking()) expected.push_back(p.occupied);
  std::size_t came = 0;
  for (int s = 0; s < 350; ++s) {
    run.seconds(1);
    const auto states = run.city->sensors().parking();
    RC_ASSERT(states.size() == expected.size());
    for (std::size_t i = 0; i < states.size(); ++i) {
      const auto& p = states[i];
      expected[i] = expected[i] + p.came - p.left;
      came += p.came;
      RC_ASSERT(p.occupied == expected[i]);
      RC_ASSERT(p.occupied <= p.capacity);
      RC_ASSERT(p.capacity == network->places[p.place].capacity);
    }
  }
  RC_ASSERT(run.search_s.size() == came);
}

/// One street from west to east with a car park on its second and one on its third block, and a
/// way back.
class Street : public ::testing::Test {
 protected:
  void SetUp() override {
    CitySpec spec;
    spec.rows = 2;
    spec.columns = 4;
    spec.block_m = 400;
    spec.irregular = 0;
    spec.arterial_every = 0;
    made = std::move(*generate_city(spec));
    for (const char* name : {"gate-1_0>x0y0", "x0y0>x1y0", "x1y0>x2y0"})
      route.push_back(made.find_road(name));
    for (const auto r : route) ASSERT_TRUE(r.valid());
    options.parking.share = 1;
    options.parking.occupied = 0;
    options.parking.mean_stay_s = 1e6;
  }
  void lot(const char* road, std::uint32_t capacity) {
    const auto r = made.find_road(road);
    ASSERT_TRUE(r.valid());
    made.places.push_back({model::PlaceKind::kParkingLot, road, r, made[r].length_m / 2, capacity});
  }
  std::unique_ptr<Watched> start(int cars, double every_s = 20) {
    const auto network = std::make_shared<const model::RoadNetwork>(made);
    Demand demand;
    for (int i = 0; i < cars; ++i) EXPECT_TRUE(demand.add(*network, {i * every_s, {}, route}));
    demand.sort_by_departure();
    return std::make_unique<Watched>(network, std::move(demand), options);
  }
  static float mean(const std::vector<float>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0F) / static_cast<float>(v.size());
  }

  model::RoadNetwork made;
  std::vector<model::RoadId> route;
  Options options;
};

TEST_F(Street, WhereThereIsRoomNobodySearches) {
  lot("x1y0>x2y0", 50);
  const auto run = start(20);
  run->seconds(1500);
  EXPECT_EQ(run->finished, 20U);
  EXPECT_EQ(run->search_s.size(), 20U);
  EXPECT_EQ(mean(run->search_s), 0);
  EXPECT_EQ(run->city->sensors().parking()[0].occupied, 20U);
}

TEST_F(Street, WhoFindsItFullGoesToTheNext) {
  lot("x1y0>x2y0", 5);
  lot("x2y0>x3y0", 50);
  const auto run = start(20);
  run->seconds(2500);
  EXPECT_EQ(run->search_s.size(), 20U);
  EXPECT_EQ(std::count(run->search_s.begin(), run->search_s.end(), 0.0F), 5);
  EXPECT_GT(mean(run->search_s), 10);
  EXPECT_GT(run->most_searching, 0U);
  EXPECT_EQ(run->city->sensors().parking()[0].occupied, 5U);
  EXPECT_EQ(run->city->sensors().parking()[1].occupied, 15U);
}

TEST_F(Street, WhoIsToldGoesToTheOtherAtOnce) {
  lot("x2y0>x1y0", 3);  // the nearest to where they go
  lot("x2y0>x3y0", 50);
  route.pop_back();
  const auto untold = start(20), told = start(20);
  city_port::GuidanceActuation a;
  a.kind = city_port::GuidanceActuation::Kind::kLotFull;
  a.place = static_cast<std::uint32_t>(made.places.size() - 2);
  a.from = told->city->now();
  a.until = told->city->now() + 3'600'000;
  told->city->guide(a).value();
  untold->seconds(2500);
  told->seconds(2500);
  ASSERT_EQ(untold->search_s.size(), 20U);
  ASSERT_EQ(told->search_s.size(), 20U);
  EXPECT_GT(mean(untold->search_s), 0);
  EXPECT_EQ(mean(told->search_s), 0);
}

TEST_F(Street, WhoFindsNothingGivesUp) {
  lot("x1y0>x2y0", 2);
  lot("x2y0>x3y0", 2);
  options.parking.patience_s = 300;
  const auto run = start(10);
  run->seconds(3000);
  EXPECT_EQ(run->finished, 10U);
  EXPECT_EQ(run->search_s.size(), 4U);
  EXPECT_EQ(run->gave_up, 6U);
}

TEST_F(Street, WhoseTimeIsOverGoesBackWhereHeCameFrom) {
  lot("x1y0>x2y0", 50);
  options.parking.mean_stay_s = 120;
  const auto run = start(10);
  run->seconds(3000);
  EXPECT_EQ(run->created, 20U) << "each of them twice";
  EXPECT_EQ(run->finished, 20U);
  EXPECT_EQ(run->city->sensors().parking()[0].occupied, 0U);
}

TEST_F(Street, ThoseWhoStandThereAtTheStartLeaveOverTheDay) {
  lot("x1y0>x2y0", 200);
  options.parking.occupied = 0.5;
  options.parking.mean_stay_s = 3600;
  const auto run = start(0);
  const auto at_start = run->city->sensors().parking()[0].occupied;
  EXPECT_NEAR(at_start, 100, 30);
  run->seconds(3600);
  // Of stays that are going on, 1 - the mean over the hour of those left: 63% end within the mean.
  const auto left = at_start - run->city->sensors().parking()[0].occupied;
  EXPECT_NEAR(static_cast<double>(left) / at_start, 0.7, 0.15);
  EXPECT_GT(run->created, left * 9 / 10);
}

TEST_F(Street, WithoutParkingTripsEndOnTheirLastRoad) {
  lot("x1y0>x2y0", 50);
  options.parking.share = 0;
  const auto run = start(10);
  run->seconds(1500);
  EXPECT_EQ(run->finished, 10U);
  EXPECT_TRUE(run->search_s.empty());
  EXPECT_TRUE(run->city->sensors().parking().empty());
}

}  // namespace
}  // namespace citybrain::city
