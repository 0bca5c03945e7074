// Calendars and laws from their files: the published arrangements, and what is said of wrong ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "hub/catalog/calendar.h"
#include "hub/catalog/law.h"

namespace citybrain::catalog {
namespace {

using std::chrono::days;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const std::filesystem::path kSchemas = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas";

Calendar china() { return Calendar::load(kSchemas / "calendars/china.yaml").value(); }
Date day(const char* text) { return *parse_date(text); }

TEST(Calendar, HasTheWorkingDaysOfThePublishedYears) {
  const auto c = china();
  EXPECT_EQ(date_text(c.first()), "2024-01-01");
  EXPECT_EQ(date_text(c.last()), "2026-12-31");
  EXPECT_EQ(*c.working_days(day("2024-01-01"), day("2024-12-31")), 251U);
  EXPECT_EQ(*c.working_days(day("2025-01-01"), day("2025-12-31")), 248U);
  EXPECT_EQ(*c.working_days(day("2026-01-01"), day("2026-12-31")), 248U);
}

TEST(Calendar, KnowsHolidaysAndWorkedWeekends) {
  const auto c = china();
  for (const char* free : {"2024-01-01", "2024-02-16", "2025-01-28", "2025-10-08", "2026-02-23",
                           "2026-10-07", "2026-03-07"})
    EXPECT_FALSE(*c.works(day(free))) << free;
  for (const char* works : {"2024-02-04", "2024-02-09", "2025-01-26", "2026-01-04", "2026-02-14",
                            "2026-02-28", "2026-10-10", "2026-03-02"})
    EXPECT_TRUE(*c.works(day(works))) << works;
}

TEST(Calendar, CountsFromTheDayAfter) {
  const auto c = china();
  EXPECT_EQ(date_text(*c.due(day("2026-03-02"), 1)), "2026-03-03");
  EXPECT_EQ(date_text(*c.due(day("2026-03-06"), 1)), "2026-03-09");
  EXPECT_EQ(date_text(*c.due(day("2026-02-13"), 2)), "2026-02-24");  // 14th is worked, then 9 days
  EXPECT_EQ(date_text(*c.due(day("2026-03-07"), 0)), "2026-03-07");
  EXPECT_EQ(*c.working_days(day("2026-03-09"), day("2026-03-02")), 0U);
}

TEST(Calendar, KeepsLocalDays) {
  const auto c = china();
  EXPECT_EQ(date_text(c.day_of(*parse_time("2026-03-01T16:00:00+00:00"))), "2026-03-02");
  EXPECT_EQ(date_text(c.day_of(*parse_time("2026-03-01T15:59:59+00:00"))), "2026-03-01");
  EXPECT_EQ(c.begin_of(day("2026-03-02")), *parse_time("2026-03-02T00:00:00+08:00"));
  EXPECT_EQ(time_text(*parse_time("2026-03-01T16:00:00+00:00"), 480), "2026-03-02T00:00:00+08:00");
}

TEST(Calendar, SaysWhatItDoesNotCover) {
  const auto c = china();
  const auto beyond = c.due(day("2026-12-30"), 2);
  ASSERT_FALSE(beyond);
  EXPECT_EQ(beyond.error().code, "CB-INPUT-CALENDAR");
  EXPECT_THAT(beyond.error().what, HasSubstr("2027-01-01 is outside"));
  EXPECT_THAT(beyond.error().what, HasSubstr("2024-01-01 to 2026-12-31"));
  EXPECT_THAT(beyond.error().where, HasSubstr("china.yaml:"));
  EXPECT_THAT(beyond.error().where, EndsWith(": years"));
  EXPECT_FALSE(c.works(day("2023-12-31")));
  EXPECT_FALSE(c.working_days(day("2026-12-31"), day("2027-01-04")));
}

struct Wrong {
  const char* replaced;
  const char* by;
  const char* line;  ///< of the error
  const char* says;
};

const std::string kGood =
    "calendar: 1\n"
    "name: test\n"
    "utc_offset_minutes: 480\n"
    "years:\n"
    "  - year: 2024\n"
    "    source: x\n"
    "    holidays: [{name: a, from: 2024-01-01, until: 2024-01-02}]\n"
    "    working_weekends: [2024-01-06]\n"
    "  - {year: 2025, source: x, holidays: [], working_weekends: []}\n";

std::string with(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

TEST(Calendar, NamesLineAndFieldOfWhatIsWrong) {
  ASSERT_TRUE(Calendar::parse(kGood, "c.yaml"));
  const Wrong wrong[] = {
      {"{year: 2025", "{year: 2026", "c.yaml:9:", "gap"},
      {"2024-01-06", "2024-01-05", "c.yaml:8:", "no Saturday or Sunday"},
      {"2024-01-06", "2025-01-04", "c.yaml:8:", "not in the year"},
      {"from: 2024-01-01", "from: 2024-13-01", "c.yaml:7:", "from: expected a day"},
      {"until: 2024-01-02", "until: 2023-12-31", "c.yaml:7:", "until"},
      {"until: 2024-01-02", "until: 2024-01-06", "c.yaml:8:", "a holiday and a working day"},
      {"480", "-900", "c.yaml:3:", "utc_offset_minutes"},
      {"    source: x", "    sauce: x", "c.yaml:6:", "there is no key"},
      {"calendar: 1", "calendar: 2", "c.yaml:1:", "calendar"},
  };
  for (const auto& w : wrong) {
    const auto c = Calendar::parse(with(kGood, w.replaced, w.by), "c.yaml");
    ASSERT_FALSE(c) << w.by;
    EXPECT_EQ(c.error().code, "CB-INPUT-CALENDAR");
    EXPECT_THAT(c.error().where, HasSubstr(w.line)) << w.by;
    EXPECT_THAT(c.error().what, HasSubstr(w.says)) << w.by;
  }
}

TEST(Law, PresetsHaveTheLimitsOfTheirSources) {
  const auto load = [](const char* name) {
    return Law::load(kSchemas / "laws" / (std::string(name) + ".yaml")).value();
  };
  const auto order = load("order-809"), county = load("county-2024"),
             interim = load("2016-interim");
  EXPECT_EQ(order.limits.unconditional, 1U);
  EXPECT_EQ(order.limits.conditional, 10U);
  EXPECT_EQ(order.limits.delivery, 20U);
  EXPECT_EQ(county.limits.check, 2U);
  EXPECT_EQ(county.limits.on_platform, 5U);
  EXPECT_EQ(county.limits.conditional, 10U);
  EXPECT_EQ(interim.limits.conditional, 10U);
  EXPECT_EQ(interim.limits.on_platform, 10U);
  EXPECT_EQ(load("unconditional").conditional, Access::kOpen);
  EXPECT_EQ(load("refusal").conditional, Access::kRefused);
}

TEST(Law, NamesLineAndFieldOfWhatIsWrong) {
  const std::string good =
      "law: 1\nname: mine\ntitle: {en: a, zh: b}\nsource: c\n"
      "access: {unconditional: open, conditional: on-request}\n"
      "working_days: {check: 1, unconditional: 0, conditional: 3, delivery: 0, completion: 1,\n"
      "  negotiation: 1, escalation: 1, correction: 1}\nreturns: 1\n";
  ASSERT_TRUE(Law::parse(good, "l.yaml"));
  EXPECT_EQ(Law::parse(good, "l.yaml")->limits.on_platform, 3U);
  const Wrong wrong[] = {{"open", "opened", "l.yaml:5:", "expected open, on-request or refused"},
                         {"conditional: 3", "conditional: -3", "l.yaml:6:", "conditional"},
                         {"returns: 1", "return: 1", "l.yaml:8:", "there is no key"},
                         {"source: c\n", "", "l.yaml:1:", "source must be a text"}};
  for (const auto& w : wrong) {
    const auto law = Law::parse(with(good, w.replaced, w.by), "l.yaml");
    ASSERT_FALSE(law) << w.by;
    EXPECT_EQ(law.error().code, "CB-INPUT-LAW");
    EXPECT_THAT(law.error().where, HasSubstr(w.line)) << w.by;
    EXPECT_THAT(law.error().what, HasSubstr(w.says)) << w.by;
  }
}

}  // namespace
}  // namespace citybrain::catalog
