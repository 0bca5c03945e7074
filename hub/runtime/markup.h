// Text in XML, HTML and SVG. Pure.
#pragma once

#include <string>
#include <string_view>

namespace citybrain::runtime {

/// The text with &, <, > and " as entities, for element content and attributes in double quotes.
inline std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace citybrain::runtime
