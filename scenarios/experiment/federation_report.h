// What a federation is and what came of its run, as text and JSON (docs/federation.md has the
// fields). Pure functions.
#pragma once

#include <string>

#include "scenarios/experiment/federation_run.h"
#include "scenarios/experiment/report.h"

namespace citybrain::experiment {

/// Both ends of a link put together.
struct LinkFigures {
  const federation::LinkSpec* link = nullptr;
  std::uint64_t granted = 0;   ///< grants over it
  std::uint64_t messages = 0;  ///< shipments put into the outbox
  std::uint64_t rows = 0, bytes = 0, loads = 0, taken = 0, delayed = 0;
  double oldest_wait_s = 0;   ///< longest wait of a shipment for its answer
  double waiting_s = 0;       ///< of the oldest that waits at the end
  std::uint64_t waiting = 0;  ///< shipments without an answer at the end
  std::uint64_t retries = 0, lost = 0, duplicates = 0, gaps = 0;  ///< both ways
  std::uint64_t stale = 0, withdrawn = 0, refused = 0, invalid = 0, erased = 0;
  std::uint64_t returned = 0;  ///< items (usage, corrections) that the sender took
  std::uint64_t returns_sent = 0, forwarded = 0, returns_waiting = 0, corrections_stale = 0;
};
std::vector<LinkFigures> link_figures(const FederationReport& report);

std::string federation_json(const FederationReport& report);
std::string federation_text(const FederationReport& report, Language language);

/// Parties, links, and the catalogue by party and domain; with `resources` each of them.
std::string federation_plan_text(const FederationConfig& config, bool resources, Language language);
std::string federation_plan_json(const FederationConfig& config);

}  // namespace citybrain::experiment
