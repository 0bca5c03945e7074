// Strict reading of the YAML mappings of calendars and laws: unknown keys, missing ones and wrong
// values are errors with file, line and column; the first one is kept, so that callers check once,
// at the end. Private to hub/catalog.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "hub/catalog/dates.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

class StrictMap {
 public:
  /// `code` is that of its errors; `name` the file's.
  StrictMap(std::string code, std::string_view name) : code_(std::move(code)), name_(name) {}

  void fail(const YAML::Node& at, std::string what, std::string mend = {});
  std::string place(const YAML::Node& at) const;  ///< file:line:column
  const std::optional<model::Error>& error() const { return error_; }

  /// A mapping with no other keys than these; false and an error otherwise.
  bool expect(const YAML::Node& map, std::string_view path,
              std::initializer_list<std::string_view> keys);
  std::string text(const YAML::Node& map, const char* key);  ///< must be there
  std::uint32_t whole(const YAML::Node& map, const char* key, std::uint32_t least,
                      std::uint32_t most);  ///< must be there
  std::int32_t offset(const YAML::Node& map, const char* key);
  Date date(const YAML::Node& value, const char* field);

 private:
  std::string code_;
  std::string name_;
  std::optional<model::Error> error_;
};

/// Reads a YAML document by `take(reader, root)`; a document that is no YAML is an error, too.
template <class T, class Take>
model::Result<T> read_strictly(std::string code, std::string_view text, std::string_view name,
                               const Take& take) {
  StrictMap reader(code, name);
  try {
    T value = take(reader, YAML::Load(std::string(text)));
    if (reader.error()) return *reader.error();
    return value;
  } catch (const YAML::Exception& e) {
    std::string where(name);
    if (!e.mark.is_null())
      where += ":" + std::to_string(e.mark.line + 1) + ":" + std::to_string(e.mark.column + 1);
    return model::Error{std::move(code), "not valid YAML: " + e.msg, where,
                        "check indentation and quotes at this place"};
  }
}

}  // namespace citybrain::catalog
