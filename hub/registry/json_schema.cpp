#include "hub/registry/json_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"

namespace citybrain::registry {
namespace json_schema {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 7> kTypes = {"null",   "boolean", "object", "array",
                                                    "number", "string",  "integer"};
constexpr std::array<std::string_view, 11> kOneSchema = {"additionalProperties",
                                                         "additionalItems",
                                                         "not",
                                                         "contains",
                                                         "propertyNames",
                                                         "if",
                                                         "then",
                                                         "else",
                                                         "unevaluatedItems",
                                                         "unevaluatedProperties",
                                                         "contentSchema"};
constexpr std::array<std::string_view, 4> kListOfSchemas = {"allOf", "anyOf", "oneOf",
                                                            "prefixItems"};
constexpr std::array<std::string_view, 5> kMapOfSchemas = {
    "properties", "patternProperties", "definitions", "$defs", "dependentSchemas"};

[[noreturn]] void refuse_schema(const std::string& path, const std::string& why) {
  throw refuse::invalid_schema(fmt::format("Invalid schema: {}: {}", path, why));
}

void check(const json::value& v, const std::string& path);

void check_type(const json::value& v, const std::string& path) {
  const auto known = [](const json::value& t) {
    return t.is_string() && std::find(kTypes.begin(), kTypes.end(),
                                      std::string_view(t.get_string())) != kTypes.end();
  };
  const auto* list = v.if_array();
  const bool good =
      list != nullptr ? !list->empty() && std::all_of(list->begin(), list->end(), known) : known(v);
  if (!good)
    refuse_schema(
        path, fmt::format("unknown type {}; valid are {}", print_json(v), fmt::join(kTypes, ", ")));
}

void check_strings(const json::value& v, const std::string& path) {
  const auto* list = v.if_array();
  if (list == nullptr ||
      !std::all_of(list->begin(), list->end(), [](const auto& s) { return s.is_string(); }))
    refuse_schema(path, "an array of strings was expected");
}

void check_list(const json::value& v, const std::string& path) {
  const auto* list = v.if_array();
  if (list == nullptr) refuse_schema(path, "an array of schemas was expected");
  for (std::size_t i = 0; i < list->size(); ++i) check((*list)[i], fmt::format("{}/{}", path, i));
}

void check_map(const json::value& v, const std::string& path) {
  const auto* map = v.if_object();
  if (map == nullptr) refuse_schema(path, "an object of schemas was expected");
  for (const auto& m : *map) check(m.value(), path + "/" + std::string(m.key()));
}

void check_numbers(const json::object& o, const std::string& path) {
  for (const std::string_view key :
       {"maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties"})
    if (const auto* v = o.if_contains(key);
        v != nullptr && !(v->is_number() && v->to_number<double>() >= 0))
      refuse_schema(path + "/" + std::string(key), "a number of 0 or more was expected");
  for (const std::string_view key : {"maximum", "minimum", "multipleOf"})
    if (const auto* v = o.if_contains(key); v != nullptr && !v->is_number())
      refuse_schema(path + "/" + std::string(key), "a number was expected");
}

/// The keywords that the registry reads have the shape that the specification gives them.
void check(const json::value& v, const std::string& path) {
  if (v.is_bool()) return;
  const auto* o = v.if_object();
  if (o == nullptr) refuse_schema(path, "a schema is an object or a boolean");
  const auto at = [&path](std::string_view key) { return path + "/" + std::string(key); };
  if (const auto* t = o->if_contains("type")) check_type(*t, at("type"));
  if (const auto* r = o->if_contains("required"); r != nullptr && !r->is_bool())
    check_strings(*r, at("required"));  // a boolean in draft 3
  if (const auto* e = o->if_contains("enum"); e != nullptr && !e->is_array())
    refuse_schema(at("enum"), "an array was expected");
  if (const auto* r = o->if_contains("$ref"); r != nullptr && !r->is_string())
    refuse_schema(at("$ref"), "a string was expected");
  check_numbers(*o, path);
  for (const auto key : kOneSchema)
    if (const auto* s = o->if_contains(key)) check(*s, at(key));
  for (const auto key : kListOfSchemas)
    if (const auto* s = o->if_contains(key)) check_list(*s, at(key));
  for (const auto key : kMapOfSchemas)
    if (const auto* s = o->if_contains(key)) check_map(*s, at(key));
  if (const auto* items = o->if_contains("items"))
    items->is_array() ? check_list(*items, at("items")) : check(*items, at("items"));
}

/// Every reference inside this document, or to another one, leads somewhere.
void check_references(const Document& document, const json::value& v, const std::string& path) {
  if (const auto* list = v.if_array()) {
    for (std::size_t i = 0; i < list->size(); ++i)
      check_references(document, (*list)[i], fmt::format("{}/{}", path, i));
  }
  const auto* o = v.if_object();
  if (o == nullptr) return;
  for (const std::string_view key : {"$ref", "$dynamicRef", "$recursiveRef"})
    if (const auto* r = o->if_contains(key); r != nullptr && r->is_string()) {
      const std::string to(r->get_string());
      if (to.starts_with("#") && resolve(document, to) == nullptr)
        refuse_schema(fmt::format("{}/{}", path, key), fmt::format("\"{}\" leads nowhere", to));
    }
  for (const auto& m : *o) {
    if (m.key() == "enum" || m.key() == "const" || m.key() == "default" || m.key() == "examples")
      continue;  // values, not schemas
    check_references(document, m.value(), path + "/" + std::string(m.key()));
  }
}

class JsonSchema final : public Parsed {
 public:
  explicit JsonSchema(Document document)
      : document_(std::move(document)), text_(print_json(document_.root)) {
    compared_.root = in_draft_7(document_.root);
    for (const auto& [name, other] : document_.others) compared_.others[name] = in_draft_7(other);
  }

