// SUMO's files in and out.
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "scenarios/city/city.h"
#include "scenarios/city/exports.h"
#include "scenarios/city/sources.h"
#include "tests/city/sumo_worlds.h"

namespace citybrain::city {
namespace {

using test::sumo_net;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(SumoNet, IsReadWithItsLanesPathsAndProgram) {
  const auto n = test::read_net(sumo_net(), "x.net.xml");
  ASSERT_TRUE(n) << n.error().text();
  EXPECT_EQ(n->roads.size(), 3U) << "rails are left out";
  const auto we = n->find_road("we"), nj = n->find_road("nj");
  EXPECT_EQ((*n)[we].lanes, 2U);
  EXPECT_EQ((*n)[nj].lanes, 1U) << "footpaths are left out";
  EXPECT_DOUBLE_EQ((*n)[we].length_m, 195);
  const auto& j = (*n)[n->find_junction("J")];
  EXPECT_TRUE(j.signalised);
  EXPECT_TRUE((*n)[n->find_junction("W")].boundary);
  ASSERT_EQ(j.phases.size(), 2U);
  EXPECT_EQ(j.phases[0].duration_s, 33);
  EXPECT_EQ(j.phases[1].duration_s, 23);
  EXPECT_EQ(j.intergreen_s, 3);
  EXPECT_EQ(j.offset_s, 7);
  const auto& left = (*n)[n->find_movement(nj, n->find_road("je"))];
  EXPECT_EQ(left.turn, model::Turn::kLeft);
  EXPECT_DOUBLE_EQ(left.links[0].length_m, 9) << "both internal lanes";
  EXPECT_DOUBLE_EQ(left.links[0].speed_limit_mps, 6);
  // SUMO's lane 1 is the one next to the middle, our lane 0.
  const auto& straight = (*n)[n->find_movement(we, n->find_road("je"))];
  EXPECT_EQ((*n)[straight.links[0].from].index, 1U);
  EXPECT_EQ((*n)[straight.links[1].from].index, 0U);
}

TEST(SumoNet, WhatIsWrongIsNamedWithLineAndColumn) {
  struct Case {
    const char* from;
    const char* to;
    const char* says;
  };
  for (const Case& c :
       {Case{"</net>", "", "not valid XML"},
        Case{R"(from="W" to="J" priority="3")", R"(from="Q" to="J" priority="3")",
             "there is no junction \"Q\""},
        Case{R"(length="195.00" shape="0.00,198.00)", R"(length="-5" shape="0.00,198.00)",
             "out of range"},
        Case{R"(speed="13.89" length="195.00" shape="0.00,198.00)",
             R"(speed="fast" length="195.00" shape="0.00,198.00)", "is not a number"},
        Case{"0.00,198.00 195.00,198.00", "0.00,198.00 1e300,198.00", "expected coordinates"},
        Case{R"(from="nj" to="je" fromLane="1")", R"(from="nowhere" to="je" fromLane="1")",
             "there is no edge \"nowhere\""},
        Case{R"(state="GGr")", R"(state="GG")", "has no link 2"},
        Case{R"(id="je" from)", R"(id="we" from)", "two edges"}}) {
    const auto n = test::read_net(replaced(sumo_net(), c.from, c.to), "x.net.xml");
    ASSERT_FALSE(n) << c.to;
    EXPECT_EQ(n.error().code, "CB-INPUT-ROADNET");
    EXPECT_NE(n.error().text().find(c.says), std::string::npos) << n.error().text();
    EXPECT_NE(n.error().text().find("x.net.xml"), std::string::npos);
  }
}

TEST(SumoNet, AnotherDocumentIsRefused) {
  const auto n = test::read_net("<routes/>", "x.net.xml");
  ASSERT_FALSE(n);
  EXPECT_NE(n.error().what.find("expected <net>, found <routes>"), std::string::npos);
}

/// Of a light's programs the last one runs (SUMO 1.15: SaveTLSStates shows it from second 0 on).
TEST(SumoNet, TheLastProgramOfALightRuns) {
  const auto n = test::read_net(
      replaced(sumo_net(), "</tlLogic>",
               R"(</tlLogic><tlLogic id="TL" type="static" programID="1" offset="3">)"
               R"(<phase duration="25" state="GGr"/><phase duration="2" state="yyr"/>)"
               R"(<phase duration="15" state="rrG"/><phase duration="2" state="rry"/></tlLogic>)"));
  ASSERT_TRUE(n) << n.error().text();
  const auto& j = (*n)[n->find_junction("J")];
  ASSERT_EQ(j.phases.size(), 2U);
  EXPECT_EQ(j.phases[0].duration_s, 27);
  EXPECT_EQ(j.phases[1].duration_s, 17);
  EXPECT_EQ(j.intergreen_s, 2);
  EXPECT_EQ(j.offset_s, 3);
}

TEST(SumoNet, ProgramsThatAreNotStaticRunAsStaticOnesAndAreCounted) {
  ImportReport report;
  ASSERT_TRUE(import_sumo_net(sumo_net(), "x.net.xml", {}, report));
  EXPECT_TRUE(report.warnings.empty());
  std::string text = replaced(sumo_net(), R"(type="static")", R"(type="actuated")");
  text = replaced(text, R"(duration="30")", R"(duration="30" minDur="5" maxDur="50")");
  // A light of footpaths is nobody's program here.
  text = replaced(text, "</tlLogic>",
                  R"(</tlLogic><tlLogic id="path" type="actuated" programID="0" offset="0">)"
                  R"(<phase duration="25" state="G"/></tlLogic>)");
  const auto n = import_sumo_net(text, "x.net.xml", {}, report);
  ASSERT_TRUE(n) << n.error().text();
  EXPECT_EQ((*n)[n->find_junction("J")].phases[0].duration_s, 33);
  ASSERT_EQ(report.warnings.size(), 1U);
  EXPECT_EQ(report.warnings[0],
            "x.net.xml: of 1 signal programs that are not static only the duration of their phases "
            "is taken; the first: x.net.xml:11:3: tlLogic \"TL\", program \"0\", "
            "type=\"actuated\"");
  ImportReport named;
  ASSERT_TRUE(import_sumo_names(text, "x.net.xml", {}, named));
  EXPECT_EQ(named.warnings, report.warnings) << "also where SUMO is the city";
}

TEST(SumoNet, OnlyTheProgramThatRunsCounts) {
  const std::string phases =
      R"(<phase duration="25" state="GGr"/><phase duration="15" state="rrG"/></tlLogic>)";
  const auto types = [&](const std::string& first, const std::string& last) {
    const auto text =
        replaced(replaced(sumo_net(), R"(type="static")", "type=\"" + first + "\""), "</tlLogic>",
                 "</tlLogic>\n<tlLogic id=\"TL\" type=\"" + last + "\" programID=\"1\">" + phases);
    ImportReport report;
    EXPECT_TRUE(import_sumo_net(text, "x", {}, report));
    return report.warnings;
  };
  EXPECT_TRUE(types("actuated", "static").empty());
  const auto said = types("static", "delay_based");
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("x:14:2: tlLogic \"TL\", program \"1\", type=\"delay_based\""),
            std::string::npos)
      << said[0];
}

