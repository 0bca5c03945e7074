#include "scenarios/cli/row_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>

namespace citybrain::cli {

using store::Cell;

namespace {

boost::json::value json_of(const Cell& cell) {
  struct {
    boost::json::value operator()(std::monostate) const { return nullptr; }
    boost::json::value operator()(bool v) const { return v; }
    boost::json::value operator()(std::int64_t v) const { return v; }
    boost::json::value operator()(double v) const {
      return std::isfinite(v) ? boost::json::value(v) : boost::json::value();
    }
    boost::json::value operator()(const std::string& v) const { return boost::json::string(v); }
  } as_json;
  return std::visit(as_json, cell);
}

}  // namespace

std::string csv_cell(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

RowWriter::RowWriter(const store::TableSpec& table, RowFormat format, Sink sink)
    : table_(table), format_(format), sink_(std::move(sink)) {
  std::string head;
  if (format_ == RowFormat::kCsv) {
    for (const auto& c : table_.columns) head += (head.empty() ? "" : ",") + csv_cell(c.name);
    head += "\n";
  } else if (format_ == RowFormat::kJson) {
    head = fmt::format("{{\"table\": \"{}\", \"rows\": [", table_.name);
  }
  if (!head.empty()) sink_(head);
}

/// Numbers keep their shortest digits, where Boost.JSON would write 1E-1.
std::string RowWriter::object(std::span<const Cell> cells) const {
  std::string out = "{";
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) out += ", ";
    out += fmt::format("\"{}\": ", table_.columns[i].name);
    const auto* number = std::get_if<double>(&cells[i]);
    out += number != nullptr && std::isfinite(*number) ? fmt::format("{}", *number)
                                                       : boost::json::serialize(json_of(cells[i]));
  }
  return out + "}";
}

void RowWriter::row(std::span<const Cell> cells) {
  ++rows_;
  std::string line;
  switch (format_) {
    case RowFormat::kTable: {
      auto& texts = kept_.emplace_back();
      for (const auto& c : cells) texts.push_back(store::text_of(c));
      return;
    }
    case RowFormat::kJson:
      line = (rows_ > 1 ? ",\n  " : "\n  ") + object(cells);
      break;
    case RowFormat::kJsonLines:
      line = object(cells) + "\n";
      break;
    case RowFormat::kCsv:
      for (std::size_t i = 0; i < cells.size(); ++i)
        line += (i > 0 ? "," : "") + csv_cell(store::text_of(cells[i]));
      line += "\n";
      break;
  }
  sink_(line);
}

void RowWriter::write_table() {
  std::vector<std::string> head;
  for (const auto& c : table_.columns)
    head.push_back(*c.unit == '\0' || std::string_view(c.unit) == "1"
                       ? c.name
                       : fmt::format("{} [{}]", c.name, c.unit));
  std::vector<std::size_t> widths;
  for (const auto& h : head) widths.push_back(h.size());
  for (const auto& r : kept_)
    for (std::size_t i = 0; i < r.size(); ++i) widths[i] = std::max(widths[i], r[i].size());
  const auto write = [&](const std::vector<std::string>& texts) {
    std::string line;
    for (std::size_t i = 0; i < texts.size(); ++i)
      line += fmt::format("{:<{}}", texts[i], i + 1 < texts.size() ? widths[i] + 2 : 0);
    sink_(line + "\n");
  };
  write(head);
  for (const auto& r : kept_) write(r);
}

void RowWriter::finish() {
  if (format_ == RowFormat::kTable) write_table();
  if (format_ == RowFormat::kJson) sink_(rows_ > 0 ? "\n]}\n" : "]}\n");
}

}  // namespace citybrain::cli
