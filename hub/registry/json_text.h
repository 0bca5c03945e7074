// JSON as the schema languages need it: keys in the order given, numbers as people write them (1.0,
// not 1E0), a bounded depth. Errors: CB-REGISTRY-400 with the place. Pure functions.
#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::registry {

/// Parses; nothing but white space may follow.
model::Result<boost::json::value> parse_json(std::string_view text);
/// Without white space, keys in their order, or sorted by name at every level.
std::string print_json(const boost::json::value& value);
std::string print_sorted(const boost::json::value& value);
std::string quoted(std::string_view text);  ///< as a JSON string

}  // namespace citybrain::registry
