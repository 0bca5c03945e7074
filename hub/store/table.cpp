#include "hub/store/table.h"

#include <fmt/format.h>

#include "hub/model/nearest.h"
#include "hub/store/columns.h"

namespace citybrain::store {

using model::Error;
using model::Result;

namespace {

/// Takes big-endian bytes off the front.
std::optional<std::int64_t> take_number(std::string_view& key, std::size_t bytes) {
  if (key.size() < bytes) return std::nullopt;
  std::uint64_t v = 0;
  for (std::size_t i = 0; i < bytes; ++i) v = (v << 8) | static_cast<unsigned char>(key[i]);
  key.remove_prefix(bytes);
  return static_cast<std::int64_t>(v);
}

std::optional<std::string> take_text(std::string_view& key) {
  const auto end = key.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  std::string out(key.substr(0, end));
  key.remove_prefix(end + 1);
  return out;
}

std::string did_you_mean(const std::string& near) {
  return near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near);
}

std::vector<TableSpec> all_tables() {
  auto all = base_tables();
  for (auto& t : theme_tables()) all.push_back(std::move(t));
  for (auto& t : other_tables()) all.push_back(std::move(t));
  for (auto& t : shared_tables()) all.push_back(std::move(t));
  return all;
}

}  // namespace

std::span<const TableSpec> tables() {
  static const std::vector<TableSpec> all = all_tables();
  return all;
}

std::string text_of(const Cell& cell) {
  struct {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(const std::string& v) const { return v; }
  } as_text;
  return std::visit(as_text, cell);
}

std::optional<std::size_t> TableSpec::column(std::string_view wanted) const {
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].name == wanted) return i;
  return std::nullopt;
}

std::optional<std::size_t> TableSpec::step_column() const { return column("step"); }

std::size_t TableSpec::part(std::string_view wanted) const {
  std::size_t i = 0;
  while (i < key.size() && key[i].name != wanted) ++i;
  return i;
}

Result<const TableSpec*> find_table(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& t : tables()) {
    if (t.name == name) return &t;
    names.emplace_back(t.name);
  }
  const auto near = did_you_mean(model::nearest(std::string(name), names));
  return Error{"CB-INPUT-TABLE", fmt::format("there is no table \"{}\"", name), "",
               near.empty() ? "./citybrain store ls RUN lists them" : near};
}

Result<std::size_t> find_column(const TableSpec& table, std::string_view name) {
  if (const auto found = table.column(name)) return *found;
  std::vector<std::string> names;
  for (const auto& c : table.columns) names.emplace_back(c.name);
  const auto near = did_you_mean(model::nearest(std::string(name), names));
  return Error{"CB-INPUT-COLUMN", fmt::format("{} has no column \"{}\"", table.name, name),
               table.name, near.empty() ? "./citybrain store ls RUN TABLE lists them" : near};
}

std::optional<std::vector<Cell>> parse_key(const TableSpec& table, std::string_view key) {
  const std::string_view prefix(table.prefix);
  if (!prefix.empty()) {
    if (!key.starts_with(prefix) || key.size() <= prefix.size() || key[prefix.size()] != '\0')
      return std::nullopt;
    key.remove_prefix(prefix.size() + 1);
  }
  std::vector<Cell> out;
  for (const auto& part : table.key) {
    if (part.kind == PartKind::kText) {
      auto text = take_text(key);
      if (!text) return std::nullopt;
      out.emplace_back(std::move(*text));
    } else {
      const auto number = take_number(key, part.kind == PartKind::kU32 ? 4 : 8);
      if (!number) return std::nullopt;
      out.emplace_back(*number);
    }
  }
  if (!key.empty()) return std::nullopt;
  return out;
}

bool decode(const TableSpec& table, const RowContext& context, std::string_view key,
            std::string_view value, const Emit& emit) {
  const auto parts = parse_key(table, key);
  return parts && table.decode(context, *parts, value, emit);
}

}  // namespace citybrain::store
