#include "hub/api/registry_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"

namespace citybrain::api {
namespace {

namespace json = boost::json;
namespace refuse = registry::refuse;
using model::Error;

Error wrong_type(std::string_view field, std::string_view expected) {
  return refuse::bad_request(fmt::format("Field {} must be {}", field, expected));
}

model::Result<void> only(const json::object& body, std::initializer_list<std::string_view> known) {
  for (const auto& m : body)
    if (std::find(known.begin(), known.end(), std::string_view(m.key())) == known.end())
      return refuse::unprocessable(
          fmt::format("Unrecognized field: {}", std::string_view(m.key())));
  return {};
}

/// The text of a field; empty when it is missing or null.
model::Result<std::string> text(const json::object& body, std::string_view field) {
  const auto* v = body.if_contains(field);
  if (v == nullptr || v->is_null()) return std::string();
  if (!v->is_string()) return wrong_type(field, "a string");
  return std::string(v->get_string());
}

model::Result<std::optional<int>> number(const json::object& body, std::string_view field) {
  const auto* v = body.if_contains(field);
  if (v == nullptr || v->is_null()) return std::optional<int>();
  if (!v->is_int64() || v->get_int64() < -1 || v->get_int64() > 2147483647LL)
    return wrong_type(field, "a number of 1 to 2^31-1");
  return std::optional<int>(static_cast<int>(v->get_int64()));
}

model::Result<json::value> object_or_null(const json::object& body, std::string_view field) {
  const auto* v = body.if_contains(field);
  if (v == nullptr || v->is_null()) return json::value(nullptr);
  if (!v->is_object()) return wrong_type(field, "an object");
  return *v;
}

model::Result<std::vector<registry::Reference>> references(const json::object& body) {
  std::vector<registry::Reference> out;
  const auto* list = body.if_contains("references");
  if (list == nullptr || list->is_null()) return out;
  if (!list->is_array()) return wrong_type("references", "an array");
  for (const auto& r : list->get_array()) {
    const auto* o = r.if_object();
    if (o == nullptr) return wrong_type("references", "an array of objects");
    CITYBRAIN_TRY(only(*o, {"name", "subject", "version"}));
    CITYBRAIN_ASSIGN(name, text(*o, "name"));
    CITYBRAIN_ASSIGN(subject, text(*o, "subject"));
    CITYBRAIN_ASSIGN(version, number(*o, "version"));
    out.push_back({name, subject, version.value_or(0)});
  }
  return out;
}

}  // namespace

model::Result<json::object> read_object(std::string_view body) {
  CITYBRAIN_ASSIGN(value, registry::parse_json(body));
  if (!value.is_object()) return refuse::internal();
  return std::move(value.get_object());
}

model::Result<SchemaRequest> read_schema(std::string_view bytes) {
  CITYBRAIN_ASSIGN(body, read_object(bytes));
  // subject and deleted are tolerated: some clients send back what they were given.
  CITYBRAIN_TRY(
      only(body, {"schema", "schemaType", "references", "metadata", "ruleSet", "id", "version",
                  "subject", "schemaTagsToAdd", "schemaTagsToRemove", "propagateSchemaTags"}));
  for (const std::string_view field : {"schemaTagsToAdd", "schemaTagsToRemove"})
    if (const auto* v = body.if_contains(field);
        v != nullptr && !v->is_null() && !(v->is_array() && v->get_array().empty()))
      return refuse::unprocessable(fmt::format("{} is not supported", field));
  SchemaRequest out;
  CITYBRAIN_ASSIGN(schema, text(body, "schema"));
  CITYBRAIN_ASSIGN(type, text(body, "schemaType"));
  const auto language = registry::language_of(type.empty() ? "AVRO" : type);
  if (!language) return refuse::invalid_schema("Invalid schema type " + type);
  CITYBRAIN_ASSIGN(list, references(body));
  CITYBRAIN_ASSIGN(metadata, object_or_null(body, "metadata"));
  CITYBRAIN_ASSIGN(rules, object_or_null(body, "ruleSet"));
  CITYBRAIN_ASSIGN(id, number(body, "id"));
  CITYBRAIN_ASSIGN(version, number(body, "version"));
  out.schema = {*language, std::move(schema), std::move(list), std::move(metadata),
                std::move(rules)};
  if (id && *id > 0) out.id = id;
  if (version && *version != 0) out.version = std::max(*version, registry::kLatest);
  return out;
}

model::Result<registry::Config> read_config(const json::object& body) {
  constexpr std::array<std::string_view, 6> kept = {"defaultMetadata", "overrideMetadata",
                                                    "defaultRuleSet",  "overrideRuleSet",
                                                    "validateFields",  "compatibilityPolicy"};
  CITYBRAIN_TRY(
      only(body, {"compatibility", "compatibilityLevel", "normalize", "alias", "compatibilityGroup",
                  kept[0], kept[1], kept[2], kept[3], kept[4], kept[5]}));
  registry::Config out;
  for (const std::string_view field : {"compatibilityLevel", "compatibility"}) {
    CITYBRAIN_ASSIGN(level, text(body, field));
    if (level.empty()) continue;
    CITYBRAIN_ASSIGN(parsed, registry::level_of(level));
    out.level = parsed;
  }
  if (const auto* v = body.if_contains("normalize"); v != nullptr && !v->is_null()) {
    if (!v->is_bool()) return wrong_type("normalize", "true or false");
    out.normalize = v->get_bool();
  }
  CITYBRAIN_ASSIGN(alias, text(body, "alias"));
  if (!alias.empty()) out.alias = alias;
  CITYBRAIN_ASSIGN(group, text(body, "compatibilityGroup"));
  if (!group.empty()) out.group = group;
  for (const auto field : kept)
    if (const auto* v = body.if_contains(field); v != nullptr && !v->is_null())
      out.more[field] = *v;
  return out;
}

json::object write_schema(const registry::Schema& schema) {
  json::object out;
  if (schema.language != registry::Language::kAvro) out["schemaType"] = name_of(schema.language);
  out["schema"] = schema.text;
  if (!schema.references.empty()) {
    json::array list;
    for (const auto& r : schema.references)
      list.push_back(
          json::object{{"name", r.name}, {"subject", r.subject}, {"version", r.version}});
    out["references"] = std::move(list);
  }
  if (!schema.metadata.is_null()) out["metadata"] = schema.metadata;
  if (!schema.rules.is_null()) out["ruleSet"] = schema.rules;
  return out;
}

json::object write_version(const registry::SubjectVersion& v) {
  json::object out{{"subject", v.subject}, {"version", v.version}, {"id", v.id}};
  for (const auto& m : write_schema(v.schema)) out.insert(m);
  return out;
}

json::object write_config(const registry::Config& config) {
  json::object out;
  if (config.alias) out["alias"] = *config.alias;
  if (config.normalize) out["normalize"] = *config.normalize;
  if (config.level) out["compatibilityLevel"] = name_of(*config.level);
  if (config.group) out["compatibilityGroup"] = *config.group;
  for (const auto& m : config.more) out.insert(m);
  return out;
}

json::array write_numbers(const std::vector<int>& numbers) {
  return json::array(numbers.begin(), numbers.end());
}

json::array write_texts(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

}  // namespace citybrain::api
