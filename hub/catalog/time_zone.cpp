#include "hub/catalog/time_zone.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <vector>

#include "hub/model/nearest.h"

namespace citybrain::catalog {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

constexpr std::int32_t kMostOffset_s = 26 * 3600;
constexpr std::int64_t kDay_s = 86'400;
const fs::path kZones = "/usr/share/zoneinfo";

/// When the clock changes in a year: POSIX's Mm.w.d/time.
struct ClockChange {
  int month = 0, week = 0, day = 0;
  std::int32_t time_s = 7200;

  /// In local seconds of the clock that is changed.
  std::int64_t in_year(int y) const {
    using namespace std::chrono;
    const auto m = year{y} / month_of();
    const sys_days date =
        week == 5 ? sys_days{m / weekday{static_cast<unsigned>(day)}[last]}
                  : sys_days{m / weekday{static_cast<unsigned>(day)}[static_cast<unsigned>(week)]};
    return date.time_since_epoch().count() * kDay_s + time_s;
  }
  std::chrono::month month_of() const { return std::chrono::month{static_cast<unsigned>(month)}; }
};

/// What holds after the last transition: POSIX's TZ, as "CET-1CEST,M3.5.0,M10.5.0/3".
struct Footer {
  std::int32_t standard_s = 0, summer_s = 0;
  bool has_summer = false;
  ClockChange begins, ends;

  std::int32_t offset_s(std::int64_t utc_s) const {
    if (!has_summer) return standard_s;
    using namespace std::chrono;
    const year_month_day date{floor<days>(sys_seconds{seconds{utc_s + standard_s}})};
    const int y = static_cast<int>(date.year());
    const std::int64_t from = begins.in_year(y) - standard_s, to = ends.in_year(y) - summer_s;
    const bool summer = from < to ? utc_s >= from && utc_s < to : utc_s >= from || utc_s < to;
    return summer ? summer_s : standard_s;
  }
};

/// Reads the text of a Footer from the left.
class FooterReader {
 public:
  explicit FooterReader(std::string_view text) : text_(text) {}
  std::optional<Footer> whole() {
    Footer f;
    if (!name() || !time(f.standard_s)) return std::nullopt;
    f.standard_s = -f.standard_s;
    if (text_.empty()) return f;
    f.has_summer = true;
    f.summer_s = f.standard_s + 3600;
    if (!name()) return std::nullopt;
    if (!text_.starts_with(',')) {
      if (!time(f.summer_s)) return std::nullopt;
      f.summer_s = -f.summer_s;
    }
    if (!change(f.begins) || !change(f.ends) || !text_.empty()) return std::nullopt;
    return f;
  }

 private:
  bool take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool name() {
    const auto letters = take('<') ? text_.find('>') : text_.find_first_of("+-0123456789,");
    if (letters == std::string_view::npos) {
      text_ = {};
      return true;
    }
    const bool quoted = text_[letters] == '>';
    text_.remove_prefix(letters + (quoted ? 1 : 0));
    return letters > 0;
  }
  bool number(int most, int& out) {
    out = 0;
    const auto before = text_.size();
    while (!text_.empty() && text_[0] >= '0' && text_[0] <= '9' && out <= most) {
      out = out * 10 + (text_[0] - '0');
      text_.remove_prefix(1);
    }
    return text_.size() < before && out <= most;
  }
  bool time(std::int32_t& out) {
    const int sign = take('-') ? -1 : (take('+'), 1);
    int h = 0, m = 0, s = 0;
    if (!number(167, h)) return false;
    if (take(':') && !number(59, m)) return false;
    if (m > 0 && take(':') && !number(59, s)) return false;
    out = sign * ((h * 60 + m) * 60 + s);
    return true;
  }
  bool change(ClockChange& out) {
    return take(',') && take('M') && number(12, out.month) && out.month > 0 && take('.') &&
           number(5, out.week) && out.week > 0 && take('.') && number(6, out.day) &&
           (!take('/') || time(out.time_s));
  }

