// One suite over both cities, and what is SUMO's own: lights, truth, death, several at a time.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>

#include <cerrno>
#include <regex>

#include "scenarios/sumo_city/lights.h"
#include "scenarios/sumo_city/sumo_city.h"
#include "scenarios/sumo_city/travellers.h"
#include "tests/city/sumo_worlds.h"
#include "tests/sumo/city_conformance.h"
#include "tests/sumo/sumo_world.h"

namespace citybrain::sumo_city {
namespace {

constexpr model::EventTime kStart{1'772'407'800'000};

Options options_of(const test::SumoWorld& world, std::int32_t seed = 1) {
  Options o;
  o.setup.net = world.net;
  o.setup.routes = {world.routes};
  o.setup.seed = seed;
  o.setup.teleport_after_s = 0;
  o.start = kStart;
  return o;
}

std::unique_ptr<city_port::City> sumo(const test::SumoWorld& world, const Options& options) {
  auto made = make_city(world.network, world.names, options);
  EXPECT_TRUE(made) << made.error().text();
  return made ? std::move(*made) : nullptr;
}

/// Everything that a run of so many seconds says of itself.
std::string story(city_port::City& city, std::uint32_t seconds) {
  std::string out;
  for (std::uint32_t s = 1; s <= seconds; ++s) {
    EXPECT_TRUE(city.advance_to(kStart + s * 1000));
    for (std::uint32_t l = 0; l < city.network().lanes.size(); ++l)
      for (const auto& v : city.sensors().vehicles(model::LaneId{l}))
        out += std::to_string(v.vehicle.value) + "@" + std::to_string(v.to_stop_line_m) + " ";
    out += "\n";
  }
  return out;
}

TEST(CityConformance, OfOurOwnCity) {
  city::GridSpec spec;
  spec.rows = 2;
  spec.columns = 3;
  spec.trips_per_hour = 1800;
  const auto network =
      std::make_shared<const model::RoadNetwork>(std::move(*city::generate_grid(spec)));
  city::Options o;
  o.start = kStart;
  auto city = city::make_city(network, *city::generate_demand(spec, *network), o);
  ASSERT_TRUE(city);
  test::CityConformance(**city).run(300);
}

TEST(CityConformance, OfSumo) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  auto city = sumo(world, options_of(world));
  ASSERT_NE(city, nullptr);
  test::CityConformance(*city).run(300);
  EXPECT_TRUE(city::truth_source(*city).remarks().empty()) << "collisions or teleports";
}

TEST(SumoLights, LettersComeFromTheFileAndSayWhoGivesWay) {
  auto both = test::read_names(test::sumo_net());
  ASSERT_TRUE(both);
  ASSERT_EQ(both->names.lights.size(), 1U);
  both->names.lights[0].states = {"GgrG", "yyrr", "rrGr", "rryr"};
  both->names.lights[0].links.resize(4);  // the last one is nothing that cars use
  Lights lights(both->network, both->names);
  const auto j = both->network.find_junction("J");
  ASSERT_TRUE(lights.show(j, 0b01, 0));
  EXPECT_EQ(lights.changed(), std::vector<std::size_t>{0});
  EXPECT_EQ(lights.state(0), "GgrG");
  EXPECT_TRUE(lights.changed().empty());
  lights.show(j, 0, 0b01);
  lights.changed();
  EXPECT_EQ(lights.state(0), "yyry");
  lights.show(j, 0, 0);
  lights.changed();
  EXPECT_EQ(lights.state(0), "rrrr");
  lights.show(j, 0b10, 0);
  lights.changed();
  EXPECT_EQ(lights.state(0), "rrGr");
  lights.show(j, 0b11, 0);  // the file never shows both: nobody has priority
  lights.changed();
  EXPECT_EQ(lights.state(0), "gggr");
  lights.saw(0, "GgrG");
  EXPECT_EQ(lights.greens(j), 0b01U);
}

/// Telling SUMO what its own plan shows gives its own letters, also those of who gives way.
void reproduces_its_plan(const model::RoadNetwork& network, const city::SumoNames& names) {
  for (const auto& light : names.lights) {
    Lights lights(network, names);
    const auto all = lights.names();
    const auto at = std::find(all.begin(), all.end(), light.name);
    if (at == all.end()) continue;
    for (int round = 0; round < 2; ++round)
      for (const auto& state : light.states) {
        std::map<std::uint32_t, std::pair<model::GroupSet, model::GroupSet>> shown;
        for (std::size_t i = 0; i < state.size(); ++i) {
          if (!light.links[i].junction.valid()) continue;
          auto& [greens, yellows] = shown[light.links[i].junction.value];
          const auto bit = model::GroupSet{1} << light.links[i].group;
          if (state[i] == 'G' || state[i] == 'g') greens |= bit;
          if (state[i] == 'y') yellows |= bit;
        }
        for (const auto& [j, s] : shown)
          lights.show(model::JunctionId{j}, s.first, s.second & ~s.first);
        lights.changed();
        if (round > 0)
          EXPECT_EQ(lights.state(static_cast<std::size_t>(at - all.begin())), state) << light.name;
      }
  }
}

TEST(SumoLights, ToldItsOwnPlanALightShowsIt) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  ASSERT_FALSE(world.names->lights.empty());
  reproduces_its_plan(*world.network, *world.names);
  if (const char* more = std::getenv("CITYBRAIN_TEST_NET"); more != nullptr) {
    const auto both = test::read_names(test::read(more), more);
    ASSERT_TRUE(both) << both.error().text();
    reproduces_its_plan(both->network, both->names);
  }
}

