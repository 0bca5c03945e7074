// Columns and kinds that tables of the catalogue share. Private to hub/store.
#pragma once

#include <vector>

#include "hub/store/table.h"

namespace citybrain::store {

using Columns = std::vector<Column>;
inline constexpr auto kU32 = PartKind::kU32;
inline constexpr auto kU64 = PartKind::kU64;
inline constexpr auto kText = PartKind::kText;
inline constexpr const char* kRun = "run";
inline constexpr const char* kViews = "the shortest retention of the view's datasets";

inline Columns plus(Columns a, const Columns& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

inline const Column kView{"view", "", "who sees it so", "views"};
inline const Column kStep{"step", "s", "seconds since the start, at which it was known"};
inline const Column kDistrict{"district", "", "district of the city", "districts"};
inline const Column kLane{"lane", "", "lane of a road", "lanes"};
inline const Column kRoad{"road", "", "directed road", "roads"};
inline const Column kDataset{"dataset", "", "dataset of a department", "datasets"};

std::vector<TableSpec> base_tables();
std::vector<TableSpec> theme_tables();
std::vector<TableSpec> other_tables();
std::vector<TableSpec> shared_tables();

}  // namespace citybrain::store
