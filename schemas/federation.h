// Schema ids and topics of what warehouses of a federation say to each other
// (proto/citybrain/v1/federation.proto); ids are of the same kind as those of schemas.h, and as
// lasting. A link has topics of its own, so that access lists can name who may read it.
#pragma once

#include <string>
#include <string_view>

#include "schemas/schemas.h"

namespace citybrain::schemas {

constexpr SchemaRef kFederationShipment{45};
constexpr SchemaRef kFederationReturn{46};
constexpr SchemaRef kFederationAck{47};

namespace topic {
/// "federation.<link>.shipments" and the like; a topic has one schema.
inline std::string federation(std::string_view link, std::string_view what) {
  return "federation." + std::string(link) + "." + std::string(what);
}
}  // namespace topic

}  // namespace citybrain::schemas
