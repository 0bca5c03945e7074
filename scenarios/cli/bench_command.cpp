#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <memory>
#include <set>

#include "scenarios/cli/bench_lineage.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/cli/store_bench_command.h"
#include "scenarios/experiment/city_bench.h"
#include "scenarios/experiment/report_gridlock.h"

namespace citybrain::cli {

using experiment::CityBench;
using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct BenchArguments {
  std::string what;
  std::string roadnet, flow, preset;
  std::uint32_t vehicles = 0;
  std::uint64_t seed = 1;
  std::string horizon;
  std::string lang;
  double navigation = 0, parking = 0;
  StoreBenchArguments store;
  CLI::App* command = nullptr;
  std::string trips, links, truth, replay, replay_every = "1s", links_interval = "60s";
  bool lenient = false;
  bool json = false;
  bool no_progress = false;
  std::string scenario = "quickstart";
  std::uint32_t rounds = 7;
};

constexpr const char* kBenchExamples = R"(
Examples:
  ./citybrain bench city --preset quickstart
  ./citybrain bench city --preset grid-40x40 --vehicles 20000 --horizon 20m --json
  ./citybrain bench city --preset hangzhou --vehicles 290000
  ./citybrain bench store --rows 10M
  ./citybrain bench city --roadnet roadnet.json --flow flow.json --trips trips.csv --links links.csv
  ./citybrain bench lineage --scenario quickstart --horizon 10m --rounds 7

bench lineage: the hub alone works off one run's log with and without lineage and audit, by turns;
its throughput with them is a share of that without.
Speed is vehicle-seconds of simulated time per CPU second of the city alone, after a warm-up of a
tenth of the time; signals run the plans they came with. Conservation (created = finished + inside +
waiting) is checked every second.

bench store writes rows of history as Steps of the hub do, reads points, "as of" and ranges, and
does the same with RocksDB's own db_bench (package rocksdb-tools) beside it.
)";

void print(const BenchArguments& a, const CityBench& m, Language language) {
  if (a.json) {
    const boost::json::object out = {{"city", a.preset.empty() ? a.roadnet : a.preset},
                                     {"seed", a.seed},
                                     {"simulated_s", m.seconds},
                                     {"cpu_s", m.cpu_s},
                                     {"vehicle_seconds_per_second", m.vehicle_seconds_per_s()},
                                     {"real_time_factor", m.real_time_factor()},
                                     {"vehicles_running_mean", m.running_mean()},
                                     {"vehicles_running_max", m.most_running},
                                     {"vehicles_created", m.created},
                                     {"vehicles_finished", m.finished},
                                     {"vehicles_waiting_outside", m.waiting_outside},
                                     {"average_travel_time_s", m.average_travel_time_s},
                                     {"missed_turns", m.missed_turns},
                                     {"gridlock", experiment::gridlock_json(m.gridlock)},
                                     {"bytes_per_vehicle", m.bytes_per_vehicle()},
                                     {"rss_bytes", m.resident_bytes},
                                     {"conserved", true}};
    fmt::print("{}\n", boost::json::serialize(out));
    return;
  }
  const bool zh = language == Language::kChinese;
  const auto row = [&](const char* en, const char* chinese, const std::string& value) {
    fmt::print("  {}  {}\n", zh ? chinese : en, value);
  };
  row("vehicle-seconds a CPU second  ", "每 CPU 秒车·秒数",
      fmt::format("{:.1f} M", m.vehicle_seconds_per_s() / 1e6));
  row("times real time               ", "实时倍率        ",
      fmt::format("{:.0f}", m.real_time_factor()));
  row("vehicles running, mean / most ", "在途车辆均值/最大",
      fmt::format("{:.0f} / {}", m.running_mean(), m.most_running));
  row("vehicles created / finished   ", "出发/到达车辆   ",
      fmt::format("{} / {} (conserved)", m.created, m.finished));
  row("average travel time, s        ", "平均行程时间,秒 ",
      fmt::format("{:.1f}", m.average_travel_time_s));
  row("missed turns                  ", "错过转向        ", fmt::format("{}", m.missed_turns));
  for (const auto& s : evaluator::sentences(m.gridlock, zh))
    row("gridlock                      ", "路网锁死        ", s);
  row("bytes a vehicle               ", "每车字节        ",
      fmt::format("{:.0f}", m.bytes_per_vehicle()));
  row("resident memory               ", "驻留内存        ",
      fmt::format("{:.0f} MB", static_cast<double>(m.resident_bytes) / 1e6));
}

/// Options of all kinds, then those of one kind only; the rest belong to bench city.
bool fits(const std::string& what, const std::string& option) {
  static const std::set<std::string> all = {"seed", "lang", "json", "no-progress"};
  static const std::set<std::string> store = {"rows", "folder"};
  static const std::set<std::string> lineage = {"scenario", "rounds"};
  if (all.contains(option)) return true;
  if (what == "store") return store.contains(option);
  if (what == "lineage") return lineage.contains(option) || option == "horizon";
  return !store.contains(option) && !lineage.contains(option);
}

