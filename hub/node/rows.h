// What a Step writes into the warehouse: the rows that people and programs read. Private to
// hub/node.
//
// base     "junction" id, "road" id, "lane" id                      -> the network, written once
// theme    "now" view block                                         -> LaneSample of 64 lanes, the
// latest Step
//          "lanes" view block minute known_at                       -> LaneHistoryBlock
//          (hub/model/history.h)
//          "vehicles", "events", "places" view block                -> VehicleSituation,
//          EventSituation, PlaceSituation (hub/model/situation.h), 64 a row, as last heard
// special  "decision" step district n                               -> Command with its reason and
// positions
// system   positions "read" district | outbox command | catalogue dataset | audit "quarantine" step
// district n, "refused" step district n, "read-refused" view n | digests step district
#pragma once

#include <span>
#include <string>

#include "hub/access/access.h"
#include "hub/access/reader.h"
#include "hub/catalog/catalog.h"
#include "hub/dispatch/dispatch.h"
#include "hub/model/road_network.h"
#include "hub/node/district.h"
#include "hub/store/store.h"

namespace citybrain::node {

void write_base(const model::RoadNetwork& network, const catalog::Catalog& catalog,
                store::StepWrite& write);
/// Grants that a view may not use, in the audit: "read-refused" view n.
void write_refused(std::uint32_t view, std::span<const access::ReadRefusal> refused,
                   store::StepWrite& write);
/// A district's latest situation, and the minute's history when `step` ends a minute.
void write_situation(model::Step step, std::uint32_t view, model::DistrictId district,
                     const model::Districts& districts, ViewState& state, store::StepWrite& write);
void write_orders(model::Step step, model::DistrictId district,
                  std::span<const model::Command> commands, std::span<const model::Ack> acks,
                  store::StepWrite& write);
void write_positions(model::DistrictId district, std::span<const ReadPosition> positions,
                     store::StepWrite& write);

/// A district's step in the audit.
class AuditWriter {
 public:
  AuditWriter(model::Step step, model::DistrictId district, store::StepWrite& write)
      : step_(step), district_(district), write_(write) {}
  void quarantined(std::span<const access::Quarantined> records);
  void refused(std::span<const dispatch::Refusal> refusals);

 private:
  model::Step step_;
  model::DistrictId district_;
  store::StepWrite& write_;
  std::uint32_t quarantined_ = 0;
};

/// XXH3-128 of what a district's Step read (every record's bytes, every acknowledgement), its
/// commands with their effective times and its part of the situations of all views. So one altered
/// record or one command that was not carried out shows, also when it happened to make no
/// difference.
class Digest {
 public:
  explicit Digest(model::Step step);
  ~Digest();
  void read(const Gathered& in);
  void decided(std::span<const model::Command> commands);
  void seen(const model::District& district, const model::Situation& situation, bool is_city);
  std::string bytes() const;  ///< 16, big-endian

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::node
