#include "hub/registry/schema.h"

#include <fmt/format.h>

#include "hub/registry/errors.h"

namespace citybrain::registry {
namespace {

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

}  // namespace

std::string_view name_of(Language language) {
  switch (language) {
    case Language::kAvro:
      return "AVRO";
    case Language::kJson:
      return "JSON";
    case Language::kProtobuf:
      return "PROTOBUF";
  }
  return "";
}

model::Result<Language> language_of(std::string_view name) {
  for (const auto l : {Language::kAvro, Language::kJson, Language::kProtobuf})
    if (name_of(l) == name) return l;
  return refuse::unprocessable(
      fmt::format("Unrecognized schema type '{}'; valid are AVRO, JSON, PROTOBUF", name));
}

std::string Difference::text(Language language, bool reader_is_new) const {
  auto sentence = replaced(description, "{reader}", reader_is_new ? "new" : "old");
  sentence = replaced(sentence, "{writer}", reader_is_new ? "old" : "new");
  if (language == Language::kAvro)
    return fmt::format("{{errorType:'{}', description:'{}', additionalInfo:'{}'}}", type, sentence,
                       extra);
  return fmt::format("{{errorType:\"{}\", description:\"{}\"}}", type, sentence);
}

model::Result<std::shared_ptr<const Parsed>> parse_schema(Language language, std::string_view text,
                                                          const std::vector<Resolved>& references,
                                                          const ParseOptions& options) {
  switch (language) {
    case Language::kAvro:
      return parse_avro(text, references, options);
    case Language::kJson:
      return parse_json_schema(text, references);
    case Language::kProtobuf:
      return parse_protobuf(text, references);
  }
  return refuse::invalid_schema("unknown schema type");
}

}  // namespace citybrain::registry
