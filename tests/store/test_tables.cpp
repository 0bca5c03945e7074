// The catalogue of tables: that it is sound, that docs/store.md says the same, that bytes which are
// no row are refused; and what people write to name rows and times.
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "hub/model/archive.h"
#include "hub/store/expressions.h"
#include "hub/store/rows.h"
#include "hub/store/table.h"

namespace citybrain::store {
namespace {

TEST(Tables, AreSound) {
  std::set<std::string> names;
  std::set<std::pair<Family, std::string>> prefixes;
  for (const auto& t : tables()) {
    EXPECT_TRUE(names.insert(t.name).second) << t.name;
    EXPECT_TRUE(prefixes.insert({t.family, t.prefix}).second) << t.name;
    EXPECT_LE(t.identity, t.columns.size()) << t.name;
    std::set<std::string> columns;
    for (const auto& c : t.columns) {
      EXPECT_TRUE(columns.insert(c.name).second) << t.name << "." << c.name;
      EXPECT_NE(*c.about, '\0') << t.name << "." << c.name;
      if (c.names != nullptr) EXPECT_TRUE(find_table(c.names)) << t.name << "." << c.name;
    }
    if (t.history != nullptr) {
      const auto past = find_table(t.history);
      ASSERT_TRUE(past) << t.name;
      EXPECT_NE((*past)->keeps, Keeps::kLatest);
      EXPECT_TRUE((*past)->step_column()) << t.history;
    }
    if (t.keeps == Keeps::kSamples || t.keeps == Keeps::kFrames || t.keeps == Keeps::kVersions)
      EXPECT_TRUE(t.step_column()) << t.name;
  }
}

/// One table of docs/store.md: its heading names it, its rows name columns and units.
TEST(Tables, AreDocumentedWithEveryColumn) {
  std::ifstream in(std::string(CITYBRAIN_SOURCE_DIR) + "/docs/store.md");
  std::ostringstream s;
  s << in.rdbuf();
  const std::string text = s.str();
  for (const auto& t : tables()) {
    const auto at = text.find("\n### " + std::string(t.name) + "\n");
    ASSERT_NE(at, std::string::npos) << t.name << " is not in docs/store.md";
    const std::string section = text.substr(at, text.find("\n### ", at + 5) - at);
    for (const auto& c : t.columns) {
      const std::string unit = *c.unit == '\0' ? "" : " [" + std::string(c.unit) + "]";
      EXPECT_NE(section.find("`" + std::string(c.name) + "`" + unit), std::string::npos)
          << t.name << "." << c.name << unit;
    }
    for (const auto& p : t.key)
      EXPECT_NE(section.find(p.name), std::string::npos) << t.name << ": key part " << p.name;
  }
}

TEST(Tables, UnknownOnesAreAnsweredWithTheNearestName) {
  const auto table = find_table("lane_histroy");
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().code, "CB-INPUT-TABLE");
  EXPECT_NE(table.error().mend.find("lane_history"), std::string::npos);
  const auto column = find_column(**find_table("roads"), "lenght");
  ASSERT_FALSE(column);
  EXPECT_EQ(column.error().code, "CB-INPUT-COLUMN");
  EXPECT_NE(column.error().mend.find("length"), std::string::npos);
}

TEST(Tables, BytesThatAreNoRowAreRefused) {
  const auto& roads = **find_table("roads");
  std::size_t rows = 0;
  const Emit count = [&](std::span<const Cell> cells) {
    EXPECT_EQ(cells.size(), roads.columns.size());
    return ++rows > 0;
  };
  model::Writer w;
  w(RoadRow{"a", model::JunctionId{1}, model::JunctionId{2}, 10, model::LaneId{3}, 2,
            model::DistrictId{0}});
  const std::string key = Key().text("road").u32(7).take();
  EXPECT_TRUE(decode(roads, {}, key, w.bytes(), count));
  EXPECT_FALSE(decode(roads, {}, key, w.bytes().substr(1), count));
  EXPECT_FALSE(decode(roads, {}, key, w.bytes() + "x", count));
  EXPECT_FALSE(decode(roads, {}, key + "x", w.bytes(), count));
  EXPECT_FALSE(decode(roads, {}, Key().text("lane").u32(7).take(), w.bytes(), count));
  EXPECT_EQ(rows, 1U);
}

TEST(LaneHistory, IsReadInPlace) {
  model::LaneHistoryBlock block;
  block.block = 4;
  for (model::Step s : {60U, 70U, 80U}) {
    block.steps.push_back(s);
    block.samples.emplace_back(5);
    block.samples.back()[2].queue_x100 = static_cast<std::uint16_t>(s);
  }
  model::Writer w;
  w(block);
  const auto view = LaneHistoryView::of(w.bytes());
  ASSERT_TRUE(view);
  EXPECT_EQ(view->block(), 4U);
  EXPECT_EQ(view->samples(), 3U);
  EXPECT_EQ(view->lanes(), 5U);
  EXPECT_EQ(view->at(1, 2).queue_x100, 70U);
  EXPECT_EQ(view->last_until(59), 3U);
  EXPECT_EQ(view->last_until(60), 0U);
  EXPECT_EQ(view->last_until(79), 1U);
  EXPECT_EQ(view->last_until(1000), 2U);
  for (std::size_t n = 0; n < w.bytes().size(); ++n)
    EXPECT_FALSE(LaneHistoryView::of(std::string_view(w.bytes()).substr(0, n))) << n;
}

TEST(Health, FollowsFromCounts) {
  IndicatorSample s;
  EXPECT_LT(health(s, 5000).freshness_s, 0);
  EXPECT_LT(health(s, 5000).validity, 0);
  s = {0, 3000, 10, 30, 25, 2, 1, 1, 12};
  const auto h = health(s, 5000);
  EXPECT_DOUBLE_EQ(h.freshness_s, 2);
  EXPECT_DOUBLE_EQ(h.completeness, 0.75);
  EXPECT_DOUBLE_EQ(h.validity, 0.8);
  EXPECT_DOUBLE_EQ(h.duplicate_rate, 0.1);
  EXPECT_DOUBLE_EQ(h.late_rate, 0.1);
  s.expected = 5;
  EXPECT_DOUBLE_EQ(health(s, 5000).completeness, 1);
  const IndicatorRow a{5000, {s}}, b{5000, {s, {3, 4000, 1, 1, 1, 0, 0, 0, 0}}};
  const IndicatorRow rows[] = {b, a};
  const auto city = together(rows);
  ASSERT_EQ(city.datasets.size(), 2U);
  EXPECT_EQ(city.datasets[0].records, 20U);
  EXPECT_EQ(city.datasets[1].dataset, 3U);
}

TEST(Expressions, TermsAreRead) {
  const auto terms = parse_terms(R"(view=hub,lane="a,""b""/2",step=)");
  ASSERT_TRUE(terms) << terms.error().text();
  ASSERT_EQ(terms->size(), 3U);
  EXPECT_EQ((*terms)[1].value, "a,\"b\"/2");
  EXPECT_EQ((*terms)[2].value, "");
  EXPECT_EQ(text_of(*terms), R"(view=hub,lane="a,""b""/2",step=)");
  EXPECT_TRUE(parse_terms("")->empty());
  for (const char* bad : {"view", "=3", "a=1,", "a=\"1", "a=1,a=2", "a=\"1\"x", ",a=1"}) {
    const auto read = parse_terms(bad);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, "CB-INPUT-KEY");
  }
}

