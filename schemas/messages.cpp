#include "schemas/messages.h"

#include <all_files.h>  // generated: one message of each file
#include <google/protobuf/descriptor.h>

namespace citybrain::schemas {

std::vector<const google::protobuf::Descriptor*> messages() {
  std::vector<const google::protobuf::Descriptor*> out;
  for (const auto* one : one_of_each_file())
    for (int i = 0; i < one->file()->message_type_count(); ++i)
      out.push_back(one->file()->message_type(i));
  return out;
}

const google::protobuf::Descriptor* message(std::string_view full_name) {
  for (const auto* m : messages())
    if (m->full_name() == full_name) return m;
  return nullptr;
}

}  // namespace citybrain::schemas
