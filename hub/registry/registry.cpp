#include "hub/registry/registry.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <set>

#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"
#include "hub/registry/registry_impl.h"

namespace citybrain::registry {
namespace {

constexpr std::size_t kCache = 4096;         // parsed schemas kept
constexpr std::size_t kTexts = 64;           // texts that refer to nothing
constexpr std::size_t kKeys = 1U << 20;      // keys kept; beyond, all are made anew
constexpr std::size_t kMaxReferences = 512;  // texts that one schema may lead to

bool has_prefix(const std::string& subject, std::string_view prefix) {
  if (!prefix.starts_with(":*:")) return subject.starts_with(prefix);
  const auto context = context_of(subject);  // ":*:" is every context
  const auto name = context == "." ? subject : subject.substr(context.size() + 2);
  return name.starts_with(prefix.substr(3));
}

bool shown(const StoredVersion& v, Deleted deleted) {
  return deleted == Deleted::kInclude || v.deleted == (deleted == Deleted::kOnly);
}

}  // namespace

std::string key_of(const Schema& schema, const Parsed& parsed) {
  std::string key = fmt::format("{}\n{}\n{}\n{}", name_of(schema.language), parsed.canonical(),
                                print_sorted(schema.metadata), print_sorted(schema.rules));
  for (const auto& r : schema.references)
    key += fmt::format("\n{} {} {}", r.name, r.subject, r.version);
  return key;
}

std::string in_context_of(std::string_view subject, std::string_view referred) {
  const auto context = context_of(subject);
  if (referred.starts_with(":.") || context == ".") return plain_subject(referred);
  return fmt::format(":{}:{}", context, referred);
}

model::Result<std::string> checked_subject(std::string_view subject) {
  const bool control = std::any_of(subject.begin(), subject.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) == 0x7F;
  });
  if (subject.empty() || control || subject == "__GLOBAL" || subject == "__EMPTY")
    return refuse::invalid_subject(subject);
  return plain_subject(subject);
}

model::Result<void> Registry::Impl::refresh() {
  auto news = storage->news();
  if (!news) return refuse::store("Error in the backend data store: " + news.error().text());
  for (const auto& e : *news) state.apply(e);
  return {};
}

model::Result<void> Registry::Impl::write(const std::vector<Entry>& entries) {
  if (auto done = storage->append(entries); !done)
    return refuse::store("Error in the backend data store: " + done.error().text());
  return refresh();
}

model::Result<std::vector<Resolved>> Registry::Impl::resolve(const Schema& schema,
                                                             std::string_view subject) const {
  std::vector<Resolved> out;
  std::set<std::string> seen;
  // Depth first, what is referred to before what refers to it; a name is taken once.
  struct Step {
    const Schema* schema;
    std::string subject;
    std::size_t next = 0;
  };
  std::vector<Step> steps{{&schema, std::string(subject)}};
  std::vector<Resolved> pending(1);
  while (!steps.empty()) {
    auto& step = steps.back();
    if (step.next == step.schema->references.size()) {
      steps.pop_back();
      if (!steps.empty()) out.push_back(std::move(pending.back()));
      pending.pop_back();
      continue;
    }
    const auto& r = step.schema->references[step.next++];
    if (!seen.insert(r.name).second) continue;
    const auto to = in_context_of(step.subject, r.subject);
    const auto* versions = state.versions(to);
    const auto found =
        versions == nullptr ? State::Versions::const_iterator{} : versions->find(r.version);
    if (versions == nullptr || found == versions->end())
      return refuse::invalid_schema(
          fmt::format("Invalid schema: No schema reference found for subject \"{}\" and version {}",
                      r.subject, r.version));
    if (seen.size() > kMaxReferences)
      return refuse::invalid_schema("Invalid schema: too many references");
    steps.push_back({found->second.schema.get(), to});
    pending.push_back({r.name, found->second.schema->text});
  }
  return out;
}

model::Result<void> Registry::Impl::settle_references(Schema& schema, std::string_view subject,
                                                      bool live) const {
  for (auto& r : schema.references) {
    const auto to = in_context_of(subject, r.subject);
    const int version = r.version == kLatest ? latest(to, false) : r.version;
    const auto* versions = state.versions(to);
    if (r.name.empty() || versions == nullptr || !versions->contains(version) ||
        (live && versions->at(version).deleted))
      return refuse::invalid_schema(
          fmt::format("Invalid schema: No schema reference found for subject \"{}\" and version {}",
                      r.subject, r.version));
    r.version = version;
  }
  return {};
}

