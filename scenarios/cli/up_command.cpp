// up: all parts of a run, started here, watched, and one report of what came of them.
#include <fmt/format.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>

#include "scenarios/cli/children.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/run_options.h"
#include "scenarios/experiment/collect.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/parts.h"
#include "scenarios/experiment/together.h"

namespace citybrain::cli {

using experiment::Language;
using experiment::RunReport;
using model::Error;
using model::Result;

namespace {

constexpr std::chrono::milliseconds kLook{50};
constexpr std::size_t kLastWords = 5;

struct UpArguments {
  PartOptions options;
  std::uint32_t hubs = 1;
  std::string session = "10s";
  bool no_csv = false;
};

constexpr const char* kUpExamples = R"(
On a broker the city, the departments and the hubs are processes of their own; what they say is in
OUT/parts. On the embedded log, which belongs to one process, they are threads of this one. The
outcome is that of ./citybrain run, whatever the number of hubs. They share the districts; those
beyond the number of districts stand by. When one of several hubs dies, the others take its
districts over, and the report says so.

Examples:
  ./citybrain up quickstart --network kafka:localhost:9092
  ./citybrain up quickstart --network kafka:localhost:9092/lab1 --out runs/lab1 --resume
  ./citybrain up quickstart --network kafka:localhost:9092 --hubs 2
  ./citybrain up quickstart --seed 7 --sharing silo --json
)";

/// A run on a broker.
class Processes {
 public:
  Processes(const UpArguments& a, const Loaded& loaded, const experiment::RunOptions& options,
            const experiment::Collection& collection, std::vector<experiment::HubOptions> hubs)
      : a_(a),
        loaded_(loaded),
        options_(options),
        collection_(collection),
        hubs_(std::move(hubs)) {}

  Result<RunReport> run(const Interruption& interruption, ProgressLine& line) {
    const auto wall = std::chrono::steady_clock::now();
    CITYBRAIN_ASSIGN(log, collection_.open_log());
    CITYBRAIN_TRY(start());
    CITYBRAIN_TRY(watch(*log, interruption, line));
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - wall;
    std::vector<std::string> parts{"city", "connectors"};
    for (const auto& hub : hubs_)
      if (lost_.empty() || !is_lost(hub.name)) parts.push_back(hub.name);
    std::vector<std::string> remarks;
    for (const auto& end : lost_)
      remarks.push_back(fmt::format(
          "{} ended with {} on the way; the other hubs took its districts", end.name, end_of(end)));
    return collection_.report(*log, parts, took.count(), std::move(remarks));
  }

 private:
  Result<void> start() {
    auto city = part("city", 0, {"city", a_.options.run.common.scenario});
    if (options_.csv_interval_s > 0)
      for (const auto& word : {std::string("--out"), options_.out.string()}) city.push_back(word);
    if (options_.resume) city.emplace_back("--resume");
    CITYBRAIN_TRY(start("city", std::move(city)));
    const auto state = std::filesystem::absolute(options_.out) / "connectors";
    CITYBRAIN_TRY(
        start("connectors", part("connectors", 1,
                                 {"connector", "all", "--scenario", a_.options.run.common.scenario,
                                  "--state", state.string()})));
    std::uint16_t number = 2;
    for (const auto& hub : hubs_)
      CITYBRAIN_TRY(start(
          hub.name, part(hub.name, number++,
                         {"hub", "--scenario", a_.options.run.common.scenario, "--store",
                          hub.store.string(), "--snapshots", hub.snapshots.string(), "--name",
                          hub.name, "--hubs", std::to_string(hub.hubs), "--session", a_.session})));
    return {};
  }
  Result<void> start(const std::string& name, std::vector<std::string> words) {
    return children_.start(name, std::move(words), collection_.file(name, ".json"),
                           collection_.file(name, ".log"));
  }

