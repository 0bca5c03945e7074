// Schema ids, topics and headers of the protection of persons (docs/personal-data.md).
#pragma once

#include "schemas/schemas.h"

namespace citybrain::schemas {

constexpr SchemaRef kSealedFields{39};
constexpr SchemaRef kBatchSignature{40};
constexpr SchemaRef kErasure{41};
constexpr SchemaRef kErasureReceipt{42};

namespace topic {
constexpr const char* kErasures = "governance.erasures";
constexpr const char* kErasureReceipts = "governance.receipts";
}  // namespace topic

namespace header {
constexpr const char* kSealed = "cb_sealed";        // SealedFields, without a frame
constexpr const char* kSignature = "cb_signature";  // BatchSignature, without a frame
}  // namespace header

}  // namespace citybrain::schemas
