// Who gives way by a SUMO network's requests, and how SUMO's drivers drive.
#include <gtest/gtest.h>

#include <string>

#include "scenarios/city/city.h"
#include "scenarios/city/following.h"
#include "scenarios/city/signal_heads.h"
#include "scenarios/city/sources.h"
#include "tests/city/sumo_worlds.h"

namespace citybrain::city {
namespace {

/// W -> J -> E goes first, N -> J -> S gives way; no signal.
std::string crossing_net() {
  return R"(<net>
 <edge id=":J_0" function="internal"><lane id=":J_0_0" index="0" speed="13.89" length="8.00" shape="296.00,300.00 304.00,300.00"/></edge>
 <edge id=":J_1" function="internal"><lane id=":J_1_0" index="0" speed="13.89" length="8.00" shape="300.00,304.00 300.00,296.00"/></edge>
 <edge id="we" from="W" to="J" priority="3"><lane id="we_0" index="0" speed="13.89" length="296.00" shape="0.00,300.00 296.00,300.00"/></edge>
 <edge id="je" from="J" to="E" priority="3"><lane id="je_0" index="0" speed="13.89" length="296.00" shape="304.00,300.00 600.00,300.00"/></edge>
 <edge id="nj" from="N" to="J" priority="1"><lane id="nj_0" index="0" speed="13.89" length="296.00" shape="300.00,600.00 300.00,304.00"/></edge>
 <edge id="js" from="J" to="S" priority="1"><lane id="js_0" index="0" speed="13.89" length="296.00" shape="300.00,296.00 300.00,0.00"/></edge>
 <junction id="W" type="dead_end" x="0.00" y="300.00"/><junction id="E" type="dead_end" x="600.00" y="300.00"/>
 <junction id="N" type="dead_end" x="300.00" y="600.00"/><junction id="S" type="dead_end" x="300.00" y="0.00"/>
 <junction id="J" type="priority" x="300.00" y="300.00" incLanes="we_0 nj_0">
  <request index="0" response="00" foes="10" cont="0"/><request index="1" response="01" foes="01" cont="0"/>
 </junction>
 <connection from="we" to="je" fromLane="0" toLane="0" via=":J_0_0" dir="s" state="M"/>
 <connection from="nj" to="js" fromLane="0" toLane="0" via=":J_1_0" dir="s" state="m"/>
</net>
)";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

class Crossing : public ::testing::Test {
 protected:
  void make(const std::string& routes) {
    network = std::make_shared<const model::RoadNetwork>(*test::read_net(crossing_net()));
    ImportReport report;
    auto demand =
        import_sumo_routes("<routes>" + routes + "</routes>", "r", *network, false, report);
    ASSERT_TRUE(demand) << demand.error().text();
    city = std::move(*make_city(network, std::move(*demand), {}));
  }
  std::uint32_t crossed(const char* road) const {
    return city->sensors().crossings(network->lane(network->find_road(road), 0));
  }
  void step() { city->advance_to(city->now() + 1000).value(); }

