// Schema ids, topics and headers of the protection of persons (docs/personal-data.md).
#pragma once

#include "schemas/schemas.h"

namespace citybrain::schemas {

constexpr SchemaRef kSealedFields{17, 0};
constexpr SchemaRef kBatchSignature{17, 1};
constexpr SchemaRef kErasure{17, 2};
constexpr SchemaRef kErasureReceipt{17, 3};

namespace topic {
constexpr const char* kErasures = "governance.erasures";
constexpr const char* kErasureReceipts = "governance.receipts";
}  // namespace topic

namespace header {
constexpr const char* kSealed = "cb_sealed";        // SealedFields, without a frame
constexpr const char* kSignature = "cb_signature";  // BatchSignature, without a frame
}  // namespace header

}  // namespace citybrain::schemas
