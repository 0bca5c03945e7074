// The fields of a contract, nested as their message is. Private to the room.
#pragma once

#include "hub/catalog/contract.h"
#include "hub/catalog/reading.h"

namespace citybrain::catalog {

/// Reads the standard's "schema": the one message of the dataset and its properties.
void read_schema(Reading& reading, const YAML::Node& schema, Contract& contract);
/// A class of data by its name; the strictest for an unknown one, which is an error.
DataClass read_class(Reading& reading, const YAML::Node& at, const std::string& name);

}  // namespace citybrain::catalog
