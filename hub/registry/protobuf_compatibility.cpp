// Which changes of a .proto file make data unreadable: Confluent's documented rules ("Protobuf
// compatibility rules") on the wire groups of developers.google.com/protocol-buffers/docs/proto3,
// "Updating A Message Type". The original is what wrote, the update what reads.
#include <fmt/format.h>
#include <google/protobuf/descriptor.pb.h>

#include <algorithm>
#include <set>

#include "hub/registry/protobuf.h"

namespace citybrain::registry::proto {
namespace {

enum class Group { kGeneral, kSigned, kText, kFixed32, kFixed64, kFloat, kDouble };

/// Types within a group read each other's bytes.
Group group_of(const pb::FieldDescriptor& f) {
  using F = pb::FieldDescriptor;
  switch (f.type()) {
    case F::TYPE_SINT32:
    case F::TYPE_SINT64:
      return Group::kSigned;
    case F::TYPE_STRING:
    case F::TYPE_BYTES:
      return Group::kText;
    case F::TYPE_FIXED32:
    case F::TYPE_SFIXED32:
      return Group::kFixed32;
    case F::TYPE_FIXED64:
    case F::TYPE_SFIXED64:
      return Group::kFixed64;
    case F::TYPE_FLOAT:
      return Group::kFloat;
    case F::TYPE_DOUBLE:
      return Group::kDouble;
    default:
      return Group::kGeneral;  // int32, int64, uint32, uint64, bool, enum
  }
}

enum class Shape { kScalar, kMap, kMessage };

Shape shape_of(const pb::FieldDescriptor& f) {
  if (f.is_map()) return Shape::kMap;
  return f.cpp_type() == pb::FieldDescriptor::CPPTYPE_MESSAGE ? Shape::kMessage : Shape::kScalar;
}

std::string local_name(const pb::Descriptor& m) {
  const auto& package = m.file()->package();
  return package.empty() ? m.full_name() : m.full_name().substr(package.size() + 1);
}

class Comparison {
 public:
  std::vector<Difference> found;

  void files(const pb::FileDescriptor& update, const pb::FileDescriptor& original) {
    if (update.package() != original.package())
      add("PACKAGE_CHANGED", "#/", "The package at path '{}' changed between the schemas");
    for (int i = 0; i < original.message_type_count(); ++i) {
      const auto& old = *original.message_type(i);
      message_pair(update.FindMessageTypeByName(old.name()), old, "#/" + old.name());
    }
  }

 private:
  void add(std::string_view type, const std::string& path, std::string_view sentence) {
    found.push_back({std::string(type), fmt::format(fmt::runtime(sentence), path)});
  }

  void message_pair(const pb::Descriptor* update, const pb::Descriptor& original,
                    const std::string& path) {
    if (original.options().map_entry()) return;
    if (update != nullptr) return messages(*update, original, path);
    add("MESSAGE_REMOVED", path,
        "The {{reader}} schema is missing a field or type definition in the {{writer}} schema at "
        "path '{}'");
  }

  void messages(const pb::Descriptor& update, const pb::Descriptor& original,
                const std::string& path) {
    if (!seen_.insert({&update, &original}).second) return;
    for (int i = 0; i < update.real_oneof_decl_count(); ++i)
      moved_fields(*update.oneof_decl(i), original, path);
    removed_from_oneofs(update, original, path);
    for (int i = 0; i < original.field_count(); ++i) {
      const auto& old = *original.field(i);
      const auto where = fmt::format("{}/{}", path, old.number());
      const auto* now = update.FindFieldByNumber(old.number());
      if (now != nullptr) {
        fields(*now, old, where);
      } else if (old.is_required()) {
        add("REQUIRED_FIELD_REMOVED", where,
            "A required field at path '{}' in the {{writer}} schema is missing in the {{reader}} "
            "schema");
      }
    }
    for (int i = 0; i < update.field_count(); ++i)
      if (update.field(i)->is_required() &&
          original.FindFieldByNumber(update.field(i)->number()) == nullptr)
        add("REQUIRED_FIELD_ADDED", fmt::format("{}/{}", path, update.field(i)->number()),
            "A required field at path '{}' in the {{reader}} schema is missing in the {{writer}} "
            "schema");
    for (int i = 0; i < original.nested_type_count(); ++i) {
      const auto& old = *original.nested_type(i);
      message_pair(update.FindNestedTypeByName(old.name()), old, path + "/" + old.name());
    }
  }

