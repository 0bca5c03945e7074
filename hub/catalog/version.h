// Semantic versions of contracts. Values; pure functions.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace citybrain::catalog {

struct Version {
  std::uint32_t major = 0, minor = 0, patch = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
  std::string text() const;
};

/// "1.2.3": three whole numbers below a million, nothing else.
std::optional<Version> version_of(std::string_view text);

}  // namespace citybrain::catalog
