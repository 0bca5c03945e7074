// What a Step writes into the warehouse: the rows that people and programs read. Private to
// hub/node.
//
// base     "junction" id, "road" id, "lane" id                      -> the network, written once
// theme    "now" view block                                         -> LaneSample of 64 lanes, the
// latest Step
//          "lanes" view first_lane minute known_at                  -> LaneHistoryBlock
//          (hub/model/history.h)
//          "vehicles", "events", "places" view block                -> VehicleSituation,
//          EventSituation, PlaceSituation (hub/model/situation.h), 64 a row, as last heard
// special  "decision" step n                                        -> Command with its reason and
// positions system   positions "read" | outbox command | catalogue dataset | audit "quarantine"
// step n, "refused" step n | digests step
#pragma once

#include <span>
#include <string>

#include "hub/access/access.h"
#include "hub/catalog/catalog.h"
#include "hub/dispatch/dispatch.h"
#include "hub/model/road_network.h"
#include "hub/node/working_state.h"
#include "hub/store/store.h"

namespace citybrain::node {

void write_base(const model::RoadNetwork& network, const catalog::Catalog& catalog,
                store::StepWrite& write);
/// The latest situation, and the minute's history when `step` ends a minute or `last`.
void write_situation(model::Step step, std::uint32_t view, ViewState& state,
                     store::StepWrite& write);
void write_audit(model::Step step, std::span<const access::Quarantined> quarantined,
                 std::span<const dispatch::Refusal> refusals, store::StepWrite& write);
void write_orders(model::Step step, std::span<const model::Command> commands,
                  std::span<const model::Ack> acks, store::StepWrite& write);
void write_positions(std::span<const ReadPosition> positions, store::StepWrite& write);
/// XXH3-128 of what the Step read (every record's bytes, every acknowledgement), its commands with
/// their effective times and the situations of all views: 16 bytes, big-endian. So one altered
/// record or one command that was not carried out shows, also when it happened to make no
/// difference.
std::string digest(model::Step step, const Gathered& in, std::span<const model::Command> commands,
                   std::span<const ViewState> views);

}  // namespace citybrain::node
