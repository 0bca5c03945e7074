// When the day of a SUMO route file begins, without reading who goes where.
#include <charconv>
#include <cmath>
#include <optional>

#include "scenarios/city/sources.h"
#include "scenarios/city/xml.h"

namespace citybrain::city {

namespace {

/// Attributes that are times; words such as "triggered" are not.
std::optional<double> time_of(const pugi::xml_node& n, const char* attribute) {
  const std::string_view word = n.attribute(attribute).value();
  double v = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), v);
  if (error != std::errc{} || end != word.data() + word.size() || !(v >= 0 && v < 1e9)) return {};
  return v;
}

}  // namespace

model::Result<double> sumo_first_minute(std::string_view text, std::string_view name) {
  Xml xml(text, name, "CB-INPUT-FLOW");
  auto root = xml.root("routes");
  if (xml.problem) return *xml.problem;
  std::optional<double> first;
  for (const auto& n : root.children())
    for (const char* attribute : {"depart", "begin"})
      if (const auto t = time_of(n, attribute); t && (!first || *t < *first)) first = t;
  return first ? std::floor(*first / 60) * 60 : 0;
}

}  // namespace citybrain::city
