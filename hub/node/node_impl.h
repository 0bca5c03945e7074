// What a node holds. Private to hub/node.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hub/network/barriers.h"
#include "hub/node/district.h"
#include "hub/node/exchange.h"
#include "hub/node/node.h"
#include "hub/node/tables.h"
#include "hub/store/snapshot_folder.h"

namespace citybrain::node {

struct Node::Impl {
  network::Log& log;
  Board board;
  std::unique_ptr<store::Store> store;
  std::vector<std::unique_ptr<DistrictWorker>> workers;  // in the order of districts
  std::map<std::uint32_t, ExchangeReader> readers;       // of districts that others work on
  std::optional<store::SnapshotFolder> folder;           // with Sharing
  std::optional<TableReader> tables;
  network::Barriers through;  // with what, each source
  model::Step done = 0;
  std::vector<const Exchange*> passed_on;  // by district, in the step before

  Impl(network::Log& l, const model::RoadNetwork& network, const catalog::Catalog& catalog,
       Options options, network::Barriers barriers)
      : log(l), board(network, catalog, std::move(options)), through(std::move(barriers)) {
    const auto& o = board.options;
    if (o.sharing) folder.emplace(o.sharing->snapshots, o.identity, o.sharing->writer);
  }

  model::Result<void> begin();
  model::Result<bool> recover();
  model::Result<bool> load(const store::Snapshot& snapshot);
  model::Result<void> snapshot();
  model::Result<void> await(model::EventTime until);
  model::Result<void> step_all();
  model::Result<void> commit();

  DistrictWorker* find(model::DistrictId district) const;
  std::vector<const Exchange*> others_of(model::DistrictId district) const;
  model::Result<void> put_away(DistrictWorker& worker);
  model::Result<void> give_up_all_but(std::span<const model::DistrictId> districts);
  model::Result<std::vector<DistrictWorker*>> restore(std::span<const model::DistrictId> districts);
  model::Result<void> catch_up(DistrictWorker& worker, model::Step until);
  model::Result<void> listen();
};

}  // namespace citybrain::node
