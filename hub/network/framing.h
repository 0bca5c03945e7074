// Confluent framing: 0x00, 4-byte big-endian schema id, message indexes (zigzag varints: count,
// then each; the single index 0 is the one byte 0), payload. Parsing never reads beyond the bytes.
// Pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "hub/model/result.h"
#include "schemas/schemas.h"

namespace citybrain::network {

struct Framed {
  schemas::SchemaRef schema;  ///< index is the first message index; nested messages are not
                              ///< published by themselves
  std::string_view payload;
};

/// Error CB-NETWORK-FRAMING says which byte is wrong.
model::Result<Framed> unframe(std::string_view value);
/// Appends the frame's head to `out`; the payload follows by the caller.
void append_frame_head(schemas::SchemaRef schema, std::string& out);

}  // namespace citybrain::network
