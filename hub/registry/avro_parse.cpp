#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hub/registry/avro.h"
#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"

namespace citybrain::registry::avro {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 14> kNames = {
    "null",   "boolean", "int",  "long",  "float", "double", "bytes",
    "string", "record",  "enum", "array", "map",   "union",  "fixed"};

[[noreturn]] void refuse_schema(const std::string& why) {
  throw refuse::invalid_schema("Invalid schema: " + why);
}

bool valid_name(std::string_view name) {
  const auto letter = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
  };
  if (name.empty() || !letter(name[0])) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

std::string text_of(const json::object& o, std::string_view key, std::string_view what) {
  const auto* v = o.if_contains(key);
  if (v == nullptr) refuse_schema(fmt::format("no {} in {}", key, what));
  if (!v->is_string()) refuse_schema(fmt::format("{} of {} is no string", key, what));
  return std::string(v->get_string());
}

const json::array& list_of(const json::object& o, std::string_view key, std::string_view what) {
  const auto* v = o.if_contains(key);
  if (v == nullptr || !v->is_array())
    refuse_schema(fmt::format("{} must have an array {}", what, key));
  return v->get_array();
}

/// The attributes that are not the specification's own are kept as they are.
json::object others(const json::object& o, std::initializer_list<std::string_view> known) {
  json::object out;
  for (const auto& m : o)
    if (std::find(known.begin(), known.end(), std::string_view(m.key())) == known.end())
      out.insert(m);
  return out;
}

class Parser {
 public:
  Parser(Graph& graph, const ParseOptions& options) : graph_(graph), options_(options) {}

  Node* schema(const json::value& v, const std::string& space) {
    if (v.is_string()) return by_name(std::string(v.get_string()), space);
    if (const auto* branches = v.if_array()) return union_of(*branches, space);
    const auto* o = v.if_object();
    if (o == nullptr)
      refuse_schema(fmt::format("{} is no schema: a name, an object or an array was expected",
                                print_json(v)));
    const auto* type = o->if_contains("type");
    if (type == nullptr) refuse_schema("No type: " + print_json(v));
    if (!type->is_string()) return schema(*type, space);
    return object(*o, std::string(type->get_string()), space);
  }

 private:
  Node* add(Kind kind) {
    graph_.nodes.push_back(std::make_unique<Node>());
    graph_.nodes.back()->kind = kind;
    return graph_.nodes.back().get();
  }

  Node* by_name(const std::string& name, const std::string& space) {
    for (std::size_t i = 0; i < 8; ++i)
      if (kNames[i] == name) return add(static_cast<Kind>(i));
    const bool qualified = name.find('.') != std::string::npos || space.empty();
    if (const auto at = graph_.named.find(qualified ? name : space + "." + name);
        at != graph_.named.end())
      return at->second;
    if (const auto at = graph_.named.find(name); at != graph_.named.end()) return at->second;
    refuse_schema(fmt::format("Undefined name: \"{}\"", name));
  }

  Node* union_of(const json::array& branches, const std::string& space) {
    auto* node = add(Kind::kUnion);
    std::set<std::string> seen;
    for (const auto& b : branches) {
      auto* branch = schema(b, space);
      if (branch->kind == Kind::kUnion) refuse_schema("Nested union: " + print_json(branches));
      const auto key = branch->named() ? branch->name.full() : std::string(name_of(branch->kind));
      if (!seen.insert(key).second) refuse_schema("Duplicate in union:" + key);
      node->parts.push_back(branch);
    }
    return node;
  }

  Node* object(const json::object& o, const std::string& type, const std::string& space) {
    if (type == "record" || type == "error") return record(o, type, space);
    if (type == "enum") return enumeration(o, space);
    if (type == "fixed") return fixed(o, space);
    if (type == "array" || type == "map") return container(o, type, space);
    auto* node = by_name(type, space);
    if (!node->named()) node->properties = others(o, {"type"});
    return node;
  }

  Node* container(const json::object& o, const std::string& type, const std::string& space) {
    const std::string_view part = type == "array" ? "items" : "values";
    const auto* inner = o.if_contains(part);
    if (inner == nullptr) refuse_schema(fmt::format("No {} in {}", part, type));
    auto* node = add(type == "array" ? Kind::kArray : Kind::kMap);
    node->parts.push_back(schema(*inner, space));
    node->properties = others(o, {"type", part});
    return node;
  }

