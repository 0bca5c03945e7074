// Days and times as people write them: "2026-03-02", "2026-03-02T09:00:00+08:00". Pure functions;
// nothing reads a clock. A day is a local day of whoever keeps the calendar.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/model/time.h"

namespace citybrain::catalog {

using Date = std::chrono::sys_days;

/// Nothing unless `text` is a day of 1970 to 2200, written YYYY-MM-DD.
std::optional<Date> parse_date(std::string_view text);
std::string date_text(Date date);
/// 1970-01-01 was a Thursday.
bool is_weekend(Date date);

/// The local day of a time, where local time is so many minutes ahead of UTC.
Date day_of(model::EventTime time, std::int32_t utc_offset_min);

/// Nothing unless `text` is such a time of 1971 to 2199 with its offset from UTC.
std::optional<model::EventTime> parse_time(std::string_view text);
/// With seconds; milliseconds are left out.
std::string time_text(model::EventTime time, std::int32_t utc_offset_min);

}  // namespace citybrain::catalog
