// What a JSON Schema's keywords say, and the sentences for what changed. Private to the room.
#pragma once

#include <boost/json/value.hpp>
#include <set>
#include <string>
#include <string_view>

#include "hub/registry/json_schema.h"

namespace citybrain::registry::json_schema {

/// A keyword's value; nullptr when it is not there.
const boost::json::value* get(const boost::json::object& schema, std::string_view key);
/// True for `true` and for what has notes only.
bool accepts_all(const boost::json::value& schema);
/// allOf, anyOf, oneOf, or empty.
std::string combination(const boost::json::object& schema);
/// The types that a schema admits; empty when it says nothing of them.
std::set<std::string> types_of(const boost::json::object& schema);
/// The values of enum and const, as sorted text.
std::set<std::string> enumerated(const boost::json::object& schema);
std::set<std::string> required(const boost::json::object& schema);

/// Whether there is an `if` with a `then` or an `else`.
bool conditional(const boost::json::object& schema);
/// Content models: further properties are refused; are all let in.
bool closed(const boost::json::object& schema);
bool open(const boost::json::object& schema);
/// The schema that a property without an entry must meet; nullptr when there is none.
const boost::json::value* uncovered(const boost::json::object& schema, const std::string& property);

/// For a kind of difference: a sentence with a place for the path and {reader}, {writer}.
std::string_view sentence_of(std::string_view type);

}  // namespace citybrain::registry::json_schema