class SumoRoutes : public ::testing::Test {
 protected:
  model::Result<Demand> read(const std::string& body, bool lenient = false) {
    return import_sumo_routes("<routes>\n" + body + "\n</routes>", "x.rou.xml", network, lenient,
                              report);
  }
  model::RoadNetwork network = *test::read_net(sumo_net());
  ImportReport report;
};

TEST_F(SumoRoutes, VehiclesTripsAndFlowsBecomeTrips) {
  const auto d = read(R"(<vType id="t" vClass="truck" length="9" maxSpeed="8" accel="1" decel="4"/>
 <route id="r" edges="we je"/>
 <vehicle id="1" depart="25205" route="r"/>
 <vehicle id="0" type="t" depart="25203.5"><route edges="nj je"/></vehicle>
 <trip id="2" depart="25210" from="we" to="je"/>
 <flow id="f" begin="25300" end="25330" period="10" route="r"/>)");
  ASSERT_TRUE(d) << d.error().text();
  ASSERT_EQ(d->size(), 6U);
  EXPECT_EQ(d->trips()[0].depart_s(), 3.5) << "whole minutes before the first departure go";
  const auto& truck = d->kinds()[d->trips()[0].kind()];
  EXPECT_EQ(truck.role, Role::kTruck);
  EXPECT_EQ(truck.length_m, 9);
  EXPECT_EQ(truck.max_speed_mps, 8);
  EXPECT_EQ(d->route(network, 2).size(), 2U);
  EXPECT_EQ(d->trips()[5].depart_s(), 120);
}

