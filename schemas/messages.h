// The messages of schemas/proto by their full name, for those who look into messages that they do
// not know when they are built (contract checks, value sketches). Thread-safe.
#pragma once

#include <string_view>
#include <vector>

namespace google::protobuf {
class Descriptor;
}

namespace citybrain::schemas {

/// nullptr when there is no such message among the program's.
const google::protobuf::Descriptor* message(std::string_view full_name);
/// All top-level messages, by file in the order of CMakeLists.txt, then as in the file.
std::vector<const google::protobuf::Descriptor*> messages();

}  // namespace citybrain::schemas
