#include "hub/catalog/classification.h"

namespace citybrain::catalog {

std::string_view name_of(DataClass data_class) {
  switch (data_class) {
    case DataClass::kPublic:
      return "public";
    case DataClass::kInternal:
      return "internal";
    case DataClass::kPersonal:
      return "personal";
    case DataClass::kSensitivePersonal:
      return "sensitive-personal";
    case DataClass::kImportant:
      return "important";
    case DataClass::kCore:
      return "core";
  }
  return "core";
}

std::optional<DataClass> data_class_of(std::string_view name) {
  for (const auto c : kDataClasses)
    if (name_of(c) == name) return c;
  return std::nullopt;
}

std::vector<DataClass> ClassSet::list() const {
  std::vector<DataClass> out;
  for (const auto c : kDataClasses)
    if (has(c)) out.push_back(c);
  return out;
}

std::string ClassSet::text() const {
  std::string out;
  for (const auto c : list()) {
    if (!out.empty()) out += ", ";
    out += name_of(c);
  }
  return out.empty() ? "none" : out;
}

}  // namespace citybrain::catalog
