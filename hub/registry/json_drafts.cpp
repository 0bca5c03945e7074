// Later drafts' keywords in the words of draft 7; the given ones stay, since references may lead
// into them.
#include <algorithm>
#include <array>

#include "hub/registry/json_schema.h"

namespace citybrain::registry::json_schema {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 4> kValues = {"enum", "const", "default", "examples"};
constexpr std::array<std::string_view, 6> kMaps = {
    "properties", "patternProperties", "definitions", "$defs", "dependentSchemas", "dependencies"};

template <std::size_t N>
bool one_of(const std::array<std::string_view, N>& keys, std::string_view key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// Says a keyword by another name, too, unless that is spoken of.
void also(json::object& o, std::string_view from, std::string_view to) {
  const auto* v = o.if_contains(from);
  if (v != nullptr && !o.contains(to)) o[to] = json::value(*v);
}

void tuples(json::object& o) {
  const auto* prefix = o.if_contains("prefixItems");
  if (prefix == nullptr || !prefix->is_array()) return also(o, "unevaluatedItems", "items");
  json::value places = *prefix;
  also(o, "items", "additionalItems");
  also(o, "unevaluatedItems", "additionalItems");
  o["items"] = std::move(places);
}

void dependencies(json::object& o) {
  json::object all;
  for (const std::string_view key : {"dependencies", "dependentRequired", "dependentSchemas"})
    if (const auto* given = o.if_contains(key); given != nullptr && given->is_object())
      for (const auto& m : given->get_object()) all.insert(m);
  if (!all.empty()) o["dependencies"] = std::move(all);
}

json::value each_in_draft_7(const json::value& map) {
  const auto* given = map.if_object();
  if (given == nullptr) return map;
  json::object out;
  for (const auto& m : *given) out.insert_or_assign(m.key(), in_draft_7(m.value()));
  return out;
}

}  // namespace

json::value in_draft_7(const json::value& schema) {
  if (const auto* list = schema.if_array()) {
    json::array out;
    for (const auto& v : *list) out.push_back(in_draft_7(v));
    return out;
  }
  const auto* given = schema.if_object();
  if (given == nullptr) return schema;
  json::object out;
  for (const auto& m : *given) {
    const std::string_view key = m.key();
    out.insert_or_assign(key, one_of(kValues, key) ? m.value()
                              : one_of(kMaps, key) ? each_in_draft_7(m.value())
                                                   : in_draft_7(m.value()));
  }
  tuples(out);
  dependencies(out);
  also(out, "$dynamicRef", "$ref");
  also(out, "$recursiveRef", "$ref");
  also(out, "unevaluatedProperties", "additionalProperties");
  return out;
}

}  // namespace citybrain::registry::json_schema
