// Rows of what a view knows beside traffic: fleets, events, places. Private to hub/node.
#pragma once

#include <string>

#include "hub/node/district.h"
#include "hub/store/store.h"

namespace citybrain::node {

/// All vehicles, events and places of a view, 64 a row, each kind in the Steps in which something
/// was heard or forgotten; and their history, frame by frame (store::KnownFrame).
void write_known(std::uint32_t view, ViewState& state, store::StepWrite& write);
/// The bytes of what was heard in this Step, for its digest; empty when nothing was.
std::string heard_now(const model::Situation& s);

}  // namespace citybrain::node
