// The keys of a run, and who carries out erasures: what connectors sign and seal with, what the hub
// recognises signatures by, under which keys a desk's pseudonyms are made. The run's keys are in
// OUT/keys (or --keys FOLDER): keys.txt, made from the seed unless the scenario names a file of its
// own, and a vault a source. Private to scenarios/experiment, but for where the keys are. Errors:
// CB-INPUT-KEYS, CB-RUN-KEY, CB-USAGE-KEYS, CB-NETWORK-*.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "hub/access/access.h"
#include "hub/network/network.h"
#include "hub/protection/custody.h"
#include "hub/protection/erasure.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::experiment {

constexpr const char* kKeysFolder = "keys";   ///< in a run's folder
constexpr const char* kKeyFile = "keys.txt";  ///< in the folder of keys

/// The run's key file: the scenario's, or one of its seed, which is written to the folder of keys
/// if it is not there yet.
model::Result<std::shared_ptr<const protection::KeyFile>> keys_of(const Scenario& scenario,
                                                                  const catalog::Catalog& catalog,
                                                                  const RunOptions& options);
/// Under which a desk's pseudonyms are made: of the scenario's key file, or of the seed.
model::Result<protection::Bytes32> pseudonym_key(const Scenario& scenario,
                                                 const RunOptions& options,
                                                 const std::string& desk);
/// What the hub holds records against.
model::Result<access::Signatures> signatures_of(const Scenario& scenario,
                                                const catalog::Catalog& catalog,
                                                const RunOptions& options);

/// The same for a replay of a run that is over, whose keys are in `folder`; nothing is written.
model::Result<access::Signatures> past_signatures(const Scenario& scenario,
                                                  const catalog::Catalog& catalog,
                                                  const RunOptions& options,
                                                  const std::filesystem::path& folder);

class Guard {
 public:
  /// nullptr where the scenario wants neither signatures nor sealing.
  static model::Result<std::unique_ptr<Guard>> open(const Scenario& scenario,
                                                    const catalog::Catalog& catalog,
                                                    const RunOptions& options);

  protection::Custody& custody() { return custody_; }
  /// Once the connectors have opened their vaults. The log must outlive it.
  model::Result<void> begin(network::Log& log);
  /// Publishes the scenario's erasures that are due in `step` and carries out those that are
  /// effective; before anything is observed in it.
  model::Result<void> step(model::Step step);

 private:
  Guard(const Scenario& scenario, std::shared_ptr<const protection::KeyFile> keys,
        std::filesystem::path vaults);

  const ProtectionConfig& config_;
  model::Epoch epoch_;
  std::shared_ptr<const protection::KeyFile> keys_;
  protection::Custody custody_;
  std::unique_ptr<protection::Custodian> custodian_;
};

}  // namespace citybrain::experiment
