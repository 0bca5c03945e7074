// The warehouse as readers see it: tables by name, rows as cells, ranges in order, "as of t", what
// is near a place, and a check of it all.
//
// "As of t" means as known at Step t: exactly what the store of the same run held when it had done
// t Steps, whatever came later; what came late is there from the Step in which it came. For any t
// within the retention of what is asked for; before that the answer is an error that names the
// retention, also where the rows happen to be there still.
//
// Errors: CB-INPUT-TABLE, CB-INPUT-COLUMN, CB-INPUT-KEY, CB-INPUT-TIME, CB-INPUT-EXPIRED,
// CB-INPUT-AREA, CB-STORE-READ, CB-STORE-DAMAGED (a row that is none of its table). The store must
// outlive it. Threading: as the store's readers.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/store/expressions.h"
#include "hub/store/place_index.h"
#include "hub/store/rows.h"
#include "hub/store/table.h"

namespace citybrain::store {

/// What a row must have in one column.
struct Condition {
  std::size_t column = 0;
  std::string text;
  std::optional<std::int64_t> number;  ///< where the text is one, or names something
  bool holds(const Cell& cell) const;
};

struct Query {
  const TableSpec* table = nullptr;
  std::vector<Condition> where;
  std::optional<model::Step> from, to;  ///< both included
  const Condition* on(std::string_view column) const;
};

/// A thing in an area.
struct Found {
  Thing thing = Thing::kJunction;
  std::uint32_t id = 0;
  std::string name;
  model::GeoPoint at;  ///< the first of its points that is inside
};

/// What was known of a lane, and when.
struct LaneReading {
  model::Step step = 0;
  model::LaneSample sample;
};

struct TableState {
  std::uint64_t rows = 0, logical_rows = 0, bytes = 0;
};

/// What verify() found.
struct Verification {
  std::map<std::string, TableState> tables;
  std::vector<std::string> problems;  ///< at most 100, in plain words
};

class Warehouse {
 public:
  static model::Result<Warehouse> open(const Store& store);

  const CityRow& city() const { return city_; }
  model::Step last_step() const { return last_; }
  const std::vector<ViewRow>& views() const { return views_; }
  /// Of a view's history, seconds; 0: no limit.
  std::uint32_t retention_s(std::uint32_t view) const;

  /// A query of this table; names in the terms (of views, junctions, roads, lanes as ROAD/INDEX,
  /// places, datasets) become numbers.
  model::Result<Query> query(const TableSpec& table, const std::vector<Term>& terms) const;
  model::Result<model::Step> time(std::string_view text) const;

  /// Logical rows in key order.
  model::Result<void> scan(const Query& query, const Emit& emit) const;
  /// The table of whose columns as_of() gives rows: for kLatest the one that keeps its past. Error
  /// CB-INPUT-TIME where none does.
  static model::Result<const TableSpec*> past_of(const TableSpec& table);
  model::Result<void> as_of(const Query& query, model::Step t, const Emit& emit) const;
  /// The same of one lane, for programs: its last sample at or before t.
  model::Result<std::optional<LaneReading>> lane_as_of(std::uint32_t view, std::uint32_t lane,
                                                       model::Step t) const;
  /// Rows of lanes' history as they are stored, by minute and block, from a first one on, until
  /// `visit` returns false.
  model::Result<void> lane_rows(std::uint32_t view, model::Step minute, std::uint32_t block,
                                const std::function<bool(const LaneHistoryView&)>& visit) const;
  /// Each thing once, in the order of kinds and ids.
  model::Result<std::vector<Found>> within(const Area& area) const;

  model::Result<TableState> state(const TableSpec& table) const;
  model::Result<Verification> verify() const;

 private:
  explicit Warehouse(const Store& store) : store_(&store) {}
  struct Bounds {
    std::string from, to;
  };
  Bounds bounds(const Query& query) const;
  std::optional<std::string> known_part(const Query& query, const KeyPart& part) const;
  model::Result<void> check_kept(const Query& query, model::Step t) const;
  model::Result<void> check_reached(model::Step t) const;
  model::Result<void> scan_rows(const Query& query, const Emit& emit) const;
  model::Result<void> scan_bounds(const Query& query, const Bounds& bounds, const Emit& emit) const;
  model::Result<void> lanes_as_of(const Query& query, model::Step t, const Emit& emit) const;
  model::Result<void> last_as_of(Query query, model::Step t, const Emit& emit) const;
  model::Result<void> frames_as_of(const Query& query, std::uint32_t view, model::Step t,
                                   const Emit& emit) const;
  std::optional<std::int64_t> find_name(std::string_view table, std::string_view name) const;
  std::vector<std::uint32_t> views_of(const Query& query) const;
  model::Error damaged(const TableSpec& table, std::string_view key) const;

  const Store* store_;
  CityRow city_;
  model::Step last_ = 0;
  std::vector<ViewRow> views_;
  RowContext context_;
  /// Where each lane is: its block and its place there.
  struct Home {
    std::uint32_t block = 0xFFFFFFFFU, place = 0;
  };
  std::vector<Home> home_of_lane_;
};

}  // namespace citybrain::store
