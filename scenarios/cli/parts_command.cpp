// city, connector, hub: one part of a run as a process of its own.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <memory>

#include "hub/runtime/files.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/run_options.h"
#include "scenarios/experiment/cpu_time.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/part_report.h"
#include "scenarios/experiment/parts.h"

namespace citybrain::cli {

using experiment::Language;
using experiment::PartContext;
using experiment::PartReport;
using model::Error;
using model::Result;

namespace {

enum class Kind : std::uint8_t { kCity, kConnector, kHub };

struct PartArguments {
  Kind kind = Kind::kCity;
  PartOptions options;
  std::vector<std::string> names;  // of connectors
  experiment::HubOptions hub;
  std::string state;                              // of connectors
  std::string store, snapshots, session = "10s";  // of a hub
};

constexpr const char* kCityExamples = R"(
The city moves on when the other parts have done their share of the second; start them with the same
scenario, options and network, in any order. With --out it leaves trips.csv and links.csv there.

Examples:
  ./citybrain city quickstart --network kafka:localhost:9092/lab1
  ./citybrain city quickstart --seed 7 --network kafka:localhost:9092/lab1 --out runs/lab1 --resume
)";
constexpr const char* kConnectorExamples = R"(
Examples:
  ./citybrain connector all --scenario quickstart --network kafka:localhost:9092/lab1
  ./citybrain connector signal_control video --scenario quickstart
      --network kafka:localhost:9092/lab1 --state state/traffic_police
)";
constexpr const char* kHubExamples = R"(
Hubs of one run share its districts: start as many as you like, with stores of their own and one
folder of snapshots that all of them reach. Hubs beyond the number of districts stand by. When one
dies, or says nothing for its --session, the others take its districts over from their snapshots;
one that was taken for dead and comes back stops with CB-NETWORK-FENCED, and so does the older of
two with one --name. A hub that was killed goes on when it is started again.

Examples:
  ./citybrain hub --scenario quickstart --network kafka:localhost:9092/lab1 --store runs/lab1/store
  ./citybrain hub --scenario quickstart --network kafka:localhost:9092/lab1 --name east --hubs 2
      --store east/store --snapshots /shared/lab1
)";

const char* name_of(Kind kind) {
  return kind == Kind::kCity ? "city" : kind == Kind::kConnector ? "connector" : "hub";
}

Result<experiment::HubOptions> hub_options(const PartArguments& a) {
  auto hub = a.hub;
  const std::filesystem::path store = std::filesystem::absolute(a.store).lexically_normal();
  hub.store = store;
  hub.snapshots =
      a.snapshots.empty() ? store.parent_path() / "snapshots" : std::filesystem::path(a.snapshots);
  if (hub.name.empty()) hub.name = "hub at " + store.string();
  CITYBRAIN_ASSIGN(session, parse_duration(a.session, "--session"));
  hub.session = std::chrono::seconds(session);
  if (hub.hubs == 0 || hub.hubs > experiment::kMostHubs)
    return Error{"CB-USAGE-HUBS",
                 fmt::format("expected 1 to {}, found {}", experiment::kMostHubs, hub.hubs),
                 "--hubs", ""};
  return hub;
}

Result<void> work_on(const PartArguments& a, PartContext& part, PartReport& report) {
  if (a.kind == Kind::kCity) {
    CITYBRAIN_ASSIGN(remarks, experiment::run_city(part));
    report.remarks = std::move(remarks);
  } else if (a.kind == Kind::kConnector) {
    CITYBRAIN_ASSIGN(group, experiment::departments_named(a.names));
    CITYBRAIN_ASSIGN(sources, experiment::run_connectors(part, group));
    report.sources = std::move(sources);
  } else {
    CITYBRAIN_ASSIGN(hub, hub_options(a));
    CITYBRAIN_ASSIGN(figures, experiment::run_hub(part, hub));
    report.figures = std::move(figures);
  }
  return {};
}

void print(const PartArguments& a, const PartReport& report, const Loaded& loaded, Language lang) {
  if (a.options.run.common.json) {
    fmt::print("{}", experiment::part_json(report, loaded.catalog));
    return;
  }
  fmt::print(fmt::runtime(lang == Language::kChinese ? "{0} 已完成:{1:.1f} 秒\n"
                                                     : "{0}: done in {1:.1f} s\n"),
             report.part, report.wall_s);
  for (const auto& w : report.remarks) fmt::print(stderr, "citybrain: warning: {}\n", w);
}

