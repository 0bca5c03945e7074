// Avro's schema resolution (specification 1.11, "Schema Resolution"): which differences between the
// reader's and the writer's schema make data unreadable.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "hub/registry/avro.h"

namespace citybrain::registry::avro {
namespace {

std::string upper(std::string_view s) {
  std::string out(s);
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return out;
}

/// Names match without their name space, or by an alias of the reader.
bool same_name(const Node& reader, const Node& writer) {
  return reader.name.simple == writer.name.simple ||
         std::find(reader.aliases.begin(), reader.aliases.end(), writer.name.full()) !=
             reader.aliases.end();
}

/// "int, long, float, bytes and string may be promoted".
bool promotes(Kind writer, Kind reader) {
  switch (reader) {
    case Kind::kLong:
      return writer == Kind::kInt;
    case Kind::kFloat:
      return writer == Kind::kInt || writer == Kind::kLong;
    case Kind::kDouble:
      return writer == Kind::kInt || writer == Kind::kLong || writer == Kind::kFloat;
    case Kind::kBytes:
      return writer == Kind::kString;
    case Kind::kString:
      return writer == Kind::kBytes;
    default:
      return false;
  }
}

using Pairs = std::set<std::pair<const Node*, const Node*>>;

class Comparison {
 public:
  explicit Comparison(Pairs* failed) : failed_(failed) {}
  std::vector<Difference> found;

  void compare(const Node& reader, const Node& writer, const std::string& path) {
    if (reader.kind != writer.kind) return different_kinds(reader, writer, path);
    switch (reader.kind) {
      case Kind::kArray:
        return compare(*reader.parts[0], *writer.parts[0], path + "/items");
      case Kind::kMap:
        return compare(*reader.parts[0], *writer.parts[0], path + "/values");
      case Kind::kUnion:
        for (std::size_t i = 0; i < writer.parts.size(); ++i)
          branch(reader, *writer.parts[i], fmt::format("{}/{}", path, i));
        return;
      case Kind::kFixed:
        name(reader, writer, path);
        if (reader.size != writer.size)
          add("FIXED_SIZE_MISMATCH", path + "/size",
              "The size of FIXED type field at path '{}' in the {{reader}} schema does not match "
              "with the {{writer}} schema",
              fmt::format("expected: {}, found: {}", writer.size, reader.size));
        return;
      case Kind::kEnum:
        name(reader, writer, path);
        return symbols(reader, writer, path);
      case Kind::kRecord:
        return record(reader, writer, path);
      default:
        return;
    }
  }

 private:
  void add(std::string_view type, const std::string& path, std::string_view sentence,
           std::string extra) {
    found.push_back({std::string(type),
                     fmt::format(fmt::runtime(sentence), path.empty() ? "/" : path),
                     std::move(extra)});
  }

  void mismatch(const Node& reader, const Node& writer, const std::string& path) {
    add("TYPE_MISMATCH", path,
        "The type (path '{}') of a field in the {{reader}} schema does not match with the "
        "{{writer}} schema",
        fmt::format("reader type: {} not compatible with writer type: {}",
                    upper(name_of(reader.kind)), upper(name_of(writer.kind))));
  }

  void branch(const Node& reader, const Node& writer, const std::string& path) {
    for (const auto* r : reader.parts) {
      if (failed_->contains({r, &writer})) continue;
      Comparison trial(failed_);
      trial.running_ = running_;
      trial.compare(*r, writer, path);
      if (trial.found.empty()) {
        running_ = std::move(trial.running_);
        return;
      }
      failed_->insert({r, &writer});
    }
    add("MISSING_UNION_BRANCH", path,
        "The {{reader}} schema is missing a type inside a union field at path '{}' in the "
        "{{writer}} schema",
        fmt::format("reader union lacking writer type: {}", upper(name_of(writer.kind))));
  }

  void different_kinds(const Node& reader, const Node& writer, const std::string& path) {
    if (writer.kind == Kind::kUnion) {  // every branch must be readable
      for (const auto* w : writer.parts) compare(reader, *w, path);
    } else if (reader.kind == Kind::kUnion) {
      branch(reader, writer, path);
    } else if (!promotes(writer.kind, reader.kind)) {
      mismatch(reader, writer, path);
    }
  }

  void name(const Node& reader, const Node& writer, const std::string& path) {
    if (!same_name(reader, writer))
      add("NAME_MISMATCH", path + "/name", "The name of the schema has changed (path '{}')",
          "expected: " + writer.name.full());
  }

  void symbols(const Node& reader, const Node& writer, const std::string& path) {
    std::vector<std::string> missing;
    for (const auto& s : writer.symbols)
      if (std::find(reader.symbols.begin(), reader.symbols.end(), s) == reader.symbols.end())
        missing.push_back(s);
    if (missing.empty() || reader.symbol_fallback) return;
    const auto list = fmt::format("[{}]", fmt::join(missing, ", "));
    add("MISSING_ENUM_SYMBOLS", path + "/symbols",
        "The {{reader}} schema is missing enum symbols '" + list +
            "' at path '{}' in the {{writer}} schema",
        list);
  }

  static const Field* written(const Field& field, const Node& writer) {
    for (const auto& f : writer.fields)
      if (f.name == field.name) return &f;
    for (const auto& f : writer.fields)
      if (std::find(field.aliases.begin(), field.aliases.end(), f.name) != field.aliases.end())
        return &f;
    return nullptr;
  }

  /// A pair that is being compared already holds as far as this place is concerned: recursion ends.
  void record(const Node& reader, const Node& writer, const std::string& path) {
    if (!running_.insert({&reader, &writer}).second) return;
    name(reader, writer, path);
    for (std::size_t i = 0; i < reader.fields.size(); ++i) {
      const auto& f = reader.fields[i];
      const auto where = fmt::format("{}/fields/{}", path, i);
      if (const auto* w = written(f, writer); w != nullptr) {
        compare(*f.type, *w->type, where + "/type");
      } else if (!f.fallback && !(f.type->kind == Kind::kEnum && f.type->symbol_fallback)) {
        add("READER_FIELD_MISSING_DEFAULT_VALUE", where,
            "The field '" + f.name +
                "' at path '{}' in the {{reader}} schema has no default value and is missing in "
                "the {{writer}} schema",
            f.name);
      }
    }
  }

  Pairs running_;  ///< compared or being compared, thought to agree
  Pairs* failed_;  ///< branches that were tried in vain; so that no pair is tried twice
};

}  // namespace

std::vector<Difference> cannot_read(const Node& reader, const Node& writer) {
  Pairs failed;
  Comparison c(&failed);
  c.compare(reader, writer, "");
  return std::move(c.found);
}

}  // namespace citybrain::registry::avro
