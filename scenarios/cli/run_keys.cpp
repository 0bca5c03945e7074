#include "scenarios/cli/run_keys.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/cli/run_log.h"
#include "scenarios/experiment/guard.h"
#include "schemas/schemas.h"

namespace citybrain::cli {

namespace fs = std::filesystem;
using model::Error;
using model::Result;

namespace {

/// The last second that the hub decided.
Result<model::EventTime> end_of(network::Log& log) {
  model::EventTime end;
  CITYBRAIN_ASSIGN(last, log.end(schemas::topic::kDecided, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kDecided, 0, last > 64 ? last - 64 : 0));
  for (;;) {
    CITYBRAIN_ASSIGN(records, cursor->poll(64));
    if (records.empty()) return end;
    for (const auto& r : records) end = std::max(end, r.publish_time);
  }
}

}  // namespace

void add_which_keys(CLI::App& command, WhichKeys& which, const char* about_run) {
  command.add_option("RUN", which.run, about_run)->required();
  command.add_option("--keys", which.key_file,
                     "the key file, where the scenario named one of its own (RUN/keys/keys.txt)");
  command.add_option("--lang", which.lang, "en or zh; default from the locale");
  command.add_flag("--json", which.json, "print JSON to standard output, and nothing else there");
}

fs::path key_file_of(const WhichKeys& which) {
  if (!which.key_file.empty()) return which.key_file;
  std::error_code ec;
  if (!fs::is_directory(which.run, ec)) return which.run;
  return fs::path(which.run) / experiment::kKeysFolder / experiment::kKeyFile;
}

Result<std::unique_ptr<RunKeys>> open_run_keys(const WhichKeys& which) {
  auto out = std::make_unique<RunKeys>();
  CITYBRAIN_ASSIGN(log, open_run_log(which.run));
  out->log = std::move(log);
  const auto folder = fs::path(which.run) / experiment::kKeysFolder;
  std::error_code ec;
  if (!fs::is_directory(folder, ec))
    return Error{"CB-INPUT-KEYS", "the run has no keys", folder.string(),
                 "run it with --set protection.sealing=true"};
  CITYBRAIN_ASSIGN(keys, protection::KeyFile::load(key_file_of(which)));
  out->keys = std::make_shared<const protection::KeyFile>(std::move(keys));
  CITYBRAIN_ASSIGN(vaults, protection::open_vaults(folder, *out->keys));
  out->vaults = std::move(vaults);
  std::vector<protection::Vault*> all;
  for (const auto& v : out->vaults) all.push_back(v.get());
  CITYBRAIN_ASSIGN(custodian, protection::Custodian::open(*out->log, all, out->keys));
  out->custodian = std::move(custodian);
  CITYBRAIN_ASSIGN(end, end_of(*out->log));
  out->end = end;
  CITYBRAIN_TRY(out->custodian->carry_out(end + 1));
  return out;
}

Result<std::string> subject_of(const RunKeys& keys, const std::string& text) {
  if (protection::tag_from_hex(text)) return text;
  const auto colon = text.find(':');
  if (colon == text.npos || colon == 0 || colon + 1 == text.size())
    return Error{
        "CB-USAGE-SUBJECT",
        fmt::format("expected KIND:NAME or a tag of 32 hexadecimal digits, found \"{}\"", text),
        "SUBJECT", "kinds: plate, client, taxi, caller, citizen"};
  if (keys.vaults.empty())
    return Error{"CB-INPUT-KEYS", "the run sealed nothing", "SUBJECT",
                 "run it with --set protection.sealing=true"};
  return protection::to_hex(
      keys.vaults.front()->tag_of(text.substr(0, colon), text.substr(colon + 1)));
}

}  // namespace citybrain::cli
