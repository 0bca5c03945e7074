// The program's own schemas (schemas/proto) in a registry: a subject a topic, "<topic>-value"
// (Confluent's TopicNameStrategy), with the ids that schemas/schemas.h gives to the framing. A
// schema is a .proto file of its own: the topic's message first, then what it refers to; so every
// client that takes the first message of a schema takes the right one. What is registered is what
// the program was compiled with. Errors CB-REGISTRY-409 (an incompatible
// change: nothing is published), 42205 (the id stands for another schema there), 50001.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/network/network.h"
#include "hub/registry/registry.h"
#include "schemas/schemas.h"

namespace citybrain::registry {

struct OwnSchema {
  std::string topic;
  int id = 0;
  std::string text;  ///< a .proto file, as libprotobuf prints it
};

/// Every topic whose values are framed Protobuf, by name; truth.city is the evaluator's own format.
std::vector<OwnSchema> own_schemas();
std::string subject_of(std::string_view topic);
/// A message of one of these schemas as JSON (the fields' names as in the .proto file); empty when
/// the schema is none of them or the bytes are no such message.
std::string json_of(schemas::SchemaRef schema, std::string_view payload);
/// Registers what is not there yet.
model::Result<void> register_own(Registry& registry);
/// The same on a log, before anything is published there.
model::Result<void> register_own(network::Log& log);

}  // namespace citybrain::registry
