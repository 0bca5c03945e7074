// A calendar of working days (schemas/calendars/*.yaml): Monday to Friday, but for the holidays of
// a year, and the weekends that are worked instead. Years follow each other without a gap; nothing
// is guessed beyond the last one: a question about a day that the calendar does not cover is an
// error with the file, the line of the years, and what is covered. Values after loading; pure
// functions. Errors: CB-INPUT-CALENDAR.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/dates.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

class Calendar {
 public:
  static model::Result<Calendar> load(const std::filesystem::path& file);
  static model::Result<Calendar> parse(std::string_view text, std::string_view name);

  const std::string& name() const { return name_; }
  std::int32_t utc_offset_min() const { return utc_offset_min_; }
  Date first() const { return first_; }
  Date last() const { return first_ + std::chrono::days{works_.size()} - std::chrono::days{1}; }
  bool covers(Date date) const { return date >= first_ && date <= last(); }

  model::Result<bool> works(Date date) const;
  /// Working days d with after < d <= until; 0 when until is not later.
  model::Result<std::uint32_t> working_days(Date after, Date until) const;
  /// The `days`-th working day after `start`; `start` itself for 0.
  model::Result<Date> due(Date start, std::uint32_t days) const;

  /// The local day of a time, and when a day begins.
  Date day_of(model::EventTime time) const;
  model::EventTime begin_of(Date date) const;

 private:
  model::Error beyond(Date date) const;
  std::uint32_t before(Date date) const;  ///< working days from first() on that are <= date

  std::string name_;
  std::string years_at_;  ///< file:line:column of the years
  std::int32_t utc_offset_min_ = 0;
  Date first_;
  std::vector<std::uint8_t> works_;    ///< by day from first_ on
  std::vector<std::uint32_t> so_far_;  ///< working days up to and including that day
};

}  // namespace citybrain::catalog
