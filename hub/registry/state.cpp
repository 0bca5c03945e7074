#include "hub/registry/state.h"

#include <algorithm>

#include "hub/registry/json_text.h"

namespace citybrain::registry {
namespace {

namespace json = boost::json;

std::string text(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

int number(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  if (v == nullptr || !v->is_int64()) return 0;
  const auto n = v->get_int64();
  return n < 0 || n > 2147483647LL ? 0 : static_cast<int>(n);
}

std::optional<json::object> object_of(const std::string& text) {
  auto value = parse_json(text);
  if (!value || !value->is_object()) return std::nullopt;
  return std::move(value->get_object());
}

std::vector<Reference> references_of(const json::object& o) {
  std::vector<Reference> out;
  const auto* list = o.if_contains("references");
  if (list == nullptr || !list->is_array()) return out;
  for (const auto& r : list->get_array())
    if (r.is_object())
      out.push_back({text(r.get_object(), "name"), text(r.get_object(), "subject"),
                     number(r.get_object(), "version")});
  return out;
}

json::value part(const json::object& o, std::string_view key) {
  const auto* v = o.if_contains(key);
  return v == nullptr ? json::value(nullptr) : *v;
}

std::string key_of(std::string_view type, const std::string& subject) {
  json::object key{{"keytype", type}};
  key["subject"] = subject.empty() ? json::value(nullptr) : json::value(subject);
  key["magic"] = 0;
  return print_json(key);
}

}  // namespace

std::string context_of(std::string_view subject) {
  if (!subject.starts_with(":.")) return ".";
  const auto end = subject.find(':', 1);
  return std::string(subject.substr(1, end == std::string_view::npos ? end : end - 1));
}

std::string plain_subject(std::string_view subject) {
  return std::string(subject.starts_with(":.:") ? subject.substr(3) : subject);
}

void State::apply(const Entry& entry) {
  const auto key = object_of(entry.key);
  if (!key) return;
  const auto type = text(*key, "keytype");
  const auto subject = text(*key, "subject");
  if (type == "SCHEMA") apply_schema(*key, entry);
  if (type == "CONFIG") apply_config(subject, entry);
  if (type == "MODE") apply_mode(subject, entry);
  if (type == "DELETE_SUBJECT") apply_deleted_subject(entry);
  if (type == "CONTEXT" && !entry.value.empty()) contexts_.insert(text(*key, "context"));
}

void State::apply_schema(const json::object& key, const Entry& entry) {
  const auto subject = text(key, "subject");
  const auto version = number(key, "version");
  if (subject.empty() || version <= 0) return;
  if (entry.value.empty()) return forget(subject, version);
  const auto value = object_of(entry.value);
  if (!value) return;
  const auto type = text(*value, "schemaType");
  const auto language = language_of(type.empty() ? "AVRO" : type);
  if (!language) return;
  StoredVersion stored;
  stored.id = number(*value, "id");
  const auto* deleted = value->if_contains("deleted");
  stored.deleted = deleted != nullptr && deleted->is_bool() && deleted->get_bool();
  stored.schema =
      std::make_shared<Schema>(Schema{*language, text(*value, "schema"), references_of(*value),
                                      part(*value, "metadata"), part(*value, "ruleSet")});
  const auto context = context_of(subject);
  contexts_.insert(context);
  auto& id = ids_[context][stored.id];
  if (id == nullptr) id = stored.schema;
  greatest_[context] = std::max(greatest_[context], stored.id);
  subjects_[subject][version] = std::move(stored);
}

void State::forget(const std::string& subject, int version) {
  const auto at = subjects_.find(subject);
  if (at == subjects_.end()) return;
  const auto found = at->second.find(version);
  if (found == at->second.end()) return;
  const auto id = found->second.id;
  at->second.erase(found);
  if (at->second.empty()) subjects_.erase(at);
  const auto context = context_of(subject);
  for (const auto& [name, versions] : subjects_)
    if (context_of(name) == context)
      for (const auto& [number, v] : versions)
        if (v.id == id) return;
  ids_[context].erase(id);
}

void State::apply_config(const std::string& subject, const Entry& entry) {
  const auto value = object_of(entry.value);
  if (!value) {
    configs_.erase(subject);
    return;
  }
  Config config;
  for (const auto& m : *value) {
    if (m.key() == "compatibilityLevel") {
      if (const auto level = level_of(text(*value, "compatibilityLevel"))) config.level = *level;
    } else if (m.key() == "normalize") {
      if (m.value().is_bool()) config.normalize = m.value().get_bool();
    } else if (m.key() == "alias") {
      config.alias = text(*value, "alias");
    } else if (m.key() == "compatibilityGroup") {
      config.group = text(*value, "compatibilityGroup");
    } else {
      config.more.insert(m);
    }
  }
  configs_[subject] = std::move(config);
}

void State::apply_mode(const std::string& subject, const Entry& entry) {
  const auto value = object_of(entry.value);
  if (!value) {
    modes_.erase(subject);
    return;
  }
  if (const auto mode = mode_of(text(*value, "mode"))) modes_[subject] = *mode;
}

void State::apply_deleted_subject(const Entry& entry) {
  const auto value = object_of(entry.value);
  if (!value) return;
  const auto at = subjects_.find(text(*value, "subject"));
  if (at == subjects_.end()) return;
  for (auto& [version, stored] : at->second)
    if (version <= number(*value, "version")) stored.deleted = true;
}

const State::Versions* State::versions(std::string_view subject) const {
  const auto at = subjects_.find(subject);
  return at == subjects_.end() ? nullptr : &at->second;
}

std::shared_ptr<const Schema> State::by_id(const std::string& context, int id) const {
  const auto at = ids_.find(context);
  if (at == ids_.end()) return nullptr;
  const auto found = at->second.find(id);
  return found == at->second.end() ? nullptr : found->second;
}

int State::greatest_id(const std::string& context) const {
  const auto at = greatest_.find(context);
  return at == greatest_.end() ? 0 : at->second;
}

int State::next_id(const std::string& context) const { return greatest_id(context) + 1; }

const Config* State::config(std::string_view subject) const {
  const auto at = configs_.find(subject);
  return at == configs_.end() ? nullptr : &at->second;
}

std::optional<Mode> State::mode(std::string_view subject) const {
  const auto at = modes_.find(subject);
  return at == modes_.end() ? std::nullopt : std::optional(at->second);
}

std::vector<std::pair<std::string, int>> State::referring(std::string_view subject, int version,
                                                          bool deleted) const {
  std::vector<std::pair<std::string, int>> out;
  for (const auto& [name, versions] : subjects_)
    for (const auto& [number, v] : versions)
      if (deleted || !v.deleted)
        for (const auto& r : v.schema->references)
          if (r.version == version && plain_subject(r.subject) == subject) {
            out.emplace_back(name, number);
            break;
          }
  return out;
}

Entry schema_entry(const std::string& subject, int version, const StoredVersion& stored) {
  Entry out = schema_tombstone(subject, version);
  const auto& schema = *stored.schema;
  json::object value{{"subject", subject}, {"version", version}, {"id", stored.id}};
  if (!schema.metadata.is_null()) value["metadata"] = schema.metadata;
  if (!schema.rules.is_null()) value["ruleSet"] = schema.rules;
  if (schema.language != Language::kAvro) value["schemaType"] = name_of(schema.language);
  if (!schema.references.empty()) {
    json::array list;
    for (const auto& r : schema.references)
      list.push_back(
          json::object{{"name", r.name}, {"subject", r.subject}, {"version", r.version}});
    value["references"] = std::move(list);
  }
  value["schema"] = schema.text;
  value["deleted"] = stored.deleted;
  out.value = print_json(value);
  return out;
}

Entry schema_tombstone(const std::string& subject, int version) {
  return {print_json(json::object{
              {"keytype", "SCHEMA"}, {"subject", subject}, {"version", version}, {"magic", 1}}),
          ""};
}

Entry delete_subject_entry(const std::string& subject, int up_to) {
  return {key_of("DELETE_SUBJECT", subject),
          print_json(json::object{{"subject", subject}, {"version", up_to}})};
}

Entry config_entry(const std::string& subject, const Config* config) {
  Entry out{key_of("CONFIG", subject), ""};
  if (config == nullptr) return out;
  json::object value;
  if (config->alias) value["alias"] = *config->alias;
  if (config->normalize) value["normalize"] = *config->normalize;
  if (config->level) value["compatibilityLevel"] = name_of(*config->level);
  if (config->group) value["compatibilityGroup"] = *config->group;
  for (const auto& m : config->more) value.insert(m);
  out.value = print_json(value);
  return out;
}

Entry mode_entry(const std::string& subject, const Mode* mode) {
  return {key_of("MODE", subject),
          mode == nullptr ? "" : print_json(json::object{{"mode", name_of(*mode)}})};
}

Entry context_entry(const std::string& context) {
  return {print_json(json::object{{"keytype", "CONTEXT"}, {"context", context}, {"magic", 0}}),
          print_json(json::object{{"context", context}})};
}

}  // namespace citybrain::registry