  Name name_in(const json::object& o, std::string_view what, const std::string& space) {
    const auto given = text_of(o, "name", what);
    Name name;
    if (const auto dot = given.rfind('.'); dot != std::string::npos) {
      name = {given.substr(0, dot), given.substr(dot + 1)};
    } else {
      const auto* own = o.if_contains("namespace");
      if (own != nullptr && !own->is_string() && !own->is_null())
        refuse_schema(fmt::format("namespace of {} is no string", given));
      const bool has = own != nullptr && own->is_string();
      name = {has ? std::string(own->get_string()) : space, given};
    }
    if (!valid_name(name.simple)) refuse_schema("Illegal character in: " + name.simple);
    for (std::size_t from = 0; !name.space.empty() && from <= name.space.size();) {
      const auto dot = std::min(name.space.find('.', from), name.space.size());
      if (!valid_name(std::string_view(name.space).substr(from, dot - from)))
        refuse_schema("Illegal character in namespace: " + name.space);
      from = dot + 1;
    }
    if (std::find(kNames.begin(), kNames.begin() + 8, name.full()) != kNames.begin() + 8)
      refuse_schema("Schemas may not be named after primitives: " + name.full());
    return name;
  }

  Node* define(const json::object& o, Kind kind, const std::string& space) {
    auto* node = add(kind);
    node->name = name_in(o, name_of(kind), space);
    if (!graph_.named.emplace(node->name.full(), node).second)
      refuse_schema("Can't redefine: " + node->name.full());
    if (const auto* doc = o.if_contains("doc"); doc != nullptr && doc->is_string())
      node->doc = std::string(doc->get_string());
    for (const auto& alias : strings(o, "aliases")) {
      const bool full = alias.find('.') != std::string::npos || node->name.space.empty();
      node->aliases.push_back(full ? alias : node->name.space + "." + alias);
    }
    return node;
  }

  std::vector<std::string> strings(const json::object& o, std::string_view key) {
    std::vector<std::string> out;
    const auto* v = o.if_contains(key);
    if (v == nullptr || v->is_null()) return out;
    if (!v->is_array()) refuse_schema(fmt::format("{} is no array", key));
    for (const auto& s : v->get_array()) {
      if (!s.is_string()) refuse_schema(fmt::format("{} has an entry that is no string", key));
      out.emplace_back(s.get_string());
    }
    return out;
  }

  Node* record(const json::object& o, const std::string& type, const std::string& space) {
    auto* node = define(o, Kind::kRecord, space);
    node->is_error = type == "error";
    node->properties = others(o, {"type", "name", "namespace", "doc", "fields", "aliases"});
    std::set<std::string> seen;
    for (const auto& f : list_of(o, "fields", "record " + node->name.full())) {
      const auto* field = f.if_object();
      if (field == nullptr) refuse_schema("a field is no object: " + print_json(f));
      node->fields.push_back(this->field(*field, node->name));
      if (!seen.insert(node->fields.back().name).second)
        refuse_schema(fmt::format("Duplicate field {} in record {}", node->fields.back().name,
                                  node->name.full()));
    }
    return node;
  }

  Field field(const json::object& o, const Name& owner) {
    Field f;
    f.name = text_of(o, "name", "a field of " + owner.full());
    if (!valid_name(f.name)) refuse_schema("Illegal character in: " + f.name);
    const auto* type = o.if_contains("type");
    if (type == nullptr) refuse_schema("No field type: " + f.name);
    f.type = schema(*type, owner.space);
    if (const auto* doc = o.if_contains("doc"); doc != nullptr && doc->is_string())
      f.doc = std::string(doc->get_string());
    if (const auto* fallback = o.if_contains("default")) {
      f.fallback = *fallback;
      if (options_.validate_defaults)
        check_default(*f.type, *fallback, owner.full() + "." + f.name);
    }
    if (const auto* order = o.if_contains("order")) {
      f.order = order->is_string() ? std::string(order->get_string()) : "?";
      if (f.order != "ascending" && f.order != "descending" && f.order != "ignore")
        refuse_schema(
            fmt::format("order of field {} is not one of ascending, descending, ignore", f.name));
      if (f.order == "ascending") f.order.clear();
    }
    f.aliases = strings(o, "aliases");
    f.properties = others(o, {"name", "type", "doc", "default", "order", "aliases"});
    return f;
  }

