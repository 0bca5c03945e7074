// The same weeks under several laws: every window of the scenario, on the same seeds, under each
// law; what differs is when the desks may see what. Paired by seed, with 95% intervals; the first
// law is the baseline. What a day of waiting cost is what runs differ by over the windows, divided
// by the days that the requests of that seed really waited. Errors as run(), CB-USAGE-LAWS.
//
//   OUT/<law>/<window>/seed-<n>   a folder a run (run.h)
//   OUT/compare.json              report "citybrain.compare-laws" (docs/reports.md)
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "scenarios/experiment/compare.h"

namespace citybrain::experiment {

/// One window under one law, against the first.
struct WindowDifference {
  std::string window;
  std::string start;       ///< local time
  double waiting = 0;      ///< share of the seeds whose requests were not all in use as it began
  PairedDifference hours;  ///< vehicle-hours
};

struct CompareLawsReport {
  /// A mode is a law; outcomes by seed over all windows: vehicle_hours, emergency_response_s,
  /// waiting_days (from the first filing until all that was asked for was in use, or until the
  /// last window's end), vehicle_hours_per_day.
  CompareReport laws;
  std::vector<WindowDifference> windows;
};

/// `request` names the scenario; law and window are set on top of its settings.
model::Result<CompareLawsReport> compare_laws(const ScenarioRequest& request,
                                              const std::filesystem::path& home_directory,
                                              const catalog::Catalog& catalog,
                                              const std::vector<std::string>& laws,
                                              const CompareOptions& options,
                                              const CompareHooks& hooks);

std::string compare_laws_json(const CompareLawsReport& report);
std::string compare_laws_table(const CompareLawsReport& report, Language language, int width,
                               bool colour);

}  // namespace citybrain::experiment