  Language language() const override { return Language::kJson; }
  std::string canonical() const override { return text_; }
  std::string stored() const override { return text_; }
  std::string normalized() const override { return print_sorted(document_.root); }
  std::string formatted(std::string_view) const override { return text_; }
  std::vector<Difference> cannot_read(const Parsed& writer) const override {
    return json_schema::cannot_read(compared_, static_cast<const JsonSchema&>(writer).compared_);
  }

 private:
  Document document_, compared_;
  std::string text_;
};

/// A JSON pointer (RFC 6901) behind "#".
const json::value* follow(const json::value& root, std::string_view pointer) {
  const json::value* at = &root;
  while (!pointer.empty()) {
    pointer.remove_prefix(1);
    const auto end = std::min(pointer.find('/'), pointer.size());
    std::string key(pointer.substr(0, end));
    for (auto i = key.find('~'); i != std::string::npos && i + 1 < key.size();
         i = key.find('~', i + 1))
      if (key[i + 1] == '0' || key[i + 1] == '1') key.replace(i, 2, key[i + 1] == '0' ? "~" : "/");
    if (const auto* o = at->if_object()) {
      at = o->if_contains(key);
    } else if (const auto* a = at->if_array()) {
      const bool digits = !key.empty() && key.size() < 7 &&
                          key.find_first_not_of("0123456789") == std::string::npos;
      at = digits ? a->if_contains(std::stoul(key)) : nullptr;
    } else {
      return nullptr;
    }
    if (at == nullptr) return nullptr;
    pointer.remove_prefix(end);
  }
  return at;
}

/// The schema that an anchor names ($anchor, $dynamicAnchor; "$id": "#name" until draft 7).
const json::value* anchored(const json::value& v, const std::string& name) {
  if (const auto* list = v.if_array()) {
    for (const auto& one : *list)
      if (const auto* at = anchored(one, name); at != nullptr) return at;
    return nullptr;
  }
  const auto* o = v.if_object();
  if (o == nullptr) return nullptr;
  for (const auto& [key, prefix] : {std::pair("$anchor", ""), std::pair("$dynamicAnchor", ""),
                                    std::pair("$id", "#"), std::pair("id", "#")})
    if (const auto* a = o->if_contains(key);
        a != nullptr && a->is_string() && std::string_view(a->get_string()) == prefix + name)
      return &v;
  for (const auto& m : *o)
    if (const auto* at = anchored(m.value(), name); at != nullptr) return at;
  return nullptr;
}

}  // namespace

const json::value* resolve(const Document& document, const std::string& reference) {
  const auto hash = std::min(reference.find('#'), reference.size());
  const auto file = reference.substr(0, hash);
  const json::value* root = &document.root;
  if (!file.empty()) {
    const auto other = document.others.find(file);
    if (other == document.others.end()) return nullptr;
    root = &other->second;
  }
  const auto pointer = std::string_view(reference).substr(std::min(hash + 1, reference.size()));
  if (pointer.empty()) return root;
  return pointer.front() == '/' ? follow(*root, pointer) : anchored(*root, std::string(pointer));
}

}  // namespace json_schema

model::Result<std::shared_ptr<const Parsed>> parse_json_schema(
    std::string_view text, const std::vector<Resolved>& references) {
  try {
    json_schema::Document document;
    for (const auto& r : references) {
      auto value = parse_json(r.text);
      if (!value) return refuse::invalid_schema("Invalid schema: reference " + r.name);
      document.others[r.name] = std::move(*value);
    }
    auto value = parse_json(text);
    if (!value) return refuse::invalid_schema("Invalid schema: " + value.error().what);
    document.root = std::move(*value);
    json_schema::check(document.root, "#");
    json_schema::check_references(document, document.root, "#");
    return std::shared_ptr<const Parsed>(
        std::make_shared<json_schema::JsonSchema>(std::move(document)));
  } catch (const model::Error& e) {
    return e;
  }
}

}  // namespace citybrain::registry
