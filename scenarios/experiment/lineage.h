// Lineage (数据血缘): from a command or an estimate of a past run back to the records of the log,
// through every step on the way: safety filter, arbitration, policy, fusion, admission; with the
// grants and the contracts' versions (docs/lineage.md). What was stored is read; the rest is
// recomputed by a replay from the nearest snapshot, and the replay is held against the run's own
// digests. Errors: CB-USAGE-LINEAGE, CB-INPUT-COMMAND, CB-INPUT-LINEAGE, CB-STORE-*, CB-NETWORK-*.
// One thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/network/network.h"
#include "hub/store/store.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/lineage_expression.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// A record of the log, decoded, with what admission made of it.
struct SourceRecord {
  std::string topic;
  network::Partition partition = 0;
  network::Position position = 0;
  bool expired = false;                            ///< truncated from the log
  std::string time, source, id, subject, message;  ///< message as JSON
  std::vector<std::string> identifiers;  ///< "CAM-7/2 -> road_1/1 (camera_inventory/0 @ 3)"
};

/// What admission does to every record of a dataset: as its contract says.
struct DatasetSteps {
  std::string dataset, version, department, lead_source, message;
  std::string id_scheme, crs, time_zone;
  std::vector<std::string> fields;           ///< "speed: km/h x 0.277778"
  std::optional<std::uint64_t> grant_entry;  ///< of the city's audit chain
};

/// One record's influence on one estimate.
struct Influence {
  std::string kind;        ///< "picture", "count", "arrivals", "speed"
  std::size_t record = 0;  ///< in Lineage::records
  model::Step step = 0;    ///< in which it was fused
  std::string place;       ///< lane or road that it spoke of
  double observed = 0, gain = 0, innovation = 0, noise_variance = 0, prior_variance = 0;
  double weight = 0;  ///< of corrections: what is left of the gain in the estimate asked about
};

struct EstimateLineage {
  std::string name;  ///< "queue:road_1/2"
  std::string unit;
  double value = 0, variance = 0;
  double prior = 0, prior_variance = 0;  ///< one step before
  std::vector<Influence> influences;     ///< the newest first
  double older = 1;  ///< weight of what was known before the window; 1 where nothing corrected it
};

/// What a desk asked for at the junction.
struct ProposalLineage {
  std::string desk, policy, asked, reason;
  std::int32_t priority = 0;
  double benefit = 0, value = 0, runner_up = 0;
  bool won = false;
};

struct CommandLineage {
  std::string id, junction, desk, policy, reason, shown;
  model::Step decided = 0;  ///< when it was issued
  model::Step asked = 0;    ///< when the change that it belongs to was decided
  std::int64_t effective_ms = 0;
  double value = 0, runner_up = 0;
  std::vector<std::string> change;  ///< ids of the change's commands, in order
  std::vector<std::string> causes;  ///< traces, as the command names them
  std::vector<ProposalLineage> proposals;
  std::vector<std::string> refusals;  ///< "desk: code", at this junction in that step
  std::optional<std::uint64_t> audit_entry;
};

/// A range of positions that the step read, as it was stored.
struct ReadRange {
  std::string topic;
  network::Partition partition = 0;
  std::uint64_t from = 0, to = 0;
  std::uint64_t expired = 0;  ///< of them
};

struct Lineage {
  std::string asked, run;
  std::string view;
  model::Step step = 0;  ///< that everything below is about
  std::string time;      ///< the same as the city's clock
  std::optional<CommandLineage> command;
  std::vector<EstimateLineage> estimates;
  std::vector<SourceRecord> records;
  std::vector<ReadRange> read;
  std::vector<DatasetSteps> datasets;  ///< that the view was granted and the records are of
  std::vector<std::string> desks;      ///< that decide on the view
  std::uint32_t window_s = 0;
  bool replayed = false;
  model::Step replay_from = 0;
  std::string replay;  ///< what became of it, in words: agrees, differs, why there was none
};

struct LineageOptions {
  std::uint32_t window_s = 20;  ///< how far back records are named one by one
  std::string view;             ///< of an estimate; empty: the first
  std::filesystem::path data;   ///< where the city's files are now, if elsewhere
};

model::Result<Lineage> trace_lineage(const PastRun& run, network::Log& log,
                                     const LineageQuestion& question, std::string_view asked,
                                     const LineageOptions& options);

std::string lineage_text(const Lineage& lineage, Language language);
std::string lineage_json(const Lineage& lineage);
/// W3C PROV-JSON (the submission of 24 April 2013).
std::string lineage_prov(const Lineage& lineage);

}  // namespace citybrain::experiment
