// Hub, first third (系统接入): bytes -> checked, deduplicated, harmonised observations, or
// quarantine with a reason. Each record is checked against its dataset's contract (framing, schema,
// event time against publish time, ranges), dropped when its id was seen before, and translated
// from its department's dialect: own ids by the crosswalk that the department published, units,
// datum, local time and id schemes by the contract, positions onto the road. Late records are
// counted and kept out of the batch. A device's clock may be ahead of the publish time by the
// contract's tolerance: such an observation is taken as made when it was published. Where
// signatures are checked, a record that its dataset's department did not sign is quarantined before
// anything else is done with it, so that it cannot take the place of a true one.
//
// Plain synchronous functions on batches; State is a serialisable value owned by the node; one
// thread a State. The same records in the same order give the same result. Nothing throws; a bad
// record never stops the good ones.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hub/catalog/catalog.h"
#include "hub/model/archive.h"
#include "hub/model/ids.h"
#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/model/time.h"
#include "hub/model/trace.h"
#include "hub/protection/signing.h"

namespace citybrain::access {

/// One record as the node read it: the dataset it was published as, and the message bytes as framed
/// on the network.
struct Incoming {
  model::DatasetId dataset;
  model::EventTime publish_time;
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
  std::uint64_t position = 0;
  std::string_view source;  ///< ce_source
  std::string_view id;      ///< ce_id
  std::uint32_t schema_id = 0;
  std::uint32_t schema_index = 0;
  std::string_view payload;
  model::TraceContext trace = {};
  /// Published before records that claim an earlier time: the time is not to be believed.
  bool is_out_of_order = false;
  std::string_view sealed = {};     ///< personal fields, which nobody here can open
  std::string_view signature = {};  ///< of the department, with others sent together
};

enum class Fault : std::uint8_t {
  kSchema,
  kDecode,
  kUnknownId,
  kRange,
  kTime,
  kAttributes,
  kSignature
};
const char* name(Fault fault);

struct Quarantined {
  model::DatasetId dataset;
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
  std::uint64_t position = 0;
  Fault fault = Fault::kDecode;
  std::string detail;
};

/// Counted per dataset. Records and observations (facts) are different things: a record may hold
/// many observations.
struct Counters {
  std::uint64_t records = 0;
  std::uint64_t observations = 0;  ///< found in the records, admitted or not
  std::uint64_t admitted = 0;      ///< observations
  std::uint64_t quarantined = 0;   ///< records
  std::uint64_t duplicates = 0;    ///< records
  std::uint64_t late = 0;          ///< records

  template <class A>
  void fields(A& a) {
    a(records, observations, admitted, quarantined, duplicates, late);
  }
  void add(const Counters& other) {
    records += other.records;
    observations += other.observations;
    admitted += other.admitted;
    quarantined += other.quarantined;
    duplicates += other.duplicates;
    late += other.late;
  }
};

/// Where a department's identifier points to in the unified model.
struct Target {
  model::JunctionId junction;
  model::LaneId lane;
  model::RoadId road;
  float reach_m = 0;
  std::uint32_t place = model::VehiclePosition::kNone;  ///< in RoadNetwork::places

  template <class A>
  void fields(A& a) {
    a(junction, lane, road, reach_m, place);
  }
};

/// Ids of one source seen lately, forgotten after the dedupe window.
struct Seen {
  std::map<std::uint64_t, std::int64_t> last;                ///< id hash -> publish time
  std::deque<std::pair<std::int64_t, std::uint64_t>> order;  ///< the same by publish time

  template <class A>
  void fields(A& a) {
    a(last, order);
  }
};

/// What departments said of their own names: the same for every district, a function of the records
/// of the tables' datasets alone (catalog::is_id_table()).
struct Tables {
  /// Crosswalks: id scheme -> device -> targets by their number at the device ("CAB-0007/3" is
  /// number 3 of CAB-0007).
  std::map<std::string, std::map<std::string, std::vector<Target>>> crosswalk;
  /// Navigation companies' link numbers, by id scheme.
  std::map<std::string, std::map<std::uint32_t, model::RoadId>> links;
  /// A fleet's own names of its vehicles -> their numbers, by id scheme.
  std::map<std::string, std::map<std::string, std::uint32_t>> fleets;
};

/// What a reader remembers of the records that it took: one a district, and one of the tables.
struct State {
  std::map<std::string, Seen> seen;  ///< by source
  std::vector<Counters> counters;    ///< by dataset

  template <class A>
  void fields(A& a) {
    a(seen, counters);
  }
};

struct Admitted {
  model::ObservationBatch batch;
  std::vector<Quarantined> quarantined;
};

constexpr std::int64_t kDedupeWindow_ms = 120'000;

/// Whose signatures are checked, and whether every record must have one.
struct Signatures {
  std::shared_ptr<const protection::KeyFile> keys;  ///< none: nobody looks at signatures
  bool required = false;                            ///< else only those that are there
};

/// What does not change during a run, and decoding buffers: one thread a Rules. Keeps references:
/// the network and the catalogue must outlive it.
class Rules {
 public:
  Rules(const model::RoadNetwork& network, const catalog::Catalog& catalog,
        std::int64_t dedupe_window_ms = kDedupeWindow_ms, Signatures signatures = {});
  ~Rules();
  Rules(Rules&&) noexcept;

  /// Admits `records`, which are in (publish time, source, sequence) order, into `out` (cleared
  /// first); records of tables into `tables`. Its observations of lanes and roads say which of the
  /// records they come from.
  void admit(std::span<const Incoming> records, State& state, Tables& tables, Admitted& out) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::access
