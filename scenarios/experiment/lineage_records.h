// Records of the log that a lineage names, once each, and what admission made of them. Private to
// scenarios/experiment.
#pragma once

#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/network/network.h"
#include "scenarios/experiment/lineage.h"

namespace citybrain::experiment {

/// Where a record lies.
struct RecordPlace {
  std::uint32_t dataset = 0, partition = 0;
  std::uint64_t position = 0;
  auto operator<=>(const RecordPlace&) const = default;
};

class LineageRecords {
 public:
  LineageRecords(network::Log& log, const catalog::Catalog& catalog)
      : log_(log), catalog_(catalog) {}
  /// The place's number among the records; reads it once. What was truncated is expired.
  model::Result<std::size_t> number_of(const RecordPlace& place);
  /// Finds, in the departments' own tables published before `until`, the identifiers that the
  /// records use.
  model::Result<void> find_identifiers(model::EventTime until);
  std::vector<SourceRecord> take() { return std::move(records_); }
  /// What admission does, of the datasets of the records.
  std::vector<DatasetSteps> datasets() const;

 private:
  network::Log& log_;
  const catalog::Catalog& catalog_;
  std::map<RecordPlace, std::size_t> numbers_;
  std::vector<SourceRecord> records_;
};

/// What admission does by a contract.
DatasetSteps steps_of(const catalog::Contract& contract);

}  // namespace citybrain::experiment