model::Result<std::shared_ptr<const Parsed>> Registry::Impl::parse(const Schema& schema,
                                                                   std::string_view subject) {
  CITYBRAIN_ASSIGN(references, resolve(schema, subject));
  if (!references.empty()) return parse_schema(schema.language, schema.text, references, options);
  const std::pair text(schema.language, schema.text);
  if (const auto at = texts.find(text); at != texts.end()) return at->second;
  CITYBRAIN_ASSIGN(parsed, parse_schema(schema.language, schema.text, references, options));
  if (texts.size() >= kTexts) texts.clear();
  texts[text] = parsed;
  return parsed;
}

model::Result<Known> Registry::Impl::known(const std::shared_ptr<const Schema>& schema,
                                           std::string_view subject) {
  if (const auto at = cache.find(schema.get()); at != cache.end()) return at->second;
  if (cache.size() >= kCache) cache.clear();
  CITYBRAIN_ASSIGN(parsed, parse(*schema, subject));
  Known known{schema, parsed, key_of(*schema, *parsed)};
  cache[schema.get()] = known;
  return known;
}

const std::string* Registry::Impl::key(const std::shared_ptr<const Schema>& schema,
                                       std::string_view subject) {
  if (const auto at = keys.find(schema.get()); at != keys.end()) return &at->second.second;
  const auto parsed = known(schema, subject);
  if (!parsed) return nullptr;
  if (keys.size() >= kKeys) keys.clear();
  return &keys.insert_or_assign(schema.get(), std::pair(schema, parsed->key)).first->second.second;
}

int Registry::Impl::version_with(const std::string& subject, const std::string& wanted,
                                 bool deleted) {
  const auto* versions = state.versions(subject);
  if (versions == nullptr) return 0;
  for (auto v = versions->rbegin(); v != versions->rend(); ++v)
    if (deleted || !v->second.deleted)
      if (const auto* k = this->key(v->second.schema, subject); k != nullptr && *k == wanted)
        return v->first;
  return 0;
}

int Registry::Impl::version_meant(const std::string& subject, const Schema& schema,
                                  const Parsed& parsed, bool deleted) {
  if (const int v = version_with(subject, key_of(schema, parsed), deleted); v != 0) return v;
  const auto* versions = state.versions(subject);
  if (versions == nullptr) return 0;
  const bool bare = schema.metadata.is_null() && schema.rules.is_null();
  const bool whole = schema.language == Language::kAvro && schema.references.empty();
  for (auto v = versions->rbegin(); v != versions->rend(); ++v) {
    if (v->second.deleted && !deleted) continue;
    auto other = *v->second.schema;
    if (other.language != schema.language) continue;
    const auto found = known(v->second.schema, subject);
    if (!found) continue;
    if (bare) other.metadata = other.rules = nullptr;
    if (key_of(other, *found->parsed) == key_of(schema, parsed)) return v->first;
    if (whole && !other.references.empty() &&
        found->parsed->formatted("resolved") == parsed.formatted("resolved"))
      return v->first;
  }
  return 0;
}

int Registry::Impl::id_with(const std::string& context, const std::string& wanted) {
  int id = 0;
  for (const auto& [subject, versions] : state.subjects()) {
    if (context_of(subject) != context) continue;
    for (const auto& [number, v] : versions)
      if (const auto* k = this->key(v.schema, subject);
          k != nullptr && *k == wanted && (id == 0 || v.id < id))
        id = v.id;
  }
  return id;
}

int Registry::Impl::latest(std::string_view subject, bool deleted) const {
  const auto* versions = state.versions(subject);
  if (versions == nullptr) return 0;
  for (auto v = versions->rbegin(); v != versions->rend(); ++v)
    if (deleted || !v->second.deleted) return v->first;
  return 0;
}

const Schema* Registry::Impl::latest_schema(std::string_view subject) const {
  const int last = latest(subject, false);
  return last > 0 ? state.versions(subject)->at(last).schema.get() : nullptr;
}

bool Registry::Impl::exists(std::string_view subject, bool deleted) const {
  return latest(subject, deleted) != 0;
}

SubjectVersion Registry::Impl::whole(const std::string& subject, int version,
                                     const StoredVersion& v) const {
  return {subject, version, v.id, *v.schema, v.deleted};
}