Result<void> work(const PartArguments& a, Language lang, const Interruption& interruption,
                  ProgressLine& line) {
  if (a.kind == Kind::kConnector) CITYBRAIN_TRY(experiment::departments_named(a.names));
  CITYBRAIN_ASSIGN(loaded, load(a.options.run.common));
  CITYBRAIN_ASSIGN(options, run_options(a.options.run, loaded));
  if (a.kind == Kind::kCity && !options.out.empty()) options.csv_interval_s = 60;
  CITYBRAIN_ASSIGN(wait, patience(a.options));
  if (a.kind == Kind::kCity && !options.out.empty())
    CITYBRAIN_TRY(runtime::make_directory(options.out, "CB-INPUT-OUT"));
  const auto wall = std::chrono::steady_clock::now();
  PartReport report;
  report.part = name_of(a.kind);
  report.identity = experiment::identity_of(loaded.scenario, options);
  CITYBRAIN_ASSIGN(metrics, MetricsOutput::start(a.options.run.metrics));
  CITYBRAIN_ASSIGN(log, open_shared(loaded, report.identity, metrics));
  PartContext part{loaded.scenario,
                   loaded.world,
                   loaded.catalog,
                   options,
                   *log,
                   true,
                   {wait, &interruption.flag()},
                   {}};
  part.state = a.state;
  const std::string title = fmt::format("{} {}", loaded.scenario.name, report.part);
  std::optional<metrics::Counter> steps;
  if (metrics.wanted() && a.kind == Kind::kHub)
    part.stepped = experiment::hub_metrics(metrics.metrics(), loaded.catalog);
  else if (metrics.wanted())
    steps = experiment::part_steps(metrics.metrics(), report.part);
  part.progress = [&](model::Step step) {
    if (steps) steps->raise_to(step);
    if (step == options.horizon_s) metrics.last_look();
    line.show(title, static_cast<double>(step) / options.horizon_s, step);
  };
  CITYBRAIN_TRY(work_on(a, part, report));
  CITYBRAIN_TRY(metrics.finish());
  line.clear();
  report.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
  report.cpu_s = experiment::cpu_now_s(false);
  print(a, report, loaded, lang);
  return {};
}

int execute(const PartArguments& a) {
  const auto lang = language(a.options.run.common.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const Interruption interruption;
  ProgressLine line(!a.options.run.common.no_progress, *lang);
  const auto done = work(a, *lang, interruption, line);
  line.clear();
  return done ? 0 : fail(done.error(), *lang);
}

}  // namespace

std::function<int()> add_city(CLI::App& app) {
  auto a = std::make_shared<PartArguments>();
  a->kind = Kind::kCity;
  auto* command = app.add_subcommand("city", "The city of a run, as a process of its own");
  add_part(*command, a->options, ScenarioIs::kArgument);
  command->footer(kCityExamples);
  return [a] { return execute(*a); };
}

std::function<int()> add_connector(CLI::App& app) {
  auto a = std::make_shared<PartArguments>();
  a->kind = Kind::kConnector;
  auto* command = app.add_subcommand("connector",
                                     "Departments' connectors of a run, as a process of their own");
  std::string names = "all";
  for (const auto& d : experiment::departments()) names += fmt::format(", {}", d.name);
  command->add_option("NAME", a->names, names)->required();
  command->add_option("--state", a->state,
                      "folder where the departments keep their state every minute of the run: one "
                      "that starts again goes on from there, and the log can be truncated");
  add_part(*command, a->options, ScenarioIs::kOption);
  command->footer(kConnectorExamples);
  return [a] { return execute(*a); };
}

std::function<int()> add_hub(CLI::App& app) {
  auto a = std::make_shared<PartArguments>();
  a->kind = Kind::kHub;
  auto* command = app.add_subcommand("hub", "The hub of a run, as a process of its own");
  add_part(*command, a->options, ScenarioIs::kOption);
  a->hub.name.clear();
  command->add_option("--store", a->store, "folder of the hub's warehouse")->required();
  command->add_option("--snapshots", a->snapshots,
                      "folder of the districts' snapshots, which all hubs of the run reach "
                      "(beside the store)");
  command->add_option("--name", a->hub.name, "static name of this hub (from its store)");
  command->add_option("--hubs", a->hub.hubs, "begin when so many hubs have joined")
      ->capture_default_str();
  command
      ->add_option("--session", a->session,
                   "after so long a silence others take this hub's districts")
      ->capture_default_str();
  command->footer(kHubExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
