// Configuration, modes, and the compatibility that they ask for.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hub/registry/errors.h"
#include "hub/registry/json_text.h"
#include "hub/registry/registry_impl.h"

namespace citybrain::registry {
namespace {

constexpr std::array<std::string_view, 7> kLevels = {
    "NONE", "BACKWARD",       "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE",
    "FULL", "FULL_TRANSITIVE"};
constexpr std::array<std::string_view, 4> kModes = {"READWRITE", "READONLY", "READONLY_OVERRIDE",
                                                    "IMPORT"};

std::string upper(std::string_view s) {
  std::string out(s);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

template <class Enum, class Names>
std::optional<Enum> named(const Names& names, std::string_view name) {
  const auto at = std::find(names.begin(), names.end(), upper(name));
  if (at == names.end()) return std::nullopt;
  return static_cast<Enum>(at - names.begin());
}

bool transitive(Level level) {
  return level == Level::kBackwardTransitive || level == Level::kForwardTransitive ||
         level == Level::kFullTransitive;
}

bool backward(Level level) {
  return level != Level::kNone && level != Level::kForward && level != Level::kForwardTransitive;
}

bool forward(Level level) {
  return level == Level::kForward || level == Level::kForwardTransitive || level == Level::kFull ||
         level == Level::kFullTransitive;
}

constexpr const char* kEverywhere = ":.__GLOBAL:";  // holds for all contexts

/// The settings that hold for a subject, nearest first: its own, its context's, the global ones.
std::vector<std::string> scopes(std::string_view subject) {
  std::vector<std::string> out;
  const auto add = [&out](std::string scope) {
    if (std::find(out.begin(), out.end(), scope) == out.end()) out.push_back(std::move(scope));
  };
  if (!subject.empty()) add(std::string(subject));
  const auto context = context_of(subject);
  if (context != ".") add(fmt::format(":{}:", context));
  if (subject != kEverywhere) add("");
  add(kEverywhere);
  return out;
}

void merge(Config& into, const Config& from) {
  if (from.level) into.level = from.level;
  if (from.normalize) into.normalize = from.normalize;
  if (from.alias) into.alias = from.alias;
  if (from.group) into.group = from.group;
  for (const auto& m : from.more) into.more[m.key()] = m.value();
}

std::string group_value(const Schema& schema, const std::string& group) {
  const auto* v = property_of(schema, group);
  return v != nullptr && v->is_string() ? std::string(v->get_string()) : std::string();
}

}  // namespace

std::string_view name_of(Level level) { return kLevels[static_cast<std::size_t>(level)]; }
std::string_view name_of(Mode mode) { return kModes[static_cast<std::size_t>(mode)]; }

model::Result<Level> level_of(std::string_view name) {
  if (const auto level = named<Level>(kLevels, name)) return *level;
  return refuse::invalid_level();
}

model::Result<Mode> mode_of(std::string_view name) {
  if (const auto mode = named<Mode>(kModes, name)) return *mode;
  return refuse::invalid_mode();
}

Config Registry::Impl::effective(std::string_view subject) const {
  Config out;
  out.level = Level::kBackward;
  auto all = scopes(subject);
  for (auto scope = all.rbegin(); scope != all.rend(); ++scope)
    if (const auto* c = state.config(*scope); c != nullptr) {
      const auto alias = out.alias;
      merge(out, *c);
      if (scope + 1 != all.rend()) out.alias = alias;  // a name of one subject, not inherited
    }
  return out;
}

Mode Registry::Impl::effective_mode(std::string_view subject) const {
  if (state.mode("") == Mode::kReadOnlyOverride) return Mode::kReadOnlyOverride;
  for (const auto& scope : scopes(subject))
    if (const auto mode = state.mode(scope)) return *mode;
  return Mode::kReadWrite;
}

model::Result<void> Registry::Impl::check_writable(std::string_view subject) const {
  const auto mode = effective_mode(subject);
  if (mode == Mode::kReadOnly || mode == Mode::kReadOnlyOverride)
    return refuse::not_permitted(fmt::format("Subject {} is in read-only mode", subject));
  return {};
}

model::Result<std::vector<std::string>> Registry::Impl::against(const Parsed& parsed,
                                                                const Schema& schema,
                                                                const std::string& subject,
                                                                const std::vector<int>& versions,
                                                                Level level) {
  std::vector<std::string> out;
  for (const int number : versions) {
    const auto& old = this->state.versions(subject)->at(number);
    if (old.schema->language != schema.language) {
      out.emplace_back("Incompatible because of different schema type");
    } else {
      CITYBRAIN_ASSIGN(before, known(old.schema, subject));
      if (backward(level))
        for (const auto& d : parsed.cannot_read(*before.parsed))
          out.push_back(d.text(schema.language, true));
      if (forward(level))
        for (const auto& d : before.parsed->cannot_read(parsed))
          out.push_back(d.text(schema.language, false));
    }
    if (out.empty()) continue;
    out.push_back(fmt::format("{{oldSchemaVersion: {}}}", number));
    out.push_back(fmt::format("{{oldSchema: '{}'}}", old.schema->text));
    out.push_back(fmt::format("{{validateFields: 'false', compatibility: '{}'}}", name_of(level)));
    break;
  }
  return out;
}

model::Result<std::vector<std::string>> Registry::incompatibilities(std::string_view given,
                                                                    const Schema& proposed,
                                                                    std::optional<int> number,
                                                                    bool normalize) const {
  const auto subject = plain_subject(given);
  const auto config = impl_->effective(subject);
  const auto level = config.level.value_or(Level::kBackward);
  Schema schema = proposed;
  take_over(schema, config, impl_->latest_schema(subject), {});
  std::vector<int> against;
  if (number) {
    CITYBRAIN_ASSIGN(found, version(subject, *number, false));
    against.push_back(found.version);
  } else if (const auto* versions = impl_->state.versions(subject); versions != nullptr) {
    for (auto v = versions->rbegin(); v != versions->rend(); ++v) {
      const bool same_group = !config.group || group_value(*v->second.schema, *config.group) ==
                                                   group_value(schema, *config.group);
      if (!v->second.deleted && same_group) against.push_back(v->first);
      if (!transitive(level) && !against.empty()) break;
    }
  }
  CITYBRAIN_TRY(impl_->settle_references(schema, subject, false));
  CITYBRAIN_ASSIGN(parsed, impl_->parse(schema, subject));
  if (normalize) {
    schema.text = parsed->normalized();
    CITYBRAIN_ASSIGN(normal, impl_->parse(schema, subject));
    parsed = normal;
  }
  if (level == Level::kNone) return std::vector<std::string>{};
  return impl_->against(*parsed, schema, subject, against, level);
}

model::Result<Config> Registry::config(std::string_view given, bool or_global) const {
  const auto subject = plain_subject(given);
  if (subject.empty() || or_global) return impl_->effective(subject);
  const auto* config = impl_->state.config(subject);
  if (config == nullptr) return refuse::compatibility_not_configured(subject);
  return *config;
}

model::Result<Config> Registry::set_config(std::string_view given, const Config& change) {
  std::string subject;
  if (!given.empty()) {
    CITYBRAIN_ASSIGN(checked, checked_subject(given));
    subject = checked;
  }
  CITYBRAIN_TRY(impl_->refresh());
  CITYBRAIN_TRY(impl_->check_writable(subject));
  Config config;
  if (const auto* now = impl_->state.config(subject); now != nullptr) config = *now;
  merge(config, change);
  CITYBRAIN_TRY(impl_->write({config_entry(subject, &config)}));
  return config;
}

model::Result<Config> Registry::remove_config(std::string_view given) {
  const auto subject = plain_subject(given);
  CITYBRAIN_TRY(impl_->refresh());
  const auto* now = impl_->state.config(subject);
  if (now == nullptr && !subject.empty()) return refuse::subject_not_found(subject);
  const auto before = subject.empty() ? impl_->effective("") : *now;
  CITYBRAIN_TRY(impl_->check_writable(subject));
  CITYBRAIN_TRY(impl_->write({config_entry(subject, nullptr)}));
  return before;
}

model::Result<Mode> Registry::mode(std::string_view given, bool or_global) const {
  const auto subject = plain_subject(given);
  const auto now = impl_->effective_mode(subject);
  if (or_global || subject.empty() || now == Mode::kReadOnlyOverride) return now;
  if (const auto mode = impl_->state.mode(subject)) return *mode;
  return refuse::mode_not_configured(subject);
}

model::Result<void> Registry::set_mode(std::string_view given, Mode mode, bool force) {
  std::string subject;
  if (!given.empty()) {
    CITYBRAIN_ASSIGN(checked, checked_subject(given));
    subject = checked;
  }
  CITYBRAIN_TRY(impl_->refresh());
  if (mode == Mode::kImport && impl_->effective_mode(subject) != Mode::kImport && !force) {
    const bool found =
        subject.empty() ? !subjects("", Deleted::kHide).empty() : impl_->exists(subject, false);
    if (found) return refuse::not_permitted("Cannot import since found existing subjects");
  }
  return impl_->write({mode_entry(subject, &mode)});
}

model::Result<std::optional<Mode>> Registry::remove_mode(std::string_view given, bool recursive) {
  const auto subject = plain_subject(given);
  CITYBRAIN_TRY(impl_->refresh());
  auto mode = impl_->state.mode(subject);
  if (!mode && !subject.empty() && !recursive) return refuse::subject_not_found(subject);
  std::vector<Entry> entries;
  if (mode) entries.push_back(mode_entry(subject, nullptr));
  if (recursive)
    for (const auto& [name, m] : impl_->state.modes())
      if (name != subject && context_of(name) == context_of(subject))
        entries.push_back(mode_entry(name, nullptr));
  if (!entries.empty()) CITYBRAIN_TRY(impl_->write(entries));
  if (!mode && subject.empty()) mode = Mode::kReadWrite;
  return mode;
}

model::Result<void> Registry::clear_mode(std::string_view given) {
  const auto subject = plain_subject(given);
  CITYBRAIN_TRY(impl_->refresh());
  if (!impl_->state.mode(subject)) return {};
  return impl_->write({mode_entry(subject, nullptr)});
}

}  // namespace citybrain::registry
