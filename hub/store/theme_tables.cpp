// Tables of the theme database (主题库).
#include "hub/store/columns.h"
#include "hub/store/decoders.h"
#include "hub/store/rows.h"

namespace citybrain::store {

namespace {

const Columns kLaneValues = {{"queue", "1", "standing vehicles"},
                             {"queue_sd", "1", "standard deviation of its error"},
                             {"vehicles", "1", "standing and moving vehicles"},
                             {"vehicles_sd", "1", "standard deviation of its error"},
                             {"speed", "m/s", "mean speed of the vehicles"},
                             {"speed_sd", "m/s", "standard deviation of its error"}};
const Columns kVehicleValues = {{"vehicle", "", "its number in the fleet, or a pseudonym"},
                                {"role", "", "bus, taxi, ambulance"},
                                {"state", "", "what it does"},
                                {"siren", "", "drives under siren"},
                                {"at_ms", "ms", "event time of the report, since 1970"},
                                kDataset,
                                kRoad,
                                {"at_m", "m", "from the road's beginning"},
                                {"speed", "m/s", "as reported"},
                                {"delay", "s", "of a bus against its timetable"},
                                {"line", "", "of a bus; 4294967295: none"},
                                {"next_place", "", "of a bus; 4294967295: none"},
                                {"task", "", "of an ambulance; 4294967295: none"},
                                {"heard_ms", "ms", "event time at which the hub took it"}};
const Columns kEventValues = {{"number", "", "of the event in this view"},
                              {"kind", "", "medical, incident, flood, parking"},
                              {"severity", "1", "1 the worst, 4 the mildest"},
                              {"first_ms", "ms", "event time of the first report"},
                              {"last_ms", "ms", "event time of the last report"},
                              {"heard_ms", "ms", "event time at which the hub took the last one"},
                              kRoad,
                              {"at_m", "m", "from the road's beginning"},
                              {"reports", "1", "reports so far"},
                              {"reports_on_road", "1", "of them on this road"},
                              {"datasets", "", "a bit each"}};
const Columns kPlaceValues = {{"place", "", "place of the base database", "places"},
                              {"free", "1", "free places"},
                              {"capacity", "1", "places"},
                              {"entries", "1", "vehicles in since the last report but one"},
                              {"exits", "1", "vehicles out since the last report but one"},
                              {"at_ms", "ms", "event time of the report, since 1970"},
                              {"heard_ms", "ms", "event time at which the hub took it"},
                              {"datasets", "", "a bit each"}};
const Columns kIndicatorValues = {
    {"freshness", "s", "age of the newest fact admitted"},
    {"completeness", "1", "records of those that contract and devices let expect"},
    {"validity", "1", "share of records that were not quarantined"},
    {"duplicate_rate", "1", "share of records whose id was seen before"},
    {"late_rate", "1", "share of records that came too late"},
    {"records", "1", "records in the minute so far"},
    {"observations", "1", "facts in them"},
    {"admitted", "1", "facts admitted"},
    {"quarantined", "1", "records put into quarantine"},
    {"duplicates", "1", "records dropped as repeats"},
    {"late", "1", "records too late"},
    {"expected", "1", "records expected in the minute so far; 0 where it cannot be said"}};
std::vector<KeyPart> now_key() { return {{"view", kU32}, {"block", kU32}}; }
std::vector<KeyPart> frame_parts() {
  return {{"view", kU32}, {"minute", kU32}, {"block", kU32}, {"step", kU32}};
}
Columns known() { return {kView, {"entry", "", "place among all that the view knows"}}; }
Columns known_at() { return plus(known(), {kStep}); }

TableSpec lane_latest() {
  return {"lane_latest",
          "theme",
          Family::kTheme,
          "now",
          now_key(),
          plus({kView, kLane}, kLaneValues),
          2,
          Keeps::kLatest,
          "lane_history",
          kViews,
          "Traffic on each lane now",
          "各车道当前交通",
          decode_lane_latest};
}

TableSpec lane_history() {
  return {"lane_history",
          "theme",
          Family::kTheme,
          kLaneHistory,
          {{"view", kU32}, {"minute", kU32}, {"block", kU32}},
          plus({kView, kLane, kStep}, kLaneValues),
          3,
          Keeps::kSamples,
          nullptr,
          kViews,
          "Traffic on each lane, a sample every 10 s",
          "各车道交通历史(每 10 秒)",
          decode_lane_history};
}

TableSpec vehicle_latest() {
  return {"vehicle_latest",
          "theme",
          Family::kTheme,
          "vehicles",
          now_key(),
          plus(known(), kVehicleValues),
          2,
          Keeps::kLatest,
          "vehicle_history",
          kViews,
          "Fleets' vehicles as last heard",
          "车队车辆最近位置",
          decode_known<model::VehicleSituation>};
}

TableSpec vehicle_history() {
  return {"vehicle_history",
          "theme",
          Family::kTheme,
          kVehicleFrames,
          frame_parts(),
          plus(known_at(), kVehicleValues),
          3,
          Keeps::kFrames,
          nullptr,
          kViews,
          "Fleets' vehicles, every report",
          "车队车辆位置历史",
          decode_frame<model::VehicleSituation>};
}

TableSpec event_latest() {
  return {"event_latest",
          "theme",
          Family::kTheme,
          "events",
          now_key(),
          plus(known(), kEventValues),
          2,
          Keeps::kLatest,
          "event_history",
          kViews,
          "Events that are known",
          "已知事件",
          decode_known<model::EventSituation>};
}

TableSpec event_history() {
  return {"event_history",
          "theme",
          Family::kTheme,
          kEventFrames,
          frame_parts(),
          plus(known_at(), kEventValues),
          3,
          Keeps::kFrames,
          nullptr,
          kViews,
          "Events, every change",
          "事件变化历史",
          decode_frame<model::EventSituation>};
}

TableSpec place_latest() {
  return {"place_latest",
          "theme",
          Family::kTheme,
          "places",
          now_key(),
          plus(known(), kPlaceValues),
          2,
          Keeps::kLatest,
          "place_history",
          kViews,
          "Places as last heard",
          "场所最近状态",
          decode_known<model::PlaceSituation>};
}

TableSpec place_history() {
  return {"place_history",
          "theme",
          Family::kTheme,
          kPlaceFrames,
          frame_parts(),
          plus(known_at(), kPlaceValues),
          3,
          Keeps::kFrames,
          nullptr,
          kViews,
          "Places, every report",
          "场所状态历史",
          decode_frame<model::PlaceSituation>};
}

TableSpec indicators() {
  return {"indicators",
          "theme",
          Family::kTheme,
          kIndicators,
          {{"district", kU32}},
          plus({kDistrict, kDataset}, kIndicatorValues),
          2,
          Keeps::kLatest,
          "indicator_history",
          kRun,
          "Freshness, completeness, validity, repeats of each dataset now",
          "各数据集当前的鲜活度、完整度、有效率与重复率",
          decode_indicators};
}

TableSpec indicator_history() {
  return {"indicator_history",
          "theme",
          Family::kTheme,
          kIndicatorHistory,
          {{"minute", kU32}, {"step", kU32}, {"district", kU32}},
          plus({kDistrict, kDataset, kStep}, kIndicatorValues),
          3,
          Keeps::kSamples,
          nullptr,
          kRun,
          "The same, a sample every 10 s",
          "各数据集指标历史(每 10 秒)",
          decode_indicator_history};
}

}  // namespace

std::vector<TableSpec> theme_tables() {
  return {lane_latest(),  lane_history(),     vehicle_latest(), vehicle_history(),
          event_latest(), event_history(),    place_latest(),   place_history(),
          indicators(),   indicator_history()};
}

}  // namespace citybrain::store
