#include "hub/catalog/strict_map.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "hub/model/nearest.h"

namespace citybrain::catalog {

std::string StrictMap::place(const YAML::Node& at) const {
  const auto mark = at.IsDefined() ? at.Mark() : YAML::Mark::null_mark();
  if (mark.is_null() || mark.line < 0) return name_;
  return fmt::format("{}:{}:{}", name_, mark.line + 1, mark.column + 1);
}

void StrictMap::fail(const YAML::Node& at, std::string what, std::string mend) {
  if (!error_) error_ = model::Error{code_, std::move(what), place(at), std::move(mend)};
}

bool StrictMap::expect(const YAML::Node& map, std::string_view path,
                       std::initializer_list<std::string_view> keys) {
  if (!map.IsDefined() || !map.IsMap()) {
    fail(map, fmt::format("{}: expected a mapping with the keys {}", path, fmt::join(keys, ", ")));
    return false;
  }
  for (const auto& entry : map) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    const std::vector<std::string> valid(keys.begin(), keys.end());
    const auto near = model::nearest(key, valid);
    fail(entry.first, fmt::format("{}: there is no key \"{}\"", path, key),
         near.empty() ? fmt::format("keys: {}", fmt::join(keys, ", "))
                      : fmt::format("did you mean \"{}\"?", near));
    return false;
  }
  return true;
}

std::string StrictMap::text(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  if (value.IsDefined() && value.IsScalar() && !value.Scalar().empty()) return value.Scalar();
  fail(value.IsDefined() ? value : map, fmt::format("{} must be a text", key));
  return {};
}

std::uint32_t StrictMap::whole(const YAML::Node& map, const char* key, std::uint32_t least,
                               std::uint32_t most) {
  const YAML::Node value = map[key];
  const std::string text = value.IsDefined() && value.IsScalar() ? value.Scalar() : "";
  std::uint32_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec == std::errc() && end == text.data() + text.size() && number >= least && number <= most)
    return number;
  fail(
      value.IsDefined() ? value : map,
      fmt::format("{} must be a whole number from {} to {}, found \"{}\"", key, least, most, text));
  return least;
}

std::int32_t StrictMap::offset(const YAML::Node& map, const char* key) {
  const YAML::Node value = map[key];
  const std::string text = value.IsDefined() && value.IsScalar() ? value.Scalar() : "";
  std::int32_t number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec == std::errc() && end == text.data() + text.size() && number >= -14 * 60 &&
      number <= 14 * 60)
    return number;
  fail(value.IsDefined() ? value : map,
       fmt::format("{} must be minutes from -840 to 840, found \"{}\"", key, text));
  return 0;
}

Date StrictMap::date(const YAML::Node& value, const char* field) {
  const std::string text = value.IsDefined() && value.IsScalar() ? value.Scalar() : "";
  if (const auto date = parse_date(text)) return *date;
  fail(value, fmt::format("{}: expected a day like 2026-03-02, found \"{}\"", field, text));
  return Date{};
}

}  // namespace citybrain::catalog
