// Decisions worth showing, from the special database: changes of phase that their policy was surest
// of, spread over the run. Private to scenarios/experiment.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/model/road_network.h"
#include "hub/model/time.h"
#include "hub/store/store.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// At most `most`, in time order. `policies`: desk name -> policy.
model::Result<std::vector<KeyDecision>> key_decisions(
    const store::Store& store, const model::RoadNetwork& network, model::Epoch epoch,
    const std::map<std::string, std::string>& policies, std::size_t most = 24);

}  // namespace citybrain::experiment
