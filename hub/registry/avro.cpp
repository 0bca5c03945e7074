#include "hub/registry/avro.h"

#include <fmt/format.h>

#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"

namespace citybrain::registry {
namespace avro {
namespace {

namespace json = boost::json;

/// Prints a type's definition where it is first met and its name from then on.
class Printer {
 public:
  /// Attributes have the specification's order; `sorted` gives one to the properties beside them.
  Printer(const Graph& graph, bool inline_borrowed, bool sorted) : sorted_(sorted) {
    if (!inline_borrowed) defined_ = graph.borrowed;
  }

  json::value of(const Node& n, const std::string& space) {
    if (n.named()) return definition(n, space);
    if (n.kind == Kind::kUnion) {
      json::array branches;
      for (const auto* b : n.parts) branches.push_back(of(*b, space));
      return branches;
    }
    const auto type = json::string(name_of(n.kind));
    if (n.parts.empty() && n.properties.empty()) return type;
    json::object o;
    o["type"] = type;
    if (n.kind == Kind::kArray) o["items"] = of(*n.parts[0], space);
    if (n.kind == Kind::kMap) o["values"] = of(*n.parts[0], space);
    append(o, n.properties);
    return o;
  }

 private:
  void append(json::object& o, const json::object& more) const {
    if (!sorted_) {
      for (const auto& m : more) o.insert(m);
      return;
    }
    std::map<std::string, json::value> by_name;
    for (const auto& m : more) by_name[std::string(m.key())] = sorted_value(m.value());
    for (const auto& [name, value] : by_name) o[name] = value;
  }

  static json::value sorted_value(const json::value& v) {
    if (const auto* list = v.if_array()) {
      json::array out;
      for (const auto& e : *list) out.push_back(sorted_value(e));
      return out;
    }
    const auto* o = v.if_object();
    if (o == nullptr) return v;
    std::map<std::string, json::value> by_name;
    for (const auto& m : *o) by_name[std::string(m.key())] = sorted_value(m.value());
    json::object out;
    for (const auto& [name, value] : by_name) out[name] = value;
    return out;
  }

  static void aliases(json::object& o, const std::vector<std::string>& names,
                      const std::string& space) {
    if (names.empty()) return;
    json::array out;
    for (const auto& a : names)
      out.emplace_back(!space.empty() && a.starts_with(space + ".") &&
                               a.find('.', space.size() + 1) == std::string::npos
                           ? a.substr(space.size() + 1)
                           : a);
    o["aliases"] = std::move(out);
  }

  json::value definition(const Node& n, const std::string& space) {
    if (!defined_.insert(&n).second)
      return json::string(n.name.space == space ? n.name.simple : n.name.full());
    json::object o;
    o["type"] = json::string(n.is_error ? "error" : name_of(n.kind));
    o["name"] = n.name.simple;
    if (n.name.space != space) o["namespace"] = n.name.space;
    if (n.doc) o["doc"] = *n.doc;
    if (n.kind == Kind::kRecord) o["fields"] = fields(n);
    if (n.kind == Kind::kEnum) {
      o["symbols"] = json::array(n.symbols.begin(), n.symbols.end());
      if (n.symbol_fallback) o["default"] = *n.symbol_fallback;
    }
    if (n.kind == Kind::kFixed) o["size"] = n.size;
    append(o, n.properties);
    aliases(o, n.aliases, n.name.space);
    return o;
  }

  json::array fields(const Node& n) {
    json::array out;
    for (const auto& f : n.fields) {
      json::object o;
      o["name"] = f.name;
      o["type"] = of(*f.type, n.name.space);
      if (f.doc) o["doc"] = *f.doc;
      if (f.fallback) o["default"] = *f.fallback;
      if (!f.order.empty()) o["order"] = f.order;
      if (!f.aliases.empty()) o["aliases"] = json::array(f.aliases.begin(), f.aliases.end());
      append(o, f.properties);
      out.push_back(std::move(o));
    }
    return out;
  }

  std::set<const Node*> defined_;
  bool sorted_;
};

class AvroSchema final : public Parsed {
 public:
  explicit AvroSchema(Graph graph)
      : graph_(std::move(graph)),
        text_(print(graph_, false)),
        normalized_(print(graph_, false, true)) {}

  Language language() const override { return Language::kAvro; }
  std::string canonical() const override { return text_; }
  std::string stored() const override { return text_; }
  std::string formatted(std::string_view format) const override {
    return format == "resolved" ? print(graph_, true) : text_;
  }
  std::string normalized() const override { return normalized_; }
  std::vector<Difference> cannot_read(const Parsed& writer) const override {
    return avro::cannot_read(*graph_.root, *static_cast<const AvroSchema&>(writer).graph_.root);
  }

 private:
  Graph graph_;
  std::string text_;
  std::string normalized_;
};

}  // namespace

std::string print(const Graph& graph, bool inline_borrowed, bool sorted) {
  return print_json(Printer(graph, inline_borrowed, sorted).of(*graph.root, ""));
}

}  // namespace avro

model::Result<std::shared_ptr<const Parsed>> parse_avro(std::string_view text,
                                                        const std::vector<Resolved>& references,
                                                        const ParseOptions& options) {
  try {
    avro::Graph graph;
    for (const auto& r : references) {
      auto value = parse_json(r.text);
      if (!value) return refuse::invalid_schema("Invalid schema: reference " + r.name);
      avro::parse_into(graph, *value, {});
    }
    for (const auto& [name, node] : graph.named) graph.borrowed.insert(node);
    auto value = parse_json(text);
    if (!value) {
      // A bare name (string, com.example.Type) is accepted without its quotes, as Avro's own
      // parsers do.
      const bool bare = text.find_first_of("{}[]\":, \t\r\n") == std::string_view::npos;
      if (!bare || text.empty())
        return refuse::invalid_schema("Invalid schema: " + value.error().what);
      value = boost::json::value(boost::json::string(text));
    }
    avro::parse_into(graph, *value, options);
    return std::shared_ptr<const Parsed>(std::make_shared<avro::AvroSchema>(std::move(graph)));
  } catch (const model::Error& e) {
    return e;
  }
}

}  // namespace citybrain::registry
