// What people write to name rows and times of the warehouse: "view=hub,lane=12", "15m", "90",
// "2026-03-02T07:45:00+08:00". Pure functions over any text; thread-safe. Errors: CB-INPUT-KEY,
// CB-INPUT-TIME.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/time.h"

namespace citybrain::store {

/// One "column=value".
struct Term {
  std::string column;
  std::string value;
};

/// Terms separated by commas; a value with commas or quotes in it stands in double quotes, in which
/// a double quote is written twice. Empty text: no terms.
model::Result<std::vector<Term>> parse_terms(std::string_view text);
/// The text that parse_terms() reads these terms from.
std::string text_of(const std::vector<Term>& terms);

/// Seconds since the start ("90", "90s", "15m", "1h30m") or a date and time with its offset
/// ("2026-03-02T07:45:00+08:00", "...Z"), which needs a store that knows its start (start_ms not
/// negative).
model::Result<model::Step> parse_time(std::string_view text, std::int64_t start_ms);

}  // namespace citybrain::store
