// OpenStreetMap extracts, as XML and as PBF.
#include <gtest/gtest.h>
#include <osmpbf/osmpbf.h>

#include <cmath>

#include "scenarios/city/sources.h"

namespace citybrain::city {
namespace {

/// A primary road of four lanes from west to east, crossed by a residential one-way street at a
/// node with a signal; a footway and an island that are left out.
const char* kXml = R"(<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="60.1700" lon="24.9300"/><node id="2" lat="60.1700" lon="24.9350"><tag k="highway" v="traffic_signals"/></node>
 <node id="3" lat="60.1700" lon="24.9400"/><node id="4" lat="60.1730" lon="24.9350"/><node id="5" lat="60.1670" lon="24.9350"/>
 <node id="6" lat="60.1800" lon="24.9300"/><node id="7" lat="60.1800" lon="24.9310"/>
 <way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="primary"/><tag k="lanes" v="4"/><tag k="maxspeed" v="30 mph"/></way>
 <way id="11"><nd ref="4"/><nd ref="2"/><nd ref="5"/><nd ref="99"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
 <way id="12"><nd ref="6"/><nd ref="7"/><tag k="highway" v="residential"/></way>
 <way id="13"><nd ref="1"/><nd ref="4"/><tag k="highway" v="footway"/></way>
</osm>)";

void check(const model::RoadNetwork& n, const ImportReport& report) {
  EXPECT_EQ(n.roads.size(), 6U) << "four directions of the primary road, two of the street";
  EXPECT_EQ(n.junctions.size(), 5U);
  const auto centre = n.find_junction("n2");
  ASSERT_TRUE(centre.valid());
  EXPECT_TRUE(n[centre].signalised);
  EXPECT_TRUE(n[n.find_junction("n1")].boundary);
  const auto east = n.find_road("w10-0");
  ASSERT_TRUE(east.valid());
  EXPECT_EQ(n[east].lanes, 2U);
  EXPECT_NEAR(n[n[east].first_lane].speed_limit_mps, 30 * 1.609344 / 3.6, 1e-6);
  EXPECT_NEAR(n[east].length_m, 277, 20);  // 0.005 degrees at 60 north, less the junction
  EXPECT_TRUE(n.find_road("w10-0r").valid());
  EXPECT_FALSE(n.find_road("w11-0r").valid()) << "one way";
  EXPECT_EQ(report.warnings.size(), 2U) << "a point that is missing, an island";
}

TEST(Osm, XmlBecomesANetwork) {
  ImportReport report;
  const auto n = import_osm(kXml, "x.osm", report);
  ASSERT_TRUE(n) << n.error().text();
  check(*n, report);
}

std::string blob(const std::string& type, const std::string& data) {
  OSMPBF::Blob b;
  b.set_raw(data);
  const std::string body = b.SerializeAsString();
  OSMPBF::BlobHeader h;
  h.set_type(type);
  h.set_datasize(static_cast<int>(body.size()));
  const std::string head = h.SerializeAsString();
  std::string out;
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(head.size() >> shift);
  return out + head + body;
}

std::string pbf() {
  OSMPBF::PrimitiveBlock block;
  const auto word = [&](const std::string& s) {
    for (int i = 0; i < block.stringtable().s_size(); ++i)
      if (block.stringtable().s(i) == s) return i;
    block.mutable_stringtable()->add_s(s);
    return block.stringtable().s_size() - 1;
  };
  word("");
  auto* dense = block.add_primitivegroup()->mutable_dense();
  const double nodes[][2] = {{60.17, 24.93},   {60.17, 24.935}, {60.17, 24.94}, {60.173, 24.935},
                             {60.167, 24.935}, {60.18, 24.93},  {60.18, 24.931}};
  std::int64_t lat = 0, lon = 0;
  for (std::size_t i = 0; i < 7; ++i) {
    const auto la = std::llround(nodes[i][0] * 1e7), lo = std::llround(nodes[i][1] * 1e7);
    dense->add_id(1);
    dense->add_lat(la - lat);
    dense->add_lon(lo - lon);
    lat = la;
    lon = lo;
    if (i == 1) {
      dense->add_keys_vals(word("highway"));
      dense->add_keys_vals(word("traffic_signals"));
    }
    dense->add_keys_vals(0);
  }
  auto* group = block.add_primitivegroup();
  const auto way = [&](std::int64_t id, std::vector<std::int64_t> refs,
                       std::vector<std::pair<std::string, std::string>> tags) {
    auto* w = group->add_ways();
    w->set_id(id);
    std::int64_t last = 0;
    for (const auto r : refs) {
      w->add_refs(r - last);
      last = r;
    }
    for (const auto& [k, v] : tags) {
      w->add_keys(static_cast<std::uint32_t>(word(k)));
      w->add_vals(static_cast<std::uint32_t>(word(v)));
    }
  };
  way(10, {1, 2, 3}, {{"highway", "primary"}, {"lanes", "4"}, {"maxspeed", "30 mph"}});
  way(11, {4, 2, 5, 99}, {{"highway", "residential"}, {"oneway", "yes"}});
  way(12, {6, 7}, {{"highway", "residential"}});
  way(13, {1, 4}, {{"highway", "footway"}});
  return blob("OSMHeader", "") + blob("OSMData", block.SerializeAsString());
}

TEST(Osm, PbfSaysTheSame) {
  ImportReport report;
  const auto n = import_osm(pbf(), "x.osm.pbf", report);
  ASSERT_TRUE(n) << n.error().text();
  check(*n, report);
}

TEST(Osm, BrokenFilesAreRefusedWithTheirPlace) {
  ImportReport report;
  const std::string whole = pbf();
  for (const std::size_t size : {2UL, 10UL, whole.size() - 5}) {
    const auto n = import_osm(std::string_view(whole).substr(0, size), "x.osm.pbf", report);
    ASSERT_FALSE(n) << size;
    EXPECT_EQ(n.error().code, "CB-INPUT-ROADNET");
    EXPECT_NE(n.error().where.find("x.osm.pbf: byte"), std::string::npos) << n.error().text();
  }
  EXPECT_FALSE(import_osm("<osm><way", "x.osm", report));
  EXPECT_FALSE(import_osm("<osm/>", "x.osm", report)) << "no street";
  const auto far = import_osm(R"(<osm><node id="1" lat="900" lon="0"/></osm>)", "x.osm", report);
  ASSERT_FALSE(far);
  EXPECT_NE(far.error().text().find("out of range"), std::string::npos) << far.error().text();
}

}  // namespace
}  // namespace citybrain::city
