// Beijing's clock, which every department of a Chinese city writes without saying so. Pure
// functions.
#pragma once

#include <fmt/format.h>

#include <chrono>
#include <string>

#include "hub/model/time.h"

namespace citybrain::connectors {

constexpr std::int64_t kBeijingMs = 8 * 3'600'000;

struct LocalTime {
  int year = 1970;
  unsigned month = 1, day = 1, hour = 0, minute = 0, second = 0;
};

inline LocalTime beijing_time(model::EventTime t) {
  using namespace std::chrono;
  const sys_seconds local{seconds{(t.ms + kBeijingMs) / 1000}};
  const auto midnight = floor<days>(local);
  const year_month_day date{midnight};
  const auto s = static_cast<unsigned>((local - midnight).count());
  return {static_cast<int>(date.year()),
          static_cast<unsigned>(date.month()),
          static_cast<unsigned>(date.day()),
          s / 3600,
          s / 60 % 60,
          s % 60};
}

/// "2026-03-02 07:00:01", Beijing time without a zone.
inline std::string beijing_text(model::EventTime t) {
  const LocalTime l = beijing_time(t);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", l.year, l.month, l.day, l.hour,
                     l.minute, l.second);
}

/// "20260302070001"
inline std::string beijing_digits(model::EventTime t) {
  const LocalTime l = beijing_time(t);
  return fmt::format("{:04}{:02}{:02}{:02}{:02}{:02}", l.year, l.month, l.day, l.hour, l.minute,
                     l.second);
}

/// The whole second that a wrong clock shows nearest to this time.
inline model::EventTime nearest_second(model::EventTime t) { return {(t.ms + 500) / 1000 * 1000}; }

}  // namespace citybrain::connectors
