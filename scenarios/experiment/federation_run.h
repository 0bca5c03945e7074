// One run of a federation in this process: its folder, its network, all parties in lock-step, and
// what came of it.
//
//   OUT/federation.json       which run the folder holds
//   OUT/network               the network's log (governance.requests, federation.<link>.*)
//   OUT/PARTY/{store,log}     a party's warehouse and its outboxes; `./citybrain store ls
//   OUT/PARTY` OUT/report.json           when the run is over
//
// Errors: CB-INPUT-OUT, CB-INPUT-RESUME, CB-INPUT-STORE, CB-RUN-INTERRUPTED, and those of parties
// and logs. One thread.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>

#include "hub/federation/federation.h"
#include "scenarios/experiment/federation_file.h"

namespace citybrain::experiment {

struct FederationRunOptions {
  std::filesystem::path out;
  bool resume = false;
  network::Fsync fsync{network::Fsync::Kind::kOs};
  const std::atomic<bool>* stop = nullptr;         ///< looked at after every Step
  std::function<void(model::Step done)> progress;  ///< may be empty
};

struct FederationReport {
  std::string name, config_hash, outcome_hash;
  std::uint64_t seed = 0;
  std::uint32_t horizon_s = 0;
  model::EventTime start;
  federation::Plan plan;
  std::vector<federation::PartyState> parties;
};

/// The World of a configuration, which must outlive it.
federation::World world_of(const FederationConfig& config);
model::Result<FederationReport> run_federation(const FederationConfig& config,
                                               const FederationRunOptions& options);

}  // namespace citybrain::experiment