TEST(Expressions, TimesAreRead) {
  constexpr std::int64_t start_ms = 1'772'407'800'000;  // 2026-03-01T23:30:00Z
  const std::pair<const char*, model::Step> good[] = {{"0", 0},
                                                      {"90", 90},
                                                      {"90s", 90},
                                                      {"15m", 900},
                                                      {"1h30m", 5400},
                                                      {"1h2m3s", 3723},
                                                      {"2026-03-01T23:45:00Z", 900},
                                                      {"2026-03-02T07:45:00+08:00", 900}};
  for (const auto& [text, step] : good) {
    const auto read = parse_time(text, start_ms);
    ASSERT_TRUE(read) << read.error().text();
    EXPECT_EQ(*read, step) << text;
  }
  for (const char* bad : {"", "soon", "-1", "1m1h", "1.5h", "2026-02-30T00:00:00Z", "1x", "7:45",
                          "2026-03-02T07:45:00", "2026-03-02T07:29:59+08:00", "99999999999999h"}) {
    const auto read = parse_time(bad, start_ms);
    ASSERT_FALSE(read) << bad;
    EXPECT_EQ(read.error().code, "CB-INPUT-TIME");
  }
  EXPECT_FALSE(parse_time("2026-03-02T07:45:00+08:00", -1));
  EXPECT_TRUE(parse_time("15m", -1));
}

}  // namespace
}  // namespace citybrain::store
