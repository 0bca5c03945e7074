// How well the data of a run was: freshness, completeness, validity and repeats of each dataset,
// from the indicators that the hub kept. Private to scenarios/experiment.
#pragma once

#include "hub/catalog/catalog.h"
#include "hub/store/store.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// Fills DatasetCounters::quality of the report's datasets. Errors: CB-STORE-READ.
model::Result<void> add_data_quality(const store::Store& store, const catalog::Catalog& catalog,
                                     RunReport& report);

}  // namespace citybrain::experiment
