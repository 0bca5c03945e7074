// Schema id and topic of the audit's seals (docs/audit.md), as schemas.h has those of the rest.
#pragma once

#include "schemas/schemas.h"

namespace citybrain::schemas {

constexpr SchemaRef kAuditSeal{37};

namespace topic {
constexpr const char* kAudit = "hub.audit";
}  // namespace topic

}  // namespace citybrain::schemas