  /// What every part is told; each serves its metrics at a port of its own.
  std::vector<std::string> part(const std::string& name, std::uint16_t number,
                                std::vector<std::string> words) const {
    const auto& c = a_.options.run.common;
    const auto option = [&](const char* name, const std::string& value) {
      if (value.empty()) return;
      words.emplace_back(name);
      words.push_back(value);
    };
    option("--network", fmt::format("kafka:{}/{}", options_.kafka->brokers, collection_.prefix()));
    option("--network-config", c.network_config);
    option("--data", c.data);
    option("--roadnet", c.roadnet);
    option("--flow", c.flow);
    for (const auto& s : c.settings) option("--set", s);
    option("--horizon", fmt::format("{}s", options_.horizon_s));
    option("--policy", c.policy);
    option("--clouds", c.clouds);
    option("--fsync", c.fsync);
    option("--lang", c.lang);
    option("--sharing", options_.sharing);
    option("--seed", std::to_string(*options_.seed));
    option("--patience", a_.options.patience);
    option("--log-retention", a_.options.run.log_retention);
    if (!options_.keys.empty()) option("--keys", options_.keys.string());
    if (options_.perfect_sensors) words.emplace_back("--perfect-sensors");
    if (c.lenient) words.emplace_back("--lenient");
    const auto& m = a_.options.run.metrics;
    if (const auto at = MetricsAddress::parse(m.address); at)
      option("--metrics", m.address.substr(0, m.address.rfind(':') + 1) +
                              std::to_string(at->port == 0 ? 0 : at->port + number));
    if (!m.file.empty()) {
      const std::filesystem::path file = m.file;
      const auto own = file.stem().string() + "-" + name + file.extension().string();
      option("--metrics-file", (file.parent_path() / own).string());
    }
    words.emplace_back("--json");
    words.emplace_back("--no-progress");
    return words;
  }

  Result<void> watch(network::Log& log, const Interruption& interruption, ProgressLine& line) {
    bool told = false;
    while (children_.running()) {
      if (const auto end = children_.ended()) {
        if (end->code == 0 || (told && end->code == 130)) continue;
        if (!told && collection_.decided(log) > 0 && is_spare(*end)) {
          lost_.push_back(*end);
          continue;
        }
        children_.stop();
        return died(*end);
      }
      if (interruption.flag() && !told) {
        children_.signal(SIGINT);
        told = true;
      }
      if (const auto done = collection_.decided(log); !told)
        line.show(loaded_.scenario.name, static_cast<double>(done) / options_.horizon_s, done);
      std::this_thread::sleep_for(kLook);
    }
    if (!told) return {};
    return Error{"CB-RUN-INTERRUPTED", "interrupted; nothing is lost", "",
                 "go on with the same command and --resume"};
  }
  bool is_lost(const std::string& name) const {
    return std::any_of(lost_.begin(), lost_.end(), [&](const auto& e) { return e.name == name; });
  }
  /// A hub that others can do without: it died, or they took it for dead.
  bool is_spare(const Children::End& end) const {
    const bool is_hub =
        std::any_of(hubs_.begin(), hubs_.end(), [&](const auto& h) { return h.name == end.name; });
    return is_hub && end.code != 2 && lost_.size() + 1 < hubs_.size();
  }
  static std::string end_of(const Children::End& end) {
    return end.code < 0 ? fmt::format("signal {}", -end.code)
                        : fmt::format("exit code {}", end.code);
  }
  static Error died(const Children::End& end) {
    const auto words = tail(end.err, kLastWords);
    return {"CB-RUN-PART",
            fmt::format("this part of the run ended with {}; its last words:\n  {}", end_of(end),
                        words.empty() ? "(none)" : words),
            end.name, fmt::format("all it said is in {}; go on with --resume", end.err.string())};
  }

