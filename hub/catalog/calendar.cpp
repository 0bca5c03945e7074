#include "hub/catalog/calendar.h"

#include <fmt/format.h>

#include <algorithm>

#include "hub/catalog/strict_map.h"
#include "hub/catalog/text_file.h"

namespace citybrain::catalog {

using model::Error;
using model::EventTime;
using model::Result;
using std::chrono::days;

namespace {

constexpr const char* kCalendarCode = "CB-INPUT-CALENDAR";
constexpr std::int64_t kDayMs = 86'400'000;

Date new_year(std::uint32_t year) {
  return Date{std::chrono::year{static_cast<int>(year)} / 1 / 1};
}

/// One year's days, as they deviate from Monday to Friday.
class Year {
 public:
  Year(StrictMap& r, std::uint32_t year, std::vector<std::uint8_t>& out)
      : r_(r), first_(new_year(year)), end_(new_year(year + 1)), out_(out) {
    for (Date d = first_; d < end_; d += days{1}) out_.push_back(is_weekend(d) ? 0 : 1);
  }

  void holidays(const YAML::Node& list) {
    if (!list.IsDefined() || !list.IsSequence())
      return r_.fail(list, "holidays: expected a list of {name, from, until}");
    for (const auto& h : list) {
      if (!r_.expect(h, "holidays", {"name", "from", "until"})) return;
      (void)r_.text(h, "name");
      const Date from = r_.date(h["from"], "from"), until = r_.date(h["until"], "until");
      if (r_.error()) return;
      if (until < from || until - from > days{60})
        return r_.fail(h["until"], fmt::format("until: expected a day from {} on, found {}",
                                               date_text(from), date_text(until)));
      for (Date d = from; d <= until; d += days{1}) set(d, 0, h["from"]);
    }
  }
  void working_weekends(const YAML::Node& list) {
    if (!list.IsDefined() || !list.IsSequence())
      return r_.fail(list, "working_weekends: expected a list of days");
    for (const auto& day : list) {
      const Date d = r_.date(day, "working_weekends");
      if (r_.error()) return;
      if (!is_weekend(d))
        return r_.fail(day,
                       fmt::format("working_weekends: {} is no Saturday or Sunday", date_text(d)));
      set(d, 1, day);
    }
  }

 private:
  void set(Date d, std::uint8_t works, const YAML::Node& at) {
    if (d < first_ || d >= end_)
      return r_.fail(at, fmt::format("{} is not in the year of this entry", date_text(d)),
                     "a holiday that goes over New Year is written in both years");
    auto& day = out_[out_.size() - static_cast<std::size_t>((end_ - d).count())];
    if (works != 0 && std::find(free_.begin(), free_.end(), d) != free_.end())
      return r_.fail(at, fmt::format("{} is a holiday and a working day", date_text(d)));
    if (works == 0) free_.push_back(d);
    day = works;
  }

  StrictMap& r_;
  Date first_, end_;
  std::vector<std::uint8_t>& out_;
  std::vector<Date> free_;
};

}  // namespace

Result<Calendar> Calendar::parse(std::string_view text, std::string_view name) {
  return read_strictly<Calendar>(
      kCalendarCode, text, name, [](StrictMap& r, const YAML::Node& root) {
        Calendar c;
        if (!r.expect(root, "calendar", {"calendar", "name", "utc_offset_minutes", "years"}))
          return c;
        (void)r.whole(root, "calendar", 1, 1);
        c.name_ = r.text(root, "name");
        c.utc_offset_min_ = r.offset(root, "utc_offset_minutes");
        const YAML::Node years = root["years"];
        c.years_at_ = r.place(years) + ": years";
        if (!years.IsDefined() || !years.IsSequence() || years.size() == 0 || years.size() > 200) {
          r.fail(years.IsDefined() ? years : root, "years: expected a list of 1 to 200 years");
          return c;
        }
        std::uint32_t next = 0;
        for (const auto& y : years) {
          if (!r.expect(y, "years", {"year", "source", "holidays", "working_weekends"})) return c;
          const std::uint32_t year = r.whole(y, "year", 1970, 2199);
          (void)r.text(y, "source");
          if (next != 0 && year != next)
            r.fail(y["year"],
                   fmt::format("year: expected {}, found {}: the calendar has a gap, or is "
                               "out of order",
                               next, year),
                   "add the years between; years follow each other");
          if (r.error()) return c;
          if (next == 0) c.first_ = new_year(year);
          next = year + 1;
          Year days_of(r, year, c.works_);
          days_of.holidays(y["holidays"]);
          days_of.working_weekends(y["working_weekends"]);
          if (r.error()) return c;
        }
        std::uint32_t sum = 0;
        for (const auto w : c.works_) c.so_far_.push_back(sum += w);
        return c;
      });
}

Result<Calendar> Calendar::load(const std::filesystem::path& file) {
  CITYBRAIN_ASSIGN(text, read_text(file, kCalendarCode));
  return parse(text, file.string());
}

Error Calendar::beyond(Date date) const {
  return {kCalendarCode,
          fmt::format("{} is outside of the calendar \"{}\", which covers {} to {}",
                      date_text(date), name_, date_text(first_), date_text(last())),
          years_at_, "add the arrangement of that year to the calendar"};
}

std::uint32_t Calendar::before(Date date) const {
  return so_far_[static_cast<std::size_t>((date - first_).count())];
}

Result<bool> Calendar::works(Date date) const {
  if (!covers(date)) return beyond(date);
  return works_[static_cast<std::size_t>((date - first_).count())] != 0;
}

Result<std::uint32_t> Calendar::working_days(Date after, Date until) const {
  if (!covers(after)) return beyond(after);
  if (!covers(until)) return beyond(until);
  return until <= after ? 0U : before(until) - before(after);
}

Result<Date> Calendar::due(Date start, std::uint32_t wanted) const {
  if (!covers(start)) return beyond(start);
  if (wanted == 0) return start;
  const std::uint32_t target = before(start) + wanted;
  const auto it = std::lower_bound(so_far_.begin(), so_far_.end(), target);
  if (it == so_far_.end()) return beyond(last() + days{1});
  return first_ + days{it - so_far_.begin()};
}

Date Calendar::day_of(EventTime time) const { return catalog::day_of(time, utc_offset_min_); }

EventTime Calendar::begin_of(Date date) const {
  return {date.time_since_epoch().count() * kDayMs - std::int64_t{utc_offset_min_} * 60'000};
}

}  // namespace citybrain::catalog
