#include "scenarios/experiment/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "hub/catalog/catalog.h"

namespace citybrain::experiment {

void Document::fail(const YAML::Mark& mark, const std::string& path, std::string what,
                    std::string mend) {
  if (error) return;
  const std::string where = mark.is_null() || mark.line < 0
                                ? fmt::format("{} (--set {})", file, path)
                                : fmt::format("{}:{}:{}", file, mark.line + 1, mark.column + 1);
  error = model::Error{code, fmt::format("{}: {}", path, what), where, std::move(mend)};
}

Fields::Fields(Document& document, YAML::Node node, std::string path)
    : document_(&document), node_(std::move(node)), path_(std::move(path)) {
  if (node_.IsDefined() && !node_.IsNull() && !node_.IsMap())
    document_->fail(node_.Mark(), path_, "expected a mapping (key: value)");
}

std::string Fields::path_of(const char* key) const {
  return path_.empty() ? key : path_ + "." + key;
}

YAML::Node Fields::raw(const char* key) {
  known_.emplace_back(key);
  if (!present()) return YAML::Node(YAML::NodeType::Undefined);
  const YAML::Node& constant = node_;  // operator[] of a constant node does not insert
  return constant[key];
}

bool Fields::has(const char* key) {
  if (!present()) return false;
  const YAML::Node& constant = node_;
  return constant[key].IsDefined();
}

Fields Fields::map(const char* key) { return Fields(*document_, raw(key), path_of(key)); }

void Fields::fail(const YAML::Node& at, const char* key, std::string what, std::string mend) {
  document_->fail(at.IsDefined() ? at.Mark() : node_.Mark(), path_of(key), std::move(what),
                  std::move(mend));
}

void Fields::require(const char* key) {
  if (!has(key) && present()) fail(node_, key, "is missing");
}

template <class T>
bool Fields::scalar(const char* key, T& value, const char* expected) {
  const YAML::Node node = raw(key);
  if (!node.IsDefined()) return false;
  T read{};
  if (!node.IsScalar() || !YAML::convert<T>::decode(node, read)) {
    fail(node, key,
         fmt::format("expected {}{}", expected,
                     node.IsScalar() ? fmt::format(", found \"{}\"", node.Scalar()) : ""));
    return false;
  }
  value = read;
  return true;
}

void Fields::number(const char* key, double& value, double least, double most) {
  double read = value;
  if (!scalar(key, read, "a number")) return;
  if (!std::isfinite(read) || read < least || read > most) {
    fail(raw(key), key,
         fmt::format("expected a number from {} to {}, found {}", least, most, read));
    return;
  }
  value = read;
}

void Fields::whole(const char* key, std::uint64_t& value, std::uint64_t least, std::uint64_t most) {
  const YAML::Node node = raw(key);
  if (!node.IsDefined()) return;
  const std::string digits = node.IsScalar() ? node.Scalar() : "";
  std::uint64_t read = 0;
  const bool plain =
      !digits.empty() && digits.size() < 20 &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (plain) read = std::stoull(digits);
  if (!plain || read < least || read > most) {
    fail(node, key,
         fmt::format("expected a whole number from {} to {}{}", least, most,
                     digits.empty() ? "" : ", found " + digits));
    return;
  }
  value = read;
}

void Fields::whole(const char* key, std::uint32_t& value, std::uint32_t least, std::uint32_t most) {
  std::uint64_t wide = value;
  whole(key, wide, std::uint64_t{least}, std::uint64_t{most});
  value = static_cast<std::uint32_t>(wide);
}

void Fields::text(const char* key, std::string& value) { scalar(key, value, "a text"); }
void Fields::flag(const char* key, bool& value) { scalar(key, value, "true or false"); }

void Fields::texts(const char* key, std::vector<std::string>& value) {
  const YAML::Node node = raw(key);
  if (!node.IsDefined()) return;
  if (!node.IsSequence()) {
    fail(node, key, "expected a list, e.g. [a, b]");
    return;
  }
  value.clear();
  for (const auto& item : node) {
    if (!item.IsScalar()) {
      fail(item, key, "expected a list of texts");
      return;
    }
    value.push_back(item.Scalar());
  }
}

void Fields::finish() {
  if (!present()) return;
  for (const auto& entry : node_) {
    const std::string key = entry.first.IsScalar() ? entry.first.Scalar() : "";
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    const std::string near = catalog::nearest(key, known_);
    const auto& mark = entry.first.Mark().is_null() ? entry.second.Mark() : entry.first.Mark();
    document_->fail(mark, path_of(key.c_str()), "there is no such key here",
                    near.empty() ? fmt::format("valid keys: {}", fmt::join(known_, ", "))
                                 : fmt::format("did you mean \"{}\"?", near));
    return;
  }
}

}  // namespace citybrain::experiment
