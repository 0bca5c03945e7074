#include "hub/catalog/time_format.h"

#include <array>
#include <chrono>

namespace citybrain::catalog {

namespace {

constexpr std::string_view kLetters = "yMdHmsS";
constexpr std::array<std::size_t, 7> kDigits = {4, 2, 2, 2, 2, 2, 3};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::size_t run_length(std::string_view pattern, std::size_t at) {
  std::size_t n = 1;
  while (at + n < pattern.size() && pattern[at + n] == pattern[at]) ++n;
  return n;
}

}  // namespace

bool is_time_format(std::string_view pattern) {
  if (pattern.empty() || pattern.size() > 40) return false;
  std::array<int, 7> times = {};
  for (std::size_t i = 0; i < pattern.size();) {
    if (!is_letter(pattern[i])) {
      if (pattern[i] >= '0' && pattern[i] <= '9') return false;
      ++i;
      continue;
    }
    const auto which = kLetters.find(pattern[i]);
    const auto n = run_length(pattern, i);
    if (which == std::string_view::npos || ++times[which] > 1) return false;
    if (n != kDigits[which] && !(which == 0 && n == 2)) return false;
    i += n;
  }
  return times[0] == 1 && times[1] == 1 && times[2] == 1 && times[3] == 1 && times[4] == 1;
}

std::optional<std::int64_t> local_ms(std::string_view text, std::string_view pattern) {
  if (text.size() != pattern.size()) return std::nullopt;
  std::array<int, 7> part = {1970, 1, 1, 0, 0, 0, 0};
  for (std::size_t i = 0; i < pattern.size();) {
    if (!is_letter(pattern[i])) {
      if (text[i] != pattern[i]) return std::nullopt;
      ++i;
      continue;
    }
    const auto which = kLetters.find(pattern[i]);
    if (which == std::string_view::npos) return std::nullopt;
    const auto end = i + run_length(pattern, i);
    int n = 0;
    const bool short_year = which == 0 && end - i == 2;
    for (; i < end; ++i) {
      if (text[i] < '0' || text[i] > '9' || n > 9999) return std::nullopt;
      n = n * 10 + (text[i] - '0');
    }
    part[which] = short_year ? 2000 + n : n;
  }
  const auto [y, mo, d, h, mi, s, ms] = part;
  if (y < 1970 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 || mi > 59 || s > 60)
    return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{std::chrono::year{y} / static_cast<unsigned>(mo) /
                                                  static_cast<unsigned>(d)}
                                .time_since_epoch()
                                .count();
  return (((days * 24 + h) * 60 + mi) * 60 + s) * 1000 + ms;
}

}  // namespace citybrain::catalog
