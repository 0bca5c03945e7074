// Governance (hub/catalog): the contracts of all datasets and the answer to "may this pass, and
// how". Contracts are Open Data Contract Standard v3.1 YAML, read once at start from
// schemas/contracts/<department>/<dataset>.yaml. Errors: CB-INPUT-CONTRACT with file, line, field
// and what was expected (nearest valid name where there is one). Values after loading; safe to read
// from many threads.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/classification.h"
#include "hub/catalog/contract.h"
#include "hub/model/ids.h"
#include "hub/model/nearest.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

class Catalog {
 public:
  /// Reads every *.yaml below `directory`; dataset ids follow the order of dataset names. Refused
  /// as a whole for any error that check() finds; the error is the first, and says how many follow.
  static model::Result<Catalog> load(const std::filesystem::path& directory);
  /// One contract from text: the first of read_contract's errors. Not held against its message.
  static model::Result<Contract> parse(std::string_view text, std::string_view name);
  static model::Result<Catalog> from(std::vector<Contract> contracts);

  std::span<const Contract> contracts() const { return contracts_; }
  const Contract& operator[](model::DatasetId id) const { return contracts_[id.value]; }
  const Contract* find(std::string_view dataset) const;
  /// The set of these datasets. Error CB-INPUT-DATASET names an unknown one with the nearest valid
  /// name, or one whose contract says it is not shared and whose owner is not `department`.
  model::Result<model::SourceMask> grant(std::span<const std::string> datasets,
                                         std::string_view department) const;

 private:
  std::vector<Contract> contracts_;
};

/// A folder of contracts with all its errors, ordered by place. `catalog` holds the contracts that
/// have none.
struct Checked {
  Catalog catalog;
  std::vector<model::Error> errors;
};
/// Reads every *.yaml below `directory`, holds each contract against its message (contract.h) and
/// all against each other (rules.h). An error of the result itself: there is no such folder, or
/// nothing in it.
model::Result<Checked> check(const std::filesystem::path& directory);

/// Earlier versions of contracts, kept below `directory` as <department>/<dataset>-<version>.yaml,
/// by dataset and version. They are read as texts and not held against today's messages.
model::Result<std::vector<Contract>> read_history(const std::filesystem::path& directory);
/// Contracts whose version did not go up as far as their changes since the newest earlier one ask
/// for (evolution.h), each at its version.
std::vector<model::Error> against_history(const Catalog& catalog,
                                          std::span<const Contract> history);

using model::nearest;

}  // namespace citybrain::catalog
