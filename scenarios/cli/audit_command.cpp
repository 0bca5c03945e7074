#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>

#include "hub/runtime/files.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/audit_report.h"
#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/guard.h"
#include "scenarios/experiment/who_saw.h"

namespace citybrain::cli {

using experiment::Language;
using model::Result;

namespace {

constexpr const char* kVerifyExamples = R"(
Examples:
  ./citybrain audit verify runs/quickstart-hub-seed-1
  ./citybrain audit heads runs/lab1 > heads.jsonl     keep this elsewhere
  ./citybrain audit verify runs/lab1 --heads heads.jsonl
Exit code 1 when something was altered, removed, put in or moved; docs/audit.md says what is found.
)";
constexpr const char* kListExamples = R"(
Examples:
  ./citybrain audit ls runs/lab1 --kind decision --from 5m --to 6m
  ./citybrain audit ls runs/lab1 --dataset navigation.probes --limit 20
  ./citybrain audit ls runs/lab1 --who city_brain --json
Kinds: opened, access, grant, decision, refusal, quarantine, deletion, key, mask, request.
)";
constexpr const char* kSawExamples = R"(
Examples:
  ./citybrain audit who-saw runs/lab1 traffic_police.plates       a dataset
  ./citybrain audit who-saw runs/lab1 33010001_W_007              a camera, or anything that a record names
)";
constexpr const char* kExportExamples = R"(
Examples:
  ./citybrain audit export runs/lab1 --out audit.jsonl     an entry a line, with its hash
  ./citybrain audit export runs/lab1 | jq -c 'select(.kind == "grant")'
)";

struct AuditArguments {
  std::string run, what, heads, out, from, to, config, lang;
  std::string network = "embedded";
  experiment::AuditFilter filter;
  std::uint64_t limit = 200;
  bool json = false;
};

/// The log, or nothing where it is on Kafka and nobody said where.
Result<std::unique_ptr<network::Log>> log_of(const AuditArguments& a,
                                             const experiment::PastRun& run) {
  CITYBRAIN_ASSIGN(kafka, parse_network(a.network, a.config));
  if (run.on_kafka && !kafka) return std::unique_ptr<network::Log>();
  return experiment::open_past_log(a.run, kafka);
}

Result<int> verify_chain(const AuditArguments& a, Language language) {
  CITYBRAIN_ASSIGN(run, experiment::past_run(a.run));
  std::vector<experiment::ChainHead> noted;
  if (!a.heads.empty()) {
    CITYBRAIN_ASSIGN(text, runtime::read_file(a.heads, "CB-INPUT-AUDIT"));
    CITYBRAIN_ASSIGN(heads, experiment::parse_heads(text, a.heads));
    noted = std::move(heads);
  }
  CITYBRAIN_ASSIGN(store, run.store());
  CITYBRAIN_ASSIGN(log, log_of(a, run));
  CITYBRAIN_ASSIGN(verdict, experiment::verify_audit(*store, log.get(), noted));
  fmt::print("{}", a.json ? experiment::verdict_json(verdict) + "\n"
                          : experiment::verdict_text(verdict, language));
  return verdict.findings.empty() ? 0 : 1;
}

Result<int> list_entries(const AuditArguments& a, Language language) {
  CITYBRAIN_ASSIGN(run, experiment::past_run(a.run));
  auto filter = a.filter;
  if (!a.from.empty()) {
    CITYBRAIN_ASSIGN(from, parse_duration(a.from, "--from"));
    filter.from = from;
  }
  if (!a.to.empty()) {
    CITYBRAIN_ASSIGN(to, parse_duration(a.to, "--to"));
    filter.to = to;
  }
  CITYBRAIN_ASSIGN(store, run.store());
  boost::json::array lines;
  std::uint64_t shown = 0, all = 0;
  CITYBRAIN_TRY(experiment::list_audit(*store, filter, [&](const experiment::AuditLine& line) {
    ++all;
    if (a.limit > 0 && shown >= a.limit) return true;
    ++shown;
    if (a.json)
      lines.push_back(experiment::line_json(line));
    else
      fmt::print("{}", experiment::line_text(line));
    return true;
  }));
  if (a.json)
    fmt::print("{}\n", boost::json::serialize(boost::json::object{
                           {"entries", std::move(lines)}, {"shown", shown}, {"found", all}}));
  else if (shown < all)
    fmt::print(stderr,
               fmt::runtime(language == Language::kChinese
                                ? "citybrain: 显示 {} 条,共 {} 条;--limit 0 全部显示\n"
                                : "citybrain: {} of {} entries; --limit 0 shows all\n"),
               shown, all);
  return 0;
}

