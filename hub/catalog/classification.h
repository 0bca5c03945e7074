// Classes of data (数据分级分类): what a dataset's contract says its records are, and what a
// cloud's node may hold (hub/cloud). After GB/T 43697-2024 (general, important and core data) and
// China's Personal Information Protection Law (personal and sensitive personal information,
// articles 4 and 28). Values; pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace citybrain::catalog {

enum class DataClass : std::uint8_t {
  kPublic,             ///< 公开数据: open to everybody
  kInternal,           ///< 内部数据: general data for departments' use
  kPersonal,           ///< 个人信息: about persons, also behind a pseudonym
  kSensitivePersonal,  ///< 敏感个人信息: health, whereabouts of a person
  kImportant,          ///< 重要数据: harms public safety or order when it leaks
  kCore,               ///< 核心数据: harms the nation's security when it leaks
};
constexpr std::array kDataClasses = {DataClass::kPublic,    DataClass::kInternal,
                                     DataClass::kPersonal,  DataClass::kSensitivePersonal,
                                     DataClass::kImportant, DataClass::kCore};

/// As in contracts and clouds files: "public", ..., "sensitive-personal", ...
std::string_view name_of(DataClass data_class);
std::optional<DataClass> data_class_of(std::string_view name);

/// A set of classes.
class ClassSet {
 public:
  constexpr ClassSet() = default;
  constexpr ClassSet(std::initializer_list<DataClass> classes) {
    for (const auto c : classes) add(c);
  }
  static constexpr ClassSet all() {
    ClassSet out;
    for (const auto c : kDataClasses) out.add(c);
    return out;
  }
  constexpr void add(DataClass c) { bits_ |= bit(c); }
  constexpr bool has(DataClass c) const { return (bits_ & bit(c)) != 0; }
  constexpr bool covers(ClassSet other) const { return (other.bits_ & ~bits_) == 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr ClassSet without(ClassSet other) const { return ClassSet(bits_ & ~other.bits_); }
  friend constexpr ClassSet operator|(ClassSet a, ClassSet b) {
    return ClassSet(a.bits_ | b.bits_);
  }
  friend constexpr bool operator==(ClassSet, ClassSet) = default;
  /// In the order of kDataClasses.
  std::vector<DataClass> list() const;
  /// "public, internal"; "none" when empty.
  std::string text() const;

 private:
  constexpr explicit ClassSet(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}
  static constexpr std::uint8_t bit(DataClass c) {
    return static_cast<std::uint8_t>(1U << static_cast<unsigned>(c));
  }
  std::uint8_t bits_ = 0;
};

/// What only the government cloud may hold, whatever a clouds file says.
constexpr ClassSet kGovernmentOnly = {DataClass::kSensitivePersonal, DataClass::kImportant,
                                      DataClass::kCore};

}  // namespace citybrain::catalog
