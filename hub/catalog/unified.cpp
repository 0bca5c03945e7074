#include "hub/catalog/unified.h"

namespace citybrain::catalog {

namespace {

constexpr TakenField kTaken[] = {
    {"traffic_police.v1.DetectorReport", "cabinet", Taken::kIdentifier},
    {"traffic_police.v1.DetectorReport", "local_time", Taken::kClockText},
    {"traffic_police.v1.VideoReport", "camera", Taken::kIdentifier},
    {"traffic_police.v1.VideoReport", "local_ms", Taken::kClock},
    {"traffic_police.v1.VideoReport", "lanes.queue_length_dm", Taken::kLength},
    {"traffic_police.v1.VideoReport", "lanes.speed_kmh_x10", Taken::kSpeed},
    {"traffic_police.v1.PlateReport", "camera", Taken::kIdentifier},
    {"traffic_police.v1.PlateReport", "local_ms", Taken::kClock},
    {"navigation.v1.ProbeBatch", "unix_s", Taken::kInstant},
    {"navigation.v1.ProbeBatch", "link", Taken::kIdentifier},
    {"navigation.v1.ProbeBatch", "lon_e6", Taken::kPosition},
    {"navigation.v1.ProbeBatch", "lat_e6", Taken::kPosition},
    {"navigation.v1.ProbeBatch", "speed_kmh_x10", Taken::kSpeed},
    {"navigation.v1.LinkTable", "from_lon_e6", Taken::kPosition},
    {"navigation.v1.LinkTable", "from_lat_e6", Taken::kPosition},
    {"navigation.v1.LinkTable", "to_lon_e6", Taken::kPosition},
    {"navigation.v1.LinkTable", "to_lat_e6", Taken::kPosition},
    {"transport.v1.PositionReport", "latitude_e6", Taken::kPosition},
    {"transport.v1.PositionReport", "longitude_e6", Taken::kPosition},
    {"transport.v1.PositionReport", "speed_kmh_x10", Taken::kSpeed},
    {"transport.v1.PositionReport", "direction_deg", Taken::kDirection},
    {"transport.v1.PositionReport", "bcd_time", Taken::kClockText},
    {"transport.v1.BusReport", "position.terminal", Taken::kIdentifier},
    {"transport.v1.BusReport", "position.latitude_e6", Taken::kPosition},
    {"transport.v1.BusReport", "position.longitude_e6", Taken::kPosition},
    {"transport.v1.BusReport", "position.speed_kmh_x10", Taken::kSpeed},
    {"transport.v1.BusReport", "position.direction_deg", Taken::kDirection},
    {"transport.v1.BusReport", "position.bcd_time", Taken::kClockText},
    {"transport.v1.BusReport", "stop_id", Taken::kIdentifier},
    {"transport.v1.BusReport", "delay_s", Taken::kDuration},
    {"emergency_medical.v1.AmbulanceReport", "vehicle_no", Taken::kIdentifier},
    {"emergency_medical.v1.AmbulanceReport", "local_time", Taken::kClockText},
    {"emergency_medical.v1.AmbulanceReport", "lon_e5", Taken::kPosition},
    {"emergency_medical.v1.AmbulanceReport", "lat_e5", Taken::kPosition},
    {"emergency_medical.v1.AmbulanceReport", "speed_kmh", Taken::kSpeed},
    {"emergency_medical.v1.AmbulanceReport", "heading_deg", Taken::kDirection},
    {"emergency_medical.v1.EmergencyCall", "local_ms", Taken::kClock},
    {"emergency_medical.v1.EmergencyCall", "lon_e5", Taken::kPosition},
    {"emergency_medical.v1.EmergencyCall", "lat_e5", Taken::kPosition},
    {"citizen_hotline.v1.CitizenReport", "local_ms", Taken::kClock},
    {"citizen_hotline.v1.CitizenReport", "lon_e6", Taken::kPosition},
    {"citizen_hotline.v1.CitizenReport", "lat_e6", Taken::kPosition},
    {"parking.v1.LotReport", "lot_code", Taken::kIdentifier},
    {"parking.v1.LotReport", "report_time", Taken::kClockText},
    {"citybrain.v1.IdCrosswalk", "entries.reach_m", Taken::kLength},
};

}  // namespace

std::span<const TakenField> taken_fields() { return kTaken; }

bool is_id_table(std::string_view message) {
  return message == "citybrain.v1.IdCrosswalk" || message == "citybrain.v1.FleetTable" ||
         message == "navigation.v1.LinkTable";
}

}  // namespace citybrain::catalog
