// Governance (hub/catalog): the contracts of all datasets and the answer to "may this pass, and
// how". Contracts are Open Data Contract Standard v3.1 YAML, read once at start from
// schemas/contracts/<department>/<dataset>.yaml; custom properties carry what the standard leaves
// open (crs, time zone, id scheme, maximum delay, sharing class, lead source department). Errors:
// CB-INPUT-CONTRACT with file, line, field and what was expected (nearest valid name where there is
// one). Values after loading; safe to read from many threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/classification.h"
#include "hub/catalog/masking.h"
#include "hub/model/ids.h"
#include "hub/model/nearest.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

enum class Crs : std::uint8_t { kNone, kCgcs2000, kGcj02 };
enum class SharingClass : std::uint8_t { kUnconditional, kConditional, kNotShared };

/// One field of the department's own message: how to turn its numbers into unified ones, and the
/// range that is believed.
struct FieldRule {
  std::string name;  ///< as in the message
  std::string unit;  ///< UCUM, e.g. "km/h", "dm", "m/s", "1"
  double to_unified =
      1;  ///< factor to metres, seconds, metres per second; the contract's unit and scale
  std::optional<double> minimum;  ///< as in the message, before conversion
  std::optional<double> maximum;
  /// Its own, or the dataset's strictest: who is not cleared for it never sees the field.
  DataClass data_class = DataClass::kCore;
  bool is_classified = false;  ///< the contract gives the field a class of its own
};

struct Contract {
  model::DatasetId id;
  std::string dataset;  ///< "<department>.<dataset>", also the topic
  std::string version;
  std::string department;   ///< owner
  std::string lead_source;  ///< 数源部门
  std::string message;      ///< e.g. "traffic_police.v1.DetectorReport"
  std::vector<FieldRule> fields;
  Crs crs = Crs::kNone;
  std::int32_t utc_offset_min = 0;  ///< of local times in the message; 480 for Beijing
  std::string id_scheme;            ///< of the ids in the message
  double maximum_delay_s = 0;       ///< publish time minus event time beyond which a record is late
  double clock_tolerance_s = 0;     ///< by which a device's clock may be ahead of the publish time
  double freshness_s = 0;
  double retention_s = 0;
  ClassSet classes = {DataClass::kCore};  ///< of its records; where none is given, the strictest
  SharingClass sharing = SharingClass::kConditional;
  std::string sharing_law;  ///< for what is not shared: the law that says so
  std::vector<std::string> purposes;
  std::vector<MaskRule> masking;  ///< for every reader but the owner
  std::string file;               ///< where it was read

  const FieldRule* field(std::string_view name) const;
};

class Catalog {
 public:
  /// Reads every *.yaml below `directory`; dataset ids follow the order of dataset names.
  static model::Result<Catalog> load(const std::filesystem::path& directory);
  /// One contract from text, for tests and fuzzing; `name` appears in errors.
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

using model::nearest;

}  // namespace citybrain::catalog
