// Tables of the base database (基础库).
#include "hub/store/columns.h"
#include "hub/store/decoders.h"
#include "hub/store/rows.h"

namespace citybrain::store {

namespace {

TableSpec city() {
  return {"city",
          "base",
          Family::kBase,
          "city",
          {},
          {{"name", "", "of the road network"},
           {"start_ms", "ms", "event time of Step 0"},
           {"lon", "deg", "of the local plane's origin"},
           {"lat", "deg", "of the local plane's origin"},
           {"anchored", "", "the origin is known"}},
          0,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Which city and run this is",
          "本仓库所属的城市与运行",
          decode_row<CityRow>};
}

TableSpec datasets() {
  return {"datasets",
          "base",
          Family::kBase,
          "dataset",
          {{"id", kU32}},
          {{"id", "", "its number"},
           {"name", "", "department.dataset"},
           {"department", "", "its owner"},
           {"freshness", "s", "promised by contract"},
           {"frequency", "s", "between two facts of a device"},
           {"maximum_delay", "s", "later is late"},
           {"retention", "s", "how long it may be kept"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "What contracts promise of each dataset",
          "各数据集的契约承诺",
          decode_row<DatasetRow>};
}

TableSpec views() {
  return {"views",
          "base",
          Family::kBase,
          "view",
          {{"id", kU32}},
          {{"id", "", "its number"},
           {"name", "", "desk or department"},
           {"datasets", "", "granted, a bit each"},
           {"retention", "s", "of its history; 0: no limit"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "What each set of grants lets desks see",
          "各授权组合所见的视图",
          decode_row<ViewRow>};
}

TableSpec districts() {
  return {"districts",
          "base",
          Family::kBase,
          "district",
          {{"id", kU32}},
          {{"id", "", "its number"}, {"name", "", "its name"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Districts of the city",
          "城区",
          decode_name};
}

TableSpec junctions() {
  return {"junctions",
          "base",
          Family::kBase,
          "junction",
          {{"id", kU32}},
          {{"id", "", "its number"},
           {"name", "", "its name"},
           {"x", "m", "east of the anchor"},
           {"y", "m", "north of the anchor"},
           {"boundary", "", "vehicles appear and vanish here"},
           {"signalised", "", "has a signal"},
           kDistrict,
           {"phases", "1", "of its plan"},
           {"intergreen", "s", "yellow and all red"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Junctions",
          "路口",
          decode_row<JunctionRow>};
}

TableSpec roads() {
  return {"roads",
          "base",
          Family::kBase,
          "road",
          {{"id", kU32}},
          {{"id", "", "its number"},
           {"name", "", "its name"},
           {"from", "", "junction", "junctions"},
           {"to", "", "junction", "junctions"},
           {"length", "m", "to the stop line"},
           {"first_lane", "", "lane"},
           {"lanes", "1", "how many"},
           kDistrict},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Directed roads between junctions",
          "路段",
          decode_row<RoadRow>};
}

TableSpec lanes() {
  return {"lanes",
          "base",
          Family::kBase,
          "lane",
          {{"id", kU32}},
          {{"id", "", "its number"},
           kRoad,
           {"index", "1", "0 is next to the centre line"},
           {"width", "m", "its width"},
           {"speed_limit", "m/s", "its limit"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Lanes of roads",
          "车道",
          decode_row<LaneRow>};
}

TableSpec blocks() {
  return {"blocks",
          "base",
          Family::kBase,
          "block",
          {{"block", kU32}},
          {{"block", "", "64 lanes of a district"}, kLane, kDistrict},
          2,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Which lanes are written together",
          "车道分块",
          decode_block};
}

TableSpec places() {
  return {"places",
          "base",
          Family::kBase,
          "place",
          {{"id", kU32}},
          {{"id", "", "its number"},
           {"name", "", "its name"},
           {"kind", "", "what it is"},
           kRoad,
           {"at_m", "m", "from the road's beginning"},
           {"capacity", "1", "vehicles"}},
          1,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Hospitals, stations, stops and car parks",
          "场所",
          decode_row<PlaceRow>};
}

TableSpec devices() {
  return {"devices",
          "base",
          Family::kBase,
          "device",
          {{"scheme", kText}, {"device", kText}, {"number", kU32}, {"step", kU32}},
          {{"scheme", "", "id scheme of a department"},
           {"device", "", "its own name"},
           {"number", "", "of the thing it looks at"},
           kStep,
           {"junction", "", "junction", "junctions"},
           kLane,
           kRoad,
           {"reach", "m", "how far it sees"}},
          3,
          Keeps::kVersions,
          nullptr,
          kRun,
          "What departments' devices look at",
          "部门设备",
          decode_row<DeviceRow>};
}

TableSpec place_index() {
  return {"place_index",
          "base",
          Family::kBase,
          "at",
          {{"cell", kU64}, {"kind", kU32}, {"id", kU32}, {"n", kU32}},
          {{"kind", "", "junction, road, place"},
           {"id", "", "its number there"},
           {"n", "", "of its points"},
           {"lon", "deg", "CGCS2000"},
           {"lat", "deg", "CGCS2000"},
           {"cell", "", "S2 leaf cell"}},
          3,
          Keeps::kFixed,
          nullptr,
          kRun,
          "Where things are: index by S2 cell",
          "位置索引(S2 网格)",
          decode_point};
}

}  // namespace

std::vector<TableSpec> base_tables() {
  return {city(),  datasets(), views(),  districts(), junctions(),  roads(),
          lanes(), blocks(),   places(), devices(),   place_index()};
}

}  // namespace citybrain::store
