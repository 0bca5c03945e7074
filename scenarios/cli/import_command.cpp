#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/city_source.h"

namespace citybrain::cli {

using experiment::Language;
using model::Result;

namespace {

struct ImportArguments {
  experiment::CitySource source;
  std::string horizon, sumo, geojson, lang;
  bool json = false;
};

constexpr const char* kImportExamples = R"(
Examples:
  ./citybrain import --roadnet roadnet.json --flow flow.json          CityFlow
  ./citybrain import --roadnet city.net.xml --flow city.rou.xml       SUMO
  ./citybrain import --roadnet helsinki.osm.pbf                       OpenStreetMap
  ./citybrain import --preset xiaoshan --geojson xiaoshan.geojson     a generated city on a map
  ./citybrain import --preset grid-8x8 --sumo out                     ... and for SUMO, then:
    cd out && netconvert -n city.nod.xml -e city.edg.xml -x city.con.xml -i city.tll.xml -o city.net.xml
)";

/// What there is in the city.
struct Summary {
  std::size_t junctions = 0, signals = 0, roads = 0, lanes = 0, trips = 0;
  double lane_km = 0;
};

Summary summary_of(const experiment::CityData& city) {
  const auto& n = *city.network;
  Summary s{n.junctions.size(), 0, n.roads.size(), n.lanes.size(), city.demand.size(), 0};
  for (const auto& j : n.junctions) s.signals += j.signalised ? 1 : 0;
  for (const auto& r : n.roads) s.lane_km += r.length_m * r.lanes / 1000;
  return s;
}

void print(const Summary& s, const ImportArguments& a, Language language) {
  if (a.json) {
    const boost::json::object out = {{"junctions", s.junctions}, {"signals", s.signals},
                                     {"roads", s.roads},         {"lanes", s.lanes},
                                     {"lane_km", s.lane_km},     {"trips", s.trips}};
    fmt::print("{}\n", boost::json::serialize(out));
    return;
  }
  const bool zh = language == Language::kChinese;
  fmt::print(
      fmt::runtime(zh ? "路口 {},其中信号控制 {};道路 {},车道 {},车道里程 {:.1f} km;出行 {}\n"
                      : "{} junctions, {} with signals; {} roads, {} lanes, {:.1f} lane-km; "
                        "{} trips\n"),
      s.junctions, s.signals, s.roads, s.lanes, s.lane_km, s.trips);
}

Result<Summary> work(const ImportArguments& a) {
  auto source = a.source;
  if (!a.horizon.empty()) {
    CITYBRAIN_ASSIGN(seconds, parse_duration(a.horizon));
    source.horizon_s = seconds;
  }
  CITYBRAIN_ASSIGN(city, experiment::read_city(source));
  for (const auto& w : city.warnings) fmt::print(stderr, "citybrain: warning: {}\n", w);
  if (!a.sumo.empty()) CITYBRAIN_TRY(experiment::write_sumo(city, a.sumo));
  if (!a.geojson.empty()) CITYBRAIN_TRY(experiment::write_geojson(city, a.geojson));
  return summary_of(city);
}

int execute(const ImportArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto summary = work(a);
  if (!summary) return fail(summary.error(), *lang);
  print(*summary, a, *lang);
  return 0;
}

}  // namespace

std::function<int()> add_import(CLI::App& app) {
  auto a = std::make_shared<ImportArguments>();
  auto* command = app.add_subcommand(
      "import", "Read a city, say what is in it or wrong with it, write it for SUMO or a map");
  command->add_option(
      "--roadnet", a->source.roadnet,
      "road network: CityFlow's JSON, SUMO's .net.xml, OpenStreetMap's .osm.pbf or .osm");
  command->add_option("--flow", a->source.flow, "vehicles: CityFlow's JSON or SUMO's .rou.xml");
  command->add_option("--preset", a->source.preset,
                      "a generated city: quickstart, one-pole, xiaoshan, hangzhou, grid-8x8, ...");
  command->add_option("--vehicles", a->source.vehicles,
                      "vehicles to hold on the road (presets and maps)");
  command->add_option("--horizon", a->horizon, "time of a preset's demand, 1h");
  command->add_option("--seed", a->source.seed, "seed of a preset's demand")->capture_default_str();
  command->add_option("--sumo", a->sumo, "folder to write the city to, in SUMO's plain XML");
  command->add_option("--geojson", a->geojson, "file to write the network to, as GeoJSON");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->add_flag("--lenient", a->source.lenient,
                    "skip what is wrong in the files, with warnings");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->footer(kImportExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
