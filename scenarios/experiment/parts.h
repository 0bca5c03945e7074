// The parts of a run beside each other, each with a loop of its own over the log: the city, groups
// of departments, the hub. They meet nowhere but on the network, so they may be threads of one
// process (embedded log) or processes (a broker), and the outcome is that of the one loop of run.h.
//
// For step s, in this order (each line waits for what it names):
//   city        decided up to s-1-lookahead; every source through with s-1; every mover's last word
//               in s-1: applies it, moves to s, publishes truth and port.state
//   connectors  decided up to s-1-lookahead: act in s-1, last word; port.state of s: observe,
//               barrier "nothing more until s"
//   hubs        every source's barrier for s, and what other districts passed on in s-1: one Step
//               of each of its districts, commands, "decided up to s" for each
// The city says on control.run which run this is; a part of another one is refused
// (CB-INPUT-NETWORK).
//
// A part that was killed is started again and goes on: the city from its seed (what it publishes
// again is dropped by the log), departments from their seed or the state that they kept, the hub
// from its last snapshot. Errors: those of
// run.h, CB-RUN-SILENT (names who is silent), CB-PORT-RECORD. Threading: one thread a part.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "hub/network/network.h"
#include "hub/network/patience.h"
#include "scenarios/experiment/departments.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/setup.h"
#include "scenarios/experiment/share.h"

namespace citybrain::experiment {

/// What every part is told. All that is referred to must outlive the part.
struct PartContext {
  const Scenario& scenario;
  const World& world;
  const catalog::Catalog& catalog;
  const RunOptions& options;  ///< settled; `out` is where the city leaves trips.csv and the like
  network::Log& log;
  bool between_processes =
      false;                   ///< the log is on a broker: what is not acknowledged is not there
  network::Patience patience;  ///< with the other parts
  std::function<void(model::Step)> progress;  ///< after every step; may be empty
  StepHook stepped = {};                      ///< after every Step of the hub; may be empty
  /// Where departments keep their state every kKeepSteps, so that one that starts again does not
  /// read the run from its beginning, and the log can be truncated; empty: they keep none.
  std::filesystem::path state = {};
};

constexpr model::Step kKeepSteps = 60;

/// Returns what a reader of the figures must know.
model::Result<std::vector<std::string>> run_city(const PartContext& part);
/// Those of `group` that have something to say in this city; returns their sources.
model::Result<std::vector<std::string>> run_connectors(const PartContext& part,
                                                       std::span<const Department* const> group);

constexpr std::uint32_t kMostHubs = 64;  ///< as many as districts

/// One hub of those that share the districts.
struct HubOptions {
  std::filesystem::path store;                ///< its own warehouse
  std::filesystem::path snapshots;            ///< the folder that all hubs of the run reach
  std::string name = "hub";                   ///< static: of two with one name the older one stops
  std::uint32_t hubs = 1;                     ///< waits until so many have joined
  std::chrono::milliseconds session{10'000};  ///< after so much silence others take its districts
  Share share = share_evenly;
};
/// The hubs of a run whose folder is `out`: hub-1, hub-2, ...; one alone is "hub" and has the
/// run's own store.
std::vector<HubOptions> hubs_of(const std::filesystem::path& out, std::uint32_t hubs);
/// The same, where the scenario describes clouds each on a node that may hold districts, by whose
/// name it goes. Errors CB-CLOUD-*.
model::Result<std::vector<HubOptions>> hubs_on_clouds(const Scenario& scenario, const World& world,
                                                      const catalog::Catalog& catalog,
                                                      const RunOptions& options,
                                                      const std::filesystem::path& out,
                                                      std::uint32_t hubs);
/// Its figures are of the districts that it worked on when the run ended. Error CB-NETWORK-FENCED:
/// others took it for dead, or its name; CB-CLOUD-*: those that are left may not have all
/// districts.
model::Result<HubFigures> run_hub(const PartContext& part, const HubOptions& options);

}  // namespace citybrain::experiment
