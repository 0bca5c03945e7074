#include "hub/registry/protobuf.h"

#include <fmt/format.h>
#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <algorithm>
#include <array>
#include <set>

#include "hub/registry/errors.h"

namespace citybrain::registry {
namespace proto {
namespace {

[[noreturn]] void refuse_schema(const std::string& why) {
  throw refuse::invalid_schema("Invalid schema: " + why);
}

/// The first complaint of the parser or the pool, with its place.
class Complaints final : public pb::io::ErrorCollector, public pb::DescriptorPool::ErrorCollector {
 public:
  std::string first;

  void AddError(int line, int column, const std::string& message) override {
    say(fmt::format("line {}, column {}: {}", line + 1, column + 1, message));
  }
  void AddError(const std::string& file, const std::string& element, const pb::Message*,
                ErrorLocation, const std::string& message) override {
    say(file == kMainFile ? fmt::format("{}: {}", element, message)
                          : fmt::format("{}: {}: {}", file, element, message));
  }

 private:
  void say(std::string what) {
    if (first.empty()) first = std::move(what);
  }
};

constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// RFC 4648; empty when it is none.
std::string from_base64(std::string_view text) {
  std::string out;
  unsigned bits = 0;
  int have = 0;
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) return {};
    bits = (bits << 6) | static_cast<unsigned>(digit);
    have += 6;
    if (have >= 8) {
      have -= 8;
      out += static_cast<char>((bits >> have) & 0xFF);
    }
  }
  return out;
}

// Confluent's own files, importable as in its registry (meta.proto, type/decimal.proto): tag
// numbers are part of that interface.
constexpr std::string_view kMeta = R"(syntax = "proto3";
package confluent;
import "google/protobuf/descriptor.proto";
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
}
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
)";
constexpr std::string_view kDecimal = R"(syntax = "proto3";
package confluent.type;
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
)";

std::map<std::string, pb::FileDescriptorProto> make_well_known() {
  std::map<std::string, pb::FileDescriptorProto> out;
  for (const char* name : {"any", "api", "descriptor", "duration", "empty", "field_mask",
                           "source_context", "struct", "timestamp", "type", "wrappers"}) {
    const auto file = fmt::format("google/protobuf/{}.proto", name);
    if (const auto* d = pb::DescriptorPool::generated_pool()->FindFileByName(file); d != nullptr)
      d->CopyTo(&out[file]);
  }
  out["confluent/meta.proto"] = parse_file(kMeta, "confluent/meta.proto");
  out["confluent/type/decimal.proto"] = parse_file(kDecimal, "confluent/type/decimal.proto");
  return out;
}

/// Builds the imports of a file before the file.
class Builder {
 public:
  Builder(pb::DescriptorPool& pool, const std::vector<Resolved>& references)
      : pool_(pool), references_(references) {}

  const pb::FileDescriptor* build(const pb::FileDescriptorProto& file) {
    if (!open_.insert(file.name()).second) refuse_schema("import goes in a circle: " + file.name());
    for (const auto& import : file.dependency()) need(import);
    Complaints complaints;
    const auto* built = pool_.BuildFileCollectingErrors(file, &complaints);
    if (built == nullptr) refuse_schema(complaints.first);
    return built;
  }

 private:
  void need(const std::string& import) {
    if (pool_.FindFileByName(import) != nullptr) return;
    for (const auto& r : references_)
      if (r.name == import) {
        build(parse_file(r.text, import));
        return;
      }
    const auto* known = well_known(import);
    if (known == nullptr)
      refuse_schema(fmt::format("import \"{}\" is neither a reference nor well known", import));
    build(*known);
  }

  pb::DescriptorPool& pool_;
  const std::vector<Resolved>& references_;
  std::set<std::string> open_;
};

template <class Repeated, class Less>
void sort_by(Repeated& items, Less less) {
  std::vector<typename Repeated::value_type> copy(items.begin(), items.end());
  std::stable_sort(copy.begin(), copy.end(), less);
  std::copy(copy.begin(), copy.end(), items.begin());
}

void sort_values(pb::EnumDescriptorProto& e) {
  // The first value of an open enum is its default and stays in front.
  std::vector<pb::EnumValueDescriptorProto> values(e.value().begin(), e.value().end());
  if (!values.empty())
    std::stable_sort(values.begin() + 1, values.end(),
                     [](const auto& a, const auto& b) { return a.number() < b.number(); });
  std::copy(values.begin(), values.end(), e.mutable_value()->begin());
}

/// By number; the fields of a one-of stay together, where its smallest number is (libprotobuf asks
/// for that).
void sort_fields(pb::DescriptorProto& m) {
  std::map<int, int> smallest;
  for (const auto& f : m.field())
    if (f.has_oneof_index()) {
      const auto [at, first] = smallest.emplace(f.oneof_index(), f.number());
      if (!first) at->second = std::min(at->second, f.number());
    }
  const auto place = [&smallest](const pb::FieldDescriptorProto& f) {
    return std::pair(f.has_oneof_index() ? smallest.at(f.oneof_index()) : f.number(), f.number());
  };
  sort_by(*m.mutable_field(),
          [&place](const auto& a, const auto& b) { return place(a) < place(b); });
}

