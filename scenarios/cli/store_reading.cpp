#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <filesystem>
#include <map>

#include "hub/model/archive.h"
#include "hub/runtime/files.h"
#include "hub/store/warehouse.h"
#include "scenarios/cli/row_writer.h"
#include "scenarios/cli/store_command.h"
#include "scenarios/experiment/run_store.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;
using store::TableSpec;
using store::Warehouse;

namespace {

/// A run's store and its reading side.
struct Opened {
  std::unique_ptr<store::Store> store;
  std::unique_ptr<Warehouse> warehouse;
};

Result<Opened> open(const std::string& run) {
  Opened o;
  CITYBRAIN_ASSIGN(opened, experiment::open_past_store(run));
  o.store = std::move(opened);
  CITYBRAIN_ASSIGN(warehouse, Warehouse::open(*o.store));
  o.warehouse = std::make_unique<Warehouse>(std::move(warehouse));
  return o;
}

/// The query of --where, --from and --to.
Result<store::Query> query_of(const Warehouse& w, const StoreArguments& a,
                              const std::string& terms) {
  CITYBRAIN_ASSIGN(table, store::find_table(a.table));
  CITYBRAIN_ASSIGN(parsed, store::parse_terms(terms));
  CITYBRAIN_ASSIGN(query, w.query(*table, parsed));
  if ((!a.from.empty() || !a.to.empty()) && !table->step_column())
    return Error{"CB-INPUT-TIME", fmt::format("{} has no time", table->name),
                 a.from.empty() ? "--to" : "--from", "leave it out"};
  if (!a.from.empty()) {
    CITYBRAIN_ASSIGN(from, w.time(a.from));
    query.from = from;
  }
  if (!a.to.empty()) {
    CITYBRAIN_ASSIGN(to, w.time(a.to));
    query.to = to;
  }
  return std::move(query);
}

void print_text(std::string_view text) { fmt::print("{}", text); }

/// Writes what `read` gives, at most `limit` rows (0: all); says so where there were more.
Result<void> write_rows(const TableSpec& table, RowFormat format, std::uint64_t limit,
                        Language language,
                        const std::function<Result<void>(const store::Emit&)>& read) {
  RowWriter writer(table, format, print_text);
  bool more = false;
  CITYBRAIN_TRY(read([&](std::span<const store::Cell> cells) {
    more = limit > 0 && writer.rows() == limit;
    if (!more) writer.row(cells);
    return !more;
  }));
  writer.finish();
  if (more)
    fmt::print(stderr,
               fmt::runtime(language == Language::kChinese
                                ? "citybrain: 仅显示前 {} 行;--limit 0 显示全部\n"
                                : "citybrain: only the first {} rows; --limit 0 shows all\n"),
               limit);
  return {};
}

RowFormat format_of(const StoreArguments& a) {
  return a.json ? RowFormat::kJson : RowFormat::kTable;
}

const char* kept_in_words(const TableSpec& t) {
  switch (t.keeps) {
    case store::Keeps::kFixed:
      return "fixed";
    case store::Keeps::kLatest:
      return "latest";
    case store::Keeps::kVersions:
      return "versions";
    case store::Keeps::kSamples:
      return "samples";
    case store::Keeps::kFrames:
      return "changes";
    case store::Keeps::kEvents:
      return "events";
  }
  return "";
}

boost::json::object columns_json(const TableSpec& t) {
  boost::json::array columns, key;
  for (const auto& c : t.columns)
    columns.push_back(boost::json::object{{"name", c.name}, {"unit", c.unit}, {"about", c.about}});
  for (const auto& p : t.key) key.emplace_back(p.name);
  return {{"table", t.name},   {"database", t.database},   {"keeps", kept_in_words(t)},
          {"about", t.about},  {"retention", t.retention}, {"key", key},
          {"columns", columns}};
}

Result<void> ls_table(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(table, store::find_table(a.table));
  const auto& t = *table;
  if (a.json) {
    fmt::print("{}\n", boost::json::serialize(columns_json(t)));
    return {};
  }
  const bool zh = language == Language::kChinese;
  fmt::print("{}: {}\n", t.name, zh ? t.about_zh : t.about);
  std::string key = t.prefix;
  for (const auto& p : t.key) key += fmt::format("{}{}", key.empty() ? "" : " ", p.name);
  fmt::print("{}: {} · {}: {}\n", zh ? "键" : "key", key, zh ? "保留期" : "kept", t.retention);
  for (std::size_t i = 0; i < t.columns.size(); ++i)
    fmt::print("  {:<16} {:<6} {}{}\n", t.columns[i].name, t.columns[i].unit, t.columns[i].about,
               i < t.identity ? " *" : "");
  fmt::print("{}\n", zh ? "* 合起来标识一行(get 的键)" : "* together name a row (the key of get)");
  return {};
}

}  // namespace