  std::shared_ptr<const model::RoadNetwork> network;
  std::unique_ptr<city_port::City> city;
};

TEST(RightOfWay, IsReadFromTheRequests) {
  const auto n = test::read_net(crossing_net());
  ASSERT_TRUE(n) << n.error().text();
  const auto& major = (*n)[n->find_movement(n->find_road("we"), n->find_road("je"))].links[0];
  const auto& minor = (*n)[n->find_movement(n->find_road("nj"), n->find_road("js"))].links[0];
  EXPECT_TRUE(major.ruled && minor.ruled);
  EXPECT_TRUE(major.gives_way_to.empty());
  EXPECT_EQ(minor.gives_way_to, std::vector<std::uint16_t>{major.number});
  const auto unsaid = test::read_net(test::sumo_net());
  for (const auto& m : unsaid->movements)
    for (const auto& l : m.links) EXPECT_FALSE(l.ruled) << "no requests, no rules";
  const auto& left =
      (*unsaid)[unsaid->find_movement(unsaid->find_road("nj"), unsaid->find_road("je"))].links[0];
  EXPECT_DOUBLE_EQ(left.waits_at_m, 4) << "between the two internal lanes";
}

TEST(RightOfWay, WrongRequestsAreNamed) {
  for (const auto& [from, to] :
       {std::pair{R"(index="1" response="01")", R"(index="1" response="0x")"},
        std::pair{R"(index="1" response="01")", R"(index="7" response="01")"},
        std::pair{R"(index="1" response="01")", R"(index="1")"}}) {
    const auto n = test::read_net(replaced(crossing_net(), from, to), "x.net.xml");
    ASSERT_FALSE(n) << to;
    EXPECT_EQ(n.error().code, "CB-INPUT-ROADNET");
    EXPECT_EQ(n.error().where.substr(0, 12), "x.net.xml:11") << n.error().where;
  }
}

TEST_F(Crossing, WhoGivesWayWaitsForAGapAndThenGoes) {
  // A dense stream on the main road until second 120; one vehicle on the minor one.
  make(R"(<vType id="c" speedDev="0"/>
<flow id="a" type="c" begin="0" end="120" period="2.5"><route edges="we je"/></flow>
<vehicle id="z" depart="20"><route edges="nj js"/></vehicle>)");
  std::vector<int> major;
  int minor = -1;
  for (int t = 1; t <= 300; ++t) {
    step();
    for (std::uint32_t i = 0; i < crossed("we"); ++i) major.push_back(t);
    if (crossed("nj") > 0) minor = t;
  }
  ASSERT_EQ(major.size(), 48U);
  ASSERT_GT(minor, 60) << "it has to wait: nobody leaves a gap for a car to go from a standstill";
  for (const int t : major)
    EXPECT_TRUE(t <= minor || t > minor + 3) << "a car came " << t - minor << " s after it";
  EXPECT_LT(minor, major.back() + 8) << "and goes as soon as it can";
}

TEST_F(Crossing, WhoMeetsNobodyLosesLittle) {
  make(R"(<vehicle id="z" depart="0"><route edges="nj js"/></vehicle>)");
  int minor = -1;
  for (int t = 1; t <= 100; ++t) {
    step();
    if (crossed("nj") > 0) minor = t;
  }
  EXPECT_GT(minor, 20);
  EXPECT_LT(minor, 34) << "slows down for the view, and does not stop";
}

TEST_F(Crossing, TheMainRoadIsNotHeldUp) {
  make(R"(<flow id="a" begin="0" end="300" period="4"><route edges="we je"/></flow>
<flow id="b" begin="0" end="300" period="5"><route edges="nj js"/></flow>)");
  for (int t = 1; t <= 400; ++t) {
    step();
    for (const auto& v : city->sensors().vehicles(network->lane(network->find_road("we"), 0)))
      if (v.to_stop_line_m < 200 && v.to_stop_line_m > 1) EXPECT_GT(v.speed_mps, 5) << t;
  }
}

TEST(SumoDrivers, QueuesDischargeAsInSumo) {
  const std::string one_lane = replaced(test::sumo_net(), R"(<lane id="we_1" index="1")",
                                        R"(<lane id="we_1" index="1" allow="rail")");
  // SUMO 1.15 measures 1.93 s between the vehicles of a queue of its usual cars at 13.89 m/s (and
  // 1.96 s for cars with accel 2.0 and maxSpeed 11.111).
  for (const auto& [type, sumo_s] :
       {std::pair{R"(speedDev="0")", 1.93},
        std::pair{R"(speedDev="0" accel="2" maxSpeed="11.111")", 1.96}}) {
    auto network = std::make_shared<const model::RoadNetwork>(*test::read_net(one_lane));
    ImportReport report;
    auto demand = import_sumo_routes("<routes><vType id=\"t\" " + std::string(type) +
                                         "/><flow id=\"f\" type=\"t\" begin=\"0\" end=\"60\" "
                                         "period=\"2\" departLane=\"0\"><route "
                                         "edges=\"we je\"/></flow></routes>",
                                     "r", *network, false, report);
    ASSERT_TRUE(demand) << demand.error().text();
    auto city = std::move(*make_city(network, std::move(*demand), {}));
    const auto j = network->find_junction("J");
    const auto lane = network->lane(network->find_road("we"), 0);
    city->apply({j, 0, 0}).value();
    for (int t = 0; t < 80; ++t) city->advance_to(city->now() + 1000).value();
    city->apply({j, (*network)[j].phases[0].greens, 0}).value();
    std::vector<int> times;
    for (int t = 1; t <= 60; ++t) {
      city->advance_to(city->now() + 1000).value();
      for (std::uint32_t i = 0; i < city->sensors().crossings(lane); ++i) times.push_back(t);
    }
    ASSERT_GE(times.size(), 20U);
    EXPECT_NEAR((times[19] - times[4]) / 15.0, sumo_s, 0.15) << type;
  }
}

TEST(SumoDrivers, DriveBelowTheLimitByTheirMeanLoss) {
  VehicleKind k;
  k.max_speed_mps = 50;
  k.max_accel_mps2 = 2.6F;
  k.imperfection = 0.25F;  // SUMO's sigma 0.5
  k.limit_factor = 1.1F;
  const Driving d(k, 1, 1);
  EXPECT_NEAR(d.free_mps(10), 11 - 0.65, 1e-4);
  EXPECT_NEAR(d.free_mps(1), 1.1 * 0.75, 1e-4) << "slower than a second's acceleration: a share";
  const Driving perfect(VehicleKind{}, 1, 1);
  EXPECT_EQ(perfect.free_mps(8), 8);
}

TEST(SumoDrivers, TypesSayHowFastAndWhere) {
  const auto network = *test::read_net(test::sumo_net());
  const auto read = [&](const std::string& body) {
    ImportReport report;
    return import_sumo_routes("<routes>" + body + "</routes>", "r.xml", network, false, report);
  };
  const std::string tail = R"(<route edges="we je"/></vehicle>)";
  auto d = read(R"x(<vType id="t" speedFactor="norm(1.2,0)" sigma="0.2"/>)x"
                R"x(<vehicle id="a" type="t" depart="0" departLane="best">)x" +
                tail);
  ASSERT_TRUE(d) << d.error().text();
  EXPECT_NEAR(d->kinds()[0].limit_factor, 1.2, 1e-6);
  EXPECT_NEAR(d->kinds()[0].imperfection, 0.1, 1e-6);
  EXPECT_EQ(d->kinds()[0].enters, VehicleKind::kLeads);
  std::string many = R"(<vType id="t" speedDev="0.1"/>)";
  for (int i = 0; i < 900; ++i)
    many += "<vehicle id=\"" + std::to_string(i) + "\" type=\"t\" depart=\"0\">" + tail;
  d = read(many);
  ASSERT_TRUE(d);
  EXPECT_EQ(d->kinds().size(), 9U);
  double mean = 0;
  for (const auto& t : d->trips()) mean += static_cast<double>(d->kinds()[t.kind()].limit_factor);
  EXPECT_NEAR(mean / 900, 1, 0.02);
  EXPECT_EQ(d->kinds()[0].enters, 0) << "SUMO's default lane is the one at the edge";
  for (const std::string bad :
       {R"x(<vType id="t" speedFactor="quick"/>)x", R"x(<vType id="t" speedFactor="norm(1"/>)x",
        R"x(<vType id="t" sigma="2"/>)x"})
    EXPECT_FALSE(read(bad)) << bad;
  EXPECT_FALSE(read(R"(<vehicle id="a" depart="0" departLane="left">)" + tail));
}

TEST(SumoPrograms, EveryPhaseIsShown) {
  // The second phase only repeats what the first one serves, as a protected left turn does.
  auto text = replaced(
      test::sumo_net(), R"(<phase duration="3" state="yyr"/>)",
      R"(<phase duration="3" state="yGr"/><phase duration="8" state="rGr"/><phase duration="3" state="ryr"/>)");
  text = replaced(text, R"(<connection from="we" to="je" fromLane="1")",
                  R"(<connection from="we" to="js" fromLane="1")");
  text = replaced(
      text, R"(<edge id="rail")",
      R"(<edge id="js" from="J" to="S" priority="1"><lane id="js_0" index="0" speed="13.89" length="195.00" shape="200.00,195.00 200.00,0.00"/></edge><edge id="rail")");
  text = replaced(text, R"(<junction id="E")",
                  R"(<junction id="S" type="dead_end" x="200.00" y="0.00"/><junction id="E")");
  const auto n = test::read_net(text);
  ASSERT_TRUE(n) << n.error().text();
  const auto junction = n->find_junction("J");
  ASSERT_EQ((*n)[junction].phases.size(), 3U);
  SignalHeads::Options options;
  options.own_plan_after_s = 1;
  SignalHeads heads(*n, options);
  std::vector<std::string> faults;
  std::vector<model::JunctionId> changed;
  const auto first = (*n)[n->find_movement(n->find_road("we"), n->find_road("je"))].group,
             second = (*n)[n->find_movement(n->find_road("we"), n->find_road("js"))].group;
  int alone = 0;
  for (std::uint32_t t = 0; t < 67; ++t) {
    heads.run_own_plans(t, faults, changed);
    alone +=
        model::has(heads.greens(junction), second) && !model::has(heads.greens(junction), first)
            ? 1
            : 0;
  }
  EXPECT_GE(alone, 8);
}

}  // namespace
}  // namespace citybrain::city
