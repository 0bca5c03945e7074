#include <gtest/gtest.h>

#include "scenarios/city/sources.h"
#include "tests/city/worlds.h"

namespace citybrain::city {
namespace {

using test::crossing_roadnet;
using test::flow_entry;

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Roadnet, IsReadAsCityFlowReadsIt) {
  const auto n = import_cityflow_roadnet(crossing_roadnet(), "x.json", {120, 30});
  ASSERT_TRUE(n) << n.error().text();
  EXPECT_EQ(n->roads.size(), 4U);
  EXPECT_DOUBLE_EQ(n->roads[0].length_m, 285);  // the junction's width is cut off
  const auto& j = (*n)[n->find_junction("J")];
  EXPECT_TRUE(j.signalised);
  EXPECT_TRUE((*n)[n->find_junction("W")].boundary);
  ASSERT_EQ(j.phases.size(), 2U);  // the others only bridge
  EXPECT_EQ(j.intergreen_s, 5);
  EXPECT_EQ(j.phases[0].duration_s, 35);  // with the bridge that follows it
  EXPECT_EQ(j.conflicts[0], 2U);
}

TEST(Roadnet, SyntaxErrorsHaveLineAndColumn) {
  const auto n = import_cityflow_roadnet("{\n  \"roads\": [,]\n}", "bad.json", {});
  ASSERT_FALSE(n);
  EXPECT_EQ(n.error().code, "CB-INPUT-ROADNET");
  EXPECT_TRUE(n.error().where.starts_with("bad.json:2:")) << n.error().where;
  EXPECT_FALSE(import_cityflow_roadnet("", "empty.json", {}));
  EXPECT_FALSE(import_cityflow_roadnet("{} trailing", "x.json", {}));
}

TEST(Roadnet, WhatIsMissingOrWrongIsNamedWithItsPlace) {
  struct Case {
    const char* from;
    const char* to;
    const char* says;
  };
  for (const Case& c :
       {Case{R"("id":"we")", R"("name":"we")", "roads[0]"},
        Case{R"("startIntersection":"W")", R"("startIntersection":"X")",
             "there is no intersection \"X\""},
        Case{R"("endRoad":"je")", R"("endRoad":"nowhere")", "roadLinks[0].endRoad"},
        Case{R"("endLaneIndex":0)", R"("endLaneIndex":3)", "out of range"},
        Case{R"("maxSpeed":11.111)", R"("maxSpeed":-1)", "out of range"},
        Case{R"("lanes":[{"width":4,"maxSpeed":11.111}])", R"("lanes":[])", "lanes"},
        Case{R"("availableRoadLinks":[0])", R"("availableRoadLinks":[7])", "availableRoadLinks[0]"},
        Case{"go_straight", "fly", "turn_left"},
        Case{R"("x":-300,"y":0},{"x":0,"y":0)", R"("x":-10,"y":0},{"x":0,"y":0)",
             "nothing is left"},
        Case{R"("id":"je")", R"("id":"we")", "two roads have the id"},
        Case{R"("width":4)", R"("width":"wide")", "expected a number"}}) {
    const auto n =
        import_cityflow_roadnet(replaced(crossing_roadnet(), c.from, c.to), "net.json", {});
    ASSERT_FALSE(n) << c.to;
    EXPECT_EQ(n.error().code, "CB-INPUT-ROADNET");
    EXPECT_NE(n.error().text().find(c.says), std::string::npos) << n.error().text();
    EXPECT_NE(n.error().text().find("net.json"), std::string::npos);
  }
}

class FlowTest : public ::testing::Test {
 protected:
  model::Result<Demand> read(const std::string& entries, bool lenient = false) {
    return import_cityflow_flow("[" + entries + "]", "flow.json", network, lenient, report);
  }
  model::RoadNetwork network = *import_cityflow_roadnet(crossing_roadnet(), "x.json", {});
  ImportReport report;
};

TEST_F(FlowTest, EntriesBecomeTripsInOrderOfDeparture) {
  const auto d = read(flow_entry(R"(["ns","js"])", 50, 50, 1) + "," +
                      flow_entry(R"(["we","je"])", 10, 40, 10));
  ASSERT_TRUE(d) << d.error().text();
  ASSERT_EQ(d->size(), 5U);
  EXPECT_EQ(d->trips()[0].depart_s(), 10);
  EXPECT_EQ(d->trips()[3].depart_s(), 40);
  EXPECT_EQ(d->trips()[4].depart_s(), 50);
}

TEST_F(FlowTest, MistakesAreNamedAndSkippedOnlyWhenLenient) {
  for (const char* route : {R"(["we","nowhere"])", R"(["je","we"])", "[]"}) {
    const auto d = read(flow_entry(route, 0, 0, 1));
    ASSERT_FALSE(d) << route;
    EXPECT_EQ(d.error().code, "CB-INPUT-FLOW");
    EXPECT_NE(d.error().what.find("[0].route"), std::string::npos) << d.error().text();
    report = {};
    const auto rest =
        read(flow_entry(route, 0, 0, 1) + "," + flow_entry(R"(["we","je"])", 0, 0, 1), true);
    ASSERT_TRUE(rest);
    EXPECT_EQ(rest->size(), 1U);
    EXPECT_EQ(report.warnings.size(), 1U);
  }
  EXPECT_FALSE(read(flow_entry(R"(["we","je"])", 0, 100, 0)));
  EXPECT_FALSE(read(R"({"route":["we"]})"));
  EXPECT_FALSE(import_cityflow_flow("{}", "f", network, false, report));
}

}  // namespace
}  // namespace citybrain::city
