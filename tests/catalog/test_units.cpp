// Units, time zones and texts of times that contracts may declare.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "hub/catalog/time_format.h"
#include "hub/catalog/time_zone.h"
#include "hub/catalog/units.h"

namespace citybrain::catalog {
namespace {

TEST(Units, UcumIsReadWithPrefixesProductsAndAnnotations) {
  struct Case {
    const char* text;
    double factor;
    Dimension dimension;
  };
  for (const Case& c : {Case{"m", 1, kLengths},
                        Case{"dm", 0.1, kLengths},
                        Case{"km", 1000, kLengths},
                        Case{"[mi_i]", 1609.344, kLengths},
                        Case{"10.m", 10, kLengths},
                        Case{"ms", 0.001, kTimes},
                        Case{"min", 60, kTimes},
                        Case{"km/h", 1000.0 / 3600, kSpeeds},
                        Case{"km.h-1", 1000.0 / 3600, kSpeeds},
                        Case{"m/s", 1, kSpeeds},
                        Case{"[kn_i]", 1852.0 / 3600, kSpeeds},
                        Case{"[mi_i]/h", 1609.344 / 3600, kSpeeds},
                        Case{"cm/(10.ms)", 1, kSpeeds},
                        Case{"deg", 1, kAngles},
                        Case{"'", 1.0 / 60, kAngles},
                        Case{"1", 1, kNumbers},
                        Case{"{vehicle}", 1, kNumbers},
                        Case{"%", 0.01, kNumbers},
                        Case{"/h", 1.0 / 3600, {{0, -1, 0, 0, 0}}},
                        Case{"ug/m3", 1e-6, {{-3, 0, 1, 0, 0}}},
                        Case{"m2", 1, {{2, 0, 0, 0, 0}}}}) {
    const auto unit = unit_of(c.text);
    ASSERT_TRUE(unit) << c.text;
    EXPECT_DOUBLE_EQ(unit->factor, c.factor) << c.text;
    EXPECT_EQ(unit->dimension, c.dimension) << c.text;
  }
  EXPECT_EQ(unit_of("km/h")->factor, 1 / 3.6);  // to the last bit, as it always was
}

TEST(Units, WhatIsNoUnitIsRefusedAndTheNearestNamed) {
  for (const char* wrong : {"", "kmh", "km/", "m//s", "kmin", "(m", "m)", "m0", "m-", "{", "{}",
                            "0", "mm10", "M", "S", "hm/hh", "((((((((((m))))))))))"})
    EXPECT_FALSE(unit_of(wrong)) << wrong;
  EXPECT_EQ(nearest_unit("kmh"), "km/h");
  EXPECT_EQ(nearest_unit("seconds"), "s");
  EXPECT_EQ(nearest_unit("mph"), "[mi_i]/h");
  EXPECT_EQ(nearest_unit("something else"), "");
}

RC_GTEST_PROP(Units, AnyTextIsAUnitWithAFactorOrNone, (const std::string& text)) {
  const auto unit = unit_of(text);
  if (unit) RC_ASSERT(unit->factor > 0);
}

TEST(TimeFormats, PatternsSayWhereDigitsAre) {
  for (const char* good :
       {"yyyy-MM-dd HH:mm:ss", "yyMMddHHmmss", "dd.MM.yyyy HH:mm", "yyyy/MM/dd'HH:mm:ss.SSS"})
    EXPECT_TRUE(is_time_format(good)) << good;
  for (const char* bad : {"", "yyyy-MM-dd", "yyyyMMddHHmmssQ", "yyyMMddHHmm", "yyyyMMddHHmmmm",
                          "yyyyyyMMddHHmm", "yyyy2MMddHHmm"})
    EXPECT_FALSE(is_time_format(bad)) << bad;
  EXPECT_EQ(local_ms("2026-03-02 07:00:01", "yyyy-MM-dd HH:mm:ss"), 1'772'434'801'000);
  EXPECT_EQ(local_ms("260302070001", "yyMMddHHmmss"), 1'772'434'801'000);
  EXPECT_EQ(local_ms("02.03.2026 07:00:01.250", "dd.MM.yyyy HH:mm:ss.SSS"), 1'772'434'801'250);
  for (const char* wrong : {"2026-13-02 07:00:01", "2026-03-02T07:00:01", "2026-03-02 07:00:0",
                            "2026-03-02 24:00:01", "2026-03-0a 07:00:01"})
    EXPECT_FALSE(local_ms(wrong, "yyyy-MM-dd HH:mm:ss")) << wrong;
}

constexpr std::int64_t kHour_ms = 3'600'000;

TEST(TimeZones, OffsetsNeedNoDatabase) {
  EXPECT_EQ(TimeZone::named("+08:00")->utc_ms(8 * kHour_ms), 0);
  EXPECT_EQ(TimeZone::named("-03:30")->utc_ms(0), 3 * kHour_ms + kHour_ms / 2);
  EXPECT_EQ(TimeZone::named("Z")->utc_ms(5), 5);
  EXPECT_EQ(TimeZone::fixed(480).name(), "+08:00");
  EXPECT_EQ(TimeZone::fixed(-210).name(), "-03:30");
  for (const char* wrong : {"", "+8", "+15:00", "+08:60", "08:00", "../etc/passwd", "/etc/passwd",
                            "Asia/Shangai", "Asia"})
    EXPECT_FALSE(TimeZone::named(wrong)) << wrong;
}

/// A TZif file of one transition and a footer: UTC+1 until 1000 s, then Berlin's rules.
std::string berlin() {
  const auto big = [](std::int64_t v, int n) {
    std::string out;
    for (int i = n - 1; i >= 0; --i) out += static_cast<char>((v >> (8 * i)) & 0xFF);
    return out;
  };
  const auto head = [&](std::int64_t times, std::int64_t types, std::int64_t letters) {
    return "TZif2" + std::string(15, '\0') + big(0, 4) + big(0, 4) + big(0, 4) + big(times, 4) +
           big(types, 4) + big(letters, 4);
  };
  const std::string type = big(3600, 4) + std::string("\0\0", 2);
  return head(0, 1, 4) + type + std::string("CET\0", 4) + head(1, 1, 4) + big(1000, 8) +
         std::string(1, '\0') + type + std::string("CET\0", 4) + "\nCET-1CEST,M3.5.0,M10.5.0/3\n";
}

TEST(TimeZones, RulesAfterTheLastTransitionHold) {
  const auto zone = TimeZone::from_tzif(berlin(), "Europe/Berlin");
  ASSERT_TRUE(zone) << zone.error().text();
  EXPECT_EQ(zone->offset_s(0), 3600);
  EXPECT_EQ(zone->offset_s(1'772'434'801), 3600);  // 2 March 2026
  EXPECT_EQ(zone->offset_s(1'774'745'999), 3600);  // 29 March 2026, 00:59:59 UTC
  EXPECT_EQ(zone->offset_s(1'774'746'000), 7200);  // a second later
  EXPECT_EQ(zone->offset_s(1'792'889'999), 7200);  // 25 October 2026, 00:59:59 UTC
  EXPECT_EQ(zone->offset_s(1'792'890'000), 3600);
  // 02:30 on 29 March was never shown; 02:30 on 25 October was shown twice.
  EXPECT_EQ(zone->utc_ms(1'774'751'400'000), 1'774'751'400'000 - kHour_ms);
  EXPECT_EQ(zone->utc_ms(1'792'895'400'000), 1'792'895'400'000 - 2 * kHour_ms);
}

TEST(TimeZones, ABrokenFileIsRefused) {
  const auto whole = berlin();
  for (std::size_t n = 0; n + 1 < whole.size(); ++n)
    if (n != 44 + 10 + 44 + 8 + 1 + 6 + 4)  // without the footer it is a whole file
      EXPECT_FALSE(TimeZone::from_tzif(whole.substr(0, n), "x")) << n;
}

RC_GTEST_PROP(TimeZones, AClockReadBackIsTheSameInstant, (std::uint32_t second)) {
  static const auto zone = TimeZone::from_tzif(berlin(), "Europe/Berlin");
  const std::int64_t utc = second;
  const std::int64_t local = utc + zone->offset_s(utc);
  const std::int64_t back = zone->utc_ms(local * 1000) / 1000;
  // In the hour that is shown twice the first showing is taken.
  RC_ASSERT(back == utc || (back == utc - 3600 && zone->offset_s(utc - 3600) == 7200));
}

}  // namespace
}  // namespace citybrain::catalog