TEST(SumoCity, LanesHaveSumosNames) {
  const auto both = test::read_names(test::sumo_net());
  ASSERT_TRUE(both);
  EXPECT_EQ(both->names.lanes, (std::vector<std::string>{"we_1", "we_0", "je_0", "nj_1"}));
  EXPECT_EQ(both->names.lane_length_m.size(), 4U);
}

TEST(SumoCity, RolesComeFromClasses) {
  EXPECT_EQ(role_of("emergency"), city_port::Role::kAmbulance);
  EXPECT_EQ(role_of("authority"), city_port::Role::kPolice);
  EXPECT_EQ(role_of("bus"), city_port::Role::kBus);
  EXPECT_EQ(role_of("taxi"), city_port::Role::kTaxi);
  EXPECT_EQ(role_of("truck"), city_port::Role::kTruck);
  EXPECT_EQ(role_of("passenger"), city_port::Role::kCar);
}

TEST(SumoCity, TheFirstDepartureIsTheStart) {
  EXPECT_EQ(
      *city::sumo_first_minute(
          R"(<routes><vType id="a"/><trip id="t" depart="7325.5"/><flow id="f" begin="7400"/></routes>)",
          "x"),
      7320);
  EXPECT_EQ(*city::sumo_first_minute(R"(<routes><vehicle depart="triggered"/></routes>)", "x"), 0);
  EXPECT_FALSE(city::sumo_first_minute("<net/>", "x"));
  EXPECT_FALSE(city::sumo_first_minute("\x1f\x8b", "x"));
}

TEST(SumoCity, ASeedIsARun) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  const auto run = [&](std::int32_t seed) {
    const auto city = sumo(world, options_of(world, seed));
    return story(*city, 90);
  };
  const auto first = run(1);
  EXPECT_EQ(run(1), first);
  EXPECT_NE(run(2), first);
}

TEST(SumoCity, SeveralLiveBesideEachOther) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  auto alone = sumo(world, options_of(world));
  const auto expected = story(*alone, 60);
  auto a = sumo(world, options_of(world)), b = sumo(world, options_of(world, 2));
  story(*b, 60);
  EXPECT_EQ(story(*a, 60), expected);
  EXPECT_NE(process_of(*a), process_of(*b));
}

TEST(SumoCity, TravelTimesAreThoseThatSumoWrites) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  auto options = options_of(world);
  const auto file = world.folder.path() / "tripinfo.xml";
  options.setup.options = {"--tripinfo-output", file.string()};
  auto city = sumo(world, options);
  double ours = 0;
  std::size_t trips = 0;
  for (int s = 1; s <= 400; ++s) {
    ASSERT_TRUE(city->advance_to(kStart + s * 1000));
    for (const auto& f : city::truth(*city).finished) {
      ours += f.finished_s - f.created_s;
      ++trips;
    }
  }
  city.reset();  // SUMO closes its files
  double theirs = 0;
  std::size_t written = 0;
  const std::string text = test::read(file);
  std::istringstream lines(text);
  for (std::string l; std::getline(lines, l);) {
    // attributes are in no order that a reader may count on
    std::smatch m;
    static const std::regex duration(R"re(duration="([\d.]+)")re"),
        delay(R"re(departDelay="([\d.]+)")re");
    if (l.find("<tripinfo ") == l.npos) continue;
    ASSERT_TRUE(std::regex_search(l, m, duration));
    theirs += std::stod(m[1]);
    ASSERT_TRUE(std::regex_search(l, m, delay));
    theirs += std::stod(m[1]);
    ++written;
  }
  ASSERT_GT(trips, 20U);
  EXPECT_EQ(trips, written);
  // Departures between two seconds wait for the next one here, which SUMO counts as delay.
  EXPECT_NEAR(ours / static_cast<double>(trips), theirs / static_cast<double>(written), 1.0);
}