TEST_F(SumoRoutes, MistakesAreNamedAndSkippedOnlyWhenLenient) {
  for (const char* bad : {R"(<vehicle id="0" depart="0"><route edges="we nowhere"/></vehicle>)",
                          R"(<vehicle id="0" depart="0"><route edges="je we"/></vehicle>)",
                          R"(<vehicle id="0" depart="0" type="x"><route edges="we"/></vehicle>)",
                          R"(<vehicle id="0" depart="triggered"><route edges="we"/></vehicle>)",
                          R"(<flow id="0" begin="10" end="5" period="1" from="we" to="je"/>)",
                          R"(<person id="0" depart="0"/>)"}) {
    const auto d = read(bad);
    ASSERT_FALSE(d) << bad;
    EXPECT_EQ(d.error().code, "CB-INPUT-FLOW");
    EXPECT_EQ(d.error().where.substr(0, 11), "x.rou.xml:2") << d.error().where;
    report = {};
    const auto rest = read(
        std::string(bad) + R"(<vehicle id="9" depart="1"><route edges="we je"/></vehicle>)", true);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->size(), 1U);
    EXPECT_EQ(report.warnings.size(), 1U);
  }
}

TEST_F(SumoRoutes, WhatIsNotFollowedOfAnEntryIsCountedAndPlaced) {
  const auto tail = [](const std::string& attributes) {
    return "<vehicle id=\"0\" depart=\"0\" " + attributes + "><route edges=\"we je\"/></vehicle>\n";
  };
  ASSERT_TRUE(read(tail("") + tail(R"(departSpeed="0" departPos="base" arrivalPos="max")") +
                   tail(R"(departSpeed="0.0" departPos="0")")));
  EXPECT_TRUE(report.warnings.empty()) << "this is what happens: " << report.warnings[0];
  const auto d =
      read(tail(R"(departPos="0" departSpeed="max")") + tail(R"(departPos="last")") +
           tail(R"(departSpeed="7.5" departPos="random_free")") + tail(R"(departPos="-20.5")") +
           R"(<flow id="f" begin="0" end="50" period="10" from="we" to="je" departSpeed="random" )"
           R"(arrivalPos="12"/>)");
  ASSERT_TRUE(d) << d.error().text();
  EXPECT_EQ(d->size(), 9U) << "they come nevertheless";
  ASSERT_EQ(report.warnings.size(), 3U);
  EXPECT_EQ(report.warnings[0],
            "x.rou.xml: departSpeed is not followed for 7 vehicles, they appear standing; the "
            "first: x.rou.xml:2:2: departSpeed=\"max\"");
  EXPECT_EQ(report.warnings[1],
            "x.rou.xml: departPos is not followed for 3 vehicles, they appear at the beginning of "
            "their first edge; the first: x.rou.xml:3:2: departPos=\"last\"");
  EXPECT_EQ(report.warnings[2],
            "x.rou.xml: arrivalPos is not followed for 5 vehicles, they leave at the end of their "
            "last edge; the first: x.rou.xml:6:2: arrivalPos=\"12\"");
  report = {};
  const auto one = read(tail(R"(departSpeed="max")") +
                            R"(<trip id="1" departSpeed="max" depart="0" from="je" to="we"/>)",
                        true);
  ASSERT_TRUE(one);
  ASSERT_EQ(report.warnings.size(), 2U);
  EXPECT_NE(report.warnings[1].find("for 1 vehicle,"), std::string::npos)
      << "who is skipped is not counted: " << report.warnings[1];
}