  std::string_view text_;
};

std::int64_t big_endian(std::string_view bytes, std::size_t at, std::size_t n) {
  std::uint64_t v = (static_cast<unsigned char>(bytes[at]) & 0x80U) != 0 ? ~std::uint64_t{0} : 0;
  for (std::size_t i = 0; i < n; ++i) v = v << 8 | static_cast<unsigned char>(bytes[at + i]);
  return static_cast<std::int64_t>(v);
}

/// Sizes in a TZif header, and of the block of data behind it.
struct Header {
  static constexpr std::size_t kSize = 44;
  std::uint64_t utc = 0, standard = 0, leap = 0, times = 0, types = 0, letters = 0;

  static std::optional<Header> at(std::string_view b, std::size_t from) {
    if (from > b.size() || b.size() - from < kSize || b.substr(from, 4) != "TZif")
      return std::nullopt;
    std::array<std::uint64_t, 6> n = {};
    for (std::size_t i = 0; i < n.size(); ++i)
      n[i] = static_cast<std::uint64_t>(big_endian(b, from + 20 + i * 4, 4)) & 0xFFFFFFFFU;
    if (std::any_of(n.begin(), n.end(), [](auto x) { return x > 100'000; })) return std::nullopt;
    return Header{n[0], n[1], n[2], n[3], n[4], n[5]};
  }
  std::size_t data(std::size_t time_size) const {
    return times * time_size + times + types * 6 + letters + leap * (time_size + 4) + standard +
           utc;
  }
};

}  // namespace

struct TimeZone::Rules {
  std::vector<std::int64_t> at_s;      ///< transitions
  std::vector<std::int32_t> offset_s;  ///< from each transition on
  std::int32_t before_s = 0;           ///< before the first
  std::optional<Footer> after;

  std::int32_t offset(std::int64_t utc_s) const {
    const auto next = std::upper_bound(at_s.begin(), at_s.end(), utc_s);
    if (next == at_s.end() && after) return after->offset_s(utc_s);
    if (next == at_s.begin()) return before_s;
    return offset_s[static_cast<std::size_t>(next - at_s.begin()) - 1];
  }
};

TimeZone TimeZone::fixed(std::int32_t offset_min) {
  TimeZone z;
  z.fixed_s_ = offset_min * 60;
  const int off = std::abs(offset_min);
  z.name_ = offset_min == 0
                ? "Z"
                : fmt::format("{}{:02}:{:02}", offset_min < 0 ? '-' : '+', off / 60, off % 60);
  return z;
}

Result<TimeZone> TimeZone::from_tzif(std::string_view b, std::string_view name) {
  const auto wrong = [&](const char* why) {
    return Error{"CB-INPUT-CONTRACT", fmt::format("the zone {} cannot be read: {}", name, why), "",
                 "use an offset, for example \"+08:00\", or install tzdata anew"};
  };
  const auto first = Header::at(b, 0);
  if (!first) return wrong("not a TZif file");
  if (b[4] < '2') return wrong("a TZif file of version 1");
  const std::size_t second = Header::kSize + first->data(4);
  const auto h = Header::at(b, second);
  if (!h || h->types == 0) return wrong("the 64-bit part is missing");
  const std::size_t times = second + Header::kSize, kinds = times + h->times * 8,
                    types = kinds + h->times, end = times + h->data(8);
  if (end > b.size()) return wrong("it ends early");
  std::vector<std::int32_t> offsets;
  for (std::size_t i = 0; i < h->types; ++i) {
    const auto offset = big_endian(b, types + i * 6, 4);
    if (offset < -kMostOffset_s || offset > kMostOffset_s) return wrong("an offset beyond 26 h");
    offsets.push_back(static_cast<std::int32_t>(offset));
  }
  auto rules = std::make_shared<Rules>();
  rules->before_s = offsets[0];
  for (std::size_t i = 0; i < h->times; ++i) {
    const auto at = big_endian(b, times + i * 8, 8);
    const auto kind = static_cast<unsigned char>(b[kinds + i]);
    if (kind >= offsets.size()) return wrong("a type that is not there");
    if (i > 0 && at <= rules->at_s.back()) return wrong("its times do not ascend");
    rules->at_s.push_back(at);
    rules->offset_s.push_back(offsets[kind]);
  }
  if (end < b.size() && b[end] == '\n') {
    const auto stop = b.find('\n', end + 1);
    if (stop == std::string_view::npos) return wrong("it ends early");
    const auto footer = b.substr(end + 1, stop - end - 1);
    if (!footer.empty()) {
      rules->after = FooterReader(footer).whole();
      if (!rules->after) return wrong("its rule for later years is not understood");
    }
  }
  TimeZone z;
  z.name_ = name;
  z.rules_ = std::move(rules);
  return z;
}

namespace {

std::optional<std::int32_t> offset_min_of(std::string_view s) {
  if (s == "Z" || s == "UTC") return 0;
  const auto digit = [&](std::size_t i) { return s[i] >= '0' && s[i] <= '9'; };
  if (s.size() != 6 || (s[0] != '+' && s[0] != '-') || s[3] != ':' || !digit(1) || !digit(2) ||
      !digit(4) || !digit(5))
    return std::nullopt;
  const int hours = (s[1] - '0') * 10 + s[2] - '0', minutes = (s[4] - '0') * 10 + s[5] - '0';
  if (minutes > 59 || hours * 60 + minutes > 14 * 60) return std::nullopt;
  return (s[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

/// Names as they are in the database: letters, digits and a few signs, no way out of its folder.
bool is_zone_name(std::string_view name) {
  if (name.empty() || name.size() > 60 || name.front() == '/') return false;
  if (name.find("..") != std::string_view::npos) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("/_-+.").find(c) != std::string_view::npos;
  });
}

std::string nearest_zone(std::string_view wrong) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const char* area : {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia",
                           "Europe", "Indian", "Pacific"})
    for (const auto& e : fs::directory_iterator(kZones / area, ec))
      names.push_back(std::string(area) + "/" + e.path().filename().string());
  std::sort(names.begin(), names.end());
  return model::nearest(wrong, names);
}

}  // namespace

Result<TimeZone> TimeZone::named(std::string_view name) {
  if (const auto offset = offset_min_of(name)) return fixed(*offset);
  std::error_code ec;
  const fs::path file = kZones / std::string(name);
  if (!is_zone_name(name) || !fs::is_regular_file(file, ec)) {
    const auto near = fs::exists(kZones / "Asia", ec) ? nearest_zone(name) : "";
    return Error{"CB-INPUT-CONTRACT", fmt::format("there is no time zone \"{}\"", name), "",
                 near.empty() ? "expected an offset such as \"+08:00\", \"Z\", or a zone of the "
                                "IANA database (package tzdata) such as Asia/Shanghai"
                              : fmt::format("did you mean \"{}\"?", near)};
  }
  std::ifstream in(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return from_tzif(bytes.str(), name);
}

std::int32_t TimeZone::offset_s(std::int64_t utc_s) const {
  return rules_ == nullptr ? fixed_s_ : rules_->offset(utc_s);
}

std::int64_t TimeZone::utc_ms(std::int64_t local_ms) const {
  if (rules_ == nullptr) return local_ms - std::int64_t{fixed_s_} * 1000;
  // Of the offsets a day before and a day after, one that explains the clock; the larger comes
  // first. In a gap none does, and the one before holds.
  const std::int64_t local_s = local_ms / 1000 - (local_ms % 1000 < 0 ? 1 : 0);
  const std::int64_t before = rules_->offset(local_s - kDay_s),
                     after = rules_->offset(local_s + kDay_s);
  for (const auto offset : {std::max(before, after), std::min(before, after)})
    if (rules_->offset(local_s - offset) == offset) return local_ms - offset * 1000;
  return local_ms - before * 1000;
}

}  // namespace citybrain::catalog
