// Times that are text: a pattern of the contract ("yyyy-MM-dd HH:mm:ss", "yyMMddHHmmss") and the
// clock that a text shows. Letters stand for fixed numbers of digits: yyyy, yy (of this century),
// MM, dd, HH, mm, ss, SSS; anything that is no letter stands for itself. Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace citybrain::catalog {

/// Whether the pattern says year, month, day, hour and minute, each once, and no unknown letter.
bool is_time_format(std::string_view pattern);
/// Milliseconds since 1970 as if the clock were UTC's; nothing when the text is no such time. A
/// second of 60 is the next minute's first.
std::optional<std::int64_t> local_ms(std::string_view text, std::string_view pattern);

}  // namespace citybrain::catalog
