// The dialects, one function a message: from the department's own words to observations. Private to
// hub/access.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "citizen_hotline/v1/citizen_hotline.pb.h"
#include "citybrain/v1/records.pb.h"
#include "emergency_medical/v1/emergency_medical.pb.h"
#include "hub/access/access.h"
#include "hub/access/places.h"
#include "navigation/v1/navigation.pb.h"
#include "parking/v1/parking.pb.h"
#include "traffic_police/v1/traffic_police.pb.h"
#include "transport/v1/transport.pb.h"

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

class Decoder {
 public:
  Decoder(const model::RoadNetwork& network) : network_(network), places_(network) {
    for (std::uint32_t i = 0; i < network.places.size(); ++i)
      place_by_name_.emplace(network.places[i].name, i);
  }

  /// Appends the record's observations to `out`; on a rejection nothing stays appended.
  Decoded decode(const catalog::Contract& contract, const Incoming& record, Tables& tables,
                 model::ObservationBatch& out);

 private:
  Decoded detectors(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
                    model::ObservationBatch& out);
  Decoded video(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
                model::ObservationBatch& out);
  Decoded probes(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
                 model::ObservationBatch& out);
  Decoded plates(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
                 model::ObservationBatch& out);
  // decode_fleets.cpp
  Decoded bus(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
              model::ObservationBatch& out);
  Decoded taxi(const catalog::Contract& contract, const Incoming& record,
               model::ObservationBatch& out);
  Decoded ambulance(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
                    model::ObservationBatch& out);
  Decoded terminal(const catalog::Contract& contract, const transport::v1::PositionReport& m,
                   model::VehiclePosition& out) const;
  void find_road(const catalog::Contract& contract, const model::GeoPoint& at, double heading_deg,
                 model::VehiclePosition& out) const;
  Decoded fleet_table(const catalog::Contract& contract, const Incoming& record, Tables& tables);
  // decode_reports.cpp
  Decoded lot(const catalog::Contract& contract, const Incoming& record, const Tables& tables,
              model::ObservationBatch& out);
  Decoded emergency_call(const catalog::Contract& contract, const Incoming& record,
                         model::ObservationBatch& out);
  Decoded citizen_report(const catalog::Contract& contract, const Incoming& record,
                         model::ObservationBatch& out);
  bool find_place(const catalog::Contract& contract, const std::string& words,
                  const model::GeoPoint& at, model::EventReport& out) const;
  Decoded crosswalk(const catalog::Contract& contract, const Incoming& record, Tables& tables);
  Decoded links(const catalog::Contract& contract, const Incoming& record, Tables& tables);

  const model::RoadNetwork& network_;
  Places places_;
  std::map<std::string, std::uint32_t, std::less<>> place_by_name_;
  traffic_police::v1::DetectorReport detectors_;
  traffic_police::v1::VideoReport video_;
  navigation::v1::ProbeBatch probes_;
  navigation::v1::LinkTable links_;
  traffic_police::v1::PlateReport plates_;
  transport::v1::BusReport bus_;
  transport::v1::PositionReport taxi_;
  emergency_medical::v1::AmbulanceReport ambulance_;
  emergency_medical::v1::EmergencyCall call_;
  citizen_hotline::v1::CitizenReport sheet_;
  parking::v1::LotReport lot_;
  v1::IdCrosswalk crosswalk_;
  v1::FleetTable fleet_table_;
};

}  // namespace citybrain::access
