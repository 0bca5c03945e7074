// One field of a CSV file (RFC 4180). Pure.
#pragma once

#include <string>
#include <string_view>

namespace citybrain::outputs {

/// In quotes where the text needs them.
inline void append_field(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

}  // namespace citybrain::outputs
