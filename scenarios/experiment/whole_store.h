// The warehouse of a run whose parts ran beside each other: those of its hubs in one, and what is
// missing there, because a hub was lost with its store, computed again from the log, of which a
// store is a function. Private to scenarios/experiment. Errors: CB-STORE-*, CB-NODE-*,
// CB-NETWORK-*.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/experiment/setup.h"

namespace citybrain::experiment {

struct WholeStore {
  std::unique_ptr<store::Store> store;
  std::vector<std::string> remarks;  ///< what a reader of the report must know
};

/// OUT/store, whole; as far as it goes where the log was truncated and cannot make up for what is
/// missing. The hubs have ended.
model::Result<WholeStore> whole_store(const Scenario& scenario, const World& world,
                                      const catalog::Catalog& catalog, const RunOptions& options,
                                      network::Log& log);

}  // namespace citybrain::experiment
