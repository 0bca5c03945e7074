// What a scenario wants placed on the clouds: its districts with the classes of the datasets that
// flow there in a mode and their load, and the services. Pure functions. Errors CB-INPUT-CLOUDS
// (a district that the city has not), CB-USAGE-SHARING.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/cloud/clouds.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

struct CloudPlan {
  cloud::Clouds clouds;
  std::vector<std::string> datasets;  ///< that flow into every district in the mode, by name
  std::vector<cloud::Partition> partitions;
};

/// `sharing` empty: the scenario's. The load of a district is its signalised junctions, at least 1.
model::Result<CloudPlan> cloud_plan(const Scenario& scenario, const model::RoadNetwork& network,
                                    const catalog::Catalog& catalog, const cloud::Clouds& clouds,
                                    const std::string& sharing);
/// What the scenario says, or one government cloud for everything.
cloud::Clouds clouds_of(const Scenario& scenario);

/// The nodes on which `count` hub processes stand, by the order of the clouds file: those that may
/// hold a district. Where no clouds are described, each hub is a node of the government cloud of
/// its own ("hub-1", ...). Error CB-CLOUD-ROOM: there are fewer.
model::Result<std::vector<std::string>> hub_nodes(const Scenario& scenario, CloudPlan& plan,
                                                  std::uint32_t count);

/// The owner of every district, by district number, when of the nodes `known` (that ever took part)
/// those in `live` are there. A function of its arguments, so that all hubs come to the same answer
/// without asking each other: districts have a home among all that are known; those of a node that
/// is gone move, the others stay, and one that comes back has its own again. Errors: CB-USAGE-NODE,
/// CB-CLOUD-LOST (who is left may not hold one of them), those of place().
model::Result<std::vector<std::string>> district_owners(const CloudPlan& plan,
                                                        std::span<const std::string> districts,
                                                        std::span<const std::string> known,
                                                        std::span<const std::string> live);

}  // namespace citybrain::experiment
