// How the rows of each table are read.
#include "hub/store/decoders.h"

#include <cstring>

#include "hub/store/place_index.h"
#include "hub/store/rows.h"

namespace citybrain::store {

const char* name_of(model::PlaceKind kind) {
  constexpr const char* names[] = {"ambulance-station", "hospital", "parking-lot", "bus-stop",
                                   "street-parking"};
  const auto i = static_cast<std::size_t>(kind);
  return i < std::size(names) ? names[i] : "unknown";
}
const char* name_of(model::FleetRole role) {
  constexpr const char* names[] = {"bus", "taxi", "ambulance"};
  const auto i = static_cast<std::size_t>(role);
  return i < std::size(names) ? names[i] : "unknown";
}
const char* name_of(model::VehiclePosition::State state) {
  constexpr const char* names[] = {"unknown",  "parked",   "driving",     "at-stop",
                                   "to-scene", "at-scene", "to-hospital", "at-hospital"};
  const auto i = static_cast<std::size_t>(state);
  return i < std::size(names) ? names[i] : "unknown";
}
const char* name_of(model::EventReport::Kind kind) {
  constexpr const char* names[] = {"medical", "incident", "flood", "parking"};
  const auto i = static_cast<std::size_t>(kind);
  return i < std::size(names) ? names[i] : "unknown";
}

bool decode_name(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  std::string name;
  if (!read_row(value, name)) return false;
  emit(std::vector<Cell>{key[0], name});
  return true;
}

bool decode_block(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  std::uint32_t district = 0;
  std::vector<std::uint32_t> lanes;
  model::Reader r(value);
  r(district, lanes);
  if (!r.complete()) return false;
  for (const auto lane : lanes)
    if (!emit(std::vector<Cell>{key[0], number(lane), number(district)})) break;
  return true;
}

bool decode_point(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  const auto point = read_point(value);
  const auto kind = std::get<std::int64_t>(key[1]);
  if (!point || kind < 0 || kind >= static_cast<std::int64_t>(kThings)) return false;
  emit(std::vector<Cell>{std::string(name_of(static_cast<Thing>(kind))), key[2], key[3],
                         point->lon_deg, point->lat_deg,
                         hex(static_cast<std::uint64_t>(std::get<std::int64_t>(key[0])))});
  return true;
}

namespace {

std::vector<Cell> lane_cells(Cell view, Cell lane, const model::LaneSample& s) {
  return {std::move(view),
          std::move(lane),
          hundredths(s.queue_x100),
          hundredths(s.queue_sd_x100),
          hundredths(s.vehicles_x100),
          hundredths(s.vehicles_sd_x100),
          hundredths(s.speed_cmps),
          hundredths(s.speed_sd_cmps)};
}

const std::vector<std::uint32_t>* lanes_of(const RowContext& context, std::uint64_t block) {
  return block < context.lanes_of_block.size() ? &context.lanes_of_block[block] : nullptr;
}

}  // namespace

bool decode_lane_latest(const RowContext& context, KeyCells key, std::string_view value,
                        const Emit& emit) {
  std::vector<model::LaneSample> samples;
  const auto* lanes = lanes_of(context, static_cast<std::uint64_t>(std::get<std::int64_t>(key[1])));
  if (!read_row(value, samples) || lanes == nullptr || lanes->size() != samples.size())
    return false;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (!emit(lane_cells(key[0], number((*lanes)[i]), samples[i]))) break;
  return true;
}

bool decode_lane_history(const RowContext& context, KeyCells key, std::string_view value,
                         const Emit& emit) {
  const auto row = LaneHistoryView::of(value);
  if (!row || std::get<std::int64_t>(key[2]) != std::int64_t{row->block()}) return false;
  const auto* lanes = lanes_of(context, row->block());
  if (lanes == nullptr || (row->samples() > 0 && lanes->size() != row->lanes())) return false;
  for (std::size_t s = 0; s < row->samples(); ++s)
    for (std::size_t i = 0; i < row->lanes(); ++i) {
      auto cells = lane_cells(key[0], number((*lanes)[i]), row->at(s, i));
      cells.insert(cells.begin() + 2, number(row->step(s)));
      if (!emit(cells)) return true;
    }
  return true;
}

namespace {

std::vector<Cell> indicator_cells(const Cell& district, const IndicatorSample& s,
                                  std::int64_t now_ms) {
  const Health h = health(s, now_ms);
  return {district,
          number(s.dataset),
          known(h.freshness_s),
          known(h.completeness),
          known(h.validity),
          known(h.duplicate_rate),
          known(h.late_rate),
          number(s.records),
          number(s.observations),
          number(s.admitted),
          number(s.quarantined),
          number(s.duplicates),
          number(s.late),
          static_cast<double>(s.expected)};
}

}  // namespace

bool decode_indicators(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  IndicatorRow row;
  if (!read_row(value, row)) return false;
  for (const auto& s : row.datasets)
    if (!emit(indicator_cells(key[0], s, row.now_ms))) break;
  return true;
}

bool decode_indicator_history(const RowContext&, KeyCells key, std::string_view value,
                              const Emit& emit) {
  IndicatorRow row;
  if (!read_row(value, row)) return false;
  for (const auto& s : row.datasets) {
    auto cells = indicator_cells(key[2], s, row.now_ms);
    cells.insert(cells.begin() + 2, key[1]);
    if (!emit(cells)) break;
  }
  return true;
}

namespace {

std::vector<Cell> command_cells(const model::Command& c) {
  return {hex(c.id),
          number(c.desk.value),
          number(c.junction.value),
          c.effective.ms,
          hex(c.greens),
          hex(c.yellows),
          std::int64_t{c.phase},
          c.reason.code,
          static_cast<double>(c.reason.value),
          static_cast<double>(c.reason.runner_up)};
}

}  // namespace

bool decode_decision(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  model::Command c;
  if (!read_row(value, c)) return false;
  std::vector<Cell> out(key.begin(), key.end());
  for (auto& cell : command_cells(c)) out.push_back(std::move(cell));
  emit(out);
  return true;
}

bool decode_outbox(const RowContext&, KeyCells, std::string_view value, const Emit& emit) {
  model::Command c;
  if (!read_row(value, c)) return false;
  emit(command_cells(c));
  return true;
}

bool decode_digest(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  if (value.size() != 16) return false;
  std::string text;
  for (const char c : value) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  emit(std::vector<Cell>{key[0], key[1], text});
  return true;
}

bool decode_positions(const RowContext&, KeyCells key, std::string_view value, const Emit& emit) {
  if (value.size() % 8 != 0) return false;
  for (std::size_t i = 0; i < value.size() / 8; ++i) {
    std::uint64_t next = 0;
    std::memcpy(&next, value.data() + 8 * i, sizeof next);
    if (!emit(std::vector<Cell>{key[0], number(i), number(next)})) break;
  }
  return true;
}

}  // namespace citybrain::store