/// What a kind of measurement has no use for is refused, not ignored.
Result<void> check_options(const BenchArguments& a) {
  if (a.what != "city" && a.what != "store" && a.what != "lineage")
    return Error{"CB-USAGE-BENCH",
                 fmt::format("expected city, store or lineage, found \"{}\"", a.what), "bench", ""};
  for (const auto* o : a.command->get_options()) {
    if (o->count() == 0 || o->get_lnames().empty() || fits(a.what, o->get_lnames().front()))
      continue;
    const auto& name = o->get_lnames().front();
    return Error{"CB-USAGE-BENCH", fmt::format("bench {} has no --{}", a.what, name), "--" + name,
                 "./citybrain bench --help says what each option is for"};
  }
  return {};
}

int execute(const BenchArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  if (const auto valid = check_options(a); !valid) return fail(valid.error(), *lang);
  if (a.what == "lineage")
    return run_bench_lineage({a.scenario, a.horizon, a.rounds, a.json, !a.no_progress}, *lang);
  if (a.what == "store") {
    StoreBenchArguments store = a.store;
    store.seed = a.seed;
    store.json = a.json;
    store.no_progress = a.no_progress;
    return run_store_bench(store, *lang);
  }
  const Interruption interruption;
  ProgressLine line(!a.no_progress, *lang);
  const auto work = [&]() -> Result<CityBench> {
    experiment::CityBenchOptions o;
    o.source.roadnet = a.roadnet;
    o.source.flow = a.flow;
    o.source.preset = a.preset;
    o.source.lenient = a.lenient;
    o.source.vehicles = a.vehicles;
    o.source.seed = a.seed;
    o.source.horizon_s = a.preset.empty() ? 3600 : 1200;
    if (!a.horizon.empty()) {
      CITYBRAIN_ASSIGN(given, parse_duration(a.horizon));
      o.source.horizon_s = given;
    }
    o.navigation = a.navigation;
    o.parking = a.parking;
    o.record.trips = a.trips;
    o.record.links = a.links;
    o.truth = a.truth;
    CITYBRAIN_ASSIGN(interval, parse_duration(a.links_interval, "--links-interval"));
    o.record.links_interval_s = interval;
    o.record.replay = a.replay;
    CITYBRAIN_ASSIGN(every, parse_duration(a.replay_every, "--replay-every"));
    o.record.replay_interval_s = every;
    o.stop = &interruption.flag();
    o.progress = [&](double fraction, double at_s) { line.show("city", fraction, at_s); };
    return experiment::bench_city(o);
  };
  const auto measured = work();
  line.clear();
  if (!measured) return fail(measured.error(), *lang);
  for (const auto& w : measured->warnings) fmt::print(stderr, "citybrain: warning: {}\n", w);
  print(a, *measured, *lang);
  return 0;
}

}  // namespace

std::function<int()> add_bench(CLI::App& app) {
  auto a = std::make_shared<BenchArguments>();
  auto* command =
      app.add_subcommand("bench", "Measure a part alone: bench city, bench store, bench lineage");
  a->command = command;
  command->add_option("WHAT", a->what, "city, store or lineage")->required();
  command->add_option("--rows", a->store.rows, "store: rows of history, e.g. 250k, 10M")
      ->capture_default_str();
  command->add_option("--folder", a->store.folder, "store: a new folder for the databases");
  command->add_option("--preset", a->preset,
                      "a generated city: quickstart, grid-ROWSxCOLUMNS, ...");
  command->add_option(
      "--roadnet", a->roadnet,
      "road network: CityFlow's JSON, SUMO's .net.xml, OpenStreetMap's .osm.pbf or .osm");
  command->add_option("--flow", a->flow, "vehicles: CityFlow's JSON or SUMO's .rou.xml");
  command->add_option("--vehicles", a->vehicles, "vehicles to hold on the road (presets and maps)");
  command->add_option("--seed", a->seed, "seed of everything random")->capture_default_str();
  command->add_option("--horizon", a->horizon, "simulated time, 1h for files, 20m for presets");
  command->add_option("--navigation", a->navigation, "share of drivers whom navigation reroutes")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--parking", a->parking, "share of cars that park at the end of their trip")
      ->check(CLI::Range(0.0, 1.0));
  command->add_option("--trips", a->trips, "write every vehicle's trip to this CSV file");
  command->add_option("--links", a->links, "write every lane's traffic over time to this CSV file");
  command->add_option("--links-interval", a->links_interval, "a row a lane and so much time")
      ->capture_default_str();
  command->add_option("--truth", a->truth, "write the truth log (columns; docs/reports.md)");
  command->add_option("--replay", a->replay, "write a replay (look at it with ./citybrain replay)");
  command->add_option("--replay-every", a->replay_every, "a frame of the replay each")
      ->capture_default_str();
  command->add_option("--scenario", a->scenario, "of bench lineage: whose hub")
      ->capture_default_str();
  command->add_option("--rounds", a->rounds, "of bench lineage: how often each is measured")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->add_flag("--lenient", a->lenient, "skip what is wrong in the files, with warnings");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->add_flag("--no-progress", a->no_progress, "no progress line");
  command->footer(kBenchExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
