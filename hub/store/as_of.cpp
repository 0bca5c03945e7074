// "As of t" for each way in which tables keep the past, and what is within an area.
#include <algorithm>
#include <map>
#include <set>

#include "hub/store/cells.h"
#include "hub/store/warehouse.h"

namespace citybrain::store {

using model::Result;
using model::Step;

namespace {

std::int64_t number_in(const Cell& cell) {
  const auto* n = std::get_if<std::int64_t>(&cell);
  return n == nullptr ? -1 : *n;
}

bool all_hold(const Query& q, std::span<const Cell> cells) {
  return std::all_of(q.where.begin(), q.where.end(),
                     [&](const Condition& c) { return c.holds(cells[c.column]); });
}

/// The head of a KnownFrame, whatever it is of.
struct FrameHead {
  std::uint32_t size = 0;
  bool full = false;
};

}  // namespace

/// Each lane's last sample at or before t, block by block. A row has a minute's samples, each known
/// at its own Step.
Result<void> Warehouse::lanes_as_of(const Query& q, Step t, const Emit& emit) const {
  const auto* lane = q.on("lane");
  bool more = true;
  for (const auto view : views_of(q)) {
    for (std::uint32_t block = 0; more && block < context_.lanes_of_block.size(); ++block) {
      const auto& lanes = context_.lanes_of_block[block];
      if (lane != nullptr && std::none_of(lanes.begin(), lanes.end(), [&](std::uint32_t l) {
            return lane->number == std::int64_t{l};
          }))
        continue;
      const Step first = first_kept_minute(last_, retention_s(view));
      for (Step minute = t / kMinute + 1; minute-- > first;) {
        const auto key = lane_history_key(view, minute, block);
        CITYBRAIN_ASSIGN(value, store_->get(Family::kTheme, key));
        if (!value) continue;
        const auto row = LaneHistoryView::of(*value);
        if (!row) return damaged(*q.table, key);
        const auto at = row->last_until(t);
        if (at == row->samples()) continue;
        const auto take = [&](std::span<const Cell> cells) {
          if (number_in(cells[2]) == std::int64_t{row->step(at)} && all_hold(q, cells))
            more = emit(cells);
          return more;
        };
        if (!decode(*q.table, context_, key, *value, take)) return damaged(*q.table, key);
        break;
      }
    }
  }
  return {};
}

Result<std::optional<LaneReading>> Warehouse::lane_as_of(std::uint32_t view, std::uint32_t lane,
                                                         Step t) const {
  std::optional<LaneReading> none;
  if (lane >= home_of_lane_.size() || home_of_lane_[lane].block == Home{}.block) return none;
  const auto [block, place] = home_of_lane_[lane];
  const Step first = first_kept_minute(last_, retention_s(view));
  for (Step minute = t / kMinute + 1; minute-- > first;) {
    const auto key = lane_history_key(view, minute, block);
    CITYBRAIN_ASSIGN(value, store_->get(Family::kTheme, key));
    if (!value) continue;
    const auto row = LaneHistoryView::of(*value);
    if (!row || (row->samples() > 0 && place >= row->lanes()))
      return damaged(**find_table("lane_history"), key);
    const auto at = row->last_until(t);
    if (at < row->samples()) return std::optional(LaneReading{row->step(at), row->at(at, place)});
  }
  return none;
}

Result<void> Warehouse::lane_rows(std::uint32_t view, Step minute, std::uint32_t block,
                                  const std::function<bool(const LaneHistoryView&)>& visit) const {
  std::string bad;
  CITYBRAIN_TRY(store_->scan_range(Family::kTheme, lane_history_key(view, minute, block),
                                   Key().text(kLaneHistory).u32(view + 1).view(),
                                   [&](std::string_view key, std::string_view value) {
                                     const auto row = LaneHistoryView::of(value);
                                     if (!row) bad = key;
                                     return row && visit(*row);
                                   }));
  if (!bad.empty()) return damaged(**find_table("lane_history"), bad);
  return {};
}

/// The last row at or before t of each identity (the columns before the Step).
Result<void> Warehouse::last_as_of(Query q, Step t, const Emit& emit) const {
  q.to = t;
  const auto step = *q.table->step_column();
  std::map<std::vector<std::string>, std::vector<Cell>> last;
  CITYBRAIN_TRY(scan_bounds(q, bounds(q), [&](std::span<const Cell> cells) {
    std::vector<std::string> identity;
    for (std::size_t i = 0; i < std::min(step, q.table->identity); ++i)
      identity.push_back(text_of(cells[i]));
    auto& kept = last[identity];
    if (kept.empty() || number_in(kept[step]) <= number_in(cells[step]))
      kept.assign(cells.begin(), cells.end());
    return true;
  }));
  for (const auto& [identity, cells] : last)
    if (!emit(cells)) break;
  return {};
}

/// The whole state of the minute's first Step, and what changed until t.
Result<void> Warehouse::frames_as_of(const Query& q, std::uint32_t view, Step t,
                                     const Emit& emit) const {
  struct Frame {
    Step step = 0;
    std::uint32_t block = 0;
    FrameHead head;
    std::vector<std::vector<Cell>> entries;
  };
  const std::string from = Key().text(q.table->prefix).u32(view).u32(t / kMinute).take();
  const std::string to = Key().text(q.table->prefix).u32(view).u32(t / kMinute + 1).take();
  std::vector<Frame> frames;
  std::string bad;
  CITYBRAIN_TRY(store_->scan_range(
      q.table->family, from, to, [&](std::string_view key, std::string_view value) {
        const auto parts = parse_key(*q.table, key);
        Frame f;
        model::Reader head(value);
        head(f.head.size, f.head.full);
        const bool whole = parts && decode(*q.table, context_, key, value, [&](auto cells) {
                             f.entries.emplace_back(cells.begin(), cells.end());
                             return true;
                           });
        if (!whole) {
          bad = key;
          return false;
        }
        f.block = static_cast<std::uint32_t>(number_in((*parts)[2]));
        f.step = static_cast<Step>(number_in((*parts)[3]));
        if (f.step <= t) frames.push_back(std::move(f));
        return true;
      }));
  if (!bad.empty()) return damaged(*q.table, bad);
  std::stable_sort(frames.begin(), frames.end(),
                   [](const Frame& a, const Frame& b) { return a.step < b.step; });
  std::map<std::int64_t, std::vector<Cell>> state;  // by place among all
  for (auto& f : frames) {
    if (f.head.full) {
      const auto first = std::int64_t{f.block} * kPerBlock;
      state.erase(state.lower_bound(first), state.lower_bound(first + kPerBlock));
    }
    for (auto& cells : f.entries) state[number_in(cells[1])] = std::move(cells);
    state.erase(state.lower_bound(std::int64_t{f.head.size}), state.end());
  }
  for (const auto& [place, cells] : state)
    if (all_hold(q, cells) && !emit(cells)) break;
  return {};
}

Result<std::vector<Found>> Warehouse::within(const Area& area) const {
  if (!city_.has_anchor)
    return model::Error{"CB-INPUT-AREA", "this store does not know where its city is",
                        "place_index",
                        "stores of the previous format did not keep it; run the scenario again"};
  std::map<std::pair<std::int64_t, std::int64_t>, Found> found;
  bool whole = true;
  const auto take = [&](std::string_view key, std::string_view value) {
    const auto& table = **find_table("place_index");
    const auto parts = parse_key(table, key);
    const auto point = read_point(value);
    if (!parts || !point) return whole = false;
    if (!area.contains(*point)) return true;
    const auto kind = number_in((*parts)[1]), id = number_in((*parts)[2]);
    if (kind < 0 || kind >= std::int64_t{kThings}) return whole = false;
    found.try_emplace({kind, id},
                      Found{static_cast<Thing>(kind), static_cast<std::uint32_t>(id), {}, *point});
    return true;
  };
  for (const auto& [low, high] : area.cells())
    CITYBRAIN_TRY(store_->scan_range(Family::kBase, Key().text("at").u64(low).view(),
                                     Key().text("at").u64(high + 1).view(), take));
  if (!whole) return damaged(**find_table("place_index"), "");
  std::vector<Found> out;
  for (auto& [key, f] : found) {
    const char* table = f.thing == Thing::kJunction ? "junction"
                        : f.thing == Thing::kRoad   ? "road"
                                                    : "place";
    CITYBRAIN_ASSIGN(row, store_->get(Family::kBase, Key().text(table).u32(f.id).view()));
    if (row) {
      model::Reader r(*row);
      r(f.name);  // each of the three begins with its name
    }
    out.push_back(std::move(f));
  }
  return out;
}

}  // namespace citybrain::store
