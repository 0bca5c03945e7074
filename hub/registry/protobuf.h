// Protobuf schemas on libprotobuf's own parser and descriptor pool. Private to the room.
#pragma once

#include <google/protobuf/descriptor.h>

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/registry/schema.h"

namespace citybrain::registry::proto {

namespace pb = google::protobuf;

/// The file that a pool builds from the schema itself has this name; no import can be called so.
constexpr const char* kMainFile = "-schema-.proto";

/// A pool with the schema, what it refers to, and the well-known imports that it names.
struct Built {
  std::unique_ptr<pb::DescriptorPool> pool;
  const pb::FileDescriptor* file = nullptr;
};

/// Text or base64 of a FileDescriptorProto. Throws model::Error (CB-REGISTRY-42201).
pb::FileDescriptorProto parse_file(std::string_view text, const std::string& name);
Built build(const pb::FileDescriptorProto& file, const std::vector<Resolved>& references);
/// Imports, fields, values, options and one-ofs in one order; messages keep theirs, because message
/// indexes on the wire count them.
pb::FileDescriptorProto normalized(pb::FileDescriptorProto file);
bool is_base64_descriptor(std::string_view text);
std::string to_base64(std::string_view bytes);
/// Files that every client may import without a reference; nullptr for any other name.
const pb::FileDescriptorProto* well_known(const std::string& name);

std::vector<Difference> cannot_read(const pb::FileDescriptor& reader,
                                    const pb::FileDescriptor& writer);

}  // namespace citybrain::registry::proto