  Node* enumeration(const json::object& o, const std::string& space) {
    auto* node = define(o, Kind::kEnum, space);
    list_of(o, "symbols", "enum " + node->name.full());
    node->symbols = strings(o, "symbols");
    std::set<std::string> seen;
    for (const auto& s : node->symbols) {
      if (!valid_name(s)) refuse_schema("Illegal character in: " + s);
      if (!seen.insert(s).second) refuse_schema("Duplicate enum symbol: " + s);
    }
    if (const auto* fallback = o.if_contains("default")) {
      if (!fallback->is_string() || !seen.contains(std::string(fallback->get_string())))
        refuse_schema(fmt::format("The Enum Default: {} is not in the enum symbol set: {}",
                                  print_json(*fallback), fmt::join(node->symbols, ", ")));
      node->symbol_fallback = std::string(fallback->get_string());
    }
    node->properties =
        others(o, {"type", "name", "namespace", "doc", "symbols", "default", "aliases"});
    return node;
  }

  Node* fixed(const json::object& o, const std::string& space) {
    auto* node = define(o, Kind::kFixed, space);
    const auto* size = o.if_contains("size");
    if (size == nullptr || !size->is_int64() || size->get_int64() < 0)
      refuse_schema("Invalid or no size: fixed " + node->name.full());
    node->size = size->get_int64();
    node->properties = others(o, {"type", "name", "namespace", "doc", "size", "aliases"});
    return node;
  }

  Graph& graph_;
  const ParseOptions& options_;
};

bool in_range(const json::value& v, std::int64_t low, std::int64_t high) {
  return v.is_int64() && v.get_int64() >= low && v.get_int64() <= high;
}

bool plain_default(const Node& type, const json::value& v) {
  switch (type.kind) {
    case Kind::kNull:
      return v.is_null();
    case Kind::kBoolean:
      return v.is_bool();
    case Kind::kInt:
      return in_range(v, -2147483648LL, 2147483647LL);
    case Kind::kLong:
      return v.is_int64();
    case Kind::kFloat:
    case Kind::kDouble:
      return v.is_number();
    case Kind::kEnum:
      return v.is_string() && std::find(type.symbols.begin(), type.symbols.end(),
                                        std::string(v.get_string())) != type.symbols.end();
    default:
      return v.is_string();  // bytes, string, fixed
  }
}

}  // namespace

std::string_view name_of(Kind kind) { return kNames[static_cast<std::size_t>(kind)]; }

void check_default(const Node& type, const json::value& v, const std::string& where) {
  bool good = true;
  if (type.kind == Kind::kUnion) {  // a default is of the first branch (specification, "Unions")
    if (type.parts.empty()) refuse_schema("Invalid default for field " + where);
    check_default(*type.parts.front(), v, where);
  } else if (type.kind == Kind::kArray) {
    if ((good = v.is_array()))
      for (const auto& e : v.get_array()) check_default(*type.parts[0], e, where);
  } else if (type.kind == Kind::kMap) {
    if ((good = v.is_object()))
      for (const auto& e : v.get_object()) check_default(*type.parts[0], e.value(), where);
  } else if (type.kind == Kind::kRecord) {
    if ((good = v.is_object()))
      for (const auto& f : type.fields) {
        const auto* given = v.get_object().if_contains(f.name);
        if (given == nullptr && !f.fallback) good = false;
        if (given != nullptr) check_default(*f.type, *given, where + "." + f.name);
      }
  } else {
    good = plain_default(type, v);
  }
  if (!good)
    refuse_schema(fmt::format("Invalid default for field {}: {} not a {}", where, print_json(v),
                              name_of(type.kind)));
}

void parse_into(Graph& graph, const json::value& schema, const ParseOptions& options) {
  graph.root = Parser(graph, options).schema(schema, "");
}

}  // namespace citybrain::registry::avro
