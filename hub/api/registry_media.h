// Media types and character sets of the schema registry's requests and replies. Pure functions.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace citybrain::api {

/// Ours first.
constexpr std::array<std::string_view, 3> kTypes = {"application/vnd.schemaregistry.v1+json",
                                                    "application/vnd.schemaregistry+json",
                                                    "application/json"};

/// The type of those that the header `Accept` allows that it weighs most, of equals ours first;
/// nothing when there is none.
std::optional<std::string_view> accepted_type(std::string_view accept);

/// The body in UTF-8; nothing when its type or character set (`Content-Type`) is none that is read:
/// those above and application/octet-stream, in UTF-8, ASCII, Latin-1 or UTF-16.
std::optional<std::string> body_text(std::string_view content_type, const std::string& body);

}  // namespace citybrain::api
