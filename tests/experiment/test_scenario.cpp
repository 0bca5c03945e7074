#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {
namespace {

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;

std::string quickstart() {
  std::ifstream in(kHome / "scenarios/library/quickstart/scenario.yaml");
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

model::Result<Scenario> parse(const std::string& text,
                              std::vector<std::pair<std::string, std::string>> settings = {}) {
  ScenarioRequest r;
  r.settings = std::move(settings);
  return parse_scenario(text, "s.yaml", "/folder", r);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(Scenario, TheLibraryIsReadable) {
  for (const auto& name : library(kHome)) {
    ScenarioRequest r;
    r.name_or_path = name;
    r.data = kHome;  // the files are looked for later
    const auto s = load_scenario(r, kHome);
    if (!s) {
      EXPECT_EQ(s.error().code, "CB-INPUT-DATA") << s.error().text();
    }
  }
  EXPECT_EQ(library(kHome),
            (std::vector<std::string>{"ambulance", "cityflow", "hangzhou", "jinan", "one-pole",
                                      "quickstart", "sharing-law", "sumo", "xiaoshan"}));
}

TEST(Scenario, QuickstartIsWhatItSays) {
  const auto s = parse(quickstart());
  ASSERT_TRUE(s) << s.error().text();
  EXPECT_EQ(s->city.grid.rows, 3U);
  EXPECT_EQ(s->modes.size(), 3U);
  EXPECT_EQ(s->mode("silo")->desks[0].policy.name, "actuated");
  EXPECT_FALSE(s->mode("silo")->desks[0].neighbours);
  EXPECT_TRUE(s->mode("hub")->desks[0].per_district);
  EXPECT_EQ(s->start.ms, 1'772'407'800'000);  // 2026-03-02 07:30 in Beijing
}

TEST(Scenario, EverySensorHasItsKeys) {
  const auto s = parse(quickstart(), {{"sensors.bus.interval_s", "7"},
                                      {"sensors.taxi.canyon_bias_m", "33"},
                                      {"sensors.ambulance.unpressed", "0.5"},
                                      {"sensors.plate.misread", "0.25"},
                                      {"sensors.parking.recount_s", "0"},
                                      {"sensors.call.false_per_hour", "9"},
                                      {"sensors.loop.count_bias", "0.1"},
                                      {"sensors.probe.dropout.working_s", "0"},
                                      {"sensors.video.clock.drift_ppm", "99"},
                                      {"sensors.call.tail_mean_s", "44"},
                                      {"publish", "[parking.counters]"}});
  ASSERT_TRUE(s) << s.error().text();
  EXPECT_EQ(s->sensors.bus.interval_s, 7U);
  EXPECT_EQ(s->sensors.taxi.position.canyon_bias_m, 33);
  EXPECT_EQ(s->sensors.ambulance.unpressed, 0.5);
  EXPECT_EQ(s->sensors.plate.misread, 0.25);
  EXPECT_EQ(s->sensors.parking.recount_s, 0);
  EXPECT_EQ(s->sensors.call.false_per_hour, 9);
  EXPECT_EQ(s->sensors.loop.count_bias, 0.1);
  EXPECT_EQ(s->sensors.probe.dropout.working_s, 0);
  EXPECT_EQ(s->sensors.video.clock.drift_ppm, 99);
  EXPECT_EQ(s->sensors.call_channel.tail_mean_s, 44);
  EXPECT_EQ(s->publish, std::vector<std::string>{"parking.counters"});
  EXPECT_FALSE(parse(quickstart(), {{"sensors.bus.dropout.silent", "7"}}));
  EXPECT_FALSE(parse(quickstart(), {{"sensors.parking.clock.sync_s", "0"}}));
}

TEST(Scenario, MistakesArePlacedAndAnswered) {
  struct Case {
    const char* from;
    const char* to;
    const char* says;
  };
  for (const Case& c :
       {Case{"rows: 3", "rwos: 3", "rows"}, Case{"rows: 3", "rows: many", "rows"},
        Case{"rows: 3", "rows: -1", "rows"},
        Case{"policy: actuated", "policy: actuatd", "actuated"},
        Case{"kind: grid", "kind: hexagon", "grid, preset, cityflow or sumo"},
        Case{"citybrain: 1", "citybrain: 7", "citybrain"},
        Case{"sharing: hub", "sharing: everything", "modes"},
        Case{"scope: district", "scope: moon", "city or district"},
        Case{"miss: 0.02", "miss: 2", "miss"},
        Case{"start: \"2026-03-02T07:30:00+08:00\"", "start: tomorrow",
             "2026-03-02T07:00:00+08:00"},
        Case{"horizon_s: 1800", "horizon_s: 0", "horizon_s"}, Case{"seed: 1", "sede: 1", "seed"},
        Case{"name: quickstart", "", "name: is missing"}}) {
    const auto s = parse(replaced(quickstart(), c.from, c.to));
    ASSERT_FALSE(s) << c.to;
    EXPECT_TRUE(s.error().is_input());
    EXPECT_TRUE(s.error().where.starts_with("s.yaml:")) << s.error().text();
    EXPECT_NE(s.error().text().find(c.says), std::string::npos) << s.error().text();
  }
}

TEST(Scenario, BrokenYamlHasLineAndColumn) {
  const auto s = parse("citybrain: 1\nname: [a\ncity: b");
  ASSERT_FALSE(s);
  EXPECT_TRUE(s.error().where.starts_with("s.yaml:3")) << s.error().where;
  EXPECT_FALSE(parse(""));
  EXPECT_FALSE(parse("- 1\n- 2"));
  EXPECT_FALSE(parse("a: &x [*x]"));
}

TEST(Scenario, SettingsReplaceValuesAndAreChecked) {
  EXPECT_EQ(parse(quickstart(), {{"city.grid.rows", "5"}})->city.grid.rows, 5U);
  EXPECT_EQ(parse(quickstart(), {{"modes.hub.desks.district-brain.policy", "max-pressure"}})
                ->mode("hub")
                ->desks[0]
                .policy.name,
            "max-pressure");
  const auto unknown = parse(quickstart(), {{"horizn_s", "60"}});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "CB-USAGE-SET");
  EXPECT_NE(unknown.error().mend.find("horizon_s"), std::string::npos);
  EXPECT_FALSE(parse(quickstart(), {{"city.grid.rows", "none"}}));
}

TEST(Scenario, AnotherConfigurationIsAnotherHash) {
  EXPECT_EQ(parse(quickstart())->config_hash, parse(quickstart())->config_hash);
  EXPECT_NE(parse(quickstart())->config_hash,
            parse(quickstart(), {{"city.grid.rows", "4"}})->config_hash);
}

TEST(Scenario, UnknownNamesAndAbsentDataSayWhatToDo) {
  ScenarioRequest r;
  r.name_or_path = "quikstart";
  auto s = load_scenario(r, kHome);
  ASSERT_FALSE(s);
  EXPECT_NE(s.error().mend.find("quickstart"), std::string::npos);
  r.name_or_path = "jinan";
  s = load_scenario(r, kHome);
  ASSERT_FALSE(s);
  EXPECT_EQ(s.error().code, "CB-INPUT-DATA");
  EXPECT_NE(s.error().mend.find("--data"), std::string::npos);
  r.data = "/no/such/folder";
  EXPECT_NE(load_scenario(r, kHome).error().where.find("/no/such/folder"), std::string::npos);
}

TEST(Scenario, DaysDifferBySeedAndAreKeyed) {
  auto s = *parse(quickstart());
  const auto world = build_world(s, false);
  ASSERT_TRUE(world);
  const auto a = demand_of_day(s, *world, 1, false), b = demand_of_day(s, *world, 1, false),
             c = demand_of_day(s, *world, 2, false);
  EXPECT_EQ(a->trips().size(), b->trips().size());
  EXPECT_EQ(a->trips()[7].depart_s(), b->trips()[7].depart_s());
  EXPECT_NE(a->trips()[7].depart_s(), c->trips()[7].depart_s());
}

TEST(Scenario, EmergenciesAreReadStrictly) {
  EXPECT_FALSE(parse(quickstart())->emergencies.present);
  const auto good = parse(quickstart(), {{"emergencies", "{rate_per_hour: 12, police: {cars: 3}}"},
                                         {"emergencies.preemption.lead_s", "15"}});
  ASSERT_TRUE(good) << good.error().text();
  EXPECT_TRUE(good->emergencies.present);
  EXPECT_EQ(good->emergencies.police_cars, 3U);
  EXPECT_EQ(good->emergencies.preemption_lead_s, 15);
  for (const char* bad : {"{rate: 3}", "{calls: 7}", "{calls: [{at_s: 1}]}", "{siren: {excess: 9}}",
                          "{calls: [{at_s: 1, road: a, at_m: 1, severity: 5}]}"})
    EXPECT_FALSE(parse(quickstart(), {{"emergencies", bad}})) << bad;
}

}  // namespace
}  // namespace citybrain::experiment
