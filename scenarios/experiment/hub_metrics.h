// What a hub's Steps come to, as metrics (hub/metrics): Steps and their wall time, records,
// observations and indicators by dataset, commands, refusals. Nothing that decides reads them. One
// thread.
#pragma once

#include <functional>
#include <map>
#include <vector>

#include "hub/access/access.h"
#include "hub/catalog/catalog.h"
#include "hub/metrics/metrics.h"
#include "hub/model/time.h"
#include "hub/node/node.h"

namespace citybrain::experiment {

/// After a hub's Step.
struct StepDone {
  model::Step step = 0;
  model::EventTime at;
  double seconds = 0;  ///< wall time from the step's records to its commands, committed
  const std::vector<access::Counters>& counters;  ///< by dataset, since the run began
  node::Totals totals;
  store::IndicatorRow indicators;  ///< how well the data was in this Step
};
using StepHook = std::function<void(const StepDone&)>;

/// For RunHooks::stepped. Both must outlive the hook.
StepHook hub_metrics(metrics::Metrics& metrics, const catalog::Catalog& catalog);
/// The Steps of the city or of departments, as a process of their own.
metrics::Counter part_steps(metrics::Metrics& metrics, const std::string& part);

}  // namespace citybrain::experiment
