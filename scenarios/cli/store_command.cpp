// The warehouse of a run as a command: its tables, rows, times and places, and its upkeep.
#include "scenarios/cli/store_command.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"

namespace citybrain::cli {

using experiment::Language;
using model::Result;

namespace {

constexpr const char* kStoreExamples = R"(
Examples:
  ./citybrain run quickstart --out runs/q
  ./citybrain store ls runs/q                                     tables, rows, bytes
  ./citybrain store ls runs/q lane_history                        its columns, units and key
  ./citybrain store get runs/q lane_history view=0,lane=12,step=90
  ./citybrain store scan runs/q lane_history --where lane=12 --from 5m --to 10m --json
  ./citybrain store as-of runs/q vehicle_latest 15m               as known at 15 minutes
  ./citybrain store near runs/q near:120.155,30.274,500m          also box:W,S,E,N and cell:TOKEN
  ./citybrain store export runs/q decisions --format jsonl --out decisions.jsonl
  ./citybrain store indicators runs/q --at 20m                    how well the data was
  ./citybrain store verify runs/q
  ./citybrain store backup runs/q backups/q                       store and log of one Step
  ./citybrain store restore backups/q runs/again
RUN is the folder that `run --out` made. KEY and --where are COLUMN=VALUE,...; views, roads,
junctions, districts, datasets and lanes (ROAD/INDEX) may be given by name. TIME is 90, 90s, 15m,
1h30m or 2026-03-02T07:45:00+08:00. Exports are CSV or line-delimited JSON; Parquet is not offered:
it needs Arrow, which Debian 12 does not have. docs/store.md has every table.
)";

using StoreWork = Result<void> (*)(const StoreArguments&, Language);

struct Verb {
  CLI::App* app;
  StoreWork work;
};

/// Options and arguments that several of the verbs have.
class Group {
 public:
  Group(CLI::App& group, StoreArguments& arguments) : group_(group), a_(arguments) {}

  CLI::App& verb(const char* name, const char* about, StoreWork work) {
    auto* v = group_.add_subcommand(name, about);
    v->add_option("--lang", a_.lang, "en or zh; default from the locale");
    v->add_flag("--json", a_.json, "print JSON to standard output, and nothing else there");
    v->footer(kStoreExamples);
    verbs_.push_back({v, work});
    return *v;
  }
  void run(CLI::App& v) { v.add_option("RUN", a_.run, "folder of a run")->required(); }
  CLI::Option* table(CLI::App& v) {
    return v.add_option("TABLE", a_.table, "a table; `store ls RUN` lists them");
  }
  void where(CLI::App& v) {
    v.add_option("--where", a_.where, "only rows with COLUMN=VALUE,COLUMN=VALUE");
  }
  void range(CLI::App& v) {
    v.add_option("--from", a_.from, "only rows known at this time or later");
    v.add_option("--to", a_.to, "only rows known at this time or before");
  }
  void limit(CLI::App& v) {
    v.add_option("--limit", a_.limit, "at most so many rows; 0: all")->capture_default_str();
  }
  const std::vector<Verb>& verbs() const { return verbs_; }

 private:
  CLI::App& group_;
  StoreArguments& a_;
  std::vector<Verb> verbs_;
};

void add_reading(Group& g, StoreArguments& a) {
  auto& ls = g.verb("ls", "The tables, or the columns of one", store_ls);
  g.run(ls);
  g.table(ls);
  auto& get = g.verb("get", "One row by its key", store_get);
  g.run(get);
  g.table(get)->required();
  get.add_option("KEY", a.key, "COLUMN=VALUE,... that names the row")->required();
  auto& scan = g.verb("scan", "Rows of a table in the order of their keys", store_scan);
  g.run(scan);
  g.table(scan)->required();
  g.where(scan);
  g.range(scan);
  g.limit(scan);
  auto& as_of = g.verb("as-of", "What was known at a time, whatever came later", store_as_of);
  g.run(as_of);
  g.table(as_of)->required();
  as_of.add_option("TIME", a.time, "90s, 15m, or a date and time with offset")->required();
  g.where(as_of);
  g.limit(as_of);
  auto& near = g.verb("near", "Junctions, roads and places within an area", store_near);
  g.run(near);
  near.add_option("AREA", a.area, "near:LON,LAT,RADIUS, box:W,S,E,N or cell:TOKEN")->required();
  auto& out = g.verb("export", "Write a table to a file", store_export);
  g.run(out);
  g.table(out)->required();
  out.add_option("--out", a.out, "the file; whole or not there")->required();
  out.add_option("--format", a.format, "csv or jsonl (no Parquet: Arrow is not in Debian 12)")
      ->capture_default_str();
  out.add_option("--as-of", a.as_of, "as known at this time");
  g.where(out);
  g.range(out);
  auto& indicators = g.verb("indicators", "How well each dataset's data was", store_indicators);
  g.run(indicators);
  indicators.add_option("--at", a.time, "at this time; default the end");
}

void add_upkeep(Group& g, StoreArguments& a) {
  auto& verify =
      g.verb("verify", "Check checksums, rows, digests, index and retention", store_verify);
  g.run(verify);
  auto& checkpoint = g.verb("checkpoint", "A copy of the store in a new folder", store_checkpoint);
  g.run(checkpoint);
  checkpoint.add_option("FOLDER", a.target, "a new folder")->required();
  auto& backup = g.verb("backup", "Copy store and log of one Step into a new folder", store_backup);
  g.run(backup);
  backup.add_option("FOLDER", a.target, "a new folder")->required();
  auto& restore = g.verb("restore", "Make a run's folder from a backup", store_restore);
  restore.add_option("FOLDER", a.target, "what `store backup` made")->required();
  restore.add_option("RUN", a.run, "a new folder")->required();
  auto& migrate = g.verb("migrate", "Bring a store of the previous release up to this one's format",
                         store_migrate);
  g.run(migrate);
}

int execute(const Group& group, const StoreArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  for (const auto& verb : group.verbs()) {
    if (!verb.app->parsed()) continue;
    const auto done = verb.work(a, *lang);
    return done ? 0 : fail(done.error(), *lang);
  }
  return 2;
}

}  // namespace

std::function<int()> add_store(CLI::App& app) {
  auto a = std::make_shared<StoreArguments>();
  auto* command = app.add_subcommand(
      "store", "The warehouse of a run: tables, rows, times, places, backup and checks");
  command->require_subcommand(1);
  command->footer(kStoreExamples);
  auto group = std::make_shared<Group>(*command, *a);
  add_reading(*group, *a);
  add_upkeep(*group, *a);
  return [=] { return execute(*group, *a); };
}

}  // namespace citybrain::cli
