#include "hub/node/tables.h"

namespace citybrain::node {

using model::Result;

Result<TableReader> TableReader::open(network::Log& log, const catalog::Catalog& catalog,
                                      const model::RoadNetwork& network,
                                      const access::Rules& rules) {
  CITYBRAIN_ASSIGN(intake, Intake::of_tables(log, catalog, network));
  CITYBRAIN_TRY(intake.check_whole());
  return TableReader(std::move(intake), rules);
}

Result<void> TableReader::advance_to(model::Step step, model::Epoch epoch,
                                     network::Horizon horizon) {
  for (; step_ < step; ++step_) {  // one by one: how long ids are remembered depends on it
    CITYBRAIN_TRY(intake_.gather(epoch.at(step_ + 1), horizon, gathered_));
    rules_->admit(gathered_.records, state_, tables_, admitted_);
  }
  return {};
}

}  // namespace citybrain::node
