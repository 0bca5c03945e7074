#include "hub/node/tables.h"

#include "hub/store/rows.h"

namespace citybrain::node {

using model::Result;

Result<TableReader> TableReader::open(network::Log& log, const catalog::Catalog& catalog,
                                      const model::RoadNetwork& network, const access::Rules& rules,
                                      const Options& options) {
  CITYBRAIN_ASSIGN(intake, Intake::of_tables(log, catalog, network));
  CITYBRAIN_TRY(intake.check_whole());
  TableReader reader(std::move(intake), rules);
  if (options.law) {
    CITYBRAIN_ASSIGN(law, GrantReader::open(log, catalog, options));
    reader.law_.emplace(std::move(law));
  }
  if (options.erasures) {
    CITYBRAIN_ASSIGN(erasures, ErasureReader::open(log));
    reader.erasures_.emplace(std::move(erasures));
  }
  return std::move(reader);
}

Result<void> TableReader::advance_to(model::Step step, model::Epoch epoch,
                                     network::Horizon horizon) {
  for (; step_ < step; ++step_) {  // one by one: how long ids are remembered depends on it
    if (step_ % store::kMinute == 0) minute_began_ = state_.counters;
    CITYBRAIN_TRY(intake_.gather(epoch.at(step_ + 1), horizon, gathered_));
    rules_->admit(gathered_.records, state_, tables_, admitted_);
    if (law_) CITYBRAIN_TRY(law_->step(epoch.at(step_ + 1), horizon));
    if (erasures_) CITYBRAIN_TRY(erasures_->step(epoch.at(step_ + 1), horizon));
  }
  return {};
}

}  // namespace citybrain::node