  const UpArguments& a_;
  const Loaded& loaded_;
  const experiment::RunOptions& options_;
  const experiment::Collection& collection_;
  const std::vector<experiment::HubOptions> hubs_;
  std::vector<Children::End> lost_;  // hubs that others did without
  Children children_;
};

Result<RunReport> run_here(const UpArguments& a, const Loaded& loaded,
                           const experiment::RunOptions& options, const Interruption& interruption,
                           ProgressLine& line) {
  CITYBRAIN_ASSIGN(wait, patience(a.options));
  CITYBRAIN_ASSIGN(metrics, MetricsOutput::start(a.options.run.metrics));
  experiment::RunOptions counted = options;
  experiment::RunHooks hooks;
  measure(metrics, loaded, counted, hooks);
  hooks.stop = &interruption.flag();
  hooks.progress = [&](const experiment::Progress& p) {
    line.show(loaded.scenario.name, static_cast<double>(p.step) / p.steps, p.step);
  };
  CITYBRAIN_ASSIGN(report, experiment::run_together(loaded.scenario, loaded.world, loaded.catalog,
                                                    counted, hooks, a.hubs, wait));
  CITYBRAIN_TRY(metrics.finish());
  return std::move(report);
}

Result<RunReport> work(const UpArguments& a, Language lang, const Interruption& interruption,
                       ProgressLine& line) {
  if (a.hubs == 0 || a.hubs > experiment::kMostHubs)
    return Error{"CB-USAGE-HUBS",
                 fmt::format("expected 1 to {}, found {}", experiment::kMostHubs, a.hubs), "--hubs",
                 ""};
  CITYBRAIN_TRY(parse_duration(a.session, "--session"));
  CITYBRAIN_ASSIGN(loaded, load(a.options.run.common));
  CITYBRAIN_ASSIGN(options, run_options(a.options.run, loaded));
  options.language = lang;
  if (!a.no_csv) options.csv_interval_s = 60;
  if (options.out.empty()) options.out = usual_folder(loaded, options);
  if (options.keys.empty() && loaded.scenario.protection.needs_keys())
    options.keys = std::filesystem::absolute(options.out) / experiment::kKeysFolder;
  CITYBRAIN_TRY(patience(a.options));
  if (!a.options.run.metrics.address.empty())
    CITYBRAIN_TRY(MetricsAddress::parse(a.options.run.metrics.address));
  if (!options.kafka) return run_here(a, loaded, options, interruption, line);
  CITYBRAIN_ASSIGN(collection, experiment::Collection::open(loaded.scenario, loaded.world,
                                                            loaded.catalog, options));
  CITYBRAIN_ASSIGN(
      hubs, experiment::hubs_on_clouds(loaded.scenario, loaded.world, loaded.catalog, options,
                                       std::filesystem::absolute(options.out), a.hubs));
  return Processes(a, loaded, options, collection, std::move(hubs)).run(interruption, line);
}

int execute(const UpArguments& a) {
  const auto lang = language(a.options.run.common.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const Interruption interruption;
  ProgressLine line(!a.options.run.common.no_progress, *lang);
  const auto report = work(a, *lang, interruption, line);
  line.clear();
  if (!report) return fail(report.error(), *lang);
  if (a.options.run.common.json) {
    fmt::print("{}", experiment::run_json(*report));
  } else {
    fmt::print("{}", experiment::run_table(*report, *lang, terminal_width(), colour_wanted()));
  }
  for (const auto& w : report->warnings) fmt::print(stderr, "citybrain: warning: {}\n", w);
  return 0;
}

}  // namespace

std::function<int()> add_up(CLI::App& app) {
  auto a = std::make_shared<UpArguments>();
  auto* command = app.add_subcommand(
      "up", "Run a scenario with its city, departments and hub as processes of their own");
  add_part(*command, a->options, ScenarioIs::kArgument);
  command->add_option("--hubs", a->hubs, "hubs that share the districts, each a process")
      ->capture_default_str();
  command
      ->add_option("--session", a->session,
                   "after so long a silence other hubs take a hub's districts")
      ->capture_default_str();
  command->add_flag("--no-csv", a->no_csv,
                    "leave out trips.csv (every vehicle) and links.csv (every lane over time)");
  command->footer(kUpExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