  /// One field may move into a one-of of its own; more would drop one of two values.
  void moved_fields(const pb::OneofDescriptor& oneof, const pb::Descriptor& original,
                    const std::string& path) {
    int moved = 0, existing = 0;
    for (int i = 0; i < oneof.field_count(); ++i) {
      const auto* old = original.FindFieldByNumber(oneof.field(i)->number());
      if (old == nullptr) continue;
      ++(old->real_containing_oneof() == nullptr ? moved : existing);
    }
    const auto where = path + "/" + oneof.name();
    if (moved > 1)
      add("MULTIPLE_FIELDS_MOVED_TO_ONEOF", where,
          "Multiple fields in the oneof at path '{}' in the {{reader}} schema are outside a oneof "
          "in the {{writer}} schema");
    else if (moved == 1 && existing > 0)
      add("FIELD_MOVED_TO_EXISTING_ONEOF", where,
          "A field in the oneof at path '{}' in the {{reader}} schema is outside the existing "
          "oneof in the {{writer}} schema");
  }

  void removed_from_oneofs(const pb::Descriptor& update, const pb::Descriptor& original,
                           const std::string& path) {
    for (int i = 0; i < original.real_oneof_decl_count(); ++i) {
      const auto& old = *original.oneof_decl(i);
      const auto* now = update.FindOneofByName(old.name());
      if (now == nullptr) continue;
      for (int j = 0; j < old.field_count(); ++j) {
        const auto* field = update.FindFieldByNumber(old.field(j)->number());
        if (field == nullptr || field->containing_oneof() != now)
          add("ONEOF_FIELD_REMOVED",
              fmt::format("{}/{}/{}", path, old.name(), old.field(j)->number()),
              "A oneof field at path '{}' in the {{writer}} schema is missing in the {{reader}} "
              "schema");
      }
    }
  }

  void labels(const pb::FieldDescriptor& update, const pb::FieldDescriptor& original,
              const std::string& path) {
    // Text takes the last of several values; packed numbers are other bytes altogether.
    if (update.is_repeated() == original.is_repeated() || group_of(update) == Group::kText) return;
    add("FIELD_NUMERIC_LABEL_CHANGED", path,
        "The label of a numeric field at path '{}' changed between the {{reader}} schema and the "
        "{{writer}} schema");
  }

  void fields(const pb::FieldDescriptor& update, const pb::FieldDescriptor& original,
              const std::string& path) {
    const auto shape = shape_of(update);
    if (shape != shape_of(original)) {
      add("FIELD_KIND_CHANGED", path,
          "The type of a field at path '{}' in the {{reader}} schema does not match its type in "
          "the {{writer}} schema");
    } else if (shape == Shape::kMap) {
      fields(*update.message_type()->map_key(), *original.message_type()->map_key(), path);
      fields(*update.message_type()->map_value(), *original.message_type()->map_value(), path);
    } else if (shape == Shape::kMessage) {
      message_fields(update, original, path);
    } else if (group_of(update) != group_of(original)) {
      add("FIELD_SCALAR_KIND_CHANGED", path,
          "The kind of a SCALAR field at path '{}' in the {{reader}} schema does not match its "
          "kind in the {{writer}} schema");
    } else {
      labels(update, original, path);
    }
  }

  void message_fields(const pb::FieldDescriptor& update, const pb::FieldDescriptor& original,
                      const std::string& path) {
    const auto& now = *update.message_type();
    const auto& old = *original.message_type();
    const auto before = found.size();
    if (local_name(now) == local_name(old)) {
      // A type of this file is compared in its place; one of an import here.
      if (now.file()->name() != kMainFile || old.file()->name() != kMainFile)
        messages(now, old, "#/" + local_name(old));
      if (found.size() == before) return;
    }
    add("FIELD_NAMED_TYPE_CHANGED", path,
        "The type of a MESSAGE field at path '{}' in the {{reader}} schema does not match its "
        "type in the {{writer}} schema");
  }

  std::set<std::pair<const pb::Descriptor*, const pb::Descriptor*>> seen_;
};

}  // namespace

std::vector<Difference> cannot_read(const pb::FileDescriptor& reader,
                                    const pb::FileDescriptor& writer) {
  Comparison c;
  c.files(reader, writer);
  return std::move(c.found);
}

}  // namespace citybrain::registry::proto
