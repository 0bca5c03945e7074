// Decisions worth showing, from the special database: changes of phase that their policy was surest
// of, spread over the run. Private to scenarios/experiment.
#pragma once

#include <span>
#include <vector>

#include "hub/model/road_network.h"
#include "hub/model/time.h"
#include "hub/node/node.h"
#include "hub/store/store.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// At most `most`, in time order. `desks`: by desk id.
model::Result<std::vector<KeyDecision>> key_decisions(const store::Store& store,
                                                      const model::RoadNetwork& network,
                                                      model::Epoch epoch,
                                                      std::span<const node::DeskSpec> desks,
                                                      std::size_t most = 24);

}  // namespace citybrain::experiment
