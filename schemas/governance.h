// Schema id and topic of the requests for data (proto/citybrain/v1/governance.proto); the id is of
// the same kind as those of schemas.h, and as lasting.
#pragma once

#include "schemas/schemas.h"

namespace citybrain::schemas {

constexpr SchemaRef kGovernanceEvent{38};

namespace topic {
constexpr const char* kGovernance = "governance.requests";
}  // namespace topic

}  // namespace citybrain::schemas
