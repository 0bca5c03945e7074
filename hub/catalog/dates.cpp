#include "hub/catalog/dates.h"

#include <fmt/format.h>

#include <cstdlib>

namespace citybrain::catalog {

using model::EventTime;

namespace {

/// Two or four digits at `at`; -1 for anything else.
int digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  if (at + count > text.size()) return -1;
  for (std::size_t i = at; i < at + count; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

std::chrono::sys_time<std::chrono::milliseconds> local_time(EventTime time,
                                                            std::int32_t utc_offset_min) {
  return std::chrono::sys_time<std::chrono::milliseconds>{std::chrono::milliseconds{time.ms} +
                                                          std::chrono::minutes{utc_offset_min}};
}

}  // namespace

std::optional<Date> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int y = digits(text, 0, 4), m = digits(text, 5, 2), d = digits(text, 8, 2);
  if (y < 1970 || y > 2200 || m < 0 || d < 0) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{y},
                                        std::chrono::month{static_cast<unsigned>(m)},
                                        std::chrono::day{static_cast<unsigned>(d)}};
  if (!day.ok()) return std::nullopt;
  return Date{day};
}

std::string date_text(Date date) {
  const std::chrono::year_month_day day{date};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(day.year()),
                     static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
}

bool is_weekend(Date date) {
  const std::chrono::weekday day{date};
  return day == std::chrono::Saturday || day == std::chrono::Sunday;
}

std::optional<EventTime> parse_time(std::string_view text) {
  if (text.size() != 25 || text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      text[22] != ':' || (text[19] != '+' && text[19] != '-'))
    return std::nullopt;
  const auto date = parse_date(text.substr(0, 10));
  // Whatever the offset, the day is one that can be written.
  if (date &&
      (*date < Date{std::chrono::days{365}} || *date >= Date{std::chrono::year{2200} / 1 / 1}))
    return std::nullopt;
  const int h = digits(text, 11, 2), m = digits(text, 14, 2), s = digits(text, 17, 2);
  const int oh = digits(text, 20, 2), om = digits(text, 23, 2);
  if (!date || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 59 || oh < 0 || oh > 14 ||
      om < 0 || om > 59)
    return std::nullopt;
  const std::int64_t offset_min = (text[19] == '-' ? -1 : 1) * (oh * 60 + om);
  const std::int64_t minutes = date->time_since_epoch().count() * 24 * 60 + h * 60 + m - offset_min;
  return EventTime{(minutes * 60 + s) * 1000};
}

Date day_of(EventTime time, std::int32_t utc_offset_min) {
  return std::chrono::floor<std::chrono::days>(local_time(time, utc_offset_min));
}

std::string time_text(EventTime time, std::int32_t utc_offset_min) {
  const auto local = local_time(time, utc_offset_min);
  const Date day = std::chrono::floor<std::chrono::days>(local);
  const std::int64_t second = std::chrono::floor<std::chrono::seconds>(local - day).count();
  const int offset = std::abs(utc_offset_min);
  return fmt::format("{}T{:02}:{:02}:{:02}{}{:02}:{:02}", date_text(day), second / 3600,
                     second / 60 % 60, second % 60, utc_offset_min < 0 ? '-' : '+', offset / 60,
                     offset % 60);
}

}  // namespace citybrain::catalog
