// Which hub works on which district: a pure function of who is there, so that all hubs come to the
// same answer without asking each other. Private to scenarios/experiment.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hub/model/result.h"

namespace citybrain::experiment {

/// What is to be shared, and among whom. Names are in order.
struct ShareQuestion {
  std::span<const std::string> districts;
  std::span<const std::string> known;  ///< hubs that ever took part
  std::span<const std::string> live;   ///< those that are there, all of them known
};

/// The owner of each district; empty names when nobody is there. An error when those who are there
/// must not have all of them: the run cannot go on.
using Share = std::function<model::Result<std::vector<std::string>>(const ShareQuestion&)>;

/// Districts are dealt to the known hubs in turn; those of hubs that are gone go to whoever has
/// least. So a hub that dies moves its own districts only, and one that comes back has them again.
std::vector<std::string> share_evenly(const ShareQuestion& question);

}  // namespace citybrain::experiment
