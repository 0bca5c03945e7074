// The one composition: read what every source has said up to a Step, access, fusion, brain,
// dispatch, commit the Step, publish. The only place that knows the order of the stages.
//
// A node works in lock-step: turn() does the next Step when every source has said "nothing more
// until" its end (control.watermarks), and publishes "decided up to" (control.decided). Its results
// are a function of the log's prefix: the same records give the same Steps.
//
// The unit of state is the district, a partition of the log: what one does depends on its own
// records and on what the others passed on in the step before. Every district is a producer of its
// own, with digests and snapshots of its own; outcomes do not depend on who works on it.
//
// A node works on the whole city, or, with Sharing, on the districts that hold() names, beside
// other nodes: what districts pass on goes over the log then (hub.exchange), and snapshots into a
// folder that all nodes reach, so that a district can move. Two nodes that work on one district for
// a while (one was taken for dead) say the same records with the same (producer, sequence), which
// take effect once.
//
// Recovery: open() (hold() for a district) restores the newest whole snapshot, and turn() goes on
// after it; what was published before is dropped by the log by (producer, sequence), what was
// committed before is written again with the same bytes. A log that was truncated beyond what is
// read (CB-NODE-POSITIONS), or that ends before it (CB-NODE-AHEAD), is refused. Errors: CB-NODE-*,
// CB-NETWORK-*, CB-STORE-*, CB-INPUT-STORE, CB-INPUT-SNAPSHOT. One thread a node. The log, network
// and catalogue must outlive it.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/access/access.h"
#include "hub/access/reader.h"
#include "hub/brain/brain.h"
#include "hub/catalog/calendar.h"
#include "hub/catalog/catalog.h"
#include "hub/catalog/law.h"
#include "hub/dispatch/dispatch.h"
#include "hub/fusion/fusion.h"
#include "hub/model/decision.h"
#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "hub/network/network.h"
#include "hub/network/patience.h"
#include "hub/store/rows.h"
#include "hub/store/store.h"

namespace citybrain::node {

/// Who says "decided up to" for a district, and whose records its commands are.
std::string source_of(const model::RoadNetwork& network, model::DistrictId district);
/// Of all districts.
std::vector<std::string> sources_of(const model::RoadNetwork& network);

/// A district's name in a folder of snapshots.
std::string part_of(const model::RoadNetwork& network, model::DistrictId district);

/// What one distinct set of grants lets desks see.
struct ViewSpec {
  std::string name;
  model::SourceMask grants;  ///< all through the run; with a law, requests in use come on top
  fusion::Options fusion;
  std::string department = {}, purpose = {};  ///< of its desks, whose requests count; with a law
  /// What masks, classes and times leave of it; none: the datasets as they were admitted. Valid
  /// (access::Reader::make). With a law it has a grant for every dataset that may come on top, to
  /// which the masks of the requests in use are added.
  std::optional<access::ReaderSpec> reader = {};
};

/// An actor with decision rights over junctions and a view.
struct DeskSpec {
  std::string name;
  model::ViewId view;
  std::vector<model::JunctionId> junctions;
  brain::PolicySpec policy;
  std::int32_t priority = 0;
  model::SourceMask needs = {};  ///< it decides only while its view is granted all of these
};

/// A law under which views change: what is granted is read from governance.requests.
struct RequestLaw {
  catalog::Law law;
  catalog::Calendar calendar;
  std::string authority;  ///< who checks and settles
};

/// How a node works beside others.
struct Sharing {
  std::filesystem::path snapshots;  ///< the folder that all of them reach
  std::string writer;               ///< of this node's files there
  /// Called between the steps of a replay, which may take longer than others bear silence; an error
  /// ends it.
  std::function<model::Result<void>()> alive;
};

struct Options {
  std::filesystem::path store_directory;
  std::string identity;  ///< scenario, configuration hash, format version
  bool sync_every_commit = false;
  model::Epoch epoch;
  std::uint64_t seed = 0;            ///< of the run, for the names of traces
  std::int64_t lookahead_ms = 1000;  ///< between a decision and its effect
  dispatch::SafetyLimits safety;
  access::Signatures signatures;
  bool erasures = false;             ///< persons may be erased: the audit says whom and when
  std::vector<ViewSpec> views;       ///< by ViewId
  std::vector<DeskSpec> desks;       ///< by DeskId
  std::vector<std::string> sources;  ///< who must give barriers
  network::Patience patience;        ///< with them; none: they must be there already
  model::Step snapshot_steps = 60;
  /// Which records are behind a decision, and the audit chain: false only where what they cost is
  /// measured (./citybrain bench lineage).
  bool keeps_lineage = true;
  bool keeps_audit = true;
  std::optional<RequestLaw> law;   ///< none: views see what they see all through the run
  std::optional<Sharing> sharing;  ///< none: this node works on all districts
};

/// What one turn() did.
struct Turn {
  model::Step step = 0;
  std::uint32_t records = 0;
  std::uint32_t commands = 0;
};

/// Totals over the whole run, restored with the working state.
struct Totals {
  std::uint64_t commands = 0;
  std::uint64_t proposals_refused = 0;
  std::uint64_t commands_refused = 0;  ///< by devices

