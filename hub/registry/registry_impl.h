// What the parts of Registry share. Private to the room.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/registry/registry.h"
#include "hub/registry/state.h"

namespace citybrain::registry {

/// A stored schema parsed, and the key by which equal schemas are found.
struct Known {
  std::shared_ptr<const Schema> schema;  ///< keeps the address that is the cache's key
  std::shared_ptr<const Parsed> parsed;
  std::string key;
};

struct Registry::Impl {
  std::unique_ptr<Storage> storage;
  ParseOptions options;
  State state;
  std::map<const Schema*, Known> cache;  ///< bounded
  /// Keys of stored schemas; the pointers keep the addresses from being given again.
  std::map<const Schema*, std::pair<std::shared_ptr<const Schema>, std::string>> keys;

  /// What texts that refer to nothing were parsed into lately; bounded. The same file is registered
  /// under many subjects, one after the other.
  std::map<std::pair<Language, std::string>, std::shared_ptr<const Parsed>> texts;

  model::Result<void> refresh();
  model::Result<void> write(const std::vector<Entry>& entries);

  model::Result<std::shared_ptr<const Parsed>> parse(const Schema& schema,
                                                     std::string_view subject);
  model::Result<Known> known(const std::shared_ptr<const Schema>& schema, std::string_view subject);
  /// nullptr when the schema cannot be parsed any more (what it refers to is gone).
  const std::string* key(const std::shared_ptr<const Schema>& schema, std::string_view subject);
  /// Gives the references whole versions ("latest" becomes a number). With `live` those must not be
  /// deleted. Error 42201.
  model::Result<void> settle_references(Schema& schema, std::string_view subject, bool live) const;
  /// Texts that the references lead to, the deepest first. Error 42201.
  model::Result<std::vector<Resolved>> resolve(const Schema& schema,
                                               std::string_view subject) const;

  /// The live version with this key; 0 when there is none.
  int version_with(const std::string& subject, const std::string& key, bool deleted);
  /// The version that a client means with this schema: the same one; else, when it names neither
  /// metadata nor rules, one with the same text; else one that says the same with its references
  /// written out. 0 when there is none.
  int version_meant(const std::string& subject, const Schema& schema, const Parsed& parsed,
                    bool deleted);
  int id_with(const std::string& context, const std::string& key);
  int latest(std::string_view subject, bool deleted) const;
  const Schema* latest_schema(std::string_view subject) const;  ///< live; nullptr: there is none
  bool exists(std::string_view subject, bool deleted) const;
  SubjectVersion whole(const std::string& subject, int version, const StoredVersion& v) const;

  Config effective(std::string_view subject) const;
  Mode effective_mode(std::string_view subject) const;
  model::Result<void> check_writable(std::string_view subject) const;
  model::Result<std::vector<std::string>> against(const Parsed& parsed, const Schema& schema,
                                                  const std::string& subject,
                                                  const std::vector<int>& versions, Level level);
};

/// A property of the schema's metadata; nullptr when there is none.
const boost::json::value* property_of(const Schema& schema, std::string_view name);
/// The number that a version is about to get; `asked_for`: its client spoke of a number.
struct NewVersion {
  int number = 0;
  bool asked_for = false;
};
/// Gives the schema the metadata and rules that it is to be kept with: its own or else those of the
/// version before (`previous`, nullptr when there is none), over the settings' defaults, under
/// their overrides. The metadata property confluent:version, where there is one or the client asked
/// for a number, becomes the version's. True: they are others than before.
bool take_over(Schema& schema, const Config& config, const Schema* previous,
               std::optional<NewVersion> version);
/// Error 42208 for what cannot be a subject's name.
model::Result<std::string> checked_subject(std::string_view subject);
std::string key_of(const Schema& schema, const Parsed& parsed);
/// A reference without a context is in the context of the schema that refers.
std::string in_context_of(std::string_view subject, std::string_view referred);

}  // namespace citybrain::registry
