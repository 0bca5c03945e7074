// A small city for SUMO: generated, joined by netconvert, read back by the importer.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "scenarios/city/exports.h"
#include "scenarios/city/sources.h"
#include "tests/city/sumo_worlds.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::test {

inline bool has_sumo() {
  return std::system("command -v sumo >/dev/null 2>&1 && command -v netconvert >/dev/null 2>&1") ==
         0;
}

/// Tests of the real SUMO begin with this: `./citybrain test all` installs it, `test` does not.
#define NEEDS_SUMO() \
  if (!citybrain::test::has_sumo()) GTEST_SKIP() << "SUMO is not installed (apt-get install sumo)"

inline void write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}
inline std::string read(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

struct SumoWorld {
  TemporaryFolder folder;
  std::filesystem::path net, routes;
  std::shared_ptr<const model::RoadNetwork> network;
  std::shared_ptr<const city::SumoNames> names;
  city::Demand demand;

  SumoWorld() {
    city::GridSpec spec;
    spec.rows = 2;
    spec.columns = 3;
    spec.block_m = 200;
    spec.lanes = 2;
    spec.trips_per_hour = 1800;
    spec.duration_s = 600;
    const auto grid = city::generate_grid(spec);
    const auto files = city::export_sumo(*grid, *city::generate_demand(spec, *grid));
    const auto at = [&](const char* name) { return folder.path() / name; };
    write(at("city.nod.xml"), files.nodes);
    write(at("city.edg.xml"), files.edges);
    write(at("city.con.xml"), files.connections);
    write(at("city.tll.xml"), files.lights);
    write(at("city.rou.xml"), files.routes);
    net = at("city.net.xml");
    routes = at("city.rou.xml");
    const std::string join = "cd '" + folder.path().string() +
                             "' && SUMO_HOME=/usr/share/sumo netconvert -n city.nod.xml -e "
                             "city.edg.xml -x city.con.xml -i city.tll.xml -o city.net.xml "
                             ">/dev/null 2>&1";
    EXPECT_EQ(std::system(join.c_str()), 0);
    auto both = test::read_names(read(net), "city.net.xml");
    EXPECT_TRUE(both) << both.error().text();
    network = std::make_shared<const model::RoadNetwork>(std::move(both->network));
    names = std::make_shared<const city::SumoNames>(std::move(both->names));
    city::ImportReport report;
    demand = *city::import_sumo_routes(read(routes), "city.rou.xml", *network, false, report);
  }
};

}  // namespace citybrain::test
