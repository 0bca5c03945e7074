// JSON Schema (drafts 4 to 2020-12) as the registry needs it: well formed, stored, compared by
// keyword. Private to the room; docs/schema-registry.md lists the keywords that are compared.
#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <string>
#include <vector>

#include "hub/registry/schema.h"

namespace citybrain::registry::json_schema {

/// The schema and, by the name under which it refers to them, others.
struct Document {
  boost::json::value root;
  std::map<std::string, boost::json::value> others;
};

/// The schema in the words of draft 7, for comparison: prefixItems are items by their place (items
/// beside them additionalItems), dependentRequired and dependentSchemas dependencies, unevaluated
/// properties and items additional ones where those are not spoken of, $dynamicRef and
/// $recursiveRef a $ref.
boost::json::value in_draft_7(const boost::json::value& schema);

/// What a $ref names, inside the document or in another one; nullptr when there is none.
const boost::json::value* resolve(const Document& document, const std::string& reference);

std::vector<Difference> cannot_read(const Document& reader, const Document& writer);

}  // namespace citybrain::registry::json_schema
