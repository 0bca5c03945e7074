// One district's worker: its intake, its producer, its desks, its working state. A Step of a
// district depends on its own partitions, the tables and what the others passed on in the step
// before; so it does the same whoever works on the others, in this process or elsewhere. Private to
// hub/node.
//
// The columns of views (Board::views) are the whole city's, of which a district touches its own
// entries; one thread a Board.
#pragma once

#include <array>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "hub/access/access.h"
#include "hub/access/reader.h"
#include "hub/brain/brain.h"
#include "hub/catalog/audit.h"
#include "hub/dispatch/dispatch.h"
#include "hub/fusion/fusion.h"
#include "hub/model/archive.h"
#include "hub/model/districts.h"
#include "hub/model/history.h"
#include "hub/model/situation.h"
#include "hub/network/publisher.h"
#include "hub/node/causes.h"
#include "hub/node/exchange.h"
#include "hub/node/indicators.h"
#include "hub/node/intake.h"
#include "hub/node/node.h"
#include "hub/node/tables.h"

namespace citybrain::node {

/// Vehicles, events and places as they were written last: how many, and whom their order names.
struct WrittenKnown {
  std::array<std::uint32_t, 3> sizes{};
  std::array<std::uint64_t, 3> orders{};

  template <class A>
  void fields(A& a) {
    a(sizes, orders);
  }
};

/// One view's estimates and the samples of the minute that is not yet written.
struct ViewState {
  fusion::State filters;
  model::Situation situation;
  std::vector<model::LaneHistoryBlock> minute;  ///< by block (Districts::blocks)
  WrittenKnown written;
};

/// What the districts of a process have in common.
struct Board {
  Board(const model::RoadNetwork& road_network, const catalog::Catalog& contracts, Options o);

  const model::RoadNetwork& network;
  const catalog::Catalog& catalog;
  Options options;
  model::Districts districts;
  access::Rules rules;
  std::vector<fusion::Fuser> fusers;                   ///< by view
  std::vector<std::optional<access::Reader>> readers;  ///< by view; none: it sees what was admitted
  std::vector<catalog::GrantMasks> grant_masks;        ///< by view: with which its reader was made
  std::vector<ViewState> views;
  bool explains = false;                   ///< contributions are collected (Node::explain)
  std::vector<std::uint32_t> retention_s;  ///< of each view's history; 0: no limit

  /// Puts a district's entries back to the beginning of the run.
  void forget(model::DistrictId district);
  /// Makes a view's reader again where the law's masks have changed.
  void follow(const GrantReader& law, std::size_t view);
  /// Of one view, of which what was known may be known no longer.
  void start_anew(model::DistrictId district, std::size_t view);
};

/// A district's name in a folder of snapshots.
std::string part_of(const model::RoadNetwork& network, model::DistrictId district);

constexpr std::uint32_t kSnapshotFormat = 7;  ///< of DistrictWorker::save()

/// A district's working state beside its entries in the views: plain serialisable values.
struct DistrictState {
  model::Step step = 0;
  std::vector<ReadPosition> positions;
  std::string sequences;  ///< of the publisher
  access::State access;
  Heard heard;  ///< which records spoke last of what
  dispatch::State dispatch;
  std::vector<std::string> policies;  ///< memory of each desk's policy
  Totals totals;
  Exchange passed_on;  ///< in `step`
  catalog::AuditState audit;
  IndicatorState indicators;
  std::vector<access::ReaderState> readers;  ///< by view

  template <class A>
  void fields(A& a) {
    a(step, positions, sequences, access, heard, dispatch, policies, totals, passed_on, audit,
      indicators, readers);
  }
};

class DistrictWorker {
 public:
  /// At the beginning of the run.
  static model::Result<std::unique_ptr<DistrictWorker>> open(network::Log& log, Board& board,
                                                             model::DistrictId id);

  model::DistrictId id() const { return id_; }
  model::Step done() const { return state_.step; }
  /// Reads, fuses, decides the next step and publishes (not yet sent). `others`: what all other
  /// districts passed on in the step before, in their order.
  model::Result<void> step(TableReader& tables, std::span<const Exchange* const> others,
                           network::Horizon horizon);
  /// What this step passes on takes the place of the last one's.
  void turn_over() { std::swap(state_.passed_on, passing_on_); }
  /// Of the step before while step() is being done everywhere, of this one after turn_over().
  const Exchange& passed_on() const { return state_.passed_on; }
  /// The rows of the step just done.
  void write(const TableReader& tables, store::StepWrite& write);
  /// What others will know better when this worker has put away its state.
  void erase_latest(store::StepWrite& write) const;
  network::Publisher& publisher() { return publisher_; }
  std::uint32_t records() const { return static_cast<std::uint32_t>(gathered_.records.size()); }
  std::uint32_t commands() const { return static_cast<std::uint32_t>(orders_.commands.size()); }
  const access::State& access() const { return state_.access; }
  /// What the step just done was made of.
  StepView view() const;
  /// Whoever governs adds entries of his own before the next step, which seals them.
  catalog::AuditTrail& audit() { return audit_; }
  const Totals& totals() const { return state_.totals; }
  /// Of the step just written.
  const store::IndicatorRow& indicators() const { return indicators_; }

  /// Instead of load(): that the log reaches back to the beginning. Error CB-NODE-POSITIONS.
  model::Result<void> begin() const { return intake_.check_whole(); }
  std::string save();
  /// Error CB-NODE-SNAPSHOT when the bytes are no snapshot of this district in this format,
  /// CB-NODE-POSITIONS, CB-NODE-AHEAD.
  model::Result<void> load(std::string_view bytes);

 private:
  DistrictWorker(Board& board, model::DistrictId id, Intake intake, network::Publisher publisher);
  model::Result<void> make_desks();
  void see(std::span<const Exchange* const> others, const GrantReader* law, model::EventTime now);
  std::span<const model::ObservationBatch> read(std::size_t view,
                                                std::span<const Exchange* const> others,
                                                model::SourceMask grants, model::EventTime now);
  bool has_its_needs(const DeskSpec& desk) const;
  std::int32_t least_priority() const;
  void decide(std::span<const Exchange* const> others, const GrantReader* law);
  void swap_entries(std::span<const Exchange* const> others, const GrantReader* law);
  void give_causes(const TableReader& tables, std::span<const Exchange* const> others);
  void keep_audit(const TableReader& tables);
  void publish(model::EventTime now);
  void publish_seal(model::EventTime now);
  void pass_on(model::Step step);
  void measure(const TableReader& tables);
  void write_indicators(store::StepWrite& write) const;

  Board& board_;
  model::DistrictId id_;
  Intake intake_;
  network::Publisher publisher_;
  std::vector<std::unique_ptr<brain::Policy>> policies_;  // by desk; none without junctions here
  DistrictState state_;
  // Of the step that is being done; kept for their capacity.
  Gathered gathered_;
  access::Admitted admitted_;
  std::vector<access::Sight> seen_;  // by view: what masks left of it
  std::vector<const model::ObservationBatch*> batches_;
  std::vector<fusion::Neighbour> neighbours_;
  std::vector<model::Proposal> proposals_;
  dispatch::Orders orders_;
  std::vector<std::string> order_rows_;               // of the commands
  std::vector<fusion::Contributions> contributions_;  // by view
  catalog::AuditTrail audit_;
  std::vector<model::SourceMask> grants_;  // by view
  Exchange passing_on_;
  store::IndicatorRow indicators_;
  std::vector<double> expected_;  ///< records a second by dataset, by the last tables
  std::vector<float> entries_;
  std::string payload_;
};

}  // namespace citybrain::node
