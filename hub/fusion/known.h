// What a view knows beside traffic: the last that was heard of each vehicle of a fleet, events that
// people called about, and what places measure. Private to hub/fusion.
//
// Reports may come in any order: the newest by event time is kept. Reports of one kind within 150 m
// and 15 minutes of each other count as one event (several callers about one thing); its place is
// the mean of those on the road that was reported first.
#pragma once

#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"

namespace citybrain::fusion {

/// Takes what the situation's grants allow.
void take_known(const model::RoadNetwork& network, const model::ObservationBatch& batch,
                model::EventTime now, model::Situation& s);
/// Forgets vehicles after ten minutes' silence and events an hour after their last report.
void forget_known(model::EventTime now, model::Situation& s);

}  // namespace citybrain::fusion
