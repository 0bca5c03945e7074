// The dialects, one function a message: from the department's own words to observations. Private to
// hub/access.
#pragma once

#include <optional>
#include <string>

#include "citybrain/v1/records.pb.h"
#include "hub/access/access.h"
#include "hub/access/places.h"
#include "navigation/v1/navigation.pb.h"
#include "traffic_police/v1/traffic_police.pb.h"

namespace citybrain::access {

/// Why a record is not admitted.
struct Rejection {
  Fault fault = Fault::kDecode;
  std::string detail;
};

/// What became of a decoded record.
struct Decoded {
  std::optional<Rejection> rejection;
  model::EventTime event;
  std::uint64_t observations = 0;
};

/// "2026-03-02 07:00:01" at an offset from UTC; nothing when it is no such time.
std::optional<model::EventTime> parse_local_time(std::string_view text,
                                                 std::int32_t utc_offset_min);

class Decoder {
 public:
  Decoder(const model::RoadNetwork& network) : network_(network), places_(network) {}

  /// Appends the record's observations to `out`; on a rejection nothing stays appended.
  Decoded decode(const catalog::Contract& contract, const Incoming& record, State& state,
                 model::ObservationBatch& out);

 private:
  Decoded detectors(const catalog::Contract& contract, const Incoming& record, const State& state,
                    model::ObservationBatch& out);
  Decoded video(const catalog::Contract& contract, const Incoming& record, const State& state,
                model::ObservationBatch& out);
  Decoded probes(const catalog::Contract& contract, const Incoming& record, const State& state,
                 model::ObservationBatch& out);
  Decoded crosswalk(const catalog::Contract& contract, const Incoming& record, State& state);
  Decoded links(const Incoming& record, State& state);

  const model::RoadNetwork& network_;
  Places places_;
  traffic_police::v1::DetectorReport detectors_;
  traffic_police::v1::VideoReport video_;
  navigation::v1::ProbeBatch probes_;
  navigation::v1::LinkTable links_;
  v1::IdCrosswalk crosswalk_;
};

}  // namespace citybrain::access
