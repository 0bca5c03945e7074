// Readers of rows, for the catalogue of tables. Private to hub/store.
#pragma once

#include "hub/store/cells.h"
#include "hub/store/rows.h"

namespace citybrain::store {

using KeyCells = std::span<const Cell>;

bool decode_name(const RowContext& context, KeyCells key, std::string_view value, const Emit& emit);
bool decode_block(const RowContext& context, KeyCells key, std::string_view value,
                  const Emit& emit);
bool decode_point(const RowContext& context, KeyCells key, std::string_view value,
                  const Emit& emit);
bool decode_lane_latest(const RowContext& context, KeyCells key, std::string_view value,
                        const Emit& emit);
bool decode_lane_history(const RowContext& context, KeyCells key, std::string_view value,
                         const Emit& emit);
bool decode_indicators(const RowContext& context, KeyCells key, std::string_view value,
                       const Emit& emit);
bool decode_indicator_history(const RowContext& context, KeyCells key, std::string_view value,
                              const Emit& emit);
bool decode_decision(const RowContext& context, KeyCells key, std::string_view value,
                     const Emit& emit);
bool decode_outbox(const RowContext& context, KeyCells key, std::string_view value,
                   const Emit& emit);
bool decode_digest(const RowContext& context, KeyCells key, std::string_view value,
                   const Emit& emit);
bool decode_positions(const RowContext& context, KeyCells key, std::string_view value,
                      const Emit& emit);

/// view, place among all, then the state; with `step`: after the place.
template <class Known>
std::vector<Cell> known_cells(const Cell& view, std::uint64_t place, const Known& known,
                              const Cell* step) {
  std::vector<Cell> out{view, number(place)};
  if (step != nullptr) out.push_back(*step);
  for (auto& c : cells_of(known)) out.push_back(std::move(c));
  return out;
}

template <class Known>
bool decode_known(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  std::vector<Known> known;
  if (!read_row(value, known)) return false;
  const auto first = static_cast<std::uint64_t>(std::get<std::int64_t>(key[1])) * kPerBlock;
  for (std::size_t i = 0; i < known.size(); ++i)
    if (!emit(known_cells<Known>(key[0], first + i, known[i], nullptr))) break;
  return true;
}

template <class Known>
bool decode_frame(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  KnownFrame<Known> frame;
  if (!read_row(value, frame)) return false;
  for (const auto& [place, known] : frame.entries)
    if (!emit(known_cells<Known>(key[0], place, known, &key[3]))) break;
  return true;
}

}  // namespace citybrain::store
