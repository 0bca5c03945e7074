// The warehouse's tables: what each holds, how its rows are found and what their columns mean. The
// catalogue is data: the command line, exports, docs/store.md and tests are made from it or checked
// against it.
//
// A stored row may hold many logical rows (64 lanes and a minute, say); decode() gives the logical
// ones, each a list of cells in the order of the table's columns. Bytes that are no row of the
// table are refused, never guessed. Values and pure functions; thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/model/result.h"
#include "hub/store/store.h"

namespace citybrain::store {

/// One value; nothing where there is none.
using Cell = std::variant<std::monostate, bool, std::int64_t, double, std::string>;
/// As in CSV: empty for nothing, true and false, shortest digits for numbers.
std::string text_of(const Cell& cell);

struct Column {
  const char* name;
  const char* unit;   ///< UCUM; "" where there is none, "1" a pure number
  const char* about;  ///< a few words
  /// The table whose rows the number names, which may be given by name instead; nullptr: none.
  const char* names = nullptr;
};

enum class PartKind : std::uint8_t { kU32, kU64, kText };
struct KeyPart {
  const char* name;
  PartKind kind;
};

/// What a table keeps of the past, and what "as of t" means for it.
enum class Keeps : std::uint8_t {
  kFixed,     ///< written once: the same at any time
  kLatest,    ///< overwritten: only what holds now; the past is in TableSpec::history
  kVersions,  ///< every version, by the Step at which it was known
  kSamples,   ///< the state every ten Steps: as of t, each entity's last sample at or before t
  kFrames,    ///< every change, with the whole state at each minute: as of t, the state after t
  kEvents,    ///< what happened, once: as of t, all of it up to t
};

/// What rows are read by: lanes of blocks, names of things.
struct RowContext {
  std::vector<std::vector<std::uint32_t>> lanes_of_block;
};

using Emit = std::function<bool(std::span<const Cell>)>;

struct TableSpec {
  const char* name;
  const char* database;  ///< base, theme, special, system
  Family family;
  const char* prefix;           ///< its keys begin with this and a 0 byte; "" all of the family
  std::vector<KeyPart> key;     ///< what follows, in order
  std::vector<Column> columns;  ///< of logical rows; the first `identity` ones name a row
  std::size_t identity;
  Keeps keeps;
  const char* history;    ///< for kLatest: where its past is; else nullptr
  const char* retention;  ///< whose contracts say how long it is kept, in words; "run": as long as
                          ///< the run's folder
  const char* about;      ///< one sentence
  const char* about_zh;
  /// Logical rows of a stored one, until `emit` returns false. False when the value is no row of
  /// this table.
  bool (*decode)(const RowContext& context, std::span<const Cell> key, std::string_view value,
                 const Emit& emit);

  /// Of the column that holds the Step; nothing where rows have no time.
  std::optional<std::size_t> step_column() const;
  std::optional<std::size_t> column(std::string_view name) const;
  std::size_t part(std::string_view name) const;  ///< key.size() when there is none
};

/// All tables, base first.
std::span<const TableSpec> tables();
/// Error CB-INPUT-TABLE names the nearest one.
model::Result<const TableSpec*> find_table(std::string_view name);
/// Error CB-INPUT-COLUMN names the nearest one.
model::Result<std::size_t> find_column(const TableSpec& table, std::string_view name);

/// The parts of a key of this table; nothing when it is none.
std::optional<std::vector<Cell>> parse_key(const TableSpec& table, std::string_view key);
/// Its logical rows. Nothing is emitted when the bytes are no row of this table; then false.
bool decode(const TableSpec& table, const RowContext& context, std::string_view key,
            std::string_view value, const Emit& emit);

}  // namespace citybrain::store
