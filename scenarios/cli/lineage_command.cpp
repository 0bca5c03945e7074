#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/lineage.h"

namespace citybrain::cli {

using experiment::Language;
using model::Result;

namespace {

constexpr const char* kLineageExamples = R"(
Examples:
  ./citybrain audit ls runs/lab1 --kind decision --limit 5       which commands there are
  ./citybrain lineage runs/lab1 9c1d0a6b2f3e4d58                 a command
  ./citybrain lineage runs/lab1 queue:road_0_1_0/2@5m            a lane's queue, five minutes in
  ./citybrain lineage runs/lab1 speed:road_0_1_0@07:31:05        a road's speed, by the city's clock
  ./citybrain lineage runs/lab1 queue:intersection_1_1@300 --view city_brain --window 60s --json
  ./citybrain lineage runs/lab1 9c1d0a6b2f3e4d58 --prov command.prov.json      W3C PROV-JSON
Indicators: queue, vehicles, speed, density; of ROAD, ROAD/LANE or JUNCTION. docs/lineage.md
)";

struct LineageArguments {
  std::string run, question, window = "20s", view, data, prov, config, lang;
  std::string network = "embedded";
  bool json = false;
};

Result<void> work(const LineageArguments& a, Language language) {
  CITYBRAIN_ASSIGN(question, experiment::parse_question(a.question));
  experiment::LineageOptions options;
  CITYBRAIN_ASSIGN(window, parse_duration(a.window, "--window"));
  options.window_s = window;
  options.view = a.view;
  options.data = a.data;
  CITYBRAIN_ASSIGN(run, experiment::past_run(a.run));
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.config));
  CITYBRAIN_ASSIGN(log, experiment::open_past_log(a.run, kafka));
  CITYBRAIN_ASSIGN(lineage, experiment::trace_lineage(run, *log, question, a.question, options));
  if (!a.prov.empty())
    CITYBRAIN_TRY(experiment::write_file(a.prov, experiment::lineage_prov(lineage) + "\n"));
  fmt::print("{}", a.json ? experiment::lineage_json(lineage) + "\n"
                          : experiment::lineage_text(lineage, language));
  return {};
}

}  // namespace

std::function<int()> add_lineage(CLI::App& app) {
  auto a = std::make_shared<LineageArguments>();
  auto* command = app.add_subcommand(
      "lineage", "From a command or an estimate back to the records, through every step");
  command->add_option("RUN", a->run, "folder of a run")->required();
  command->add_option("COMMAND-ID|INDICATOR@TIME", a->question, "what is asked about")->required();
  command->add_option("--window", a->window, "how far back records are named one by one")
      ->capture_default_str();
  command->add_option("--view", a->view, "whose estimate; default the first view");
  command->add_option("--data", a->data, "where the scenario's city files are now");
  command->add_option("--prov", a->prov, "write W3C PROV-JSON to this file");
  command->add_option("--network", a->network, "kafka:HOST:PORT: where the run's topics are");
  command->add_option("--network-config", a->config,
                      "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kLineageExamples);
  return [a] {
    const auto lang = language(a->lang);
    if (!lang) return fail(lang.error(), Language::kEnglish);
    const auto done = work(*a, *lang);
    return done ? 0 : fail(done.error(), *lang);
  };
}

}  // namespace citybrain::cli
