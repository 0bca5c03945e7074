// What is asked of `./citybrain lineage`: a command's id, or an estimate at a time.
//
//   question  = command | indicator ":" entity "@" time
//   command   = 16 hexadecimal digits
//   indicator = "queue" | "vehicles" | "speed" | "density"
//   entity    = a road, ROAD "/" LANE-INDEX, or a junction (its approaches together)
//   time      = since the start (305, 305s, 5m5s, 1h), or a clock of the city (07:31:05)
//
// Pure functions. Errors: CB-USAGE-LINEAGE says what was expected where.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::experiment {

struct LineageQuestion {
  std::optional<std::uint64_t> command;
  std::string indicator, entity;
  std::uint32_t time_s = 0;  ///< since the start, or since midnight where `is_clock`
  bool is_clock = false;
};

const std::vector<std::string>& lineage_indicators();
model::Result<LineageQuestion> parse_question(std::string_view text);

}  // namespace citybrain::experiment
