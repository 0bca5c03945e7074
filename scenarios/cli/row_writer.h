// Rows of the warehouse as text: a table for people, JSON, line-delimited JSON, CSV (RFC 4180: CRLF
// is LF, quotes doubled). Streams, but for the table, whose widths follow from its rows. Private to
// scenarios/cli.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hub/store/table.h"

namespace citybrain::cli {

enum class RowFormat : std::uint8_t { kTable, kJson, kJsonLines, kCsv };

class RowWriter {
 public:
  using Sink = std::function<void(std::string_view)>;
  RowWriter(const store::TableSpec& table, RowFormat format, Sink sink);
  void row(std::span<const store::Cell> cells);
  /// After the last row.
  void finish();
  std::uint64_t rows() const { return rows_; }

 private:
  std::string object(std::span<const store::Cell> cells) const;
  void write_table();

  const store::TableSpec& table_;
  RowFormat format_;
  Sink sink_;
  std::uint64_t rows_ = 0;
  std::vector<std::vector<std::string>> kept_;  // of a table
};

/// One cell of a CSV file.
std::string csv_cell(std::string_view text);

}  // namespace citybrain::cli
