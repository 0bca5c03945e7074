// What a new version takes over beside what its client says: the settings' defaults and overrides,
// metadata and rules of the version before, and its own number. As Confluent documents data
// contracts ("Data Contracts for Schema Registry": default and override metadata and rule sets; the
// property confluent:version).
#include <algorithm>

#include "hub/registry/registry_impl.h"

namespace citybrain::registry {
namespace {

namespace json = boost::json;

constexpr std::string_view kVersion = "confluent:version";

const json::value* member(const json::value& object, std::string_view name) {
  const auto* o = object.if_object();
  const auto* v = o == nullptr ? nullptr : o->if_contains(name);
  return v != nullptr && !v->is_null() ? v : nullptr;
}

/// Members of both; of one name, that of `over`.
json::value joined(const json::value& under, const json::value& over) {
  json::object out = under.get_object();
  for (const auto& m : over.get_object()) out[m.key()] = m.value();
  return out;
}

/// A rule's name; what is no rule is its own.
const json::value& name_in(const json::value& rule) {
  const auto* name = member(rule, "name");
  return name != nullptr ? *name : rule;
}

/// Elements of both, those of `under` first; of one name, that of `over`.
json::value united(const json::value& under, const json::value& over) {
  json::array out;
  for (const auto& v : under.get_array()) {
    const auto same = [&](const json::value& o) { return name_in(o) == name_in(v); };
    if (std::none_of(over.get_array().begin(), over.get_array().end(), same)) out.push_back(v);
  }
  for (const auto& v : over.get_array()) out.push_back(v);
  return out;
}

/// Objects of lists and objects (metadata: tags, properties, sensitive; rule sets: lists of rules),
/// part by part.
json::value merged(const json::value& under, const json::value& over) {
  if (!under.is_object()) return over;
  if (!over.is_object()) return under;
  json::object out = under.get_object();
  for (const auto& m : over.get_object()) {
    const auto* there = member(under, m.key());
    if (there != nullptr && there->is_object() && m.value().is_object()) {
      out[m.key()] = joined(*there, m.value());
    } else if (there != nullptr && there->is_array() && m.value().is_array()) {
      out[m.key()] = united(*there, m.value());
    } else if (!m.value().is_null()) {
      out[m.key()] = m.value();
    }
  }
  return out;
}

json::value settled(const Config& config, const char* below, const json::value& own,
                    const char* above) {
  const auto setting = [&](const char* name) {
    const auto* v = config.more.if_contains(name);
    return v != nullptr ? *v : json::value();
  };
  return merged(merged(setting(below), own), setting(above));
}

}  // namespace

const json::value* property_of(const Schema& schema, std::string_view name) {
  const auto* properties = member(schema.metadata, "properties");
  return properties != nullptr ? member(*properties, name) : nullptr;
}

bool take_over(Schema& schema, const Config& config, const Schema* previous,
               std::optional<NewVersion> version) {
  const json::value metadata = schema.metadata, rules = schema.rules;
  if (previous != nullptr && schema.metadata.is_null()) schema.metadata = previous->metadata;
  if (previous != nullptr && schema.rules.is_null()) schema.rules = previous->rules;
  schema.metadata = settled(config, "defaultMetadata", schema.metadata, "overrideMetadata");
  schema.rules = settled(config, "defaultRuleSet", schema.rules, "overrideRuleSet");
  if (version && (version->asked_for || property_of(schema, kVersion) != nullptr)) {
    auto& all = schema.metadata.is_object() ? schema.metadata.get_object()
                                            : schema.metadata.emplace_object();
    auto& own = all["properties"];
    if (!own.is_object()) own.emplace_object();
    own.get_object()[kVersion] = std::to_string(version->number);
  }
  return schema.metadata != metadata || schema.rules != rules;
}

}  // namespace citybrain::registry
