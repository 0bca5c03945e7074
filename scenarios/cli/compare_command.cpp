#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/compare.h"
#include "scenarios/experiment/compare_laws.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct CompareArguments {
  CommonOptions common;
  std::vector<std::string> modes, laws;
  std::uint32_t seeds = 10;
  std::uint64_t first_seed = 1;
  std::uint32_t threads = 0;
  bool keep_logs = false;
};

constexpr const char* kCompareExamples = R"(
Examples:
  ./citybrain compare quickstart
  ./citybrain compare quickstart --modes silo,hub --seeds 5 --horizon 15m
  ./citybrain compare jinan --data FOLDER --set flow=3 --seeds 10
  ./citybrain compare jinan --data FOLDER --seeds 10 --resume
  ./citybrain compare quickstart --seeds 5 --network kafka:localhost:9092
  ./citybrain compare sharing-law --laws unconditional,order-809,county-2024,refusal --seeds 5
)";

Result<void> check_seeds(const CompareArguments& a) {
  if (a.seeds >= 2 && a.seeds <= 10'000) return {};
  return Error{"CB-USAGE-SEEDS", fmt::format("expected 2 to 10000 seeds, found {}", a.seeds),
               "--seeds", "an interval needs at least two"};
}

experiment::CompareOptions options_of(const CompareArguments& a, const Loaded& loaded,
                                      Language language) {
  experiment::CompareOptions options;
  options.modes = a.modes;
  options.seeds = a.seeds;
  options.first_seed = a.first_seed;
  options.horizon_s = loaded.horizon_s;
  options.policy = a.common.policy;
  options.lenient = a.common.lenient;
  options.fsync = loaded.fsync;
  options.kafka = loaded.kafka;
  const char* kind = a.laws.empty() ? "-compare" : "-laws";
  options.out = !a.common.out.empty() ? a.common.out : "runs/" + loaded.scenario.name + kind;
  options.resume = a.common.resume;
  options.keep_logs = a.keep_logs;
  options.threads = a.threads;
  options.language = language;
  return options;
}

/// Prints the report; returns its warnings.
Result<std::vector<std::string>> work(const CompareArguments& a, Language language,
                                      const Interruption& interruption, ProgressLine& line) {
  CITYBRAIN_TRY(check_seeds(a));
  CITYBRAIN_ASSIGN(loaded, load(a.common));
  const auto options = options_of(a, loaded, language);
  experiment::CompareHooks hooks;
  hooks.stop = &interruption.flag();
  const double horizon_s = loaded.horizon_s > 0 ? loaded.horizon_s : loaded.scenario.horizon_s;
  hooks.progress = [&](const experiment::CompareProgress& p) {
    line.show(fmt::format("{} {}/{}", loaded.scenario.name, p.runs_done, p.runs), p.fraction,
              p.fraction * horizon_s * p.runs);
  };
  const bool zh = language == Language::kChinese;
  if (!a.laws.empty()) {
    CITYBRAIN_ASSIGN(home, experiment::home());
    CITYBRAIN_ASSIGN(request, request_of(a.common));
    CITYBRAIN_ASSIGN(
        report, experiment::compare_laws(request, home, loaded.catalog, a.laws, options, hooks));
    line.clear();
    fmt::print("{}", a.common.json ? experiment::compare_laws_json(report)
                                   : experiment::compare_laws_table(
                                         report, language, terminal_width(), colour_wanted()));
    if (!a.common.json)
      fmt::print(fmt::runtime(zh ? "\n报告:{}/compare.json\n" : "\nReport: {}/compare.json\n"),
                 options.out.string());
    return std::move(report.laws.warnings);
  }
  CITYBRAIN_ASSIGN(
      report, experiment::compare(loaded.scenario, loaded.world, loaded.catalog, options, hooks));
  line.clear();
  if (a.common.json) {
    fmt::print("{}", experiment::compare_json(report));
  } else {
    fmt::print("{}",
               experiment::compare_table(report, language, terminal_width(), colour_wanted()));
    fmt::print(fmt::runtime(zh ? "\n报告:{0}/compare.html  {0}/compare.json\n"
                               : "\nReports: {0}/compare.html  {0}/compare.json\n"),
               options.out.string());
  }
  return std::move(report.warnings);
}

int execute(const CompareArguments& a) {
  const auto lang = language(a.common.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const Interruption interruption;
  ProgressLine line(!a.common.no_progress, *lang);
  const auto warnings = work(a, *lang, interruption, line);
  line.clear();
  if (!warnings) return fail(warnings.error(), *lang);
  for (const auto& w : *warnings) fmt::print(stderr, "citybrain: warning: {}\n", w);
  return 0;
}

}  // namespace

std::function<int()> add_compare(CLI::App& app) {
  auto arguments = std::make_shared<CompareArguments>();
  auto* command = app.add_subcommand(
      "compare",
      "Run a scenario in several modes on the same seeds: differences with 95% intervals");
  add_common(*command, arguments->common);
  command->add_option("--modes", arguments->modes, "modes to compare, the first is the baseline")
      ->delimiter(',');
  command
      ->add_option("--laws", arguments->laws,
                   "laws to compare in every window of a scenario with a law; the first is the "
                   "baseline")
      ->delimiter(',')
      ->excludes(command->get_option("--modes"));
  command->add_option("--seeds", arguments->seeds, "how many seeds")->capture_default_str();
  command->add_option("--first-seed", arguments->first_seed, "the first of them")
      ->capture_default_str();
  command->add_option("--threads", arguments->threads, "runs at the same time; 0: one a core")
      ->capture_default_str();
  command->add_flag("--keep-logs,--keep", arguments->keep_logs,
                    "keep log (on Kafka: topics) and store of every run, not only its reports");
  command->footer(kCompareExamples);
  return [arguments] { return execute(*arguments); };
}

}  // namespace citybrain::cli
