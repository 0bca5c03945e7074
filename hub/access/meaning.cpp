#include "hub/access/meaning.h"

#include <algorithm>
#include <iterator>

namespace citybrain::access {

namespace {

using enum Meaning;

constexpr FieldMeaning kDetectors[] = {{"cabinet", kPlace},  {"local_time", kTime},
                                       {"detector", kPlace}, {"pulses", kValue},
                                       {"presence", kValue}, {"report_no", kOther}};
constexpr FieldMeaning kVideo[] = {{"camera", kPlace},        {"local_ms", kTime},
                                   {"lanes", kWhole},         {"lane_no", kPlace},
                                   {"queue_count", kValue},   {"queue_length_dm", kValue},
                                   {"speed_kmh_x10", kSpeed}, {"moving", kValue}};
constexpr FieldMeaning kPlates[] = {
    {"camera", kPlace}, {"local_ms", kTime}, {"lane_no", kPlace}, {"plate", kSubject}};
constexpr FieldMeaning kProbes[] = {
    {"provider", kOther}, {"unix_s", kTime},  {"device", kSubject},      {"link", kPlace},
    {"lon_e6", kPlace},   {"lat_e6", kPlace}, {"speed_kmh_x10", kSpeed}, {"next_link", kRoute}};
constexpr FieldMeaning kTerminal[] = {{"terminal", kSubject},    {"serial", kOther},
                                      {"status", kState},        {"latitude_e6", kPlace},
                                      {"longitude_e6", kPlace},  {"speed_kmh_x10", kSpeed},
                                      {"direction_deg", kPlace}, {"bcd_time", kTime}};
constexpr FieldMeaning kBus[] = {
    {"terminal", kSubject},    {"serial", kOther},       {"status", kState},
    {"latitude_e6", kPlace},   {"longitude_e6", kPlace}, {"speed_kmh_x10", kSpeed},
    {"direction_deg", kPlace}, {"bcd_time", kTime},      {"position", kWhole},
    {"route_id", kLine},       {"stop_id", kRoute},      {"current_status", kState},
    {"delay_s", kDelay}};
constexpr FieldMeaning kAmbulance[] = {
    {"vehicle_no", kSubject}, {"local_time", kTime}, {"lon_e5", kPlace},
    {"lat_e5", kPlace},       {"speed_kmh", kSpeed}, {"heading_deg", kPlace},
    {"task_state", kState},   {"siren", kState},     {"task_no", kRoute}};
constexpr FieldMeaning kCall[] = {{"call_no", kSubject}, {"local_ms", kTime}, {"triage", kSeverity},
                                  {"address", kPlace},   {"located", kPlace}, {"lon_e5", kPlace},
                                  {"lat_e5", kPlace}};
constexpr FieldMeaning kSheet[] = {
    {"sheet_no", kSubject}, {"hotline", kKind},     {"local_ms", kTime},
    {"category", kKind},    {"urgency", kSeverity}, {"place", kPlace},
    {"located", kPlace},    {"lon_e6", kPlace},     {"lat_e6", kPlace}};
constexpr FieldMeaning kLot[] = {{"lot_code", kPlace},    {"report_time", kTime},
                                 {"entries", kValue},     {"exits", kValue},
                                 {"free_berths", kValue}, {"total_berths", kValue}};

struct MessageMeaning {
  std::string_view message;
  std::span<const FieldMeaning> fields;
  bool personal;
  bool moves;
};
constexpr MessageMeaning kMessages[] = {
    {"traffic_police.v1.DetectorReport", kDetectors, false, false},
    {"traffic_police.v1.VideoReport", kVideo, false, false},
    {"traffic_police.v1.PlateReport", kPlates, true, false},
    {"navigation.v1.ProbeBatch", kProbes, true, true},
    {"transport.v1.BusReport", kBus, true, true},
    {"transport.v1.PositionReport", kTerminal, true, true},
    {"emergency_medical.v1.AmbulanceReport", kAmbulance, true, true},
    {"emergency_medical.v1.EmergencyCall", kCall, true, false},
    {"citizen_hotline.v1.CitizenReport", kSheet, true, false},
    {"parking.v1.LotReport", kLot, false, false}};

const MessageMeaning* find(std::string_view message) {
  const auto it = std::find_if(std::begin(kMessages), std::end(kMessages),
                               [&](const MessageMeaning& m) { return m.message == message; });
  return it == std::end(kMessages) ? nullptr : &*it;
}

}  // namespace

std::span<const FieldMeaning> meanings_of(std::string_view message) {
  const auto* m = find(message);
  return m == nullptr ? std::span<const FieldMeaning>() : m->fields;
}

Meaning meaning_of(std::string_view message, std::string_view field) {
  if (const auto dot = field.rfind('.'); dot != field.npos) field.remove_prefix(dot + 1);
  for (const auto& f : meanings_of(message))
    if (f.field == field) return f.meaning;
  return Meaning::kOther;
}

bool is_personal(std::string_view message) {
  const auto* m = find(message);
  return m != nullptr && m->personal;
}

bool can_aggregate(std::string_view message) {
  const auto* m = find(message);
  return m != nullptr && m->moves;
}

}  // namespace citybrain::access
