#include "scenarios/cli/truncate_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/retention.h"

namespace citybrain::cli {

using experiment::Cut;
using experiment::Language;
using experiment::Retained;
using model::Error;
using model::Result;

namespace {

struct TruncateArguments {
  std::string run, before, snapshots, config, lang;
  std::string network = "embedded";
  bool dry_run = false;
  bool json = false;
};

constexpr const char* kTruncateExamples = R"(
What goes is only what nobody needs who starts again: hubs go on from their oldest snapshot,
departments from the state that they keep (connector --state); the departments' tables, the truth
and what a city repeats stay whole. With --before more than that is refused, with the reader's name.

Examples:
  ./citybrain network truncate runs/quickstart --dry-run      what may go, and who needs the rest
  ./citybrain network truncate runs/quickstart --before 15m   all of the first 15 minutes
  ./citybrain network truncate runs/lab1 --network kafka:localhost:9092
  ./citybrain network truncate --network kafka:localhost:9092/lab1 --snapshots /shared/lab1
)";

/// The run's log, when it began, and what its hubs need.
struct Opened {
  std::unique_ptr<network::Log> log;
  model::Epoch epoch;
  experiment::HubNeeds hubs;
};

Error no_start(const std::string& where) {
  return {"CB-INPUT-RUN", "the run does not say when it began", where,
          "it was made by an earlier version of the program; run it again"};
}

Result<Opened> open_run(const TruncateArguments& a) {
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.config));
  CITYBRAIN_ASSIGN(past, experiment::past_run(a.run));
  if (past.start.ms == 0) return no_start(a.run);
  CITYBRAIN_ASSIGN(log, experiment::open_past_log(a.run, kafka));
  const std::filesystem::path run = a.run;
  CITYBRAIN_ASSIGN(hubs, experiment::needs_of_run(run, a.snapshots, past.identity));
  return Opened{std::move(log), {past.start}, std::move(hubs)};
}

/// A run whose parts were started by hand: the log says which it is.
Result<Opened> open_parts(const TruncateArguments& a) {
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.config));
  if (!kafka || kafka->prefix.empty() || a.snapshots.empty())
    return Error{"CB-USAGE-NETWORK",
                 "expected a run's folder, or where the run is on Kafka and its hubs' snapshots",
                 "RUN",
                 "name the folder, or --network kafka:HOST:PORT/PREFIX and --snapshots FOLDER"};
  CITYBRAIN_ASSIGN(log, network::open_kafka(*kafka));
  CITYBRAIN_ASSIGN(run, experiment::run_on(*log));
  CITYBRAIN_ASSIGN(hubs, experiment::needs_of_run({}, a.snapshots, run.identity));
  return Opened{std::move(log), {run.start}, std::move(hubs)};
}

boost::json::object line_of(const Retained& r) {
  return {{"topic", r.topic}, {"partition", r.partition}, {"begin", r.begin},
          {"end", r.end},     {"needed_from", r.safe},    {"reader", r.reader}};
}

void print_json(const std::vector<Retained>& all, const std::vector<Cut>& cuts, bool dry_run) {
  boost::json::array partitions, removed;
  for (const auto& r : all) partitions.push_back(line_of(r));
  for (const auto& c : cuts)
    removed.push_back({{"topic", c.what.topic}, {"partition", c.what.partition}, {"before", c.to}});
  fmt::print("{}\n", boost::json::serialize(boost::json::object{
                         {"dry_run", dry_run}, {"partitions", partitions}, {"removed", removed}}));
}

void print_text(const std::vector<Retained>& all, const std::vector<Cut>& cuts, bool dry_run,
                bool zh) {
  if (dry_run) {
    for (const auto& r : all) {
      fmt::print(fmt::runtime(zh ? "{}/{}:{} 至 {}," : "{}/{}: {} to {}, "), r.topic, r.partition,
                 r.begin, r.end);
      if (r.whole)
        fmt::print(fmt::runtime(zh ? "全部保留:{}\n" : "kept whole: {}\n"), r.reader);
      else
        fmt::print(fmt::runtime(zh ? "自 {} 起仍需要:{}\n" : "needed from {} on by {}\n"), r.safe,
                   r.reader);
    }
  }
  for (const auto& c : cuts)
    fmt::print(
        fmt::runtime(dry_run ? (zh ? "可删除 {}/{}:{} 之前\n" : "{}/{}: before {} may go\n")
                             : (zh ? "已删除 {}/{}:{} 之前\n" : "{}/{}: removed before {}\n")),
        c.what.topic, c.what.partition, c.to);
}

Result<void> truncate(const TruncateArguments& a, Language language) {
  std::optional<std::uint32_t> before_s;
  if (!a.before.empty()) {
    CITYBRAIN_ASSIGN(seconds, parse_duration(a.before, "--before"));
    before_s = seconds;
  }
  CITYBRAIN_ASSIGN(home, experiment::home());
  CITYBRAIN_ASSIGN(catalog, catalog::Catalog::load(home / "schemas" / "contracts"));
  CITYBRAIN_ASSIGN(run, a.run.empty() ? open_parts(a) : open_run(a));
  CITYBRAIN_ASSIGN(all, experiment::retained({*run.log, catalog, run.epoch, std::move(run.hubs),
                                              experiment::Scope::kAll}));
  std::optional<model::EventTime> before;
  if (before_s) {
    before = run.epoch.start + std::int64_t{*before_s} * 1000;
    CITYBRAIN_TRY(experiment::check_needless(*run.log, all, *before));
  }
  CITYBRAIN_ASSIGN(cuts, experiment::cuts(*run.log, all, before));
  if (!a.dry_run) {
    CITYBRAIN_TRY(experiment::carry_out(*run.log, cuts));
    CITYBRAIN_TRY(run.log->sync());
  }
  if (a.json)
    print_json(all, cuts, a.dry_run);
  else
    print_text(all, cuts, a.dry_run, language == Language::kChinese);
  return {};
}

}  // namespace

std::function<int()> add_network_truncate(CLI::App& group) {
  auto a = std::make_shared<TruncateArguments>();
  auto* command = group.add_subcommand(
      "truncate", "Remove the old end of a run's log, as far as nobody needs it to go on");
  command->add_option("RUN", a->run, "folder of a run");
  command->add_option("--network", a->network, "kafka:HOST:PORT[/PREFIX]: where the topics are");
  command->add_option("--network-config", a->config,
                      "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
  command->add_option("--snapshots", a->snapshots,
                      "folder of the hubs' snapshots; default: the one in RUN");
  command->add_option("--before", a->before,
                      "remove all that was published in the first so much of the run, e.g. 15m, or "
                      "nothing; without it: all that nobody needs");
  command->add_flag("--dry-run", a->dry_run, "only say what may go, and who needs the rest");
  command->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  command->add_option("--lang", a->lang, "en or zh; default from the locale");
  command->footer(kTruncateExamples);
  return [a] {
    const auto lang = language(a->lang);
    if (!lang) return fail(lang.error(), Language::kEnglish);
    const auto done = truncate(*a, *lang);
    return done ? 0 : fail(done.error(), *lang);
  };
}

}  // namespace citybrain::cli
