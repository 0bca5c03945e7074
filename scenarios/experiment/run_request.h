// What a run was asked for, as OUT/run.json keeps it, so that whoever looks at a past run can make
// the same hub again (lineage, docs/lineage.md). Private to scenarios/experiment. Errors
// CB-INPUT-RUN.
#pragma once

#include <string>
#include <string_view>

#include "scenarios/experiment/run.h"

namespace citybrain::experiment {

struct RunRequest {
  ScenarioRequest scenario;  ///< paths are absolute; a name of the library stays one
  std::string sharing, policy;
  std::uint64_t seed = 0;
  std::uint32_t horizon_s = 0;
  bool perfect_sensors = false;
  bool lenient = false;
};

/// `options` are settled.
RunRequest request_of(const Scenario& scenario, const RunOptions& options);
/// As an object of JSON.
std::string request_json(const RunRequest& request);
/// `where` appears in errors: CB-INPUT-RUN when the text is no such object.
model::Result<RunRequest> parse_request(std::string_view text, const std::string& where);

}  // namespace citybrain::experiment
