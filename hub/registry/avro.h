// Avro schemas as a graph of nodes (Apache Avro 1.11 specification, "Schema Declaration"): parsed
// with the rules for names, namespaces, unions and logical types, printed in the order of the
// specification's attributes, compared by its "Schema Resolution". Private to the room.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/registry/schema.h"

namespace citybrain::registry::avro {

enum class Kind : std::uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed
};

struct Node;

struct Field {
  std::string name;
  Node* type = nullptr;
  std::optional<std::string> doc;
  std::optional<boost::json::value> fallback;  ///< the default
  std::string order;                           ///< empty when not given or "ascending"
  std::vector<std::string> aliases;
  boost::json::object properties;
};

/// A full name is its name space, a dot, and the name.
struct Name {
  std::string space;
  std::string simple;
  std::string full() const { return space.empty() ? simple : space + "." + simple; }
};

struct Node {
  Kind kind = Kind::kNull;
  Name name;  ///< of records, enums, fixed
  bool is_error = false;
  std::optional<std::string> doc;
  std::vector<std::string> aliases;  ///< full names
  std::vector<Field> fields;
  std::vector<std::string> symbols;
  std::optional<std::string> symbol_fallback;
  std::int64_t size = 0;
  std::vector<Node*> parts;  ///< items, values, or the branches of a union
  boost::json::object properties;

  bool named() const {
    return kind == Kind::kRecord || kind == Kind::kEnum || kind == Kind::kFixed;
  }
};

struct Graph {
  std::vector<std::unique_ptr<Node>> nodes;
  std::map<std::string, Node*> named;
  std::set<const Node*> borrowed;  ///< named types that references brought
  Node* root = nullptr;
};

std::string_view name_of(Kind kind);

/// Parses one more schema into the graph and makes it the root. Throws model::Error
/// (CB-REGISTRY-42201), caught at the room's border.
void parse_into(Graph& graph, const boost::json::value& schema, const ParseOptions& options);
/// Throws when a default is no value of its type.
void check_default(const Node& type, const boost::json::value& value, const std::string& where);

/// The canonical text; `inline_borrowed` writes out what references brought, `sorted` brings the
/// properties that are not the specification's into the order of their names.
std::string print(const Graph& graph, bool inline_borrowed, bool sorted = false);

std::vector<Difference> cannot_read(const Node& reader, const Node& writer);

}  // namespace citybrain::registry::avro
