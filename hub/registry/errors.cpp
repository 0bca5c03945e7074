#include "hub/registry/errors.h"

#include <fmt/format.h>

#include <charconv>

namespace citybrain::registry {

int number_of(const model::Error& error) {
  constexpr std::string_view prefix = "CB-REGISTRY-";
  const std::string_view code = error.code;
  int number = 0;
  if (code.starts_with(prefix)) {
    const auto digits = code.substr(prefix.size());
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (ec == std::errc() && end == digits.data() + digits.size()) return number;
  }
  return 50001;
}

int status_of(int number) {
  while (number >= 1000) number /= 10;
  return number;
}

namespace refuse {

Error subject_not_found(std::string_view subject) {
  return {"CB-REGISTRY-40401", fmt::format("Subject '{}' not found.", subject), "", ""};
}
Error version_not_found(int version) {
  return {"CB-REGISTRY-40402", fmt::format("Version {} not found.", version), "", ""};
}
Error schema_not_found() { return {"CB-REGISTRY-40403", "Schema not found", "", ""}; }
Error schema_not_found(int id) {
  return {"CB-REGISTRY-40403", fmt::format("Schema {} not found", id), "", ""};
}
Error schema_not_found(std::string_view guid) {
  return {"CB-REGISTRY-40403", fmt::format("Schema {} not found", guid), "", ""};
}
Error subject_soft_deleted(std::string_view subject) {
  return {"CB-REGISTRY-40404",
          fmt::format("Subject '{}' was soft deleted.Set permanent=true to delete permanently",
                      subject),
          "", ""};
}
Error subject_not_soft_deleted(std::string_view subject) {
  return {
      "CB-REGISTRY-40405",
      fmt::format("Subject '{}' was not deleted first before being permanently deleted", subject),
      "", ""};
}
Error version_soft_deleted(std::string_view subject, int version) {
  return {"CB-REGISTRY-40406",
          fmt::format("Subject '{}' Version {} was soft deleted.Set permanent=true to delete "
                      "permanently",
                      subject, version),
          "", ""};
}
Error version_not_soft_deleted(std::string_view subject, int version) {
  return {"CB-REGISTRY-40407",
          fmt::format("Subject '{}' Version {} was not deleted first before being permanently "
                      "deleted",
                      subject, version),
          "", ""};
}
Error compatibility_not_configured(std::string_view subject) {
  return {"CB-REGISTRY-40408",
          fmt::format("Subject '{}' does not have subject-level compatibility configured", subject),
          "", ""};
}
Error mode_not_configured(std::string_view subject) {
  return {"CB-REGISTRY-40409",
          fmt::format("Subject '{}' does not have subject-level mode configured", subject), "", ""};
}
Error incompatible(std::string_view subject, std::string_view details) {
  return {"CB-REGISTRY-409",
          fmt::format("Schema being registered is incompatible with an earlier schema for subject "
                      "\"{}\", details: {}",
                      subject, details),
          "", ""};
}
Error invalid_schema(std::string_view why) {
  return {"CB-REGISTRY-42201", std::string(why), "", ""};
}
Error invalid_version(std::string_view version) {
  return {"CB-REGISTRY-42202",
          fmt::format("The specified version '{}' is not a valid version id. Allowed values are "
                      "between [1, 2^31-1] and the string \"latest\"",
                      version),
          "", ""};
}
Error invalid_level() {
  return {"CB-REGISTRY-42203",
          "Invalid compatibility level. Valid values are none, backward, forward, full, "
          "backward_transitive, forward_transitive, and full_transitive",
          "", ""};
}
Error invalid_mode() {
  return {"CB-REGISTRY-42204",
          "Invalid mode. Valid values are READWRITE, READONLY, READONLY_OVERRIDE, and IMPORT", "",
          ""};
}
Error not_permitted(std::string_view why) {
  return {"CB-REGISTRY-42205", std::string(why), "", ""};
}
Error reference_exists(std::string_view subject, int version) {
  return {"CB-REGISTRY-42206",
          fmt::format("One or more references exist to the schema "
                      "{{magic=1,keytype=SCHEMA,subject={},version={}}}.",
                      subject, version),
          "", ""};
}
Error id_does_not_match(std::string_view why) {
  return {"CB-REGISTRY-42207", std::string(why), "", ""};
}
Error invalid_subject(std::string_view subject) {
  return {"CB-REGISTRY-42208",
          fmt::format("The specified subject '{}' is not a valid subject.", subject), "", ""};
}
Error schema_too_large(std::string_view why) {
  return {"CB-REGISTRY-42209", std::string(why), "", ""};
}
Error context_not_empty(std::string_view context) {
  return {"CB-REGISTRY-42211", fmt::format("The specified context '{}' is not empty.", context), "",
          ""};
}
Error bad_request(std::string_view why) { return {"CB-REGISTRY-400", std::string(why), "", ""}; }
Error unprocessable(std::string_view why) { return {"CB-REGISTRY-422", std::string(why), "", ""}; }
Error internal() { return {"CB-REGISTRY-500", "Internal Server Error", "", ""}; }
Error lookup_failed(std::string_view subject) {
  return {"CB-REGISTRY-500", fmt::format("Error while looking up schema under subject {}", subject),
          "", ""};
}
Error store(std::string_view why) { return {"CB-REGISTRY-50001", std::string(why), "", ""}; }

}  // namespace refuse
}  // namespace citybrain::registry
