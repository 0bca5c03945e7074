// The keys of a run that is over, opened for whoever looks after them: its key file, its vaults,
// its log with the erasures in it. What an erasure left undone when it was killed is carried out
// on opening. Errors: CB-INPUT-RUN, CB-INPUT-KEYS, CB-RUN-KEY, CB-NETWORK-*.
#pragma once

#include <CLI/App.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "hub/protection/custody.h"
#include "hub/protection/erasure.h"

namespace citybrain::cli {

/// Where a run and its keys are, as a user says it.
struct WhichKeys {
  std::string run;       ///< folder of the run, or a key file alone
  std::string key_file;  ///< empty: RUN/keys/keys.txt
  std::string lang;
  bool json = false;
};
void add_which_keys(CLI::App& command, WhichKeys& which, const char* about_run);

/// The key file of a run, or the file itself.
std::filesystem::path key_file_of(const WhichKeys& which);

struct RunKeys {
  std::shared_ptr<const protection::KeyFile> keys;
  std::vector<std::unique_ptr<protection::Vault>> vaults;
  std::unique_ptr<network::Log> log;
  std::unique_ptr<protection::Custodian> custodian;  ///< its log and vaults are the ones above
  model::EventTime end;                              ///< the run's last second
};
model::Result<std::unique_ptr<RunKeys>> open_run_keys(const WhichKeys& which);

/// "KIND:NAME", or the tag of 32 hexadecimal digits. Error CB-USAGE-SUBJECT.
model::Result<std::string> subject_of(const RunKeys& keys, const std::string& text);

}  // namespace citybrain::cli
