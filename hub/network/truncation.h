// How much of a partition's old end may go without a producer being forgotten: what a producer said
// last stays, since a log may know only by it where the producer goes on (Kafka), and what he says
// again after a restart must be dropped. Reads what would be removed. One thread. Errors:
// CB-NETWORK-*.
#pragma once

#include <string_view>

#include "hub/network/network.h"

namespace citybrain::network {

/// The greatest position at or before `wanted` so that every producer with records before it has
/// one at or behind it, too.
model::Result<Position> keeps_producers(Log& log, std::string_view topic, Partition partition,
                                        Position wanted);

}  // namespace citybrain::network
