// Values of the archive as cells, in the order of their fields. Private to hub/store.
#pragma once

#include <fmt/format.h>

#include <string>
#include <type_traits>
#include <vector>

#include "hub/model/archive.h"
#include "hub/model/decision.h"
#include "hub/model/situation.h"
#include "hub/store/table.h"

namespace citybrain::store {

const char* name_of(model::PlaceKind kind);
const char* name_of(model::FleetRole role);
const char* name_of(model::VehiclePosition::State state);
const char* name_of(model::EventReport::Kind kind);

/// Takes part in fields() and keeps a cell of every value.
class Cells {
 public:
  template <class... T>
  void operator()(const T&... values) {
    (put(values), ...);
  }
  std::vector<Cell>& list() { return list_; }

 private:
  template <class T>
  void put(const T& v) {
    if constexpr (std::is_same_v<T, bool>) {
      list_.emplace_back(v);
    } else if constexpr (std::is_floating_point_v<T>) {
      list_.emplace_back(static_cast<double>(v));
    } else if constexpr (std::is_enum_v<T>) {
      list_.emplace_back(std::string(name_of(v)));
    } else if constexpr (std::is_arithmetic_v<T>) {
      list_.emplace_back(static_cast<std::int64_t>(v));
    } else {
      const_cast<T&>(v).fields(*this);  // as model::Writer does
    }
  }
  template <class Tag>
  void put(const model::Id<Tag>& id) {
    list_.push_back(id.valid() ? Cell(std::int64_t{id.value}) : Cell());
  }
  void put(const std::string& v) { list_.emplace_back(v); }

  std::vector<Cell> list_;
};

template <class Row>
std::vector<Cell> cells_of(const Row& row) {
  Cells cells;
  const_cast<Row&>(row).fields(cells);
  return std::move(cells.list());
}

inline Cell number(std::uint64_t v) { return static_cast<std::int64_t>(v); }
/// A number that may be unknown (negative).
inline Cell known(double v) { return v < 0 ? Cell() : Cell(v); }
/// Whole hundredths.
inline Cell hundredths(std::uint16_t v) { return static_cast<double>(v) / 100; }
/// An identifier too long for a number.
inline Cell hex(std::uint64_t v) { return fmt::format("{:016x}", v); }

template <class Row>
bool read_row(std::string_view value, Row& row) {
  model::Reader r(value);
  r(row);
  return r.complete();
}

/// Key parts, then the row's fields.
template <class Row>
bool decode_row(const RowContext&, std::span<const Cell> key, std::string_view value,
                const Emit& emit) {
  Row row;
  if (!read_row(value, row)) return false;
  std::vector<Cell> out(key.begin(), key.end());
  for (auto& c : cells_of(row)) out.push_back(std::move(c));
  emit(out);
  return true;
}

}  // namespace citybrain::store
