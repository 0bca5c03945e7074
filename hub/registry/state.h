// What a registry knows: subjects with their versions, ids with their schemas, configuration and
// modes. A function of the records of its storage: the same records give the same state. Private to
// the room. One thread.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/registry/registry.h"
#include "hub/registry/storage.h"

namespace citybrain::registry {

struct StoredVersion {
  int id = 0;
  bool deleted = false;
  std::shared_ptr<const Schema> schema;
};

/// The default context is "."; others are written ":.name:subject".
std::string context_of(std::string_view subject);
/// ":.:subject" is "subject".
std::string plain_subject(std::string_view subject);

class State {
 public:
  /// Records that are no registry's are passed over (a newer program may have written them).
  void apply(const Entry& entry);

  using Versions = std::map<int, StoredVersion>;
  const std::map<std::string, Versions, std::less<>>& subjects() const { return subjects_; }
  const Versions* versions(std::string_view subject) const;
  /// The schema that an id of a context stands for; nullptr when there is none.
  std::shared_ptr<const Schema> by_id(const std::string& context, int id) const;
  int next_id(const std::string& context) const;
  int greatest_id(const std::string& context) const;
  const Config* config(std::string_view subject) const;
  std::optional<Mode> mode(std::string_view subject) const;
  const std::map<std::string, Mode, std::less<>>& modes() const { return modes_; }
  const std::set<std::string>& contexts() const { return contexts_; }
  /// (subject, version) that refer to this one and are still there, soft-deleted ones too when
  /// `deleted`.
  std::vector<std::pair<std::string, int>> referring(std::string_view subject, int version,
                                                     bool deleted) const;

 private:
  void apply_schema(const boost::json::object& key, const Entry& entry);
  void apply_config(const std::string& subject, const Entry& entry);
  void apply_mode(const std::string& subject, const Entry& entry);
  void apply_deleted_subject(const Entry& entry);
  void forget(const std::string& subject, int version);

  std::map<std::string, Versions, std::less<>> subjects_;
  std::map<std::string, std::map<int, std::shared_ptr<const Schema>>> ids_;
  std::map<std::string, int> greatest_;  ///< ids are never given twice, also after a deletion
  std::map<std::string, Config, std::less<>> configs_;
  std::map<std::string, Mode, std::less<>> modes_;
  std::set<std::string> contexts_;
};

/// Records of the storage.
Entry schema_entry(const std::string& subject, int version, const StoredVersion& stored);
Entry schema_tombstone(const std::string& subject, int version);
Entry delete_subject_entry(const std::string& subject, int up_to);
Entry config_entry(const std::string& subject, const Config* config);
Entry mode_entry(const std::string& subject, const Mode* mode);
Entry context_entry(const std::string& context);

}  // namespace citybrain::registry
