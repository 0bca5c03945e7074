// How much of a run's log may go: nothing that a reader needs who starts again. Hubs go on from
// their snapshots, departments beside the city from the state that they keep; whoever reads from
// the beginning (tables, the city's replay, the evaluator) has the whole topic kept for him.
//
// Of snapshots the oldest that is kept counts, since a newer one may turn out damaged, or be ahead
// of the district's new hub. A cut may come to lie earlier: a log drops whole batches, and no
// producer is forgotten (hub/network/truncation.h). Errors: CB-USAGE-RETENTION (asked for more than
// may go; nothing was removed), CB-NODE-SNAPSHOT, CB-INPUT-*, CB-NETWORK-*. One thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/network/kafka.h"
#include "hub/network/network.h"
#include "hub/node/needs.h"
#include "hub/store/snapshot_folder.h"

namespace citybrain::experiment {

/// What the hubs need of a log.
using HubNeeds = std::vector<node::SnapshotNeeds>;

/// By the oldest snapshots that a node's store keeps; none where it has none.
model::Result<HubNeeds> needs_of_store(const store::Store& store);
/// By those in the folder that hubs share.
model::Result<HubNeeds> needs_of_folder(const store::SnapshotFolder& folder);

/// Of a run that is over: by the snapshots in that folder (by default RUN/snapshots) where there
/// are any, else by RUN/store. Either path may be empty.
model::Result<HubNeeds> needs_of_run(const std::filesystem::path& run,
                                     const std::filesystem::path& snapshots,
                                     const std::string& identity);

/// Which topics: of a run whose parts have rights of their own each shortens what it may read.
enum class Scope : std::uint8_t {
  kAll,
  kPort,    ///< what the port shows and answers: the city's
  kOthers,  ///< the hub's
};

struct RetentionQuestion {
  network::Log& log;
  const catalog::Catalog& catalog;
  model::Epoch epoch;  ///< of the run
  HubNeeds hubs;       ///< not looked at for kPort
  Scope scope = Scope::kAll;
};

/// One partition: how much of it may go, and who needs what is left.
struct Retained {
  std::string topic;
  network::Partition partition = 0;
  network::Position begin = 0, end = 0;
  network::Position safe = 0;  ///< so much before it may go
  bool whole = false;          ///< kept whole, always
  std::string reader;          ///< who needs the record at `safe`
};
model::Result<std::vector<Retained>> retained(const RetentionQuestion& question);

struct Cut {
  Retained what;
  network::Position to = 0;  ///< the first position left; as asked for, the log may keep more
};
/// What of it goes when everything published before `before` shall go that may, or all that may.
model::Result<std::vector<Cut>> cuts(network::Log& log, const std::vector<Retained>& all,
                                     std::optional<model::EventTime> before);
/// Whether all that was published before may go. Error CB-USAGE-RETENTION names who needs it still.
model::Result<void> check_needless(network::Log& log, const std::vector<Retained>& all,
                                   model::EventTime before);
/// Removes it.
model::Result<void> carry_out(network::Log& log, const std::vector<Cut>& cuts);

/// Keeps the log of a run short while it goes on: everything that was published more than
/// `keep_ms` before `now` goes, as far as nobody needs it.
model::Result<void> trim(const RetentionQuestion& question, model::EventTime now,
                         std::int64_t keep_ms);

}  // namespace citybrain::experiment
