// Repeated collection (一数一源): which datasets say the same as another one. Contracts are
// compared by what they are about (resource, titles, tags), by their fields (names, types, units)
// and by their identifiers; where records were profiled, also by the fields' values and by places
// and times. Pure functions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/catalog/profile.h"

namespace citybrain::catalog {

enum class Likeness : std::uint8_t { kUnlike, kNear, kDuplicate };
/// "unlike", "near-duplicate", "duplicate".
std::string_view name_of(Likeness likeness);

struct FieldPair {
  std::string a, b;  ///< paths
  double score = 0;  ///< 0 to 1
};

struct Pair {
  const Contract* a = nullptr;  ///< the one to keep: the lead source's, else the first by name
  const Contract* b = nullptr;
  double about = 0, structure = 0;  ///< 0 to 1
  double values = -1, places = -1;  ///< 0 to 1; below 0: not known
  double score = 0;                 ///< the parts weighed
  Likeness likeness = Likeness::kUnlike;
  std::vector<FieldPair> fields;  ///< matched ones, best first
  /// What collecting the second one costs; 0 without a profile.
  std::uint64_t records = 0, bytes = 0;
  double hours = 0;  ///< that the records span
  double cost = 0;   ///< records times the declared price
};

using Profiles = std::map<std::string, Profile>;  ///< by dataset

/// The pair's likeness; `a` and `b` may come in any order.
Pair compare_likeness(const Contract& a, const Contract& b, const Profiles& profiles);
/// All pairs that are not unlike, the likest first. The catalogue must outlive them.
std::vector<Pair> duplicates(const Catalog& catalog, const Profiles& profiles);

}  // namespace citybrain::catalog
