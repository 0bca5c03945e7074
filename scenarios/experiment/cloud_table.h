// Columns of text in which ./citybrain cloud shows clouds. Pure functions.
#pragma once

#include <string>
#include <vector>

#include "hub/cloud/placement.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

using CloudRows = std::vector<std::vector<std::string>>;

/// Columns aligned, a Chinese character two wide; the last one as it is.
std::string cloud_table(const CloudRows& rows);
std::string cloud_word(cloud::Cloud kind, Language language);

}  // namespace citybrain::experiment
