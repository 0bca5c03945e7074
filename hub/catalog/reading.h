// Reading YAML strictly: every mistake is kept with its place and the field that it is in, and
// reading goes on. Private to the room; one thread.
#pragma once

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/model/nearest.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

class Reading {
 public:
  explicit Reading(std::string_view name) : name_(name) {}

  /// "name:line:column" of a node, the file alone for one that has no place.
  std::string place(const YAML::Node& at) const {
    const auto mark = at.IsDefined() ? at.Mark() : YAML::Mark::null_mark();
    return mark.is_null() || mark.line < 0
               ? name_
               : fmt::format("{}:{}:{}", name_, mark.line + 1, mark.column + 1);
  }
  void fail(const YAML::Node& at, std::string what, std::string mend = {}) {
    if (errors_.size() >= kMost) return;
    errors_.push_back({"CB-INPUT-CONTRACT",
                       field_.empty() ? std::move(what) : fmt::format("field {}: {}", field_, what),
                       place(at), std::move(mend)});
  }
  std::vector<model::Error>& errors() { return errors_; }
  /// The field that mistakes are in from now on; empty outside fields. Gives the one before.
  std::string enter(std::string field) { return std::exchange(field_, std::move(field)); }

  void known_keys(const YAML::Node& map, const std::vector<std::string>& known) {
    for (const auto& e : map) {
      if (!e.first.IsScalar()) {
        fail(e.first, "expected a name as key");
        continue;
      }
      const std::string& key = e.first.Scalar();
      if (std::find(known.begin(), known.end(), key) == known.end()) unknown(e.first, key, known);
    }
  }
  void unknown(const YAML::Node& at, const std::string& key,
               const std::vector<std::string>& known) {
    const auto near = model::nearest(key, known);
    fail(at, fmt::format("\"{}\" is not known here", key.substr(0, 80)),
         near.empty() ? fmt::format("known: {}", fmt::join(known, ", "))
                      : fmt::format("did you mean \"{}\"?", near));
  }
  std::string text(const YAML::Node& map, const char* key) {
    const YAML::Node v = map[key];
    if (!v.IsDefined()) {
      fail(map, fmt::format("\"{}\" is missing", key));
      return {};
    }
    if (!v.IsScalar() || v.Scalar().empty()) {
      fail(v, fmt::format("\"{}\" must be a text", key));
      return {};
    }
    return v.Scalar();
  }
  /// Empty when it is not there.
  std::string text_or_none(const YAML::Node& map, const char* key) {
    return map[key].IsDefined() ? text(map, key) : std::string();
  }
  std::vector<std::string> texts(const YAML::Node& list, std::string_view what) {
    std::vector<std::string> out;
    if (!list.IsDefined()) return out;
    if (!list.IsSequence()) {
      fail(list, fmt::format("{} must be a list", what));
      return out;
    }
    for (const auto& v : list) {
      if (v.IsScalar() && !v.Scalar().empty())
        out.push_back(v.Scalar());
      else
        fail(v, fmt::format("{}: expected a text", what));
    }
    return out;
  }
  double number(const YAML::Node& v, std::string_view what, double least, double most) {
    double x = 0;
    if (!v.IsDefined() || !v.IsScalar() || !YAML::convert<double>::decode(v, x)) {
      fail(v, fmt::format("{} must be a number", what));
      return least;
    }
    if (!(x >= least && x <= most)) {
      fail(v, fmt::format("{} is {}, expected {} to {}", what, x, least, most));
      return least;
    }
    return x;
  }
  bool flag(const YAML::Node& v, std::string_view what) {
    bool x = false;
    if (!v.IsScalar() || !YAML::convert<bool>::decode(v, x))
      fail(v, fmt::format("{} must be true or false", what));
    return x;
  }
  /// A list of {property, value, ...} as the standard writes custom and service-level properties.
  template <class Take>
  void properties(const YAML::Node& list, const std::vector<std::string>& known, const Take& take) {
    if (!list.IsDefined()) return;
    if (!list.IsSequence()) return fail(list, "expected a list of properties");
    for (const auto& p : list) {
      if (!p.IsMap()) {
        fail(p, "expected property and value");
        continue;
      }
      const std::string name = text(p, "property");
      if (name.empty()) continue;
      if (std::find(known.begin(), known.end(), name) == known.end()) {
        unknown(p["property"], name, known);
      } else if (!p["value"].IsDefined()) {
        fail(p, fmt::format("the property {} has no value", name));
      } else {
        take(name, p);
      }
    }
  }

 private:
  static constexpr std::size_t kMost = 200;  ///< of one file
  std::string name_, field_;
  std::vector<model::Error> errors_;
};

}  // namespace citybrain::catalog
