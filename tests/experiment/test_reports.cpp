#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "scenarios/experiment/report.h"
#include "tests/support/networks.h"

namespace citybrain::experiment {
namespace {

RunReport report() {
  RunReport r;
  r.scenario = "s";
  r.title = "A <title> & more";
  r.config_hash = "c0ffee";
  r.version = "0";
  r.seed = 7;
  r.sharing = "hub";
  r.policies["desk"] = "look-ahead";
  r.network = "embedded";
  r.fsync = "os";
  r.horizon_s = 100;
  r.evaluation.truth_present = true;
  r.evaluation.outcome_hash = "0123";
  r.evaluation.outcomes.average_travel_time_s = 123.4567;
  r.evaluation.outcomes.vehicles_entered = 10;
  r.evaluation.outcomes.missed_turns = 3;
  r.evaluation.gridlock.vehicles_at_end = 84;
  r.evaluation.gridlock.jams.push_back({30, 100, false, 80, 4, {"r1"}, {"J1"}});
  r.evaluation.estimation.push_back({"view", "queue_veh", 1.5, 0.2, -0.1, 0.95, 100});
  r.evaluation.series = {{10, 20}, {1, 2}, {0, 0}, {0, 1}, {1, 1}, {5, 6}, {{"view", {1, 2}}}};
  r.evaluation.roads.resize(8);
  r.evaluation.roads[0].delay_s_per_vehicle = 40;
  r.decisions.push_back({25, "J", "desk", "look-ahead", 1, "look-ahead", 100, 150});
  return r;
}

TEST(Report, JsonHasTheDocumentedKeys) {
  const auto v = boost::json::parse(run_json(report()));
  const auto& o = v.as_object();
  for (const char* key : {"report", "report_version", "scenario", "config_hash", "seed", "sharing",
                          "network", "fsync", "horizon_s", "outcome_hash", "wall_s", "cpu_s",
                          "outcomes", "estimation", "hub", "latency_ms"})
    EXPECT_TRUE(o.contains(key)) << key;
  EXPECT_DOUBLE_EQ(o.at("outcomes").at("average_travel_time_s").to_number<double>(), 123.457);
  for (const char* key : {"records_in", "observations_in", "admitted", "quarantined", "duplicates",
                          "late", "commands", "commands_refused", "api_calls", "indicators"})
    EXPECT_TRUE(o.at("hub").as_object().contains(key)) << key;
  EXPECT_TRUE(o.at("latency_ms").at("record_to_command").as_object().contains("p99"));
}

TEST(Report, JsonIsReadBack) {
  const auto back = parse_run_json(run_json(report()), "x");
  ASSERT_TRUE(back);
  EXPECT_EQ(back->seed, 7U);
  EXPECT_EQ(back->policies.at("desk"), "look-ahead");
  EXPECT_EQ(back->evaluation.outcome_hash, "0123");
  EXPECT_EQ(back->evaluation.outcomes.missed_turns, 3U);
  ASSERT_EQ(back->evaluation.gridlock.jams.size(), 1U);
  EXPECT_EQ(back->evaluation.gridlock.jams[0].roads, std::vector<std::string>{"r1"});
  EXPECT_EQ(back->evaluation.gridlock.vehicles_at_end, 84U);
  for (const char* bad : {"", "{}", "[1]", "{\"report\": \"other\"}"})
    EXPECT_FALSE(parse_run_json(bad, "x")) << bad;
}

TEST(Report, HtmlIsOneOfflineFileInBothLanguages) {
  const auto network = test::crossing();
  for (const auto l : {Language::kEnglish, Language::kChinese}) {
    const std::string page = run_html(report(), network, l);
    EXPECT_EQ(page.find("http://"), std::string::npos);
    EXPECT_EQ(page.find("https://"), std::string::npos);
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_NE(page.find("A &lt;title&gt; &amp; more"), std::string::npos);
    EXPECT_NE(page.find("<svg"), std::string::npos);
    EXPECT_EQ(page.find("nan"), std::string::npos);
    EXPECT_NE(page.find(l == Language::kChinese ? "路网锁死" : "Gridlock: jams 1, dissolved 0"),
              std::string::npos);
    EXPECT_NE(page.find(l == Language::kChinese ? "平均行程时间" : "Average travel time"),
              std::string::npos);
  }
}

TEST(Report, TablesFitTheTerminal) {
  const std::string plain = run_table(report(), Language::kEnglish, 80, false);
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_NE(plain.find("not dissolved: J1 (r1)"), std::string::npos);
  EXPECT_NE(run_table(report(), Language::kChinese, 80, true).find("\x1b[1m"), std::string::npos);
}

TEST(Compare, IntervalsAreStudents) {
  CompareReport r;
  r.modes = {{"silo", {}, {1, 2, 3, 4}, {{"average_travel_time_s", {10, 12, 11, 13}}}, {}},
             {"hub", {}, {1, 2, 3, 4}, {{"average_travel_time_s", {8, 11, 9, 10}}}, {}}};
  pair_differences(r);
  ASSERT_EQ(r.differences.size(), 1U);
  const auto& d = r.differences[0];
  EXPECT_DOUBLE_EQ(d.difference, -2);
  // Differences -2, -1, -2, -3: standard error sqrt(2/3)/2, t(3, 0.975) = 3.1824.
  EXPECT_NEAR(d.high95 - d.difference, 3.182446 * std::sqrt(2.0 / 3) / 2, 1e-5);
  EXPECT_NEAR(d.relative, -2 / 11.5, 1e-12);
  EXPECT_NE(compare_json(r).find("\"low95\""), std::string::npos);
  EXPECT_NE(compare_html(r, Language::kEnglish).find("<svg"), std::string::npos);
  EXPECT_NE(compare_table(r, Language::kChinese, 80, false).find("各自为政"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::experiment
