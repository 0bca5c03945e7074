// Bodies of the registry's interface to values and back. Private to the room. Errors:
// CB-REGISTRY-*.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string_view>

#include "hub/registry/registry.h"

namespace citybrain::api {

struct SchemaRequest {
  registry::Schema schema;
  std::optional<int> id;
  std::optional<int> version;
};

/// A body must be an object. Errors 400 (no JSON), 422 (no object).
model::Result<boost::json::object> read_object(std::string_view body);
/// Errors 422 for a field that is not known, 400 for one of a wrong type, 42201 for a wrong type of
/// schema.
model::Result<SchemaRequest> read_schema(std::string_view body);
model::Result<registry::Config> read_config(const boost::json::object& body);

/// schema, and schemaType, references, metadata, ruleSet where there are any.
boost::json::object write_schema(const registry::Schema& schema);
boost::json::object write_version(const registry::SubjectVersion& version);
boost::json::object write_config(const registry::Config& config);
boost::json::array write_numbers(const std::vector<int>& numbers);
boost::json::array write_texts(const std::vector<std::string>& texts);

}  // namespace citybrain::api
