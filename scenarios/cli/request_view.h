// Requests for data as people and programs read them: tables, or JSON. Pure functions. Errors:
// CB-INPUT-REQUEST (no such request), CB-USAGE-STATE, CB-INPUT-CALENDAR.
#pragma once

#include <string>

#include "scenarios/cli/request_file.h"
#include "scenarios/experiment/report.h"

namespace citybrain::cli {

model::Result<std::string> show_request(const RequestFile& file, const std::string& id,
                                        model::EventTime now, bool json,
                                        experiment::Language language);
/// `state` empty: all.
model::Result<std::string> list_requests(const RequestFile& file, const std::string& state,
                                         model::EventTime now, bool json,
                                         experiment::Language language);
/// `id` empty: of all.
model::Result<std::string> show_clocks(const RequestFile& file, const std::string& id,
                                       model::EventTime now, bool json,
                                       experiment::Language language);

}  // namespace citybrain::cli