  template <class A>
  void fields(A& a) {
    a(commands, proposals_refused, commands_refused);
  }
  void add(const Totals& other) {
    commands += other.commands;
    proposals_refused += other.proposals_refused;
    commands_refused += other.commands_refused;
  }
};

/// Of one district, over the whole run.
struct DistrictFigures {
  model::DistrictId district;
  model::Step step = 0;                    ///< so far
  std::vector<access::Counters> counters;  ///< by dataset; the tables' are the city district's
  Totals totals;
};

/// What a district's last turn was made of, for whoever follows a decision back. Views, valid until
/// the next turn.
struct StepView {
  std::span<const access::Incoming> records;  ///< of the district's datasets, as they were merged
  std::span<const model::PositionRange> because;
  const model::ObservationBatch* batch = nullptr;  ///< what was admitted of the records
  std::span<const access::Quarantined> quarantined;
  std::span<const model::Proposal> proposals;
  std::span<const model::Command> commands;
  std::span<const dispatch::Refusal> refusals;
  std::span<const fusion::Contributions> contributions;  ///< by view; with explain() only
};

/// The topics of a node: one a dataset with a partition a district, and the system's own.
model::Result<void> create_topics(network::Log& log, const catalog::Catalog& catalog,
                                  std::uint32_t districts);

class Node {
 public:
  static model::Result<std::unique_ptr<Node>> open(network::Log& log,
                                                   const model::RoadNetwork& network,
                                                   const catalog::Catalog& catalog,
                                                   Options options);
  ~Node();

  /// The last Step that is done; 0 before the first. After a recovery the step of the snapshot.
  model::Step done() const;
  /// Does the next Step, once every source is through with it. Error CB-NODE-BARRIER names one that
  /// has not said so and for which there is no more patience.
  model::Result<Turn> turn();

  // With Sharing only.
  /// Works on these districts from now on: puts away those that it gives up, restores those that
  /// are new and replays them up to where it is.
  model::Result<void> hold(std::span<const model::DistrictId> districts);
  std::vector<model::DistrictId> held() const;
  /// Waits for what the next turn() reads. Returns who has not said it yet (a source, or a district
  /// that is not held) when the patience is at its end, and nothing when it is all there.
  model::Result<std::string> wait(const network::Patience& patience);
  /// Snapshots the districts if it is time; to be called when everything that this step said, also
  /// what a Gate held back, is on its way.
  model::Result<void> snapshot_if_due();
  std::vector<DistrictFigures> figures() const;  ///< of the held ones

  /// Acknowledged: log and store are synced.
  model::Result<void> sync();

  const model::Situation& situation(model::ViewId view) const;
  /// Collects what each observation does to what is known, from the next turn on.
  void explain(bool wanted);
  /// Of a district that this node works on.
  StepView last(model::DistrictId district) const;
  std::vector<access::Counters> counters() const;  ///< by dataset, of the held districts
  Totals totals() const;
  /// How well the data of the last Step was, by dataset, of the held districts together.
  store::IndicatorRow indicators() const;
  store::Store& store();

 private:
  struct Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::node