Result<void> store_ls(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(o, open(a.run));
  if (!a.table.empty()) return ls_table(a, language);
  const bool zh = language == Language::kChinese;
  boost::json::array tables;
  if (!a.json)
    fmt::print("{:<18} {:<8} {:>10} {:>12} {:<9} {}\n", "table", "database", "rows", "bytes",
               "keeps", zh ? "内容" : "what");
  for (const auto& t : store::tables()) {
    CITYBRAIN_ASSIGN(state, o.warehouse->state(t));
    if (a.json)
      tables.push_back(boost::json::object{{"table", t.name},
                                           {"database", t.database},
                                           {"rows", state.logical_rows},
                                           {"stored_rows", state.rows},
                                           {"bytes", state.bytes},
                                           {"keeps", kept_in_words(t)}});
    else
      fmt::print("{:<18} {:<8} {:>10} {:>12} {:<9} {}\n", t.name, t.database, state.logical_rows,
                 state.bytes, kept_in_words(t), zh ? t.about_zh : t.about);
  }
  if (a.json)
    fmt::print("{}\n", boost::json::serialize(boost::json::object{
                           {"last_step", o.warehouse->last_step()}, {"tables", tables}}));
  return {};
}

Result<void> store_get(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(o, open(a.run));
  CITYBRAIN_ASSIGN(query, query_of(*o.warehouse, a, a.key));
  const auto& table = *query.table;
  for (std::size_t i = 0; i < table.identity; ++i)
    if (query.on(table.columns[i].name) == nullptr)
      return Error{"CB-INPUT-KEY",
                   fmt::format("a row of {} is named by {} too", table.name, table.columns[i].name),
                   a.key, fmt::format("./citybrain store ls RUN {} lists the columns", table.name)};
  const auto* step = query.on("step");
  if (step != nullptr && step->number && *step->number >= 0 && *step->number < 0x7FFFFFFF &&
      table.keeps != store::Keeps::kVersions)
    query.from = query.to = static_cast<model::Step>(*step->number);
  // Read first: a row that is not there leaves nothing on standard output.
  std::vector<std::vector<store::Cell>> found;
  CITYBRAIN_TRY(o.warehouse->scan(query, [&](std::span<const store::Cell> cells) {
    found.emplace_back(cells.begin(), cells.end());
    return true;
  }));
  if (found.empty())
    return Error{"CB-STORE-NONE", "there is no such row", fmt::format("{} {}", table.name, a.key),
                 "./citybrain store scan lists what is there"};
  return write_rows(table, format_of(a), 0, language, [&](const store::Emit& emit) {
    for (const auto& cells : found) emit(cells);
    return Result<void>();
  });
}

Result<void> store_scan(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(o, open(a.run));
  CITYBRAIN_ASSIGN(query, query_of(*o.warehouse, a, a.where));
  return write_rows(*query.table, format_of(a), a.limit, language,
                    [&](const store::Emit& emit) { return o.warehouse->scan(query, emit); });
}

Result<void> store_as_of(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(o, open(a.run));
  CITYBRAIN_ASSIGN(query, query_of(*o.warehouse, a, a.where));
  CITYBRAIN_ASSIGN(t, o.warehouse->time(a.time));
  CITYBRAIN_ASSIGN(past, Warehouse::past_of(*query.table));
  return write_rows(*past, format_of(a), a.limit, language,
                    [&](const store::Emit& emit) { return o.warehouse->as_of(query, t, emit); });
}

Result<void> store_near(const StoreArguments& a, Language) {
  CITYBRAIN_ASSIGN(area, store::Area::parse(a.area));
  CITYBRAIN_ASSIGN(o, open(a.run));
  CITYBRAIN_ASSIGN(found, o.warehouse->within(area));
  boost::json::array list;
  for (const auto& f : found) {
    if (a.json)
      list.push_back(boost::json::object{{"kind", store::name_of(f.thing)},
                                         {"id", f.id},
                                         {"name", f.name},
                                         {"lon", f.at.lon_deg},
                                         {"lat", f.at.lat_deg}});
    else
      fmt::print("{:<9} {:>6}  {:<32} {:.7f} {:.7f}\n", store::name_of(f.thing), f.id, f.name,
                 f.at.lon_deg, f.at.lat_deg);
  }
  if (a.json) fmt::print("{}\n", boost::json::serialize(boost::json::object{{"found", list}}));
  return {};
}

