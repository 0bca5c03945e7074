// Who is heard: at most one proposal a junction. Private to hub/dispatch.
#pragma once

#include <span>
#include <vector>

#include "hub/dispatch/dispatch.h"

namespace citybrain::dispatch {

/// The winner of each junction (priority, then benefit, then the lower desk), as indexes into
/// `proposals`, or -1; by junction.
std::vector<std::int32_t> arbitrate(std::span<const model::Proposal> proposals,
                                    std::size_t junctions);

}  // namespace citybrain::dispatch
