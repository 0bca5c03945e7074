#include "hub/store/warehouse.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "hub/store/cells.h"

namespace citybrain::store {

using model::Error;
using model::Result;
using model::Step;

namespace {

constexpr std::uint32_t kMostLanes = 100'000'000;

/// The first key after all those that begin with this one; empty: the end.
std::string after(std::string prefix) {
  while (!prefix.empty() && static_cast<unsigned char>(prefix.back()) == 0xFF) prefix.pop_back();
  if (!prefix.empty()) prefix.back() = static_cast<char>(prefix.back() + 1);
  return prefix;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t v = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return v;
}

std::string beginning(const TableSpec& table) {
  Key key;
  if (*table.prefix != '\0') key.text(table.prefix);
  return key.take();
}

std::int64_t number_in(const Cell& cell) {
  const auto* n = std::get_if<std::int64_t>(&cell);
  return n == nullptr ? -1 : *n;
}

}  // namespace

bool Condition::holds(const Cell& cell) const {
  if (number) {
    if (const auto* n = std::get_if<std::int64_t>(&cell)) return *n == *number;
    if (const auto* d = std::get_if<double>(&cell)) return *d == static_cast<double>(*number);
  }
  return text_of(cell) == text;
}

const Condition* Query::on(std::string_view column) const {
  for (const auto& c : where)
    if (table->columns[c.column].name == column) return &c;
  return nullptr;
}

Error Warehouse::damaged(const TableSpec& table, std::string_view key) const {
  std::string hex;
  for (const char c : key) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return {"CB-STORE-DAMAGED", fmt::format("a row is none of this table (key {})", hex), table.name,
          "restore the folder from a backup, or run again from the seed"};
}

Result<Warehouse> Warehouse::open(const Store& store) {
  Warehouse w(store);
  CITYBRAIN_ASSIGN(last, store.last_step());
  w.last_ = last.value_or(0);
  const auto city = store.get(Family::kBase, Key().text("city").view());
  if (!city) return city.error();
  if (!*city || !read_row(**city, w.city_))
    return Error{"CB-STORE-DAMAGED", "the store does not say which city it is of", "city",
                 "restore the folder from a backup, or run again from the seed"};
  bool whole = true;
  CITYBRAIN_TRY(store.scan(Family::kBase, Key().text("view").view(), [&](auto, auto value) {
    return whole = read_row(value, w.views_.emplace_back());
  }));
  std::uint32_t block = 0;
  CITYBRAIN_TRY(store.scan(Family::kBase, Key().text("block").view(), [&](auto, auto value) {
    std::uint32_t district = 0;
    model::Reader r(value);
    r(district, w.context_.lanes_of_block.emplace_back());
    const auto& lanes = w.context_.lanes_of_block.back();
    whole = whole && r.complete() && lanes.size() <= kPerBlock;
    for (std::uint32_t i = 0; whole && i < lanes.size(); ++i) {
      if (lanes[i] > kMostLanes) return whole = false;
      if (lanes[i] >= w.home_of_lane_.size()) w.home_of_lane_.resize(lanes[i] + 1);
      w.home_of_lane_[lanes[i]] = {block, i};
    }
    ++block;
    return whole;
  }));
  if (!whole)
    return Error{"CB-STORE-DAMAGED", "a row of the base database was altered", "views, blocks",
                 "restore the folder from a backup, or run again from the seed"};
  return w;
}

std::uint32_t Warehouse::retention_s(std::uint32_t view) const {
  return view < views_.size() ? views_[view].retention_s : 0;
}

/// By the name of a row of `table`; a lane's is ROAD/INDEX.
std::optional<std::int64_t> Warehouse::find_name(std::string_view table,
                                                 std::string_view name) const {
  const auto spec = find_table(table);
  if (!spec) return std::nullopt;
  const TableSpec& t = **spec;
  if (table == "lanes") {
    const auto slash = name.rfind('/');
    const auto index =
        slash == std::string_view::npos ? std::nullopt : whole_number(name.substr(slash + 1));
    const auto road = index ? find_name("roads", name.substr(0, slash)) : std::nullopt;
    if (!road) return std::nullopt;
    std::optional<std::int64_t> found;
    const auto read = scan({&t, {{1, "", road}, {2, "", index}}, {}, {}}, [&](auto cells) {
      found = number_in(cells[0]);
      return false;
    });
    return read ? found : std::nullopt;
  }
  const auto column = t.column("name");
  std::optional<std::int64_t> found;
  if (!column) return found;
  const auto read = scan({&t, {{*column, std::string(name), {}}}, {}, {}}, [&](auto cells) {
    found = number_in(cells[0]);
    return false;
  });
  return read ? found : std::nullopt;
}

Result<Query> Warehouse::query(const TableSpec& table, const std::vector<Term>& terms) const {
  Query out{&table, {}, {}, {}};
  for (const auto& term : terms) {
    CITYBRAIN_ASSIGN(column, find_column(table, term.column));
    Condition c{column, term.value, whole_number(term.value)};
    const char* names = table.columns[column].names;
    if (!c.number && names != nullptr) {
      c.number = find_name(names, term.value);
      if (!c.number)
        return Error{"CB-INPUT-KEY", fmt::format("the {} have no \"{}\"", names, term.value),
                     term.column, fmt::format("./citybrain store scan RUN {} lists them", names)};
    }
    out.where.push_back(std::move(c));
  }
  return out;
}

Result<Step> Warehouse::time(std::string_view text) const {
  return parse_time(text, city_.start_ms);
}

/// The bytes of a key part that the query leaves no choice of.
std::optional<std::string> Warehouse::known_part(const Query& q, const KeyPart& part) const {
  const std::string_view name(part.name);
  if (const auto* c = q.on(name)) {
    if (part.kind == PartKind::kText) return Key().text(c->text).take();
    if (part.kind == PartKind::kU32 && c->number && *c->number >= 0 && *c->number <= 0xFFFFFFFFLL)
      return Key().u32(static_cast<std::uint32_t>(*c->number)).take();
    return std::nullopt;
  }
  if (name == "step" && q.from && q.from == q.to) return Key().u32(*q.from).take();
  if (name == "minute" && q.from && q.to && *q.from / kMinute == *q.to / kMinute)
    return Key().u32(*q.from / kMinute).take();
  const auto* lane = name == "block" ? q.on("lane") : nullptr;
  if (lane == nullptr || !lane->number) return std::nullopt;
  const auto id = static_cast<std::uint64_t>(*lane->number);
  return Key().u32((id < home_of_lane_.size() ? home_of_lane_[id] : Home{}).block).take();
}

Warehouse::Bounds Warehouse::bounds(const Query& q) const {
  std::string prefix = beginning(*q.table);
  for (const auto& part : q.table->key) {
    if (const auto known = known_part(q, part)) {
      prefix += *known;
      continue;
    }
    const std::string_view name(part.name);
    const Step unit = name == "minute" ? kMinute : 1;
    if ((name != "minute" && name != "step") || (!q.from && !q.to)) break;
    const auto at = [&](Step step) { return prefix + Key().u32(step / unit).take(); };
    return {q.from ? at(*q.from) : prefix, q.to ? after(at(*q.to)) : after(prefix)};
  }
  return {prefix, after(prefix)};
}

Result<void> Warehouse::scan_bounds(const Query& q, const Bounds& b, const Emit& emit) const {
  const auto step = q.table->step_column();
  const auto wanted = [&](std::span<const Cell> cells) {
    if (step && q.from && number_in(cells[*step]) < std::int64_t{*q.from}) return false;
    if (step && q.to && number_in(cells[*step]) > std::int64_t{*q.to}) return false;
    return std::all_of(q.where.begin(), q.where.end(),
                       [&](const Condition& c) { return c.holds(cells[c.column]); });
  };
  Result<void> done;
  bool more = true;
  const auto take = [&](std::span<const Cell> cells) {
    CITYBRAIN_CHECK(cells.size() == q.table->columns.size());
    if (wanted(cells)) more = emit(cells);
    return more;
  };
  CITYBRAIN_TRY(store_->scan_range(q.table->family, b.from, b.to,
                                   [&](std::string_view key, std::string_view value) {
                                     if (!decode(*q.table, context_, key, value, take))
                                       done = damaged(*q.table, key);
                                     return more && done;
                                   }));
  return done;
}

std::vector<std::uint32_t> Warehouse::views_of(const Query& q) const {
  if (const auto* c = q.on("view")) {
    if (!c->number || *c->number < 0 || *c->number >= static_cast<std::int64_t>(views_.size()))
      return {};
    return {static_cast<std::uint32_t>(*c->number)};
  }
  std::vector<std::uint32_t> out;
  for (std::uint32_t v = 0; v < views_.size(); ++v) out.push_back(v);
  return out;
}

Result<void> Warehouse::check_reached(Step t) const {
  if (t <= last_) return {};
  return Error{"CB-INPUT-TIME", fmt::format("the store ends at {} s", last_),
               fmt::format("{} s", t), "ask for a time up to then"};
}

Result<void> Warehouse::check_kept(const Query& q, Step t) const {
  if (q.table->part("view") == q.table->key.size() || q.table->keeps == Keeps::kLatest) return {};
  for (const auto v : views_of(q)) {
    const auto kept = retention_s(v);
    if (kept == 0 || t + kept >= last_) continue;
    return Error{"CB-INPUT-EXPIRED",
                 fmt::format("expired: {} is kept for {} s in the view {}, which ends at {} s",
                             q.table->name, kept, views_[v].name, last_),
                 fmt::format("{} s", t), fmt::format("ask for {} s or later", last_ - kept)};
  }
  return {};
}

Result<void> Warehouse::scan(const Query& q, const Emit& emit) const {
  if (q.from && q.to && *q.to < *q.from)
    return Error{"CB-INPUT-TIME", "--to is before --from", fmt::format("{} s", *q.to), ""};
  if (q.from) {
    CITYBRAIN_TRY(check_reached(*q.from));
    CITYBRAIN_TRY(check_kept(q, *q.from));
  }
  if (q.to) CITYBRAIN_TRY(check_kept(q, *q.to));
  return scan_rows(q, emit);
}

/// What is over its retention is not shown, also where it is there still.
Result<void> Warehouse::scan_rows(const Query& q, const Emit& emit) const {
  const bool by_view = q.table->part("view") == 0 && q.table->step_column();
  if (!by_view) return scan_bounds(q, bounds(q), emit);
  bool more = true;
  for (const auto v : views_of(q)) {
    Query of_view = q;
    if (q.on("view") == nullptr) of_view.where.push_back({*q.table->column("view"), "", v});
    const auto kept = retention_s(v);
    const Step first = kept == 0 || last_ < kept ? 0 : last_ - kept;
    of_view.from = std::max(first, q.from.value_or(0));
    CITYBRAIN_TRY(
        scan_bounds(of_view, bounds(of_view), [&](auto cells) { return more = emit(cells); }));
    if (!more) break;
  }
  return {};
}

Result<const TableSpec*> Warehouse::past_of(const TableSpec& table) {
  if (table.keeps != Keeps::kLatest) return &table;
  if (table.history != nullptr) return find_table(table.history);
  return Error{"CB-INPUT-TIME", fmt::format("{} holds only what is now", table.name), table.name,
               "./citybrain store scan reads it"};
}

Result<void> Warehouse::as_of(const Query& asked, Step t, const Emit& emit) const {
  CITYBRAIN_TRY(check_reached(t));
  CITYBRAIN_ASSIGN(past, past_of(*asked.table));
  Query q{past, asked.where, {}, {}};
  for (auto& c : q.where) {
    CITYBRAIN_ASSIGN(column, find_column(*past, asked.table->columns[c.column].name));
    c.column = column;
  }
  CITYBRAIN_TRY(check_kept(q, t));
  switch (past->keeps) {
    case Keeps::kFixed:
    case Keeps::kLatest:
      return scan_bounds(q, bounds(q), emit);
    case Keeps::kEvents:
      q.to = t;
      return scan_bounds(q, bounds(q), emit);
    case Keeps::kVersions:
      return last_as_of(std::move(q), t, emit);
    case Keeps::kSamples:
      if (past->part("view") == 0) return lanes_as_of(q, t, emit);
      q.from = t / kMinute == 0 ? 0 : (t / kMinute - 1) * kMinute;  // samples are ten Steps apart
      return last_as_of(std::move(q), t, emit);
    case Keeps::kFrames:
      for (const auto v : views_of(q)) CITYBRAIN_TRY(frames_as_of(q, v, t, emit));
      return {};
  }
  return {};
}

Result<TableState> Warehouse::state(const TableSpec& table) const {
  TableState out;
  const std::string from = beginning(table);
  bool whole = true;
  std::string bad;
  CITYBRAIN_TRY(store_->scan_range(table.family, from, after(from),
                                   [&](std::string_view key, std::string_view value) {
                                     ++out.rows;
                                     out.bytes += key.size() + value.size();
                                     whole = decode(table, context_, key, value, [&](auto cells) {
                                       CITYBRAIN_CHECK(cells.size() == table.columns.size());
                                       return ++out.logical_rows > 0;
                                     });
                                     if (!whole) bad = key;
                                     return whole;
                                   }));
  if (!whole) return damaged(table, bad);
  return out;
}

}  // namespace citybrain::store
