// What masks, purposes and classes leave of a desk's datasets. Private to scenarios/experiment.
#pragma once

#include <optional>

#include "hub/access/reader.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

/// Nothing where the desk sees its datasets as they are admitted. Errors: CB-INPUT-PURPOSE (none
/// declared, or not the contract's), CB-INPUT-MASK (beyond the grant's scope, not possible),
/// CB-INPUT-KEYS and CB-RUN-KEY (the key of its pseudonyms).
model::Result<std::optional<access::ReaderSpec>> reader_of(const Scenario& scenario,
                                                           const RunOptions& options,
                                                           const catalog::Catalog& catalog,
                                                           const model::RoadNetwork& network,
                                                           const DeskConfig& desk);
/// They may share a view.
bool sees_the_same(const std::optional<access::ReaderSpec>& a,
                   const std::optional<access::ReaderSpec>& b);

}  // namespace citybrain::experiment
