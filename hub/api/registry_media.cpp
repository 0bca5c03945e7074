#include "hub/api/registry_media.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace citybrain::api {
namespace {

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ' && c != '\t' && c != '"')
      out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

/// The part before the next `mark`, which is taken away with it.
std::string_view next(std::string_view& rest, char mark) {
  const auto end = std::min(rest.find(mark), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return part;
}

/// A parameter of a media type ("charset", "q"); empty when it is not there.
std::string parameter(std::string_view range, std::string_view name) {
  next(range, ';');
  while (!range.empty()) {
    auto pair = lower(next(range, ';'));
    if (pair.starts_with(name) && pair.size() > name.size() && pair[name.size()] == '=')
      return pair.substr(name.size() + 1);
  }
  return {};
}

bool allows(std::string_view range, std::string_view type) {
  return range == type || range == "*" || range.starts_with("*/") || range == "application/*";
}

double weight(std::string_view range) {
  const auto q = parameter(range, "q");
  return q.empty() ? 1.0 : std::strtod(q.c_str(), nullptr);
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return put(c);
  if (c < 0x800) {
    put(0xC0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      put(0xE0 | (c >> 12));
    } else {
      put(0xF0 | (c >> 18));
      put(0x80 | ((c >> 12) & 0x3F));
    }
    put(0x80 | ((c >> 6) & 0x3F));
  }
  put(0x80 | (c & 0x3F));
}

/// Nothing for half a character. Without a mark of its order it is big endian, as RFC 2781 says.
std::optional<std::string> from_utf16(std::string_view bytes, bool little) {
  if (bytes.size() % 2 != 0) return std::nullopt;
  std::size_t at = 0;
  const auto unit = [&]() -> std::uint32_t {
    const auto a = static_cast<unsigned char>(bytes[at]);
    const auto b = static_cast<unsigned char>(bytes[at + 1]);
    at += 2;
    return little ? b << 8 | a : a << 8 | b;
  };
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) {
    little = bytes[0] == '\xFF';
    at = 2;
  }
  std::string out;
  while (at < bytes.size()) {
    const auto first = unit();
    if (first < 0xD800 || first > 0xDFFF) {
      append_utf8(out, first);
      continue;
    }
    if (first > 0xDBFF || at == bytes.size()) return std::nullopt;
    const auto second = unit();
    if (second < 0xDC00 || second > 0xDFFF) return std::nullopt;
    append_utf8(out, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
  }
  return out;
}

}  // namespace

std::optional<std::string_view> accepted_type(std::string_view accept) {
  if (accept.empty()) return kTypes[0];
  std::optional<std::string_view> best;
  double most = 0;
  for (const auto type : kTypes) {
    double allowed = 0;
    for (auto rest = accept; !rest.empty();) {
      const auto range = next(rest, ',');
      auto name = range;
      if (allows(lower(next(name, ';')), type)) allowed = std::max(allowed, weight(range));
    }
    if (allowed > most) {
      best = type;
      most = allowed;
    }
  }
  return best;
}

std::optional<std::string> body_text(std::string_view content_type, const std::string& body) {
  auto rest = content_type;
  const auto type = lower(next(rest, ';'));
  const bool known = type.empty() || type == "application/octet-stream" ||
                     std::find(kTypes.begin(), kTypes.end(), type) != kTypes.end();
  if (body.empty()) return body;
  if (!known) return std::nullopt;
  const auto charset = parameter(content_type, "charset");
  if (charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii")
    return body;
  if (charset == "utf-16" || charset == "utf-16le" || charset == "utf-16be")
    return from_utf16(body, charset == "utf-16le");
  if (charset != "iso-8859-1") return std::nullopt;
  std::string out;
  for (const char c : body) append_utf8(out, static_cast<unsigned char>(c));
  return out;
}

}  // namespace citybrain::api
