// What becomes of a scenario's requests: the steps that departments, providers and the authority
// take, and when, drawn by keyed randomness within the limits of the law, over weeks of its
// calendar. A pure function of scenario, catalogue and seed; the hub judges every step again when
// it reads it. Private to scenarios/experiment.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/catalog/request.h"
#include "scenarios/experiment/law_config.h"

namespace citybrain::experiment {

struct LawPlan {
  std::vector<catalog::Event> events;  ///< in order of time
  /// Requests beyond what may be shared, steps that do not follow, days beyond the calendar: with
  /// file, line and field. The other requests go on.
  std::vector<std::string> warnings;
};

LawPlan plan_requests(const LawConfig& law, const catalog::Catalog& catalog, std::uint64_t seed);

}  // namespace citybrain::experiment
