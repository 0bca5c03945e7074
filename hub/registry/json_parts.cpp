#include "hub/registry/json_parts.h"

#include <algorithm>
#include <regex>

#include "hub/registry/json_text.h"

namespace citybrain::registry::json_schema {

namespace json = boost::json;

const json::value* get(const json::object& o, std::string_view key) { return o.if_contains(key); }

bool accepts_all(const json::value& v) {
  if (v.is_bool()) return v.get_bool();
  static const std::set<std::string_view> notes = {
      "$schema", "$id",      "id",       "title",     "description", "default",   "$comment",
      "$defs",   "examples", "readOnly", "writeOnly", "definitions", "deprecated"};
  for (const auto& m : v.get_object())
    if (!notes.contains(m.key())) return false;
  return true;
}

std::string combination(const json::object& o) {
  for (const auto key : {"allOf", "anyOf", "oneOf"})
    if (const auto* v = get(o, key); v != nullptr && v->is_array()) return key;
  return {};
}

/// The types that a schema admits; empty when it says nothing of them.
std::set<std::string> types_of(const json::object& o) {
  std::set<std::string> out;
  if (const auto* t = get(o, "type")) {
    if (t->is_string()) return {std::string(t->get_string())};
    for (const auto& s : t->get_array()) out.emplace(s.get_string());
    return out;
  }
  const auto any = [&o](std::initializer_list<std::string_view> keys) {
    return std::any_of(keys.begin(), keys.end(), [&o](auto k) { return o.contains(k); });
  };
  if (any({"properties", "required", "additionalProperties", "patternProperties", "minProperties",
           "maxProperties", "dependencies", "propertyNames"}))
    out.insert("object");
  if (any({"items", "additionalItems", "minItems", "maxItems", "uniqueItems", "contains"}))
    out.insert("array");
  if (any({"minLength", "maxLength", "pattern"})) out.insert("string");
  if (any({"minimum", "maximum", "multipleOf", "exclusiveMinimum", "exclusiveMaximum"}))
    out.insert("number");
  return out;
}

std::set<std::string> enumerated(const json::object& o) {
  std::set<std::string> out;
  if (const auto* e = get(o, "enum"))
    for (const auto& v : e->get_array()) out.insert(print_sorted(v));
  if (const auto* c = get(o, "const")) out.insert(print_sorted(*c));
  return out;
}

std::set<std::string> required(const json::object& o) {
  std::set<std::string> out;
  if (const auto* r = get(o, "required"); r != nullptr && r->is_array())
    for (const auto& s : r->get_array()) out.emplace(s.get_string());
  return out;
}

bool conditional(const json::object& o) {
  return o.contains("if") && (o.contains("then") || o.contains("else"));
}

bool closed(const json::object& o) {
  const auto* more = get(o, "additionalProperties");
  return more != nullptr && more->is_bool() && !more->get_bool();
}

bool open(const json::object& o) {
  const auto* more = get(o, "additionalProperties");
  const auto* patterns = get(o, "patternProperties");
  const bool none = patterns == nullptr || patterns->get_object().empty();
  return none && (more == nullptr || (more->is_bool() && more->get_bool()));
}

const json::value* uncovered(const json::object& o, const std::string& property) {
  if (const auto* patterns = get(o, "patternProperties"); patterns != nullptr)
    for (const auto& p : patterns->get_object()) {
      try {
        const std::regex pattern(std::string(p.key()), std::regex::ECMAScript);
        if (property.size() < 256 && std::regex_search(property, pattern)) return &p.value();
      } catch (const std::regex_error&) {
        continue;  // of a dialect that is not ECMAScript's: covers nothing here
      }
    }
  const auto* more = get(o, "additionalProperties");
  return more != nullptr && more->is_object() ? more : nullptr;
}

std::string_view sentence_of(std::string_view type) {
  if (type.ends_with("_ADDED") || type == "ADDITIONAL_PROPERTIES_REMOVED" ||
      type == "ADDITIONAL_ITEMS_REMOVED")
    return "The keyword at path '{}' in the {{reader}} schema is not present in the {{writer}} "
           "schema";
  if (type.ends_with("_INCREASED"))
    return "The value at path '{}' in the {{reader}} schema is more than its value in the "
           "{{writer}} schema";
  if (type.ends_with("_DECREASED"))
    return "The value at path '{}' in the {{reader}} schema is less than its value in the "
           "{{writer}} schema";
  if (type.ends_with("_ADDED_TO_OPEN_CONTENT_MODEL"))
    return "The {{writer}} schema has an open content model and has a property or item at path "
           "'{}' which is missing in the {{reader}} schema";
  if (type == "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL")
    return "The {{reader}} schema has an unopen content model and has a required property at "
           "path '{}' which is missing in the {{writer}} schema";
  if (type.ends_with("_REMOVED_FROM_CLOSED_CONTENT_MODEL"))
    return "The {{reader}} schema has a closed content model and is missing a property or item "
           "present at path '{}' in the {{writer}} schema";
  if (type.ends_with("PARTIALLY_OPEN_CONTENT_MODEL"))
    return "A property or item at path '{}' differs between the {{reader}} and the {{writer}} "
           "schema and is not covered by the partially open content model";
  if (type.ends_with("_NARROWED") && type != "TYPE_NARROWED")
    return "An array or combined type at path '{}' has fewer elements in the {{reader}} schema "
           "than the {{writer}} schema";
  if (type.ends_with("_EXTENDED"))
    return "An array or combined type at path '{}' has more elements in the {{reader}} schema "
           "than the {{writer}} schema";
  if (type == "PATTERN_CHANGED" || type == "MULTIPLE_OF_CHANGED")
    return "The value at path '{}' is different between the {{reader}} and {{writer}} schema";
  return "A type at path '{}' is different between the {{reader}} schema and the {{writer}} "
         "schema";
}

}  // namespace citybrain::registry::json_schema
