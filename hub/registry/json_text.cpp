#include "hub/registry/json_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/stream_parser.hpp>
#include <vector>

#include "hub/registry/errors.h"

namespace citybrain::registry {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 200;  // deeper schemas than this are an attack, not a model

void number(double d, std::string& out) {
  auto text = fmt::format("{}", d);
  if (text.find_first_of(".eEn") == std::string::npos) text += ".0";
  out += text;
}

void print(const json::value& v, bool sorted, std::string& out) {
  if (const auto* object = v.if_object()) {
    std::vector<const json::object::value_type*> members;
    for (const auto& m : *object) members.push_back(&m);
    if (sorted)
      std::sort(members.begin(), members.end(),
                [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out += '{';
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (i > 0) out += ',';
      out += quoted(members[i]->key());
      out += ':';
      print(members[i]->value(), sorted, out);
    }
    out += '}';
  } else if (const auto* array = v.if_array()) {
    out += '[';
    for (std::size_t i = 0; i < array->size(); ++i) {
      if (i > 0) out += ',';
      print((*array)[i], sorted, out);
    }
    out += ']';
  } else if (v.is_double()) {
    number(v.get_double(), out);
  } else {
    out += json::serialize(v);
  }
}

}  // namespace

model::Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxDepth;
  json::stream_parser parser({}, options);
  json::error_code ec;
  const auto read = parser.write_some(text.data(), text.size(), ec);
  if (!ec && read < text.size()) ec = json::error::extra_data;
  if (!ec) parser.finish(ec);
  if (ec) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(read), '\n');
    return refuse::bad_request(
        fmt::format("not JSON at line {}, byte {}: {}", line, read, ec.message()));
  }
  return parser.release();
}

std::string print_json(const json::value& value) {
  std::string out;
  print(value, false, out);
  return out;
}

std::string print_sorted(const json::value& value) {
  std::string out;
  print(value, true, out);
  return out;
}

std::string quoted(std::string_view text) { return json::serialize(json::string(text)); }

}  // namespace citybrain::registry
