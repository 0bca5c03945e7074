// What a Step writes into the warehouse: the rows that people and programs read, in the tables of
// hub/store/table.h (docs/store.md). Beside them stand the audit's chains (hub/catalog/audit.h).
// Private to hub/node.
#pragma once

#include <span>
#include <string>

#include "hub/access/access.h"
#include "hub/catalog/catalog.h"
#include "hub/dispatch/dispatch.h"
#include "hub/model/road_network.h"
#include "hub/node/district.h"
#include "hub/store/store.h"

namespace citybrain::node {

/// The base database, once.
void write_base(const Board& board, store::StepWrite& write);
/// What departments' tables say of their devices, as known at this Step.
void write_devices(const access::Tables& tables, store::StepWrite& write);
/// How long a view's history may be kept, seconds: the shortest retention of what it was granted;
/// 0: no limit.
std::uint32_t retention_of(const ViewSpec& view, const catalog::Catalog& catalog);
/// Drops the minute of every view's history that is over its retention; `step` ends a minute.
void expire(model::Step step, const Board& board, store::StepWrite& write);
/// A district's latest situation, and the minute's history when `step` ends a minute.
void write_situation(model::Step step, std::uint32_t view, model::DistrictId district,
                     const model::Districts& districts, ViewState& state, store::StepWrite& write);
/// `rows`: the commands as bytes, in their order (row_of).
void write_orders(model::Step step, model::DistrictId district,
                  std::span<const model::Command> commands, std::span<const std::string> rows,
                  std::span<const model::Ack> acks, store::StepWrite& write);
std::string row_of(const model::Command& command);
void write_positions(model::DistrictId district, std::span<const ReadPosition> positions,
                     store::StepWrite& write);

/// XXH3-128 of what a district's Step read (every record's bytes, every acknowledgement), its
/// commands with their effective times and its part of the situations of all views. So one altered
/// record or one command that was not carried out shows, also when it happened to make no
/// difference.
class Digest {
 public:
  explicit Digest(model::Step step);
  ~Digest();
  void read(const Gathered& in);
  void read(std::string_view requests);  ///< steps of requests for data
  void decided(std::span<const model::Command> commands);
  void seen(const model::District& district, const model::Situation& situation, bool is_city);
  std::string bytes() const;  ///< 16, big-endian

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::node
