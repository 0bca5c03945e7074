#include "scenarios/experiment/guard.h"

#include <set>

#include "hub/runtime/files.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using model::Error;
using model::Result;
using protection::KeyFile;
using protection::KeyKind;

namespace {

Result<fs::path> folder_of(const RunOptions& options) {
  if (!options.keys.empty()) return options.keys;
  if (!options.out.empty()) return options.out / kKeysFolder;
  return Error{"CB-USAGE-KEYS", "the scenario signs or seals, so every part needs the run's keys",
               "--keys", "give every part the same folder: --keys FOLDER"};
}

KeyFile of_seed(const Scenario& scenario, const catalog::Catalog* catalog,
                const RunOptions& options) {
  std::set<std::string> departments, desks;
  if (catalog != nullptr)
    for (const auto& c : catalog->contracts()) departments.insert(c.department);
  for (const auto& mode : scenario.modes)
    for (const auto& desk : mode.desks)
      if (desk.is_bound()) desks.insert(desk.name);
  return protection::keys_of_seed(*options.seed, {departments.begin(), departments.end()},
                                  {desks.begin(), desks.end()});
}

}  // namespace

Result<std::shared_ptr<const KeyFile>> keys_of(const Scenario& scenario,
                                               const catalog::Catalog& catalog,
                                               const RunOptions& options) {
  fs::path file = scenario.protection.keys;
  if (file.empty()) {
    CITYBRAIN_ASSIGN(folder, folder_of(options));
    CITYBRAIN_TRY(runtime::make_directory(folder, "CB-INPUT-KEYS"));
    file = folder / kKeyFile;
    std::error_code ec;
    if (!fs::exists(file, ec)) CITYBRAIN_TRY(of_seed(scenario, &catalog, options).save(file));
  }
  CITYBRAIN_ASSIGN(keys, KeyFile::load(file));
  return std::make_shared<const KeyFile>(std::move(keys));
}

Result<protection::Bytes32> pseudonym_key(const Scenario& scenario, const RunOptions& options,
                                          const std::string& desk) {
  if (scenario.protection.keys.empty()) {
    const auto keys = protection::keys_of_seed(*options.seed, {}, {desk});
    return keys.find(KeyKind::kPseudonym, desk, "k1")->material;
  }
  CITYBRAIN_ASSIGN(keys, KeyFile::load(scenario.protection.keys));
  CITYBRAIN_ASSIGN(key, keys.valid(KeyKind::kPseudonym, desk, scenario.start));
  return key->material;
}

Result<access::Signatures> signatures_of(const Scenario& scenario, const catalog::Catalog& catalog,
                                         const RunOptions& options) {
  using Wanted = ProtectionConfig::Signatures;
  if (scenario.protection.signatures == Wanted::kOff) return access::Signatures{};
  CITYBRAIN_ASSIGN(keys, keys_of(scenario, catalog, options));
  return access::Signatures{keys, scenario.protection.signatures == Wanted::kRequired};
}

Result<access::Signatures> past_signatures(const Scenario& scenario,
                                           const catalog::Catalog& catalog,
                                           const RunOptions& options, const fs::path& folder) {
  using Wanted = ProtectionConfig::Signatures;
  if (scenario.protection.signatures == Wanted::kOff) return access::Signatures{};
  const fs::path own = scenario.protection.keys;
  const fs::path file = own.empty() ? folder / kKeyFile : own;
  std::error_code ec;
  KeyFile keys = of_seed(scenario, &catalog, options);
  if (!own.empty() || fs::exists(file, ec)) {
    CITYBRAIN_ASSIGN(kept, KeyFile::load(file));
    keys = std::move(kept);
  }
  return access::Signatures{std::make_shared<const KeyFile>(std::move(keys)),
                            scenario.protection.signatures == Wanted::kRequired};
}

Guard::Guard(const Scenario& scenario, std::shared_ptr<const KeyFile> keys, fs::path vaults)
    : config_(scenario.protection),
      epoch_{scenario.start},
      keys_(keys),
      custody_({std::move(keys), std::move(vaults),
                scenario.protection.signatures != ProtectionConfig::Signatures::kOff}) {}

Result<std::unique_ptr<Guard>> Guard::open(const Scenario& scenario,
                                           const catalog::Catalog& catalog,
                                           const RunOptions& options) {
  if (!scenario.protection.needs_keys()) return std::unique_ptr<Guard>();
  CITYBRAIN_ASSIGN(keys, keys_of(scenario, catalog, options));
  fs::path vaults;
  if (scenario.protection.sealing) {
    CITYBRAIN_ASSIGN(folder, folder_of(options));
    vaults = folder;
  }
  return std::unique_ptr<Guard>(new Guard(scenario, keys, std::move(vaults)));
}

Result<void> Guard::begin(network::Log& log) {
  if (!config_.sealing) return {};
  CITYBRAIN_ASSIGN(custodian, protection::Custodian::open(log, custody_.vaults(), keys_));
  custodian_ = std::move(custodian);
  return {};
}

Result<void> Guard::step(model::Step step) {
  if (!custodian_) return {};
  const auto now = epoch_.at(step);
  const auto vaults = custody_.vaults();
  for (const auto& e : config_.erasures)
    if (e.at_s == step && !vaults.empty())
      CITYBRAIN_TRY(custodian_->request(
          {protection::to_hex(vaults.front()->tag_of(e.kind, e.identity)), e.reason, now}));
  return custodian_->carry_out(now);
}

}  // namespace citybrain::experiment
