#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/run_options.h"
#include "scenarios/experiment/run.h"

namespace citybrain::cli {

using experiment::Language;
using model::Result;

namespace {

struct RunArguments {
  OneRun run;
  std::string links_interval = "60s";
  bool no_csv = false;
  bool replay = false;
  std::string replay_every = "1s";
};

constexpr const char* kRunExamples = R"(
Examples:
  ./citybrain run quickstart
  ./citybrain run quickstart --sharing silo --seed 7 --out runs/silo-7
  ./citybrain run quickstart --set sensors.probe.penetration=0.1 --json
  ./citybrain run jinan --data FOLDER --set flow=2
  ./citybrain run jinan --data FOLDER --perfect-sensors --policy max-pressure
  ./citybrain run quickstart --network kafka:localhost:9092
  ./citybrain run sumo --data FOLDER --sharing silo
  ./citybrain run quickstart --replay --out runs/seen && ./citybrain replay runs/seen/replay.cbr
  ./citybrain run cityflow --roadnet roadnet.json --flow flow.json --lenient
)";

Result<experiment::RunReport> work(const RunArguments& a, Language language,
                                   const Interruption& interruption, ProgressLine& line) {
  CITYBRAIN_ASSIGN(loaded, load(a.run.common));
  CITYBRAIN_ASSIGN(options, run_options(a.run, loaded));
  options.language = language;
  if (!a.no_csv) {
    CITYBRAIN_ASSIGN(interval, parse_duration(a.links_interval, "--links-interval"));
    options.csv_interval_s = interval;
  }
  if (a.replay) {
    CITYBRAIN_ASSIGN(every, parse_duration(a.replay_every, "--replay-every"));
    options.replay_interval_s = every;
  }
  if (options.out.empty()) options.out = usual_folder(loaded, options);
  CITYBRAIN_ASSIGN(metrics, MetricsOutput::start(a.run.metrics));
  experiment::RunHooks hooks;
  measure(metrics, loaded, options, hooks);
  hooks.stop = &interruption.flag();
  hooks.progress = [&](const experiment::Progress& p) {
    line.show(p.replaying ? loaded.scenario.name + " (replay)" : loaded.scenario.name,
              static_cast<double>(p.step) / p.steps, p.step);
  };
  CITYBRAIN_ASSIGN(report,
                   experiment::run(loaded.scenario, loaded.world, loaded.catalog, options, hooks));
  CITYBRAIN_TRY(metrics.finish());
  line.clear();
  if (a.run.common.json) {
    fmt::print("{}", experiment::run_json(report));
  } else {
    fmt::print("{}", experiment::run_table(report, language, terminal_width(), colour_wanted()));
    fmt::print(fmt::runtime(language == Language::kChinese
                                ? "\n报告:{0}/report.html  {0}/report.json\n"
                                : "\nReports: {0}/report.html  {0}/report.json\n"),
               options.out.string());
  }
  return std::move(report);
}

int execute(const RunArguments& a) {
  const auto lang = language(a.run.common.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const Interruption interruption;
  ProgressLine line(!a.run.common.no_progress, *lang);
  const auto report = work(a, *lang, interruption, line);
  line.clear();
  if (!report) return fail(report.error(), *lang);
  for (const auto& w : report->warnings) fmt::print(stderr, "citybrain: warning: {}\n", w);
  return 0;
}

}  // namespace

std::function<int()> add_run(CLI::App& app) {
  auto arguments = std::make_shared<RunArguments>();
  auto* command =
      app.add_subcommand("run", "Run a scenario once: result table, report.json, report.html");
  add_one_run(*command, arguments->run);
  command
      ->add_option("--links-interval", arguments->links_interval,
                   "links.csv has a row a lane and so much time")
      ->capture_default_str();
  command->add_flag("--no-csv", arguments->no_csv,
                    "leave out trips.csv (every vehicle) and links.csv (every lane over time)");
  command->add_flag("--replay", arguments->replay,
                    "write replay.cbr: where everybody was, to look at with ./citybrain replay");
  command->add_option("--replay-every", arguments->replay_every, "a frame of the replay each")
      ->capture_default_str();
  command->footer(kRunExamples);
  return [arguments] { return execute(*arguments); };
}

}  // namespace citybrain::cli
