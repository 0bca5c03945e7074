// What several hubs of one run leave, as if there had been one: their warehouses and their figures.
// Private to scenarios/experiment.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "hub/store/store.h"
#include "scenarios/experiment/setup.h"

namespace citybrain::experiment {

/// The folders of hubs' stores below OUT/hubs, in order.
std::vector<std::filesystem::path> stores_of_hubs(const std::filesystem::path& out);

/// Copies the rows of `from` into `into`, those of who worked longest last: rows that say what is
/// latest are from whoever went on. Of history that two wrote the later row of a minute stays.
model::Result<void> merge_stores(std::span<const std::filesystem::path> from,
                                 const std::string& identity, store::Store& into);

/// Sums of the figures, each district from whoever came farthest with it; times are those of the
/// slowest hub. Error CB-RUN-PART names a district that nobody brought to the end.
model::Result<HubFigures> merge_figures(std::span<const HubFigures> hubs,
                                        const model::RoadNetwork& network, model::Step end);

}  // namespace citybrain::experiment
