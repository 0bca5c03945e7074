#include "scenarios/experiment/lineage_expression.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hub/model/nearest.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

constexpr std::size_t kCommandDigits = 16;
constexpr std::uint32_t kMostSeconds = 7 * 86'400;

Error expected(std::string_view what, std::string_view text, std::size_t at) {
  return {"CB-USAGE-LINEAGE",
          fmt::format("expected {}, found \"{}\"", what, text.substr(at).substr(0, 40)),
          fmt::format("COMMAND-ID|INDICATOR@TIME, column {}", at + 1),
          "9c1d0a6b2f3e4d58, queue:road_0_1_0/2@5m, speed:road_0_1_0@07:31:05"};
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
  std::uint64_t out = 0;
  if (text.size() != kCommandDigits) return std::nullopt;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9', letter = c >= 'a' && c <= 'f';
    if (!digit && !letter) return std::nullopt;
    out = out << 4 | static_cast<std::uint64_t>(digit ? c - '0' : c - 'a' + 10);
  }
  return out;
}

/// "07:31:05" or "07:31" in seconds since midnight.
std::optional<std::uint32_t> clock_time(std::string_view text) {
  if (text.size() != 5 && text.size() != 8) return std::nullopt;
  std::uint32_t parts[3] = {};
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i % 3 == 2) {
      if (c != ':') return std::nullopt;
    } else {
      if (c < '0' || c > '9') return std::nullopt;
      parts[i / 3] = parts[i / 3] * 10 + static_cast<std::uint32_t>(c - '0');
    }
  }
  if (parts[0] > 23 || parts[1] > 59 || parts[2] > 59) return std::nullopt;
  return parts[0] * 3600 + parts[1] * 60 + parts[2];
}

/// "305", "305s", "5m5s", "1h" in seconds.
std::optional<std::uint32_t> duration(std::string_view text) {
  std::uint64_t total = 0, number = 0;
  bool digits = false;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      number = number * 10 + static_cast<std::uint64_t>(c - '0');
      digits = true;
      if (number > kMostSeconds) return std::nullopt;
      continue;
    }
    const std::uint64_t unit = c == 'h' ? 3600 : c == 'm' ? 60 : c == 's' ? 1 : 0;
    if (unit == 0 || !digits) return std::nullopt;
    total += number * unit;
    number = 0;
    digits = false;
  }
  total += number;
  if (text.empty() || total > kMostSeconds) return std::nullopt;
  return static_cast<std::uint32_t>(total);
}

}  // namespace

const std::vector<std::string>& lineage_indicators() {
  static const std::vector<std::string> names = {"queue", "vehicles", "speed", "density"};
  return names;
}

Result<LineageQuestion> parse_question(std::string_view text) {
  LineageQuestion q;
  const auto colon = text.find(':'), at = text.rfind('@');
  if (at == text.npos) {
    q.command = hexadecimal(text);
    if (q.command) return q;
    return expected("16 digits 0-9 a-f, or INDICATOR:ENTITY@TIME", text, 0);
  }
  if (colon == text.npos || colon > at) return expected("INDICATOR:ENTITY before the @", text, 0);
  q.indicator = text.substr(0, colon);
  q.entity = text.substr(colon + 1, at - colon - 1);
  bool known = false;
  for (const auto& name : lineage_indicators()) known = known || name == q.indicator;
  if (!known) {
    Error error = expected(fmt::format("{}", fmt::join(lineage_indicators(), ", ")), text, 0);
    if (const auto near = model::nearest(q.indicator, lineage_indicators()); !near.empty())
      error.mend = fmt::format("did you mean \"{}\"?", near);
    return error;
  }
  if (q.entity.empty()) return expected("a road, ROAD/LANE or a junction", text, colon + 1);
  const auto time = text.substr(at + 1);
  const auto clock = clock_time(time), since = duration(time);
  if (!clock && !since) return expected("a time such as 305, 5m5s or 07:31:05", text, at + 1);
  q.is_clock = clock.has_value();
  q.time_s = clock ? *clock : *since;
  return q;
}

}  // namespace citybrain::experiment
