// What a run or a comparison says when it is over: the terminal's table, report.json and
// compare.json (versioned schemas, documented in docs/reports.md), and report.html: one offline
// file with plots over time, a map of the network coloured by delay and the reasons of key
// decisions. Pure functions from values to text; nothing here reads a clock or a file.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hub/model/road_network.h"
#include "scenarios/evaluator/evaluator.h"
#include "scenarios/experiment/law_report.h"

namespace citybrain::experiment {

enum class Language : std::uint8_t { kEnglish, kChinese };

/// Counts of the hub's path. Records are messages in the log, observations facts in them.
struct HubCounters {
  std::uint64_t records_in = 0;
  std::uint64_t observations_in = 0;
  std::uint64_t admitted = 0;     ///< observations
  std::uint64_t quarantined = 0;  ///< records
  std::uint64_t duplicates = 0;   ///< records
  std::uint64_t late = 0;         ///< records
  std::uint64_t commands = 0;
  std::uint64_t commands_refused =
      0;  ///< proposals refused by the safety filter and commands refused by devices
  std::uint64_t api_calls = 0;
  std::uint64_t indicators = 0;  ///< of datasets, that could be said at the end
};

/// How well a dataset's records were, over the run; negative: cannot be said.
struct DataQuality {
  double freshness_mean_s = -1, freshness_worst_s = -1;  ///< age of the newest fact, each 10 s
  double freshness_promised_s = 0;                       ///< by contract
  double fresh_share = -1;                               ///< of the samples, as fresh as promised
  double completeness = -1;    ///< records of those expected, over whole minutes
  double validity = -1;        ///< share of records that were not quarantined
  double duplicate_rate = -1;  ///< share of records whose id was seen before
  double late_rate = -1;       ///< share of records that came too late
};

struct DatasetCounters {
  std::string dataset;
  std::uint64_t records = 0, observations = 0, admitted = 0, quarantined = 0, duplicates = 0,
                late = 0;
  DataQuality quality = {};
};

/// A decision worth showing: a command with its reason.
struct KeyDecision {
  double at_s = 0;  ///< effective, seconds since the start
  std::string junction;
  std::string desk;
  std::string policy;
  std::int32_t phase = -1;
  std::string reason_code;
  double value = 0;
  double runner_up = 0;
};

struct RunReport {
  std::string scenario;
  std::string title;  ///< in the report's language
  std::string config_hash;
  std::string version;
  std::uint64_t seed = 0;
  std::string sharing;                          ///< silo, point-to-point, hub
  std::map<std::string, std::string> policies;  ///< desk -> policy
  std::string network;                          ///< "embedded"
  std::string fsync;
  double horizon_s = 0;
  bool perfect_sensors = false;
  double wall_s = 0;
  double cpu_s = 0;
  evaluator::Evaluation evaluation;
  HubCounters hub;
  std::vector<DatasetCounters> datasets;
  double record_to_command_p50_ms =
      0;  ///< wall time from the publishing of a step's records to its commands
  double record_to_command_p99_ms = 0;
  std::vector<KeyDecision> decisions;
  std::optional<LawReport> law;  ///< what came of the requests for data, where a law holds
  std::vector<std::string> warnings;
};

/// report.json, version 1 (DESIGN: `report`: "citybrain.run", `report_version`: 1), pretty-printed,
/// keys in a fixed order.
std::string run_json(const RunReport& report);
/// Reads back what run_json wrote (for `compare --resume`). Error CB-INPUT-REPORT. Only what
/// comparisons need: identity, outcomes, estimation, hub.
model::Result<RunReport> parse_run_json(std::string_view text, std::string_view name);
/// The result table for a terminal, at most `width` columns; `colour` is off with NO_COLOR.
std::string run_table(const RunReport& report, Language language, int width, bool colour);
std::string run_html(const RunReport& report, const model::RoadNetwork& network, Language language);

/// One outcome over the paired seeds of a comparison.
struct PairedDifference {
  std::string mode;  ///< compared with `baseline`
  std::string baseline;
  std::string outcome;  ///< e.g. "average_travel_time_s"
  double baseline_mean = 0;
  double mean = 0;
  double difference = 0;  ///< mean of (mode - baseline) over the seeds
  double low95 = 0;       ///< Student's t interval of the mean difference
  double high95 = 0;
  double relative = 0;  ///< difference / baseline_mean
  std::uint32_t pairs = 0;
};

struct ModeSummary {
  std::string mode;
  std::map<std::string, std::string> policies;
  std::vector<std::uint64_t> seeds;
  std::map<std::string, std::vector<double>> outcomes;  ///< by name, one value a seed
  std::vector<std::string> outcome_hashes;
};

struct CompareReport {
  std::string scenario;
  std::string title;
  std::string config_hash;
  std::string version;
  double horizon_s = 0;
  std::vector<ModeSummary> modes;
  std::vector<PairedDifference> differences;
  double wall_s = 0;
  double cpu_s = 0;
  std::vector<std::string> warnings;
};

/// Fills `differences` from `modes` (every mode against the first). Needs the same seeds in the
/// same order in each mode.
void pair_differences(CompareReport& report);
std::string compare_json(const CompareReport& report);
std::string compare_table(const CompareReport& report, Language language, int width, bool colour);
std::string compare_html(const CompareReport& report, Language language);

}  // namespace citybrain::experiment