Result<int> saw(const AuditArguments& a, Language language) {
  CITYBRAIN_ASSIGN(run, experiment::past_run(a.run));
  CITYBRAIN_ASSIGN(store, run.store());
  CITYBRAIN_ASSIGN(log, log_of(a, run));
  CITYBRAIN_ASSIGN(answer,
                   experiment::who_saw(*store, log.get(), a.what,
                                       std::filesystem::path(a.run) / experiment::kKeysFolder));
  fmt::print("{}", a.json ? experiment::who_saw_json(answer) + "\n"
                          : experiment::who_saw_text(answer, language));
  return 0;
}

Result<int> export_all(const AuditArguments& a, Language) {
  CITYBRAIN_ASSIGN(run, experiment::past_run(a.run));
  CITYBRAIN_ASSIGN(store, run.store());
  std::string text;
  CITYBRAIN_TRY(experiment::list_audit(*store, {}, [&](const experiment::AuditLine& line) {
    text += boost::json::serialize(experiment::line_json(line)) + "\n";
    if (!a.out.empty()) return true;
    fmt::print("{}", text);
    text.clear();
    return true;
  }));
  if (!a.out.empty()) CITYBRAIN_TRY(experiment::write_file(a.out, text));
  return 0;
}

Result<int> heads(const AuditArguments& a, Language) {
  CITYBRAIN_ASSIGN(run, experiment::past_run(a.run));
  CITYBRAIN_ASSIGN(store, run.store());
  CITYBRAIN_ASSIGN(all, experiment::audit_heads(*store));
  fmt::print("{}", experiment::heads_text(all));
  return 0;
}

CLI::App* add(CLI::App& group, const char* name, const char* what, AuditArguments& a,
              const char* examples) {
  auto* command = group.add_subcommand(name, what);
  command->add_option("RUN", a.run, "folder of a run")->required();
  command->add_option("--lang", a.lang, "en or zh; default from the locale");
  command->footer(examples);
  return command;
}

void add_json(CLI::App& command, AuditArguments& a) {
  command.add_flag("--json", a.json, "print JSON to standard output, and nothing else there");
}

void add_log(CLI::App& command, AuditArguments& a) {
  command.add_option("--network", a.network, "kafka:HOST:PORT: where the run's topics are");
  command.add_option("--network-config", a.config,
                     "file of librdkafka's properties (KEY=VALUE): TLS, credentials");
}

}  // namespace

std::function<int()> add_audit(CLI::App& app) {
  auto a = std::make_shared<AuditArguments>();
  auto* group = app.add_subcommand(
      "audit", "The audit chain of a run: does it hold, what is in it, who saw what");
  group->require_subcommand(1);
  using Work = Result<int> (*)(const AuditArguments&, Language);
  std::vector<std::pair<CLI::App*, Work>> commands;
  auto* v =
      add(*group, "verify", "Find what was altered, removed, put in or moved", *a, kVerifyExamples);
  v->add_option("--heads", a->heads, "file of heads noted earlier (audit heads), to hold against");
  add_log(*v, *a);
  add_json(*v, *a);
  commands.emplace_back(v, verify_chain);
  auto* l = add(*group, "ls", "List entries", *a, kListExamples);
  l->add_option("--kind", a->filter.kind, "only of this kind");
  l->add_option("--dataset", a->filter.dataset, "only about this dataset");
  l->add_option("--who", a->filter.who, "only of this view, desk or grantee");
  l->add_option("--district", a->filter.chain, "only of this district's chain");
  l->add_option("--from", a->from, "simulated time since the start: 300, 5m, 1h");
  l->add_option("--to", a->to, "the same");
  l->add_option("--limit", a->limit, "entries to show; 0: all")->capture_default_str();
  add_json(*l, *a);
  commands.emplace_back(l, list_entries);
  auto* w =
      add(*group, "who-saw", "Who saw a dataset, or what speaks of a subject", *a, kSawExamples);
  w->add_option("SUBJECT|DATASET", a->what,
                "a dataset's name, or a record's subject or any value of its message")
      ->required();
  add_log(*w, *a);
  add_json(*w, *a);
  commands.emplace_back(w, saw);
  auto* e = add(*group, "export", "Every entry as a line of JSON", *a, kExportExamples);
  e->add_option("--out", a->out, "file; default standard output");
  commands.emplace_back(e, export_all);
  commands.emplace_back(
      add(*group, "heads", "The chains' heads, to keep where nobody changes them", *a, ""), heads);
  return [=] {
    const auto lang = language(a->lang);
    if (!lang) return fail(lang.error(), Language::kEnglish);
    for (const auto& [command, work] : commands) {
      if (!command->parsed()) continue;
      const auto done = work(*a, *lang);
      return done ? *done : fail(done.error(), *lang);
    }
    return 2;
  };
}

}  // namespace citybrain::cli