TEST(SumoCity, BrokenDevicesAreSilentAndOtherEventsRefused) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  auto options = options_of(world);
  std::uint32_t j = 0;
  while (!world.network->junctions[j].signalised) ++j;
  city::Disturbance d;
  d.kind = city::CityEvent::Kind::kDeviceFailure;
  d.from_s = 2;
  d.until_s = 4;
  d.junction = model::JunctionId{j};
  d.device = city_port::Device::kSignal;
  options.disturbances = {d};
  auto city = sumo(world, options);
  EXPECT_TRUE(city->apply({d.junction, 0, 0}));
  ASSERT_TRUE(city->advance_to(kStart + 2000));
  EXPECT_FALSE(city->sensors().works(d.device, d.junction));
  const auto refused = city->apply({d.junction, 0, 0});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-CITY-DEVICE");
  ASSERT_TRUE(city->advance_to(kStart + 4000));
  EXPECT_TRUE(city->apply({d.junction, 0, 0}));
  options.disturbances[0].kind = city::CityEvent::Kind::kStorm;
  const auto storm = make_city(world.network, world.names, options);
  ASSERT_FALSE(storm);
  EXPECT_EQ(storm.error().code, "CB-INPUT-EVENT");
}

TEST(SumoCity, ItsDeathIsAnErrorAndLeavesNoZombie) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  {
    auto city = sumo(world, options_of(world));
    ASSERT_TRUE(city->advance_to(kStart + 5000));
    ASSERT_EQ(::kill(static_cast<pid_t>(process_of(*city)), SIGKILL), 0);
    const auto moved = city->advance_to(kStart + 10'000);
    ASSERT_FALSE(moved);
    EXPECT_EQ(moved.error().code, "CB-SUMO-DIED") << moved.error().text();
    EXPECT_NE(moved.error().what.find("signal 9"), std::string::npos);
    EXPECT_FALSE(city->advance_to(kStart + 10'000)) << "still dead";
  }
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
}

TEST(SumoCity, SumosOwnWordsSayWhatIsWrongWithItsFiles) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  auto options = options_of(world);
  options.setup.routes = {world.folder.path() / "wrong.rou.xml"};
  test::write(options.setup.routes[0],
              R"(<routes><vehicle id="v" depart="3"><route edges="nowhere"/></vehicle></routes>)");
  auto made = make_city(world.network, world.names, options);
  const auto failed =
      made ? (*made)->advance_to(kStart + 60'000) : model::Result<void>(made.error());
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "CB-INPUT-SUMO") << failed.error().text();
  EXPECT_NE(failed.error().what.find("nowhere"), std::string::npos) << failed.error().text();
  options = options_of(world);
  options.setup.net = world.routes;
  const auto wrong_net = make_city(world.network, world.names, options);
  ASSERT_FALSE(wrong_net);
  EXPECT_EQ(wrong_net.error().code, "CB-INPUT-SUMO") << wrong_net.error().text();
}

TEST(SumoCity, FleetsAreSeen) {
  NEEDS_SUMO();
  const test::SumoWorld world;
  auto options = options_of(world);
  const auto text = test::read(world.routes);
  std::smatch route;
  ASSERT_TRUE(std::regex_search(text, route, std::regex(R"re(edges="([^"]+)")re")));
  options.setup.routes = {world.folder.path() / "fleet.rou.xml"};
  test::write(options.setup.routes[0],
              R"(<routes><vType id="bus" vClass="bus"/><vType id="amb" vClass="emergency"/>)"
              R"(<vehicle id="b" type="bus" line="12" depart="0"><route edges=")" +
                  route[1].str() +
                  R"("/></vehicle><vehicle id="a" type="amb" depart="5"><route edges=")" +
                  route[1].str() + R"("/></vehicle></routes>)");
  auto city = sumo(world, options);
  EXPECT_TRUE(city->sensors().fleet().empty());
  ASSERT_TRUE(city->advance_to(kStart + 9000));
  const auto fleet = city->sensors().fleet();
  ASSERT_EQ(fleet.size(), 2U);
  EXPECT_EQ(fleet[0].role, city_port::Role::kBus);
  EXPECT_EQ(fleet[0].line, 0U);
  EXPECT_FALSE(fleet[0].siren);
  EXPECT_EQ(fleet[1].role, city_port::Role::kAmbulance);
  EXPECT_TRUE(fleet[1].siren);
  EXPECT_TRUE(fleet[1].lane.valid());
  EXPECT_GT(fleet[0].at_m, fleet[1].at_m);
}

}  // namespace
}  // namespace citybrain::sumo_city
