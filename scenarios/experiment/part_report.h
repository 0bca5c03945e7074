// What a part that is a process of its own leaves for whoever started it: one JSON object on
// standard output (`report`: "citybrain.part", `report_version`: 1; docs/processes.md). Error
// CB-INPUT-REPORT.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "hub/model/result.h"
#include "scenarios/experiment/setup.h"

namespace citybrain::experiment {

struct PartReport {
  std::string part;  ///< city, connector, hub
  std::string identity;
  double wall_s = 0, cpu_s = 0;
  std::vector<std::string> remarks;  ///< of a city
  std::vector<std::string> sources;  ///< of a connector: that it spoke for
  HubFigures figures;                ///< of a hub
};

std::string part_json(const PartReport& report, const catalog::Catalog& catalog);
model::Result<PartReport> parse_part_json(std::string_view text, std::string_view name,
                                          const catalog::Catalog& catalog);

}  // namespace citybrain::experiment
