#include "scenarios/experiment/cloud_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/experiment/words.h"

namespace citybrain::experiment {
namespace {

std::size_t columns(std::string_view text) {
  std::size_t n = 0;
  for (const char c : text) {
    const auto b = static_cast<unsigned char>(c);
    if ((b & 0xC0U) != 0x80U) n += b >= 0xE0 ? 2 : 1;  // Chinese takes two
  }
  return n;
}

}  // namespace

std::string cloud_table(const CloudRows& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths.resize(std::max(widths.size(), i + 1));
      widths[i] = std::max(widths[i], columns(row[i]));
    }
  std::string out;
  for (const auto& row : rows) {
    std::string line = " ";
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += " " + row[i];
      if (i + 1 < row.size()) line.append(widths[i] - columns(row[i]) + 1, ' ');
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return out;
}

std::string cloud_word(cloud::Cloud kind, Language language) {
  return word(fmt::format("{}_cloud", name_of(kind)), language);
}

}  // namespace citybrain::experiment