Result<void> store_export(const StoreArguments& a, Language language) {
  if (a.format != "csv" && a.format != "jsonl")
    return Error{"CB-USAGE-FORMAT", fmt::format("expected csv or jsonl, found \"{}\"", a.format),
                 "--format", "Parquet needs Arrow, which Debian 12 does not have"};
  CITYBRAIN_ASSIGN(o, open(a.run));
  CITYBRAIN_ASSIGN(query, query_of(*o.warehouse, a, a.where));
  const TableSpec* table = query.table;
  std::optional<model::Step> t;
  if (!a.as_of.empty()) {
    CITYBRAIN_ASSIGN(at, o.warehouse->time(a.as_of));
    CITYBRAIN_ASSIGN(past, Warehouse::past_of(*table));
    t = at;
    table = past;
  }
  const std::string unfinished = a.out + ".part";
  const auto close = [](std::FILE* f) { return std::fclose(f); };
  std::unique_ptr<std::FILE, decltype(close)> file(std::fopen(unfinished.c_str(), "wb"), close);
  if (!file) return runtime::file_error("CB-RUN-WRITE", "cannot write the file", a.out, errno);
  bool whole = true;
  RowWriter writer(*table, a.format == "csv" ? RowFormat::kCsv : RowFormat::kJsonLines,
                   [&](std::string_view text) {
                     whole = whole &&
                             std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
                   });
  const auto take = [&](std::span<const store::Cell> cells) {
    writer.row(cells);
    return whole;
  };
  const auto done = t ? o.warehouse->as_of(query, *t, take) : o.warehouse->scan(query, take);
  whole = std::fclose(file.release()) == 0 && whole;
  if (!done || !whole) {
    const int reason = errno;
    std::remove(unfinished.c_str());
    if (!done) return done.error();
    return runtime::file_error("CB-RUN-WRITE", "cannot write the file", a.out, reason);
  }
  CITYBRAIN_TRY(runtime::put_in_place(unfinished, a.out, "CB-RUN-WRITE"));
  fmt::print(stderr,
             fmt::runtime(language == Language::kChinese ? "citybrain: {} 行写入 {}\n"
                                                         : "citybrain: {} rows written to {}\n"),
             writer.rows(), a.out);
  return {};
}

namespace {

/// The city's samples at or before t, by dataset.
Result<store::IndicatorRow> city_indicators(const Opened& o, model::Step t) {
  std::map<std::uint32_t, store::IndicatorRow> last;  // by district
  const auto prefix = store::Key().text(store::kIndicatorHistory).take();
  const auto from = store::Key().text(store::kIndicatorHistory).u32(0).take();
  const auto to = store::Key().text(store::kIndicatorHistory).u32(t / 60).u32(t + 1).take();
  CITYBRAIN_TRY(o.store->scan_range(store::Family::kTheme, from, to,
                                    [&](std::string_view key, std::string_view value) {
                                      std::uint32_t district = 0;
                                      for (const char c : key.substr(key.size() - 4))
                                        district = (district << 8) | static_cast<unsigned char>(c);
                                      model::Reader r(value);
                                      r(last[district]);
                                      return true;
                                    }));
  std::vector<store::IndicatorRow> rows;
  for (auto& [district, row] : last) rows.push_back(std::move(row));
  return store::together(rows);
}

std::string said(double v, bool share) {
  if (v < 0) return "-";
  return share ? fmt::format("{:.2f}%", v * 100) : fmt::format("{:.1f} s", v);
}

}  // namespace

Result<void> store_indicators(const StoreArguments& a, Language language) {
  CITYBRAIN_ASSIGN(o, open(a.run));
  model::Step t = o.warehouse->last_step();
  if (!a.time.empty()) {
    CITYBRAIN_ASSIGN(at, o.warehouse->time(a.time));
    t = at;
  }
  if (t > o.warehouse->last_step())
    return Error{"CB-INPUT-TIME", fmt::format("the store ends at {} s", o.warehouse->last_step()),
                 a.time, "ask for a time up to then"};
  CITYBRAIN_ASSIGN(city, city_indicators(o, t));
  std::map<std::uint32_t, std::string> names;
  CITYBRAIN_TRY(o.warehouse->scan({*store::find_table("datasets"), {}, {}, {}}, [&](auto cells) {
    names[static_cast<std::uint32_t>(std::get<std::int64_t>(cells[0]))] = store::text_of(cells[1]);
    return true;
  }));
  const bool zh = language == Language::kChinese;
  boost::json::array list;
  if (!a.json)
    fmt::print("{:<40} {:>12} {:>12} {:>9} {:>9} {:>9}\n", zh ? "数据集" : "dataset",
               zh ? "鲜活度" : "freshness", zh ? "完整度" : "completeness",
               zh ? "有效率" : "validity", zh ? "重复率" : "repeated", zh ? "迟到率" : "late");
  for (const auto& s : city.datasets) {
    const auto h = store::health(s, city.now_ms);
    const auto value = [](double v) {
      return v < 0 ? boost::json::value() : boost::json::value(v);
    };
    if (a.json)
      list.push_back(boost::json::object{{"dataset", names[s.dataset]},
                                         {"freshness_s", value(h.freshness_s)},
                                         {"completeness", value(h.completeness)},
                                         {"validity", value(h.validity)},
                                         {"duplicate_rate", value(h.duplicate_rate)},
                                         {"late_rate", value(h.late_rate)}});
    else
      fmt::print("{:<40} {:>12} {:>12} {:>9} {:>9} {:>9}\n", names[s.dataset],
                 said(h.freshness_s, false), said(h.completeness, true), said(h.validity, true),
                 said(h.duplicate_rate, true), said(h.late_rate, true));
  }
  if (a.json)
    fmt::print("{}\n",
               boost::json::serialize(boost::json::object{{"step", t}, {"datasets", list}}));
  return {};
}

}  // namespace citybrain::cli
