// What changes a registry: new versions, deletions.
#include <fmt/format.h>

#include <algorithm>

#include "hub/registry/errors.h"
#include "hub/registry/registry_impl.h"

namespace citybrain::registry {
namespace {

/// Text and key as they will be stored.
struct Prepared {
  std::shared_ptr<const Parsed> parsed;
  std::string key;
};

model::Result<Prepared> prepare(Registry::Impl& impl, Schema& schema, const std::string& subject,
                                bool normalize, bool live) {
  CITYBRAIN_TRY(impl.settle_references(schema, subject, live));
  CITYBRAIN_ASSIGN(parsed, impl.parse(schema, subject));
  schema.text = normalize ? parsed->normalized() : parsed->stored();
  if (normalize) {
    std::sort(schema.references.begin(), schema.references.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    CITYBRAIN_ASSIGN(again, impl.parse(schema, subject));
    parsed = again;
  }
  return Prepared{parsed, key_of(schema, *parsed)};
}

/// A subject that is gone leaves no settings behind.
void drop_settings(const Registry::Impl& impl, const std::string& subject,
                   std::vector<Entry>& entries) {
  if (impl.state.mode(subject)) entries.push_back(mode_entry(subject, nullptr));
  if (impl.state.config(subject) != nullptr) entries.push_back(config_entry(subject, nullptr));
}

}  // namespace

model::Result<SubjectVersion> Registry::lookup(std::string_view given, Schema schema,
                                               bool normalize, bool deleted) {
  const auto subject = plain_subject(given);
  if (!impl_->exists(subject, deleted)) return refuse::subject_not_found(subject);
  const bool normal = normalize || impl_->effective(subject).normalize.value_or(false);
  CITYBRAIN_ASSIGN(ready, prepare(*impl_, schema, subject, normal, false));
  const int version = impl_->version_meant(subject, schema, *ready.parsed, deleted);
  if (version == 0) return refuse::schema_not_found();
  return impl_->whole(subject, version, impl_->state.versions(subject)->at(version));
}

model::Result<SubjectVersion> Registry::add(std::string_view given, Schema schema,
                                            const RegisterOptions& options) {
  CITYBRAIN_ASSIGN(subject, checked_subject(given));
  CITYBRAIN_TRY(impl_->refresh());
  const auto config = impl_->effective(subject);
  const auto mode = impl_->effective_mode(subject);
  const auto* versions = impl_->state.versions(subject);
  const Schema* previous = impl_->latest_schema(subject);
  if (schema.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    if (previous == nullptr) return refuse::invalid_schema("Empty schema");
    schema.language = previous->language;  // new metadata or rules for the same text
    schema.text = previous->text;
    schema.references = previous->references;
  }
  CITYBRAIN_ASSIGN(ready, prepare(*impl_, schema, subject,
                                  options.normalize || config.normalize.value_or(false), true));
  if (!options.version) {
    if (const int v = impl_->version_meant(subject, schema, *ready.parsed, false); v != 0)
      if (!options.id || versions->at(v).id == *options.id)
        return impl_->whole(subject, v, versions->at(v));
  }
  CITYBRAIN_TRY(impl_->check_writable(subject));
  if (options.id && mode != Mode::kImport && !options.given_id)
    return refuse::not_permitted(fmt::format("Subject {} is not in import mode", subject));
  if (!options.id && mode != Mode::kReadWrite)
    return refuse::not_permitted(fmt::format("Subject {} is not in read-write mode", subject));

  const int next = impl_->latest(subject, true) + 1;
  if (mode != Mode::kImport) {
    if (take_over(schema, config, previous, NewVersion{next, options.version.has_value()})) {
      ready.key = key_of(schema, *ready.parsed);
      if (!options.version)
        if (const int v = impl_->version_with(subject, ready.key, false); v != 0)
          return impl_->whole(subject, v, versions->at(v));
    }
    CITYBRAIN_ASSIGN(why, incompatibilities(subject, schema, std::nullopt, false));
    if (!why.empty())
      return refuse::incompatible(subject, fmt::format("[{}]", fmt::join(why, ", ")));
  }
  const int number = options.version.value_or(kLatest) > 0 ? *options.version : next;
  if (number != next && mode != Mode::kImport)
    return refuse::invalid_schema("Version is not one more than previous version");
  const auto context = context_of(subject);
  int id = options.id.value_or(impl_->id_with(context, ready.key));
  if (id == 0) id = impl_->state.next_id(context);
  const auto taken = impl_->state.by_id(context, id);
  if (taken != nullptr) {
    const auto* key = impl_->key(taken, subject);
    const bool same_text = taken->language == schema.language && taken->text == schema.text;
    const bool imported = mode == Mode::kImport && same_text;  // with other metadata, perhaps
    if (!imported && (key == nullptr || *key != ready.key))
      return refuse::not_permitted(
          fmt::format("Overwrite new schema with id {} is not permitted.", id));
  }

  std::vector<Entry> entries;
  if (context != "." && !impl_->state.contexts().contains(context))
    entries.push_back(context_entry(context));
  if (versions != nullptr) {
    if (versions->contains(number) && versions->at(number).id != id)
      return refuse::not_permitted(
          fmt::format("Overwrite version {} of subject {} is not permitted.", number, subject));
    for (const auto& [n, v] : *versions)  // a version that comes back replaces the deleted one
      if (v.deleted && v.id == id && n < number) entries.push_back(schema_tombstone(subject, n));
  }
  const StoredVersion stored{id, false, std::make_shared<Schema>(std::move(schema))};
  entries.push_back(schema_entry(subject, number, stored));
  CITYBRAIN_TRY(impl_->write(entries));
  return impl_->whole(subject, number, stored);
}

model::Result<std::vector<int>> Registry::remove_subject(std::string_view given, bool permanent) {
  const auto subject = plain_subject(given);
  CITYBRAIN_TRY(impl_->refresh());
  const auto* versions = impl_->state.versions(subject);
  if (versions == nullptr) return refuse::subject_not_found(subject);
  const bool live = impl_->exists(subject, false);
  if (!permanent && !live) return refuse::subject_soft_deleted(subject);
  if (permanent && live) return refuse::subject_not_soft_deleted(subject);
  CITYBRAIN_TRY(impl_->check_writable(subject));
  std::vector<int> removed;
  std::vector<Entry> entries;
  for (const auto& [number, v] : *versions) {
    if (v.deleted != permanent) continue;
    if (!impl_->state.referring(subject, number, false).empty())
      return refuse::reference_exists(subject, number);
    removed.push_back(number);
    if (permanent) entries.push_back(schema_tombstone(subject, number));
  }
  if (!permanent) {
    entries.push_back(delete_subject_entry(subject, versions->rbegin()->first));
    drop_settings(*impl_, subject, entries);
  }
  CITYBRAIN_TRY(impl_->write(entries));
  return removed;
}

model::Result<int> Registry::remove_version(std::string_view given, int number, bool permanent) {
  const auto subject = plain_subject(given);
  CITYBRAIN_TRY(impl_->refresh());
  const auto* versions = impl_->state.versions(subject);
  if (versions == nullptr || (!permanent && number == kLatest && !impl_->exists(subject, false)))
    return refuse::subject_not_found(subject);
  int wanted = number;
  if (wanted == kLatest) wanted = impl_->latest(subject, false);
  if (wanted == 0) wanted = impl_->latest(subject, true);
  const auto at = versions->find(wanted);
  if (at == versions->end()) return refuse::version_not_found(wanted);
  auto stored = at->second;
  if (stored.deleted && !permanent) return refuse::version_soft_deleted(subject, wanted);
  if (!stored.deleted && permanent) return refuse::version_not_soft_deleted(subject, wanted);
  CITYBRAIN_TRY(impl_->check_writable(subject));
  if (!impl_->state.referring(subject, wanted, false).empty())
    return refuse::reference_exists(subject, wanted);
  stored.deleted = true;
  std::vector<Entry> entries{permanent ? schema_tombstone(subject, wanted)
                                       : schema_entry(subject, wanted, stored)};
  const bool last = std::none_of(versions->begin(), versions->end(), [&](const auto& v) {
    return !v.second.deleted && v.first != wanted;
  });
  if (!permanent && last) drop_settings(*impl_, subject, entries);
  CITYBRAIN_TRY(impl_->write(entries));
  return wanted;
}

}  // namespace citybrain::registry
