// What ./citybrain cloud shows: nodes and their use, where everything is and why, and what a lost
// node or a service that changes its cloud makes of it; for terminals and as JSON (docs/cloud.md).
// Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/experiment/cloud_plan.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// What is to change.
struct CloudChange {
  std::vector<std::string> lost;  ///< nodes
  std::string service;            ///< that moves, to `to`
  std::string to;                 ///< a cloud
  bool any() const { return !lost.empty() || !service.empty(); }
};

/// A plan, and where everything is.
struct CloudState {
  CloudPlan plan;
  cloud::Placement placement;
};

struct CloudView {
  std::string scenario, sharing;
  CloudState before;
  CloudChange change;
  std::optional<CloudState> after;    ///< when there is a change that can be
  std::optional<model::Error> error;  ///< when there is one that cannot
};

/// Errors of cloud_plan() and place(); CB-USAGE-NODE names what is not there, with the nearest
/// name. A change that cannot be is no error here, but part of the view.
model::Result<CloudView> cloud_view(const Scenario& scenario, CloudPlan plan,
                                    const CloudChange& change, const std::string& sharing);
/// Why a partition is where it is.
std::string why_there(const CloudState& state, const cloud::Partition& partition,
                      Language language);
std::string cloud_text(const CloudView& view, const catalog::Catalog& catalog, Language language);
std::string cloud_json(const CloudView& view, const catalog::Catalog& catalog);

}  // namespace citybrain::experiment
