// One data contract (Open Data Contract Standard v3.1) as a value: what a dataset's owner promises
// about its records. The standard's own keys are read where it has one; custom properties carry the
// rest (crs, time zone, id scheme, lead source, sharing class, coverage, names in Chinese). Values
// after reading; safe to read from many threads.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/classification.h"
#include "hub/catalog/masking.h"
#include "hub/catalog/time_zone.h"
#include "hub/catalog/units.h"
#include "hub/model/ids.h"
#include "hub/model/result.h"

namespace citybrain::catalog {

/// Datum of positions. WGS 84 is CGCS2000 to a few centimetres; GCJ-02 is the shifted datum of
/// published maps, BD-09 Baidu's second shift on top of it.
enum class Crs : std::uint8_t { kNone, kCgcs2000, kWgs84, kGcj02, kBd09 };
enum class SharingClass : std::uint8_t { kUnconditional, kConditional, kNotShared };

/// As in contracts: "none", "EPSG:4490", "EPSG:4326", "GCJ-02", "BD-09".
std::string_view name_of(Crs crs);
/// "unconditional", "conditional", "not-shared".
std::string_view name_of(SharingClass sharing);

/// One field of the department's own message: how to turn its numbers into unified ones, the range
/// that is believed, and how far it may travel.
struct FieldRule {
  std::string name;  ///< as in the message
  std::string path;  ///< with the names of the fields that hold it: "lanes.queue_count"
  std::string unit;  ///< UCUM, e.g. "km/h", "dm", "m/s", "1"; empty: none given
  Dimension dimension;
  double scale = 1;               ///< of the number in its unit: 0.1 for tenths
  double to_unified = 1;          ///< factor to metres, seconds, metres per second, degrees
  std::optional<double> minimum;  ///< as in the message, before conversion
  std::optional<double> maximum;
  std::string format;                       ///< of a time that is text: "yyyy-MM-dd HH:mm:ss"
  std::string id_scheme;                    ///< of its identifiers, where it is not the dataset's
  DataClass data_class = DataClass::kCore;  ///< its own, or the dataset's strictest
  bool is_classified = false;               ///< the contract gives the field a class of its own
  bool personal_identifier = false;         ///< tells one person or client from another
  bool required = false;
  std::string logical_type;   ///< ODCS: "integer", "string", "object", "array" ...
  std::string physical_type;  ///< Protobuf: "uint32", "repeated sint32", "repeated LaneView"
  std::string title_zh, description;
  std::vector<std::string> sources;  ///< "department.dataset[.field]" that it is derived from
};

struct Contract {
  model::DatasetId id;
  std::string dataset;  ///< "<department>.<dataset>", also the topic
  std::string version;
  std::string department;   ///< owner
  std::string lead_source;  ///< 数源部门
  std::string resource;     ///< what it is about, the same word for the same thing; may be empty
  std::string message;      ///< e.g. "traffic_police.v1.DetectorReport"
  std::vector<FieldRule> fields;  ///< leaves and the messages that hold them, in the file's order
  Crs crs = Crs::kNone;
  TimeZone time_zone;            ///< of local times in the message
  std::string id_scheme;         ///< of the ids in the message
  double maximum_delay_s = 0;    ///< publish time minus event time beyond which a record is late
  double clock_tolerance_s = 0;  ///< by which a device's clock may be ahead of the publish time
  double freshness_s = 0;
  double frequency_s = 0;  ///< between two facts of one device; 0: not said
  double retention_s = 0;
  ClassSet classes = {DataClass::kCore};  ///< of its records; where none is given, the strictest
  SharingClass sharing = SharingClass::kConditional;
  std::string sharing_law;  ///< for what is not shared: the law that says so
  std::vector<std::string> purposes;
  std::vector<MaskRule> masking;  ///< for every reader but the owner
  double cost_per_record = 0;     ///< declared price of collecting one record
  std::string currency;
  std::vector<std::string> coverage;  ///< names of the places that it is about, in any language
  std::vector<std::string> tags;
  std::string title, title_zh, description, description_zh, limitations, domain;
  std::vector<std::string> sources;  ///< datasets that all of it is derived from
  std::string file;                  ///< where it was read
  /// "file:line:column" of what later checks may complain about: "crs", "leadSource", "idScheme",
  /// "message", "version", "field.<path>", "field.<path>.unit" ...
  std::map<std::string, std::string, std::less<>> where;

  /// By path, or by name where no path is like it; nullptr when there is none.
  const FieldRule* field(std::string_view name_or_path) const;
  /// Place of `key` in `where`, else the file.
  const std::string& place(std::string_view key) const;
  /// Id scheme of a field: its own, else the dataset's.
  const std::string& scheme_of(std::string_view name_or_path) const;
};

/// A contract's text; every mistake in it, each placed at "name:line:column" with the field it is
/// in. The contract is whole only when there are none.
struct ReadContract {
  Contract contract;
  std::vector<model::Error> errors;
};
ReadContract read_contract(std::string_view text, std::string_view name);

/// The contract against the Protobuf message that it names: unknown message; fields that the
/// message does not have, with the nearest that it has; fields of the message that the contract
/// leaves out; types that differ; units, formats and datums that the unified model cannot take
/// there.
std::vector<model::Error> against_schema(const Contract& contract);

}  // namespace citybrain::catalog
