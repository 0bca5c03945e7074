#include "hub/store/expressions.h"

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <limits>
#include <optional>

namespace citybrain::store {

using model::Error;
using model::Result;
using model::Step;

namespace {

Error bad_key(std::string_view text, std::string what) {
  return {"CB-INPUT-KEY", std::move(what), std::string(text),
          "write COLUMN=VALUE,COLUMN=VALUE; quote values with commas"};
}

Error bad_time(std::string_view text, std::string what) {
  return {"CB-INPUT-TIME", std::move(what), std::string(text),
          "write 90, 90s, 15m, 1h30m or 2026-03-02T07:45:00+08:00"};
}

/// Takes a value off the front: up to the next comma, or in quotes. Nothing when quotes are open.
std::optional<std::string> take_value(std::string_view& text) {
  std::string out;
  if (!text.starts_with('"')) {
    const auto comma = text.find(',');
    out = text.substr(0, comma);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma);
    return out;
  }
  for (text.remove_prefix(1); !text.empty();) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"' && !text.starts_with('"')) return out;
    if (c == '"') text.remove_prefix(1);
    out += c;
  }
  return std::nullopt;
}

/// Digits off the front, at least one and at most `most`.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t most) {
  std::size_t n = 0;
  std::int64_t v = 0;
  while (n < text.size() && n < most && text[n] >= '0' && text[n] <= '9')
    v = v * 10 + (text[n++] - '0');
  if (n == 0) return std::nullopt;
  text.remove_prefix(n);
  return v;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

/// Seconds; nothing when it is no duration.
std::optional<std::int64_t> duration_s(std::string_view text) {
  std::int64_t sum = 0;
  char last = 'z';  // units come from the greatest to the smallest
  while (!text.empty()) {
    const auto n = take_digits(text, 10);
    if (!n) return std::nullopt;
    const char unit = text.empty() ? 's' : text.front();
    if (!text.empty()) text.remove_prefix(1);
    const auto rank = [](char u) { return u == 'h' ? 3 : u == 'm' ? 2 : u == 's' ? 1 : 0; };
    if (rank(unit) == 0 || (last != 'z' && rank(unit) >= rank(last))) return std::nullopt;
    last = unit;
    sum += *n * (unit == 'h' ? 3600 : unit == 'm' ? 60 : 1);
  }
  return sum;
}

/// Seconds since 1970 of a date and time with an offset.
std::optional<std::int64_t> instant_s(std::string_view t) {
  const auto year = take_digits(t, 4);
  if (!year || !take(t, '-')) return std::nullopt;
  const auto month = take_digits(t, 2);
  if (!month || !take(t, '-')) return std::nullopt;
  const auto day = take_digits(t, 2);
  if (!day || !take(t, 'T')) return std::nullopt;
  const auto hour = take_digits(t, 2);
  if (!hour || !take(t, ':')) return std::nullopt;
  const auto minute = take_digits(t, 2);
  if (!minute || !take(t, ':')) return std::nullopt;
  const auto second = take_digits(t, 2);
  if (!second || *hour > 23 || *minute > 59 || *second > 59) return std::nullopt;
  std::int64_t offset = 0;
  if (!take(t, 'Z')) {
    const bool west = t.starts_with('-');
    if (!take(t, west ? '-' : '+')) return std::nullopt;
    const auto hours = take_digits(t, 2);
    if (!hours || !take(t, ':')) return std::nullopt;
    const auto minutes = take_digits(t, 2);
    if (!minutes || *hours > 14 || *minutes > 59) return std::nullopt;
    offset = (west ? -1 : 1) * (*hours * 3600 + *minutes * 60);
  }
  const std::chrono::year_month_day date{std::chrono::year{static_cast<int>(*year)},
                                         std::chrono::month{static_cast<unsigned>(*month)},
                                         std::chrono::day{static_cast<unsigned>(*day)}};
  if (!t.empty() || !date.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days{date}.time_since_epoch().count();
  return days * 86'400 + *hour * 3600 + *minute * 60 + *second - offset;
}

}  // namespace

Result<std::vector<Term>> parse_terms(std::string_view text) {
  std::vector<Term> out;
  const auto whole = text;
  while (!text.empty()) {
    const auto equals = text.find('=');
    const auto column = text.substr(0, equals);
    if (equals == std::string_view::npos || column.empty() ||
        column.find_first_of(",\"") != std::string_view::npos)
      return bad_key(whole, fmt::format("expected COLUMN=VALUE at \"{}\"", text));
    text.remove_prefix(equals + 1);
    auto value = take_value(text);
    if (!value) return bad_key(whole, "the quotes are not closed");
    for (const auto& t : out)
      if (t.column == column)
        return bad_key(whole, fmt::format("the column {} is given twice", column));
    out.push_back({std::string(column), std::move(*value)});
    if (text.empty()) break;
    if (!take(text, ',') || text.empty())
      return bad_key(whole, "expected a comma and another COLUMN=VALUE after a value");
  }
  return out;
}

std::string text_of(const std::vector<Term>& terms) {
  std::string out;
  for (const auto& t : terms) {
    if (!out.empty()) out += ',';
    out += t.column + '=';
    if (t.value.find_first_of(",\"") == std::string::npos) {
      out += t.value;
      continue;
    }
    out += '"';
    for (const char c : t.value) out += c == '"' ? std::string("\"\"") : std::string(1, c);
    out += '"';
  }
  return out;
}

Result<Step> parse_time(std::string_view text, std::int64_t start_ms) {
  std::int64_t seconds = 0;
  if (const auto duration = text.empty() ? std::nullopt : duration_s(text)) {
    seconds = *duration;
  } else if (const auto instant = instant_s(text)) {
    if (start_ms < 0)
      return bad_time(text,
                      "this store does not know its start: only seconds since it can be read");
    seconds = *instant - start_ms / 1000;
    if (seconds < 0) return bad_time(text, "this is before the run's start");
  } else {
    return bad_time(text, "this is no time");
  }
  if (seconds > std::numeric_limits<Step>::max() / 2)
    return bad_time(text, "this is far after any run's end");
  return static_cast<Step>(seconds);
}

}  // namespace citybrain::store
