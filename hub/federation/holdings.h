// What a party holds of its own and of others' resources, in memory: the rows of its warehouse as
// they are now, and in which order they changed, so that an exporter can follow from a position.
// Memory: about twice the bytes of the rows. Private to hub/federation. A value.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "hub/store/shared_rows.h"

namespace citybrain::federation {

class Holdings {
 public:
  using Entities = std::map<std::string, store::SharedRow, std::less<>>;

  const store::SharedRow* find(std::string_view resource, std::string_view entity) const {
    const auto* rows = of(resource);
    if (rows == nullptr) return nullptr;
    const auto it = rows->find(entity);
    return it == rows->end() ? nullptr : &it->second;
  }
  const Entities* of(std::string_view resource) const {
    const auto it = rows_.find(resource);
    return it == rows_.end() ? nullptr : &it->second;
  }
  const std::map<std::string, Entities, std::less<>>& all() const { return rows_; }

  /// The row becomes the newest change.
  const store::SharedRow& put(const std::string& resource, const std::string& entity,
                              store::SharedRow row) {
    row.change = ++changes_;
    return keep(resource, entity, std::move(row));
  }
  /// A row as it was stored.
  const store::SharedRow& keep(const std::string& resource, const std::string& entity,
                               store::SharedRow row) {
    auto& kept = rows_[resource][entity];
    by_change_.erase(kept.change);
    kept = std::move(row);
    by_change_[kept.change] = {resource, entity};
    return kept;
  }
  /// How many rows there were.
  std::uint64_t erase(std::string_view resource) {
    const auto it = rows_.find(resource);
    if (it == rows_.end()) return 0;
    const std::uint64_t n = it->second.size();
    for (const auto& [entity, row] : it->second) by_change_.erase(row.change);
    rows_.erase(it);
    return n;
  }

  std::uint64_t changes() const { return changes_; }
  void count_from(std::uint64_t changes) { changes_ = changes; }
  /// Calls visit(resource, entity, row) for what changed after a position, in order.
  template <class Visit>
  void after(std::uint64_t change, const Visit& visit) const {
    for (auto it = by_change_.upper_bound(change); it != by_change_.end(); ++it)
      visit(it->second.first, it->second.second, *find(it->second.first, it->second.second));
  }

 private:
  std::map<std::string, Entities, std::less<>> rows_;
  std::map<std::uint64_t, std::pair<std::string, std::string>> by_change_;
  std::uint64_t changes_ = 0;
};

}  // namespace citybrain::federation
