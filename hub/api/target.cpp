#include "hub/api/target.h"

#include <algorithm>

namespace citybrain::api {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> unescaped(std::string_view text, bool plus_is_space) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size()) return std::nullopt;
      const int high = digit(text[i + 1]), low = digit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

}  // namespace

bool Target::flag(std::string_view name) const {
  auto value = text(name);
  std::transform(value.begin(), value.end(), value.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return value == "true";
}

std::string Target::text(std::string_view name) const {
  const auto at = query.find(name);
  return at == query.end() ? std::string() : at->second;
}

std::optional<Target> parse_target(std::string_view target) {
  Target out;
  const auto mark = std::min(target.find('?'), target.size());
  auto path = target.substr(0, mark);
  while (!path.empty()) {
    if (path.front() == '/') path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    if (end > 0) {
      auto segment = unescaped(path.substr(0, end), false);
      if (!segment) return std::nullopt;
      out.path.push_back(std::move(*segment));
    }
    path.remove_prefix(end);
  }
  auto query = target.substr(std::min(mark + 1, target.size()));
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    const auto equals = std::min(pair.find('='), pair.size());
    auto key = unescaped(pair.substr(0, equals), true);
    auto value = unescaped(pair.substr(std::min(equals + 1, pair.size())), true);
    if (!key || !value) return std::nullopt;
    if (!key->empty()) out.query[*key] = *value;
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return out;
}

}  // namespace citybrain::api
