// Units of measure in contracts: case-sensitive UCUM expressions ("km/h", "dm", "[mi_i]/h",
// "10.m", "ug/m3", "{vehicle}/min") as a factor to the unified model's base units and a dimension.
// Base units: metre, second, gram, degree of arc, degree Celsius, and the number 1, so that lengths
// become metres, times seconds and speeds metres per second. Prefixes, products, quotients,
// exponents, parentheses and annotations are read; logarithmic units are not known. Values; pure
// functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citybrain::catalog {

/// Exponents of metre, second, gram, degree of arc, degree Celsius.
struct Dimension {
  std::array<std::int8_t, 5> exponent = {};
  friend constexpr bool operator==(const Dimension&, const Dimension&) = default;
};
constexpr Dimension kNumbers = {};
constexpr Dimension kLengths = {{1, 0, 0, 0, 0}};
constexpr Dimension kTimes = {{0, 1, 0, 0, 0}};
constexpr Dimension kSpeeds = {{1, -1, 0, 0, 0}};
constexpr Dimension kAngles = {{0, 0, 0, 1, 0}};

struct Unit {
  double factor = 1;  ///< times a number in this unit: the number in base units; above 0, finite
  Dimension dimension;
};

/// Nothing when the text is no unit. At most 60 characters are read.
std::optional<Unit> unit_of(std::string_view ucum);
/// "a length", "a speed", "a number" ...
std::string_view name_of(const Dimension& dimension);
/// The usual unit that was probably meant ("kmh" -> "km/h"), empty when none is near.
std::string nearest_unit(std::string_view wrong);
/// Usual units of the dimension, for messages: "m, dm, cm, km".
std::string usual_units(const Dimension& dimension);

}  // namespace citybrain::catalog
