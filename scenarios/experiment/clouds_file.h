// Clouds as a file or as the mapping `clouds` of a scenario (docs/cloud.md lists every key), read
// strictly. Errors CB-INPUT-CLOUDS (file) and CB-INPUT-SCENARIO (scenario), with file, line,
// column, field and what was expected.
#pragma once

#include <filesystem>
#include <string>

#include "hub/cloud/clouds.h"
#include "hub/model/result.h"

namespace citybrain::experiment {

/// From text; `file_name` appears in errors.
model::Result<cloud::Clouds> parse_clouds(const std::string& text, const std::string& file_name);
model::Result<cloud::Clouds> load_clouds(const std::filesystem::path& file);

}  // namespace citybrain::experiment
