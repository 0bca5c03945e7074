// What a run with clouds says of them on its log (hub/cloud/cloud_log.h): which nodes are there,
// how far they are, who was lost, where everything is; and the same read back for `./citybrain
// cloud RUN`. Nothing that decides reads it. Errors: CB-CLOUD-* (it cannot be placed),
// CB-NETWORK-*. Threading: one thread each; the log outlives both.
#pragma once

#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hub/cloud/cloud_log.h"
#include "scenarios/experiment/cloud_plan.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

class CloudRecord {
 public:
  /// `who` speaks: a node, or "run" where one process stands for all of them.
  static model::Result<CloudRecord> open(network::Log& log, CloudPlan plan, model::Epoch start,
                                         std::string who);

  /// One process that stands for all nodes: they are there, and everything is where it is planned.
  model::Result<void> whole(model::Step step);
  /// This node is there. Error CB-USAGE-NODE: the clouds have none of that name.
  model::Result<void> joined(model::Step step);
  /// The districts' owners, when of `known` those in `live` are there. The first of `live` says it
  /// for all.
  model::Result<void> shared(std::span<const std::string> districts,
                             std::span<const std::string> owners,
                             std::span<const std::string> known, std::span<const std::string> live,
                             model::Step step);
  /// This node has done the step; said once a minute of the city.
  model::Result<void> done(model::Step step);

 private:
  CloudRecord(cloud::CloudWriter writer, CloudPlan plan, std::string who)
      : writer_(std::move(writer)), plan_(std::move(plan)), who_(std::move(who)) {}

  cloud::CloudWriter writer_;
  CloudPlan plan_;
  std::string who_;
  std::set<std::string> lost_;  ///< said already
};

/// What a run's log says of its clouds.
std::string cloud_run_text(const cloud::CloudReader& said, Language language);
std::string cloud_run_json(const cloud::CloudReader& said);

}  // namespace citybrain::experiment
