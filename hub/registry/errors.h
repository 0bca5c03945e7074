// The refusals of a schema registry. Their numbers are those of Confluent's REST interface
// (docs.confluent.io/platform/current/schema-registry/develop/api.html); code is
// "CB-REGISTRY-<number>", what is the message that the interface documents. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::registry {

/// The number of a refusal: 40401 of "CB-REGISTRY-40401", 50001 for any other error.
int number_of(const model::Error& error);
/// The HTTP status of a number: its first three digits.
int status_of(int number);

namespace refuse {
using model::Error;
Error subject_not_found(std::string_view subject);
Error version_not_found(int version);
Error schema_not_found();
Error schema_not_found(int id);
Error schema_not_found(std::string_view guid);
Error subject_soft_deleted(std::string_view subject);
Error subject_not_soft_deleted(std::string_view subject);
Error version_soft_deleted(std::string_view subject, int version);
Error version_not_soft_deleted(std::string_view subject, int version);
Error compatibility_not_configured(std::string_view subject);
Error mode_not_configured(std::string_view subject);
Error incompatible(std::string_view subject, std::string_view details);
Error invalid_schema(std::string_view why);
Error invalid_version(std::string_view version);
Error invalid_level();
Error invalid_mode();
Error not_permitted(std::string_view why);
Error reference_exists(std::string_view subject, int version);
Error id_does_not_match(std::string_view why);
Error invalid_subject(std::string_view subject);
Error schema_too_large(std::string_view why);
Error context_not_empty(std::string_view context);
Error bad_request(std::string_view why);        ///< 400: not JSON
Error unprocessable(std::string_view why);      ///< 422: JSON of the wrong shape
Error internal();                               ///< 500: a body of another kind, not said why
Error lookup_failed(std::string_view subject);  ///< 500: looked up what is no schema
Error store(std::string_view why);              ///< 50001
}  // namespace refuse

}  // namespace citybrain::registry
