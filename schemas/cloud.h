// Schema ids and topics of the cloud's record of itself (proto/citybrain/v1/cloud.proto); ids are
// of the same kind as those of schemas.h, and as lasting.
#pragma once

#include "schemas/schemas.h"

namespace citybrain::schemas {

constexpr SchemaRef kNodeEvent{34};
constexpr SchemaRef kPlacementMade{35};
constexpr SchemaRef kServiceEvent{36};

namespace topic {
constexpr const char* kCloudNodes = "cloud.nodes";
constexpr const char* kCloudPlacements = "cloud.placements";
constexpr const char* kCloudServices = "cloud.services";
}  // namespace topic

}  // namespace citybrain::schemas
