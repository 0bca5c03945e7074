// The keys of one process's departments, ready for use: it signs what their publishers send and
// opens the vaults of those that seal. Errors: CB-INPUT-KEYS, CB-RUN-KEY, CB-RUN-WRITE. One thread;
// outlives the publishers and sealings that it served.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/network/publisher.h"
#include "hub/protection/key_file.h"
#include "hub/protection/sealing.h"
#include "hub/protection/vault.h"

namespace citybrain::protection {

struct CustodyOptions {
  std::shared_ptr<const KeyFile> keys;
  std::filesystem::path vaults;  ///< folder; empty: nothing is sealed
  bool signs = false;
};

class Custody {
 public:
  explicit Custody(CustodyOptions options) : options_(std::move(options)) {}

  /// From now on what `publisher` sends of its department ("traffic_police" of the source
  /// "traffic_police/video") is signed.
  model::Result<void> sign(network::Publisher& publisher) const;
  /// For a publisher whose records have personal fields: its keys are on the disk before what is
  /// sealed under them is sent. nullptr where nothing is sealed.
  model::Result<Vault*> vault_of(network::Publisher& publisher);
  /// Opened so far, by source.
  std::vector<Vault*> vaults() const;

 private:
  CustodyOptions options_;
  std::map<std::string, std::unique_ptr<Vault>> vaults_;
};

/// Every vault of a folder, by file name. Error CB-RUN-KEY: no key `subject custodian`.
model::Result<std::vector<std::unique_ptr<Vault>>> open_vaults(const std::filesystem::path& folder,
                                                               const KeyFile& keys);

}  // namespace citybrain::protection
