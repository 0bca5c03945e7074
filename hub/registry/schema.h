// A schema as the registry holds it: its language, its text, what it refers to; and what each
// language answers: is it well formed, what is its canonical text, can data written with one be
// read with another. Errors: CB-REGISTRY-42201 with the place in the schema. Values; pure
// functions, safe from many threads.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::registry {

enum class Language : std::uint8_t { kAvro, kJson, kProtobuf };

std::string_view name_of(Language language);  ///< AVRO, JSON, PROTOBUF
/// Error CB-REGISTRY-422 lists the valid names.
model::Result<Language> language_of(std::string_view name);

/// `name` is what the schema's text calls it: an import path (Protobuf), a full name (Avro), a $ref
/// (JSON Schema).
struct Reference {
  std::string name;
  std::string subject;
  int version = 0;
  friend bool operator==(const Reference&, const Reference&) = default;
};

/// Another schema's text by the name under which it is referred to, in order of first need.
struct Resolved {
  std::string name;
  std::string text;
};

/// One reason why data cannot be read. In messages, "new" is the schema that is proposed and "old"
/// the one that was registered, whichever of them reads.
struct Difference {
  std::string type;  ///< e.g. READER_FIELD_MISSING_DEFAULT_VALUE
  /// A sentence with {reader} and {writer} for the words "new" and "old".
  std::string description;
  std::string extra = {};  ///< of Avro: names the thing; may be empty

  /// As the REST interface's verbose answer has it.
  std::string text(Language language, bool reader_is_new) const;
};

/// A parsed schema.
class Parsed {
 public:
  virtual ~Parsed() = default;
  virtual Language language() const = 0;
  /// Two texts with one canonical form are one schema.
  virtual std::string canonical() const = 0;
  /// What is stored and handed out.
  virtual std::string stored() const = 0;
  /// As canonical, and with what has no meaning (the order of properties, fields, options) brought
  /// into one order.
  virtual std::string normalized() const = 0;
  /// For clients that ask for `format`: "serialized" gives Protobuf's base64 FileDescriptorProto,
  /// "resolved" Avro's text with what it refers to written out; any other name gives stored().
  virtual std::string formatted(std::string_view format) const = 0;
  /// Why data written with `writer` (of the same language) cannot be read with this; empty when
  /// they can.
  virtual std::vector<Difference> cannot_read(const Parsed& writer) const = 0;
};

struct ParseOptions {
  bool validate_defaults = false;  ///< refuse Avro defaults that are no value of their type
};

model::Result<std::shared_ptr<const Parsed>> parse_schema(Language language, std::string_view text,
                                                          const std::vector<Resolved>& references,
                                                          const ParseOptions& options = {});

model::Result<std::shared_ptr<const Parsed>> parse_avro(std::string_view text,
                                                        const std::vector<Resolved>& references,
                                                        const ParseOptions& options);
model::Result<std::shared_ptr<const Parsed>> parse_json_schema(
    std::string_view text, const std::vector<Resolved>& references);
model::Result<std::shared_ptr<const Parsed>> parse_protobuf(
    std::string_view text, const std::vector<Resolved>& references);

}  // namespace citybrain::registry