void sort_message(pb::DescriptorProto& m) {
  sort_fields(m);
  // One-ofs in the order of their first field.
  std::vector<int> order;
  for (const auto& f : m.field())
    if (f.has_oneof_index() &&
        std::find(order.begin(), order.end(), f.oneof_index()) == order.end())
      order.push_back(f.oneof_index());
  // Synthetic one-ofs (proto3 optional) must stay behind the others.
  std::stable_partition(order.begin(), order.end(), [&m](int index) {
    return std::none_of(m.field().begin(), m.field().end(), [index](const auto& f) {
      return f.has_oneof_index() && f.oneof_index() == index && f.proto3_optional();
    });
  });
  if (order.size() == static_cast<std::size_t>(m.oneof_decl_size())) {
    std::vector<pb::OneofDescriptorProto> oneofs;
    std::vector<int> place(order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      oneofs.push_back(m.oneof_decl(order[i]));
      place[static_cast<std::size_t>(order[i])] = static_cast<int>(i);
    }
    std::copy(oneofs.begin(), oneofs.end(), m.mutable_oneof_decl()->begin());
    for (auto& f : *m.mutable_field())
      if (f.has_oneof_index()) f.set_oneof_index(place[static_cast<std::size_t>(f.oneof_index())]);
  }
  sort_by(*m.mutable_reserved_range(),
          [](const auto& a, const auto& b) { return a.start() < b.start(); });
  sort_by(*m.mutable_reserved_name(), std::less<>());
  for (auto& nested : *m.mutable_nested_type()) sort_message(nested);
  for (auto& e : *m.mutable_enum_type()) sort_values(e);
}

class ProtobufSchema final : public Parsed {
 public:
  ProtobufSchema(std::string_view text, const std::vector<Resolved>& references)
      : references_(references) {
    auto file = parse_file(text, kMainFile);
    built_ = build(file, references_);
    canonical_ = built_.file->DebugString();
    text_ = is_base64_descriptor(text) ? canonical_ : std::string(text);
    file.Clear();
    built_.file->CopyTo(&file);
    normalized_ = build(proto::normalized(std::move(file)), references_).file->DebugString();
  }

  Language language() const override { return Language::kProtobuf; }
  std::string canonical() const override { return canonical_; }
  std::string stored() const override { return text_; }
  std::string normalized() const override { return normalized_; }
  std::string formatted(std::string_view format) const override {
    if (format != "serialized") return text_;
    pb::FileDescriptorProto file;
    built_.file->CopyTo(&file);
    file.set_name("default");
    return to_base64(file.SerializeAsString());
  }
  std::vector<Difference> cannot_read(const Parsed& writer) const override {
    return proto::cannot_read(*built_.file,
                              *static_cast<const ProtobufSchema&>(writer).built_.file);
  }

 private:
  std::vector<Resolved> references_;
  Built built_;
  std::string canonical_;
  std::string normalized_;
  std::string text_;
};

}  // namespace

pb::FileDescriptorProto normalized(pb::FileDescriptorProto file) {
  // Public and weak imports are named by index: those files keep their order.
  if (file.public_dependency_size() == 0 && file.weak_dependency_size() == 0)
    sort_by(*file.mutable_dependency(), std::less<>());
  for (auto& m : *file.mutable_message_type()) sort_message(m);
  for (auto& e : *file.mutable_enum_type()) sort_values(e);
  return file;
}

bool is_base64_descriptor(std::string_view text) {
  while (!text.empty() && text.back() == '=') text.remove_suffix(1);
  return !text.empty() && text.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string to_base64(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned block = 0;
    for (std::size_t j = 0; j < 3; ++j)
      block = (block << 8) | (i + j < bytes.size() ? static_cast<unsigned char>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += i + j > bytes.size() ? '=' : kDigits[(block >> (18 - 6 * j)) & 0x3F];
  }
  return out;
}

const pb::FileDescriptorProto* well_known(const std::string& name) {
  static const auto files = make_well_known();
  const auto at = files.find(name);
  return at == files.end() ? nullptr : &at->second;
}

pb::FileDescriptorProto parse_file(std::string_view text, const std::string& name) {
  pb::FileDescriptorProto file;
  if (is_base64_descriptor(text)) {
    if (!file.ParseFromString(from_base64(text)))
      refuse_schema("neither .proto text nor base64 of a FileDescriptorProto");
  } else {
    Complaints complaints;
    pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
    pb::io::Tokenizer tokens(&stream, &complaints);
    pb::compiler::Parser parser;
    parser.RecordErrorsTo(&complaints);
    if (!parser.Parse(&tokens, &file) || !complaints.first.empty())
      refuse_schema(complaints.first.empty() ? "no .proto text" : complaints.first);
    if (file.syntax().empty()) file.set_syntax("proto2");
  }
  file.clear_source_code_info();
  file.set_name(name);
  return file;
}

Built build(const pb::FileDescriptorProto& file, const std::vector<Resolved>& references) {
  Built out;
  out.pool = std::make_unique<pb::DescriptorPool>();
  out.file = Builder(*out.pool, references).build(file);
  return out;
}

}  // namespace proto

model::Result<std::shared_ptr<const Parsed>> parse_protobuf(
    std::string_view text, const std::vector<Resolved>& references) {
  try {
    return std::shared_ptr<const Parsed>(std::make_shared<proto::ProtobufSchema>(text, references));
  } catch (const model::Error& e) {
    return e;
  }
}

}  // namespace citybrain::registry
