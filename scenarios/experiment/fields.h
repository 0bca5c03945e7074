// Strict reading of a YAML mapping: every key is asked for once, unknown keys are errors with the
// nearest valid name, and every error has file, line and column (or the --set that a value came
// from). The first error is kept; reading goes on with defaults, so that callers check once, at the
// end. Private to scenarios/experiment.
#pragma once

#include <yaml-cpp/yaml.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::experiment {

/// Shared by all mappings of one document.
struct Document {
  std::string file;
  std::optional<model::Error> error;  ///< the first one
  std::string code = "CB-INPUT-SCENARIO";

  void fail(const YAML::Mark& mark, const std::string& path, std::string what,
            std::string mend = "");
};

class Fields {
 public:
  /// `node` may be undefined (an absent optional mapping) or must be a mapping; `path` is its
  /// place, e.g. "city.grid".
  Fields(Document& document, YAML::Node node, std::string path);

  bool present() const { return node_.IsDefined() && node_.IsMap(); }
  bool has(const char* key);
  YAML::Node raw(const char* key);  ///< undefined when absent
  Fields map(const char* key);
  void number(const char* key, double& value, double least, double most);
  void whole(const char* key, std::uint64_t& value, std::uint64_t least, std::uint64_t most);
  void whole(const char* key, std::uint32_t& value, std::uint32_t least, std::uint32_t most);
  void text(const char* key, std::string& value);
  void flag(const char* key, bool& value);
  void texts(const char* key, std::vector<std::string>& value);
  void require(const char* key);
  void fail(const YAML::Node& at, const char* key, std::string what, std::string mend = "");
  /// Says which keys are unknown. Call after the last read.
  void finish();

 private:
  template <class T>
  bool scalar(const char* key, T& value, const char* expected);
  std::string path_of(const char* key) const;

  Document* document_;
  YAML::Node node_;
  std::string path_;
  std::vector<std::string> known_;
};

}  // namespace citybrain::experiment
