// Schema registry: what Confluent's documents of its REST interface say, without HTTP
// (docs.confluent.io, "Schema Registry API Reference"). Subjects have versions 1, 2, ...; a schema
// has one id in its context whatever number of subjects it is under; a new version must be
// compatible with the earlier ones as the subject's level says. hub/api serves it.
//
// Promises: state is a function of the storage's records; an operation that fails has changed
// nothing; ids and versions, once given, are never given to another schema. Errors: CB-REGISTRY-*
// (errors.h), and the storage's as CB-REGISTRY-50001. One thread. Parsed schemas are kept in a
// bounded cache.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/registry/schema.h"
#include "hub/registry/storage.h"

namespace citybrain::registry {

enum class Level : std::uint8_t {
  kNone,
  kBackward,
  kBackwardTransitive,
  kForward,
  kForwardTransitive,
  kFull,
  kFullTransitive
};
std::string_view name_of(Level level);
model::Result<Level> level_of(std::string_view name);

enum class Mode : std::uint8_t { kReadWrite, kReadOnly, kReadOnlyOverride, kImport };
std::string_view name_of(Mode mode);
model::Result<Mode> mode_of(std::string_view name);

/// A schema as registered. Metadata and rules are kept and handed out, and are part of what makes
/// two schemas one; rules are not executed (that is the clients' part).
struct Schema {
  Language language = Language::kAvro;
  std::string text;
  std::vector<Reference> references;
  boost::json::value metadata;  ///< null when there is none
  boost::json::value rules;     ///< null when there is none
};

/// What is set for a subject or for all of them; what is not set comes from the level above.
struct Config {
  std::optional<Level> level;
  std::optional<bool> normalize;
  std::optional<std::string> alias;
  std::optional<std::string>
      group;                 ///< compatibilityGroup: a metadata property that parts versions
  boost::json::object more;  ///< default and override metadata and rule sets
};

struct SubjectVersion {
  std::string subject;
  int version = 0;
  int id = 0;
  Schema schema;
  bool deleted = false;
};

enum class Deleted : std::uint8_t { kHide, kInclude, kOnly };

struct RegisterOptions {
  bool normalize = false;
  std::optional<int> id;       ///< asked for; only in mode IMPORT
  std::optional<int> version;  ///< asked for; freely only in mode IMPORT; kLatest: the next one,
                               ///< even when the schema is that of a version before
  bool given_id = false;  ///< the program's own: `id` holds in every mode, compatibility too
};

constexpr int kLatest = -1;

/// An id of a context.
struct IdPlace {
  std::string context;
  int id = 0;
};

/// A name of what a schema says, the same in every context and registry (a UUID).
std::string guid_of(const Schema& schema);

class Registry {
 public:
  static model::Result<Registry> open(std::unique_ptr<Storage> storage, ParseOptions options = {});
  Registry(Registry&&) noexcept;
  Registry& operator=(Registry&&) noexcept;
  ~Registry();

  /// Reads what others appended.
  model::Result<void> refresh();

  /// The version under which the schema is now registered; the one that was there if it was.
  model::Result<SubjectVersion> add(std::string_view subject, Schema schema,
                                    const RegisterOptions& options);
  /// The version of the subject that has this schema. Errors 40401, 40403, 42201.
  model::Result<SubjectVersion> lookup(std::string_view subject, Schema schema, bool normalize,
                                       bool deleted);
  model::Result<SubjectVersion> version(std::string_view subject, int version, bool deleted) const;
  model::Result<std::vector<int>> versions(std::string_view subject, Deleted deleted) const;
  std::vector<std::string> subjects(std::string_view prefix, Deleted deleted) const;
  model::Result<std::vector<int>> referenced_by(std::string_view subject, int version) const;

  model::Result<std::vector<int>> remove_subject(std::string_view subject, bool permanent);
  model::Result<int> remove_version(std::string_view subject, int version, bool permanent);

  /// `subject` names the context in which the id is looked up; empty is the default one.
  model::Result<Schema> by_id(int id, std::string_view subject) const;
  /// The ids of the schemas with this guid, the greatest of every context, by context.
  std::vector<IdPlace> by_guid(std::string_view guid) const;
  int greatest_id(std::string_view subject) const;
  model::Result<std::vector<SubjectVersion>> uses(int id, std::string_view subject,
                                                  bool deleted) const;
  /// All versions, by subject and version.
  std::vector<SubjectVersion> all(std::string_view prefix, Deleted deleted, bool latest_only) const;

  /// Why the schema may not become a version after this one, or (no version) after the subject's,
  /// as its level says; empty when it may.
  model::Result<std::vector<std::string>> incompatibilities(std::string_view subject,
                                                            const Schema& schema,
                                                            std::optional<int> version,
                                                            bool normalize) const;

  /// An empty subject is the global setting. `or_global` falls back on the level above.
  model::Result<Config> config(std::string_view subject, bool or_global) const;
  model::Result<Config> set_config(std::string_view subject, const Config& change);
  model::Result<Config> remove_config(std::string_view subject);
  model::Result<Mode> mode(std::string_view subject, bool or_global) const;
  model::Result<void> set_mode(std::string_view subject, Mode mode, bool force);
  /// The subject's mode as it was; with `recursive` those of its context's subjects go, too, and
  /// there may be none of its own.
  model::Result<std::optional<Mode>> remove_mode(std::string_view subject, bool recursive);
  /// Like remove_mode, but there need not be one.
  model::Result<void> clear_mode(std::string_view subject);

  std::vector<std::string> contexts() const;
  /// The parsed form, with its references resolved.
  model::Result<std::shared_ptr<const Parsed>> parsed(const Schema& schema,
                                                      std::string_view subject) const;

  struct Impl;

 private:
  explicit Registry(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::registry
