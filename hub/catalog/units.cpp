#include "hub/catalog/units.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>
#include <vector>

#include "hub/model/nearest.h"

namespace citybrain::catalog {

namespace {

struct Atom {
  std::string_view name;
  double factor;
  Dimension dimension;
  bool takes_prefix = false;
};
constexpr Dimension kMass = {{0, 0, 1, 0, 0}};
constexpr Dimension kTemperature = {{0, 0, 0, 0, 1}};
constexpr double kMile_m = 1609.344, kNautical_m = 1852;
constexpr Atom kAtoms[] = {
    {"m", 1, kLengths, true},
    {"s", 1, kTimes, true},
    {"g", 1, kMass, true},
    {"t", 1e6, kMass, true},
    {"min", 60, kTimes},
    {"h", 3600, kTimes},
    {"d", 86'400, kTimes},
    {"wk", 604'800, kTimes},
    {"a", 31'557'600, kTimes},
    {"a_j", 31'557'600, kTimes},
    {"mo", 2'629'800, kTimes},
    {"mo_j", 2'629'800, kTimes},
    {"L", 1e-3, {{3, 0, 0, 0, 0}}, true},
    {"l", 1e-3, {{3, 0, 0, 0, 0}}, true},
    {"ar", 100, {{2, 0, 0, 0, 0}}, true},
    {"Hz", 1, {{0, -1, 0, 0, 0}}, true},
    {"deg", 1, kAngles},
    {"'", 1.0 / 60, kAngles},
    {"''", 1.0 / 3600, kAngles},
    {"gon", 0.9, kAngles, true},
    {"rad", 180 / std::numbers::pi, kAngles, true},
    {"Cel", 1, kTemperature, true},
    {"%", 0.01, kNumbers},
    {"[ppth]", 1e-3, kNumbers},
    {"[ppm]", 1e-6, kNumbers},
    {"[ppb]", 1e-9, kNumbers},
    {"[in_i]", 0.0254, kLengths},
    {"[ft_i]", 0.3048, kLengths},
    {"[yd_i]", 0.9144, kLengths},
    {"[fth_i]", 1.8288, kLengths},
    {"[mi_i]", kMile_m, kLengths},
    {"[nmi_i]", kNautical_m, kLengths},
    {"[kn_i]", kNautical_m / 3600, kSpeeds},
    {"[cun]", 0.1 / 3, kLengths},
    {"N", 1000, {{1, -2, 1, 0, 0}}, true},
    {"Pa", 1000, {{-1, -2, 1, 0, 0}}, true},
    {"bar", 1e8, {{-1, -2, 1, 0, 0}}, true},
    {"J", 1000, {{2, -2, 1, 0, 0}}, true},
    {"W", 1000, {{2, -3, 1, 0, 0}}, true},
};
struct Prefix {
  std::string_view name;
  double factor;
};
constexpr Prefix kPrefixes[] = {{"da", 10},  {"T", 1e12},  {"G", 1e9},   {"M", 1e6},  {"k", 1e3},
                                {"h", 100},  {"d", 0.1},   {"c", 0.01},  {"m", 1e-3}, {"u", 1e-6},
                                {"n", 1e-9}, {"p", 1e-12}, {"f", 1e-15}, {"a", 1e-18}};

/// A quotient, so that km/h is 1000 / 3600 and rounded once.
struct Fraction {
  double over = 1, under = 1;
  Dimension dimension;
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<Fraction> atom_of(std::string_view name) {
  for (const auto& a : kAtoms)
    if (a.name == name) return Fraction{a.factor, 1, a.dimension};
  for (const auto& p : kPrefixes) {
    if (!name.starts_with(p.name)) continue;
    for (const auto& a : kAtoms)
      if (a.takes_prefix && a.name == name.substr(p.name.size()))
        return Fraction{p.factor * a.factor, 1, a.dimension};
  }
  return std::nullopt;
}

/// Recursive descent over UCUM's grammar: term := component (('.' | '/') component)*.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Fraction> whole() {
    auto out = term();
    return out && at_ == text_.size() ? out : std::nullopt;
  }

 private:
  std::optional<Fraction> term() {
    if (++depth_ > 8) return std::nullopt;
    Fraction out;
    bool divide = take('/');
    do {
      const auto part = component();
      if (!part || !combine(out, *part, divide ? -1 : 1)) return std::nullopt;
    } while (take('.') ? (divide = false, true) : take('/') ? (divide = true) : false);
    --depth_;
    return out;
  }
  std::optional<Fraction> component() {
    if (take('(')) {
      auto inner = term();
      return inner && take(')') ? inner : std::nullopt;
    }
    if (at_ < text_.size() && text_[at_] == '{') return annotation() ? one() : std::nullopt;
    if (at_ < text_.size() && is_digit(text_[at_])) return factor();
    auto out = atom_of(symbol());
    if (!out) return std::nullopt;
    const auto power = exponent();
    if (!power) return std::nullopt;
    Fraction raised;
    for (int i = 0; i < std::abs(*power); ++i)
      if (!combine(raised, *out, *power < 0 ? -1 : 1)) return std::nullopt;
    if (at_ < text_.size() && text_[at_] == '{' && !annotation()) return std::nullopt;
    return raised;
  }
  static std::optional<Fraction> one() { return Fraction{}; }
  std::optional<Fraction> factor() {
    double n = 0;
    const auto from = at_;
    while (at_ < text_.size() && is_digit(text_[at_]) && at_ - from < 10)
      n = n * 10 + (text_[at_++] - '0');
    if (n == 0) return std::nullopt;
    if (at_ < text_.size() && text_[at_] == '{' && !annotation()) return std::nullopt;
    return Fraction{n, 1, {}};
  }
  std::string_view symbol() {
    const auto from = at_;
    bool in_brackets = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '[') in_brackets = true;
      if (!in_brackets &&
          (is_digit(c) || std::string_view("+-./(){}").find(c) != std::string_view::npos))
        break;
      if (c == ']') in_brackets = false;
    }
    return text_.substr(from, at_ - from);
  }
  std::optional<int> exponent() {
    int sign = 1;
    const bool is_signed = at_ < text_.size() && (text_[at_] == '-' || text_[at_] == '+');
    if (is_signed && text_[at_++] == '-') sign = -1;
    if (at_ >= text_.size() || !is_digit(text_[at_]))
      return is_signed ? std::nullopt : std::optional(1);
    const int n = text_[at_++] - '0';
    if (n == 0 || (at_ < text_.size() && is_digit(text_[at_]))) return std::nullopt;
    return sign * n;
  }
  bool annotation() {
    const auto end = text_.find('}', at_);
    if (end == std::string_view::npos || end == at_ + 1) return false;
    at_ = end + 1;
    return true;
  }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  static bool combine(Fraction& into, const Fraction& part, int sign) {
    into.over *= sign > 0 ? part.over : part.under;
    into.under *= sign > 0 ? part.under : part.over;
    for (std::size_t i = 0; i < into.dimension.exponent.size(); ++i) {
      const int sum = into.dimension.exponent[i] + sign * part.dimension.exponent[i];
      if (sum < -40 || sum > 40) return false;
      into.dimension.exponent[i] = static_cast<std::int8_t>(sum);
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

struct Usual {
  Dimension dimension;
  std::string_view name, units;
};
const std::vector<Usual> kUsual = {
    {kNumbers, "a number", "1, %, {vehicle}"},
    {kLengths, "a length", "m, dm, cm, mm, km, [ft_i], [mi_i]"},
    {kTimes, "a time", "s, ms, us, min, h, d"},
    {kSpeeds, "a speed", "m/s, km/h, [mi_i]/h, [kn_i], cm/s"},
    {kAngles, "an angle", "deg, rad, gon, ', ''"},
    {kMass, "a mass", "g, kg, mg, t"},
    {kTemperature, "a temperature", "Cel"},
    {{{-3, 0, 1, 0, 0}}, "a concentration", "ug/m3, mg/m3, mg/L"},
    {{{2, 0, 0, 0, 0}}, "an area", "m2, km2, har"},
    {{{3, 0, 0, 0, 0}}, "a volume", "m3, L"},
    {{{-1, -2, 1, 0, 0}}, "a pressure", "Pa, hPa, kPa"},
};

}  // namespace

std::optional<Unit> unit_of(std::string_view ucum) {
  if (ucum.empty() || ucum.size() > 60) return std::nullopt;
  const auto read = Parser(ucum).whole();
  if (!read) return std::nullopt;
  const double factor = read->over / read->under;
  if (!std::isfinite(factor) || factor <= 0) return std::nullopt;
  return Unit{factor, read->dimension};
}

std::string_view name_of(const Dimension& dimension) {
  for (const auto& u : kUsual)
    if (u.dimension == dimension) return u.name;
  return "a quantity of another kind";
}

std::string usual_units(const Dimension& dimension) {
  for (const auto& u : kUsual)
    if (u.dimension == dimension) return std::string(u.units);
  return "";
}

std::string nearest_unit(std::string_view wrong) {
  std::vector<std::string> names;
  for (const auto& u : kUsual)
    for (std::size_t from = 0; from < u.units.size();) {
      const auto end = std::min(u.units.find(", ", from), u.units.size());
      names.emplace_back(u.units.substr(from, end - from));
      from = end + 2;
    }
  // Also words that people write for units.
  const std::pair<std::string_view, std::string_view> kWords[] = {
      {"kph", "km/h"},     {"kmph", "km/h"},   {"kmh", "km/h"},    {"mps", "m/s"},
      {"mph", "[mi_i]/h"}, {"knot", "[kn_i]"}, {"sec", "s"},       {"second", "s"},
      {"metre", "m"},      {"meter", "m"},     {"mile", "[mi_i]"}, {"foot", "[ft_i]"},
      {"hour", "h"},       {"minute", "min"},  {"day", "d"},       {"degree", "deg"},
      {"°", "deg"},        {"percent", "%"},   {"µg/m3", "ug/m3"}, {"celsius", "Cel"}};
  for (const auto& [word, unit] : kWords)
    if (wrong == word || (wrong.starts_with(word) && wrong.substr(word.size()) == "s"))
      return std::string(unit);
  return model::nearest(wrong, names);
}

}  // namespace citybrain::catalog
