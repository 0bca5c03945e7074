// The departments' tables as a node knows them (crosswalks, fleets, links): a function of the
// tables' datasets alone, which are read from their beginning, so that no snapshot holds them and
// every process has the same. A step's tables are taken before its observations. Private to
// hub/node.
#pragma once

#include "hub/access/access.h"
#include "hub/node/intake.h"

namespace citybrain::node {

class TableReader {
 public:
  static model::Result<TableReader> open(network::Log& log, const catalog::Catalog& catalog,
                                         const model::RoadNetwork& network,
                                         const access::Rules& rules);

  /// Takes everything up to `step`'s end. After more than one step, gathered() is of all of them.
  model::Result<void> advance_to(model::Step step, model::Epoch epoch, network::Horizon horizon);
  access::Tables& tables() { return tables_; }
  const Gathered& gathered() const { return gathered_; }
  const access::Admitted& admitted() const { return admitted_; }
  const access::State& state() const { return state_; }

 private:
  TableReader(Intake intake, const access::Rules& rules)
      : intake_(std::move(intake)), rules_(&rules) {}
  Intake intake_;
  const access::Rules* rules_;
  access::State state_;
  access::Tables tables_;
  Gathered gathered_;
  access::Admitted admitted_;
  model::Step step_ = 0;
};

}  // namespace citybrain::node