TEST_F(SumoRoutes, StopsAndArrivalLanesAreCountedAndPlaced) {
  ASSERT_TRUE(
      read(R"(<route id="r" edges="we je"><stop lane="we_0" endPos="50" duration="20"/></route>
<route id="s" edges="we je"/>
<vehicle id="0" depart="0" route="s" arrivalLane="current"/>)"));
  EXPECT_TRUE(report.warnings.empty()) << "nobody takes the route with the stop";
  const auto d = read(R"(<route id="r" edges="we je"><stop lane="we_0" duration="20"/></route>
<vehicle id="0" depart="0" arrivalLane="1"><route edges="we je"><stop lane="we_0"/></route></vehicle>
<vehicle id="1" depart="1" route="r"><stop busStop="b" duration="20"/></vehicle>
<flow id="2" begin="2" end="22" period="10" route="r"/>
<vehicle id="3" depart="9" route="r"><route edges="we je"/></vehicle>)");
  ASSERT_TRUE(d) << d.error().text();
  EXPECT_EQ(d->size(), 5U) << "they come nevertheless";
  ASSERT_EQ(report.warnings.size(), 2U);
  EXPECT_EQ(report.warnings[0],
            "x.rou.xml: arrivalLane is not followed for 1 vehicle, they leave on whichever lane "
            "they are; the first: x.rou.xml:3:2: arrivalLane=\"1\"");
  EXPECT_EQ(report.warnings[1],
            "x.rou.xml: <stop> is not followed for 4 vehicles, they drive on; the first: "
            "x.rou.xml:3:66");
}

TEST_F(SumoRoutes, EntriesThatSumoWouldRefuseAreRefused) {
  for (const auto& [attribute, says] :
       {std::pair{R"(departSpeed="fast")", "departSpeed: expected random, max, desired"},
        std::pair{R"(departSpeed="-1")", "found \"-1\""},
        std::pair{R"(departSpeed="nan")", "found \"nan\""},
        std::pair{R"(departPos="middle")", "departPos: expected random, free"},
        std::pair{R"(departPos="5m")", "found \"5m\""},
        std::pair{R"(arrivalPos="end")", "arrivalPos: expected random, center, max"},
        std::pair{R"(arrivalLane="best")", "arrivalLane: expected current, first"},
        std::pair{R"(departLane="300")", "departLane: expected first, best"}}) {
    const auto d = read("<vehicle id=\"0\" depart=\"0\" " + std::string(attribute) +
                        "><route edges=\"we je\"/></vehicle>");
    ASSERT_FALSE(d) << attribute;
    EXPECT_EQ(d.error().code, "CB-INPUT-FLOW");
    EXPECT_NE(d.error().text().find(says), std::string::npos) << d.error().text();
    EXPECT_EQ(d.error().where.substr(0, 11), "x.rou.xml:2") << d.error().where;
  }
}

TEST_F(SumoRoutes, SignalsAtTheEndOfAShortStreetAreSeenInTime) {
  // The last 12 m before the signal are an edge of their own: nobody may run the red light there.
  auto text = sumo_net();
  text = replaced(
      text,
      R"(<edge id="we" from="W" to="J" priority="3"><lane id="we_0" index="0" speed="13.89" length="195.00" shape="0.00,198.00 195.00,198.00"/><lane id="we_1" index="1" speed="13.89" length="195.00" shape="0.00,201.00 195.00,201.00"/></edge>)",
      R"(<edge id="far" from="W" to="M" priority="3"><lane id="far_0" index="0" speed="13.89" length="180.00" shape="0.00,198.00 180.00,198.00"/></edge><edge id="we" from="M" to="J" priority="3"><lane id="we_0" index="0" speed="13.89" length="12.00" shape="182.00,198.00 195.00,198.00"/><lane id="we_1" index="1" speed="13.89" length="12.00" shape="182.00,201.00 195.00,201.00"/></edge>)");
  text = replaced(text, R"(<junction id="E")",
                  R"(<junction id="M" type="priority" x="181.00" y="200.00"/><junction id="E")");
  text = replaced(
      text, R"(<connection from="we" to="je" fromLane="0")",
      R"(<connection from="far" to="we" fromLane="0" toLane="0" dir="s" state="M"/><connection from="we" to="je" fromLane="0")");
  auto n = test::read_net(text);
  ASSERT_TRUE(n) << n.error().text();
  const auto net = std::make_shared<const model::RoadNetwork>(std::move(*n));
  Demand demand;
  VehicleKind k;
  k.max_speed_mps = 13.89F;
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(demand.add(
        *net, {i * 5.0, k, {net->find_road("far"), net->find_road("we"), net->find_road("je")}}));
  auto city = std::move(*make_city(net, demand, {}));
  const auto j = net->find_junction("J");
  city->apply({j, (*net)[j].phases[1].greens, 0}).value();
  for (int t = 0; t < 200; ++t) {
    city->advance_to(city->now() + 1000).value();
    for (std::uint32_t l = 0; l < 2; ++l)
      EXPECT_EQ(city->sensors().crossings(net->lane(net->find_road("we"), l)), 0U) << t;
  }
  city->apply({j, 0, 0}).value();
  city->advance_to(city->now() + 5000).value();
  city->apply({j, (*net)[j].phases[0].greens, 0}).value();
  std::size_t finished = 0;
  for (int t = 0; t < 300; ++t) {
    city->advance_to(city->now() + 1000).value();
    finished += truth(*city).finished.size();
  }
  EXPECT_EQ(finished, 20U);
}

TEST(Exports, SumoFilesNameEveryLinkAndPhase) {
  const auto p = make_preset("one-pole", 0, 600, 1);
  ASSERT_TRUE(p) << p.error().text();
  const auto files = export_sumo(p->network, p->demand);
  std::size_t links = 0, controlled = 0;
  for (const auto& m : p->network.movements) links += m.links.size();
  for (auto at = files.lights.find("linkIndex="); at != files.lights.npos;
       at = files.lights.find("linkIndex=", at + 1))
    ++controlled;
  EXPECT_EQ(controlled, links);
  EXPECT_NE(files.nodes.find("type=\"traffic_light\""), std::string::npos);
  EXPECT_NE(files.routes.find("<vehicle id=\"0\""), std::string::npos);
  const auto state = files.lights.find("state=\"") + 7;
  EXPECT_EQ(files.lights.find('"', state) - state, links) << "a letter a link";
}

TEST(Exports, GeoJsonHasRoadsSignalsAndPlaces) {
  const auto p = make_preset("xiaoshan", 0, 60, 1);
  ASSERT_TRUE(p) << p.error().text();
  const auto geo = boost::json::parse(export_geojson(p->network)).as_object();
  EXPECT_EQ(geo.at("type").as_string(), "FeatureCollection");
  std::map<std::string, int> kinds;
  for (const auto& f : geo.at("features").as_array())
    ++kinds[std::string(f.at("properties").at("kind").as_string())];
  EXPECT_EQ(kinds["road"], static_cast<int>(p->network.roads.size()));
  EXPECT_EQ(kinds["ambulance station"], 17);
  EXPECT_EQ(kinds["hospital"], 7);
}

TEST(Presets, HaveTheirPublishedFigures) {
  const auto count = [](const model::RoadNetwork& n, model::PlaceKind kind) {
    return std::count_if(n.places.begin(), n.places.end(),
                         [&](const model::Place& p) { return p.kind == kind; });
  };
  const auto xiaoshan = make_preset("xiaoshan", 0, 60, 1);
  ASSERT_TRUE(xiaoshan);
  EXPECT_EQ(count(xiaoshan->network, model::PlaceKind::kHospital), 7);
  std::uint32_t ambulances = 0;
  for (const auto& p : xiaoshan->network.places)
    if (p.kind == model::PlaceKind::kAmbulanceStation) ambulances += p.capacity;
  EXPECT_EQ(ambulances, 26U);
  const auto hangzhou = make_preset("hangzhou", 1000, 60, 1);
  ASSERT_TRUE(hangzhou);
  EXPECT_EQ(std::count_if(hangzhou->network.junctions.begin(), hangzhou->network.junctions.end(),
                          [](const model::Junction& j) { return j.signalised; }),
            1300);
  const auto ring = make_preset("ring-4x9", 0, 60, 1);
  ASSERT_TRUE(ring) << ring.error().text();
  EXPECT_EQ(make_preset("atlantis", 0, 60, 1).error().code, "CB-USAGE-PRESET");
}

}  // namespace
}  // namespace citybrain::city
