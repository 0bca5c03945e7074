// The departments' tables as a node knows them (crosswalks, fleets, links): a function of the
// tables' datasets alone, which are read from their beginning, so that no snapshot holds them and
// every process has the same. A step's tables are taken before its observations. With them what the
// law grants (grants.h) and which persons were erased (erasures.h), where there is such a thing.
// Private to hub/node.
#pragma once

#include <optional>

#include "hub/access/access.h"
#include "hub/node/erasures.h"
#include "hub/node/grants.h"
#include "hub/node/intake.h"

namespace citybrain::node {

class TableReader {
 public:
  static model::Result<TableReader> open(network::Log& log, const catalog::Catalog& catalog,
                                         const model::RoadNetwork& network,
                                         const access::Rules& rules, const Options& options);

  /// Takes everything up to `step`'s end. After more than one step, gathered() is of all of them.
  model::Result<void> advance_to(model::Step step, model::Epoch epoch, network::Horizon horizon);
  access::Tables& tables() { return tables_; }
  const access::Tables& tables() const { return tables_; }
  const Gathered& gathered() const { return gathered_; }
  const access::Admitted& admitted() const { return admitted_; }
  const access::State& state() const { return state_; }
  /// Access's counters when the current minute began, by dataset.
  const std::vector<access::Counters>& minute_began() const { return minute_began_; }
  /// Nothing where views never change.
  const GrantReader* law() const { return law_ ? &*law_ : nullptr; }
  /// Nothing where no personal fields are sealed.
  const ErasureReader* erasures() const { return erasures_ ? &*erasures_ : nullptr; }

 private:
  TableReader(Intake intake, const access::Rules& rules)
      : intake_(std::move(intake)), rules_(&rules) {}
  Intake intake_;
  const access::Rules* rules_;
  std::optional<GrantReader> law_;
  std::optional<ErasureReader> erasures_;
  access::State state_;
  std::vector<access::Counters> minute_began_;
  access::Tables tables_;
  Gathered gathered_;
  access::Admitted admitted_;
  model::Step step_ = 0;
};

}  // namespace citybrain::node
