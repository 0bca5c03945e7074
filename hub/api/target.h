// A request's target taken apart: path segments with their escapes undone, query parameters. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citybrain::api {

struct Target {
  std::vector<std::string> path;
  std::map<std::string, std::string, std::less<>> query;

  bool flag(std::string_view name) const;  ///< "true", whatever its case
  std::string text(std::string_view name) const;
};

/// Nothing when an escape is malformed.
std::optional<Target> parse_target(std::string_view target);

}  // namespace citybrain::api