Registry::Registry(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Registry::Registry(Registry&&) noexcept = default;
Registry& Registry::operator=(Registry&&) noexcept = default;
Registry::~Registry() = default;

model::Result<Registry> Registry::open(std::unique_ptr<Storage> storage, ParseOptions options) {
  auto impl = std::make_unique<Impl>();
  impl->storage = std::move(storage);
  impl->options = options;
  CITYBRAIN_TRY(impl->refresh());
  return Registry(std::move(impl));
}

model::Result<void> Registry::refresh() { return impl_->refresh(); }

model::Result<SubjectVersion> Registry::version(std::string_view given, int version,
                                                bool deleted) const {
  const auto subject = plain_subject(given);
  const auto* versions = impl_->state.versions(subject);
  if (versions == nullptr || !impl_->exists(subject, deleted))
    return refuse::subject_not_found(subject);
  const int wanted = version == kLatest ? impl_->latest(subject, deleted) : version;
  const auto at = versions->find(wanted);
  if (at == versions->end() || (at->second.deleted && !deleted))
    return refuse::version_not_found(wanted);
  return impl_->whole(subject, wanted, at->second);
}

model::Result<std::vector<int>> Registry::versions(std::string_view given, Deleted deleted) const {
  const auto subject = plain_subject(given);
  const auto* versions = impl_->state.versions(subject);
  if (versions == nullptr || !impl_->exists(subject, deleted != Deleted::kHide))
    return refuse::subject_not_found(subject);
  std::vector<int> out;
  for (const auto& [number, v] : *versions)
    if (shown(v, deleted)) out.push_back(number);
  return out;
}

std::vector<std::string> Registry::subjects(std::string_view prefix, Deleted deleted) const {
  std::vector<std::string> out;
  for (const auto& [subject, versions] : impl_->state.subjects()) {
    if (!has_prefix(subject, prefix)) continue;
    const bool live = impl_->exists(subject, false);
    if (deleted == Deleted::kInclude || live == (deleted == Deleted::kHide)) out.push_back(subject);
  }
  return out;
}

model::Result<std::vector<int>> Registry::referenced_by(std::string_view subject,
                                                        int number) const {
  CITYBRAIN_ASSIGN(found, version(subject, number, true));
  std::set<int> ids;
  for (const auto& [name, n] : impl_->state.referring(found.subject, found.version, false))
    ids.insert(impl_->state.versions(name)->at(n).id);
  return std::vector<int>(ids.begin(), ids.end());
}

model::Result<Schema> Registry::by_id(int id, std::string_view subject) const {
  const auto schema = impl_->state.by_id(context_of(subject), id);
  if (schema == nullptr) return refuse::schema_not_found(id);
  return *schema;
}

std::string guid_of(const Schema& schema) {
  std::string all = fmt::format("{}\n{}\n{}\n{}", name_of(schema.language), schema.text,
                                print_sorted(schema.metadata), print_sorted(schema.rules));
  for (const auto& r : schema.references)
    all += fmt::format("\n{} {} {}", r.name, r.subject, r.version);
  const boost::uuids::name_generator_sha1 name(boost::uuids::ns::oid());
  return boost::uuids::to_string(name(all));
}

std::vector<IdPlace> Registry::by_guid(std::string_view guid) const {
  std::map<std::string, int> greatest;
  for (const auto& [subject, versions] : impl_->state.subjects())
    for (const auto& [number, v] : versions)
      if (guid_of(*v.schema) == guid) {
        auto& id = greatest[context_of(subject)];
        id = std::max(id, v.id);
      }
  std::vector<IdPlace> out;
  for (const auto& [context, id] : greatest) out.push_back({context, id});
  return out;
}

int Registry::greatest_id(std::string_view subject) const {
  return impl_->state.greatest_id(context_of(subject));
}

model::Result<std::vector<SubjectVersion>> Registry::uses(int id, std::string_view subject,
                                                          bool deleted) const {
  const auto context = context_of(subject);
  if (impl_->state.by_id(context, id) == nullptr) return refuse::schema_not_found(id);
  std::vector<SubjectVersion> out;
  for (const auto& [name, versions] : impl_->state.subjects())
    if (context_of(name) == context)
      for (const auto& [number, v] : versions)
        if (v.id == id && (deleted || !v.deleted)) out.push_back(impl_->whole(name, number, v));
  return out;
}

std::vector<SubjectVersion> Registry::all(std::string_view prefix, Deleted deleted,
                                          bool latest_only) const {
  std::vector<SubjectVersion> out;
  for (const auto& [subject, versions] : impl_->state.subjects()) {
    if (!has_prefix(subject, prefix)) continue;
    const auto first = out.size();
    for (const auto& [number, v] : versions)
      if (shown(v, deleted)) out.push_back(impl_->whole(subject, number, v));
    if (latest_only && out.size() > first + 1)
      out.erase(out.begin() + static_cast<long>(first), out.end() - 1);
  }
  return out;
}

std::vector<std::string> Registry::contexts() const {
  std::vector<std::string> out{"."};
  for (const auto& c : impl_->state.contexts())
    if (c != ".") out.push_back(c);
  return out;
}

model::Result<std::shared_ptr<const Parsed>> Registry::parsed(const Schema& schema,
                                                              std::string_view subject) const {
  return impl_->parse(schema, subject);
}

}  // namespace citybrain::registry
