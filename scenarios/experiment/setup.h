// What a scenario and its options make of the parts of a run, and the report of what came of it:
// the same for one loop (run.h) and for parts that run beside each other (parts.h). Private to
// scenarios/experiment.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connectors/connector.h"
#include "hub/node/node.h"
#include "scenarios/experiment/departments.h"
#include "scenarios/experiment/run.h"
#include "scenarios/outputs/recorder.h"

namespace citybrain::experiment {

/// Between a decision and its effect. The reference simulators that perfect sensors are checked
/// against know no delay.
std::int64_t lookahead_ms(const Scenario& scenario, const RunOptions& options);

/// Views and desks of the mode: desks with the same grants share a view.
model::Result<void> seat(const Scenario& scenario, const RunOptions& options,
                         const catalog::Catalog& catalog, const model::RoadNetwork& network,
                         node::Options& out);
/// The views of the mode, by view id.
model::Result<std::vector<std::string>> view_names(const Scenario& scenario, const World& world,
                                                   const catalog::Catalog& catalog,
                                                   const RunOptions& options);
/// What else the hub is told, but for its store and its sources.
void complete(const Scenario& scenario, const RunOptions& options, const std::string& identity,
              node::Options& hub);

/// All but the log and the city. What departments publish is the same in every mode: what some desk
/// of some mode was granted or asks for, and what the scenario publishes anyhow.
connectors::ConnectorContext departments_context(const Scenario& scenario,
                                                 const catalog::Catalog& catalog,
                                                 const RunOptions& options);
/// The departments that have something to say in `context.city`.
std::vector<const Department*> present(const connectors::ConnectorContext& context);

model::Result<std::unique_ptr<city_port::City>> make_city(const Scenario& scenario,
                                                          const World& world,
                                                          const RunOptions& options);
outputs::RecorderOptions recorder_options(const RunOptions& options);

/// What only the hub can say of a run.
struct HubFigures {
  std::vector<access::Counters> counters;  ///< by dataset
  node::Totals totals;
  std::vector<node::DistrictFigures> districts;  ///< the same by district
  double p50_ms = 0, p99_ms = 0;  ///< wall time from a step's records to its commands

  void set_times(const std::vector<float>& steps_ms);
};

struct RunOutcome {
  network::Log* log = nullptr;
  const store::Store* store = nullptr;
  HubFigures figures;
  std::vector<std::string> views;    ///< names, by view id
  std::vector<std::string> remarks;  ///< of the city and its recorder
};

/// The report, but for wall and CPU time.
model::Result<RunReport> report_of(const Scenario& scenario, const World& world,
                                   const catalog::Catalog& catalog, const RunOptions& options,
                                   const RunOutcome& outcome);

}  // namespace citybrain::experiment
