// The catalogue as a command: list, show, search, check, compare versions, export, find repeated
// collection.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>

#include "hub/catalog/dcat.h"
#include "hub/network/framing.h"
#include "hub/runtime/files.h"
#include "scenarios/cli/catalog_views.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/run_log.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::cli {

using catalog::Catalog;
using catalog::Contract;
using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct CatalogArguments {
  std::string contracts, history, lang, dataset, field, place, run, out, from, to;
  std::string base = "urn:citybrain:";
  std::vector<std::string> words;
  bool json = false;
};

constexpr const char* kCatalogExamples = R"(
Examples:
  ./citybrain catalog ls                                     every dataset and who may have it
  ./citybrain catalog show traffic_police.video_flow         fields, units, classes, law
  ./citybrain catalog search queue                           by a word ...
  ./citybrain catalog search 排队 --field speed --place 萧山区   ... in Chinese, by field and place
  ./citybrain catalog check my/contracts                     every mistake with its line
  ./citybrain catalog diff old.yaml new.yaml                 breaking or compatible, and why
  ./citybrain catalog export --base https://data.example.cn/ --out catalogue.jsonld
  ./citybrain catalog duplicates --run runs/quickstart       repeated collection and its cost
Exit code of check: 2 when something is wrong; of diff: 1 when a change is breaking.
docs/catalogue.md says what a contract holds and how versions are judged.
)";

Result<std::filesystem::path> folder_of(const CatalogArguments& a) {
  if (!a.contracts.empty()) return std::filesystem::path(a.contracts);
  CITYBRAIN_ASSIGN(home, experiment::home());
  return home / "schemas" / "contracts";
}

/// The contracts in order; a line on standard error when others are not.
Result<Catalog> open(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(folder, folder_of(a));
  CITYBRAIN_ASSIGN(checked, catalog::check(folder));
  if (!checked.errors.empty())
    fmt::print(stderr,
               fmt::runtime(language == Language::kChinese
                                ? "citybrain: 契约中有 {} 处错误,相应契约已略去;"
                                  "./citybrain catalog check {} 列出全部\n"
                                : "citybrain: {} errors in contracts, which are left out; "
                                  "./citybrain catalog check {} lists them\n"),
               checked.errors.size(), folder.string());
  return std::move(checked.catalog);
}

Result<int> show(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(catalog, open(a, language));
  const Contract* c = catalog.find(a.dataset);
  if (c == nullptr) {
    std::vector<std::string> names;
    for (const auto& known : catalog.contracts()) names.push_back(known.dataset);
    const auto near = catalog::nearest(a.dataset, names);
    return Error{"CB-INPUT-DATASET", fmt::format("there is no dataset \"{}\"", a.dataset),
                 "DATASET",
                 near.empty() ? fmt::format("datasets: {}", fmt::join(names, ", "))
                              : fmt::format("did you mean \"{}\"?", near)};
  }
  fmt::print("{}", a.json ? contract_json(*c) : contract_text(*c, language));
  return 0;
}

Result<int> find(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(catalog, open(a, language));
  const auto words = fmt::format("{}", fmt::join(a.words, " "));
  const auto hits = catalog::search(catalog, {words, a.field, a.place});
  fmt::print("{}", a.json ? hits_json(hits) : hits_text(hits, language));
  if (!hits.empty()) return 0;
  for (const auto& word : a.words)
    if (const auto near = catalog::nearest_word(catalog, word); !near.empty() && near != word)
      fmt::print(stderr,
                 fmt::runtime(language == Language::kChinese ? "citybrain: 是否要找“{}”?\n"
                                                             : "citybrain: did you mean \"{}\"?\n"),
                 near);
  return 0;
}

/// Versions are held against the history beside the folder where there is one.
Result<int> check(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(folder, folder_of(a));
  CITYBRAIN_ASSIGN(checked, catalog::check(folder));
  std::error_code ec;
  const auto beside = folder.parent_path() / "history";
  const auto history = a.history.empty() ? beside : std::filesystem::path(a.history);
  if (!a.history.empty() || std::filesystem::is_directory(beside, ec)) {
    CITYBRAIN_ASSIGN(earlier, catalog::read_history(history));
    for (auto& e : catalog::against_history(checked.catalog, earlier))
      checked.errors.push_back(std::move(e));
  }
  fmt::print("{}", a.json ? errors_json(checked) : errors_text(checked, language));
  return checked.errors.empty() ? 0 : 2;
}

Result<Contract> contract_in(const std::string& file) {
  CITYBRAIN_ASSIGN(text, runtime::read_file(file, "CB-INPUT-CONTRACT"));
  return Catalog::parse(text, file);
}

Result<int> diff(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(from, contract_in(a.from));
  CITYBRAIN_ASSIGN(to, contract_in(a.to));
  fmt::print("{}", a.json ? evolution_json(from, to) : evolution_text(from, to, language));
  const auto evolution = compare(from, to);
  return !evolution.changes.empty() && evolution.severity() == catalog::Severity::kBreaking ? 1 : 0;
}

Result<int> export_dcat(const CatalogArguments& a, Language language) {
  if (a.base.empty() || std::string_view("/:#").find(a.base.back()) == std::string_view::npos)
    return Error{"CB-USAGE-BASE", fmt::format("\"{}\" cannot begin an address", a.base), "--base",
                 "it ends in '/', ':' or '#', for example https://data.example.cn/"};
  CITYBRAIN_ASSIGN(catalog, open(a, language));
  const auto text = catalog::to_dcat(catalog, a.base);
  if (!a.out.empty()) {
    CITYBRAIN_TRY(runtime::write_file_atomically(a.out, text, "CB-RUN-WRITE"));
    return 0;
  }
  fmt::print("{}", text);
  return 0;
}

/// One pass over the log of a run: every dataset's records, in bounded memory.
Result<catalog::Profiles> profile(const Catalog& catalog, const std::string& run) {
  constexpr std::size_t kBatch = 4096;
  catalog::Profiles out;
  CITYBRAIN_ASSIGN(log, open_run_log(run));
  CITYBRAIN_ASSIGN(topics, log->topics());
  for (const auto& topic : topics) {
    const Contract* c = catalog.find(topic.name);
    if (c == nullptr) continue;
    catalog::Profiler profiler(*c);
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      CITYBRAIN_ASSIGN(cursor, log->cursor(topic.name, p, 0));
      while (true) {
        CITYBRAIN_ASSIGN(records, cursor->poll(kBatch));
        if (records.empty()) break;
        for (const auto& r : records)
          if (const auto framed = network::unframe(r.value))
            profiler.add(framed->payload, r.publish_time.ms, p);
      }
    }
    if (profiler.profile().records > 0) out.emplace(topic.name, profiler.profile());
  }
  return out;
}

Result<int> find_duplicates(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(catalog, open(a, language));
  catalog::Profiles profiles;
  if (!a.run.empty()) {
    CITYBRAIN_ASSIGN(found, profile(catalog, a.run));
    profiles = std::move(found);
  }
  const auto pairs = catalog::duplicates(catalog, profiles);
  fmt::print("{}", a.json ? pairs_json(pairs) : pairs_text(pairs, language));
  return 0;
}

Result<int> list(const CatalogArguments& a, Language language) {
  CITYBRAIN_ASSIGN(catalog, open(a, language));
  fmt::print("{}", a.json ? list_json(catalog) : list_text(catalog, language));
  return 0;
}

using CatalogWork = Result<int> (*)(const CatalogArguments&, Language);

int execute(const CatalogArguments& a, CatalogWork work) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = work(a, *lang);
  return done ? *done : fail(done.error(), *lang);
}

CLI::App* add(CLI::App& command, CatalogArguments& a, const char* name, const char* what) {
  auto* sub = command.add_subcommand(name, what);
  sub->add_option("--lang", a.lang, "en or zh; default from the locale");
  return sub;
}

void add_folder(CLI::App& sub, CatalogArguments& a) {
  sub.add_option("--contracts", a.contracts,
                 "folder of contracts; default the program's own, schemas/contracts");
}

void add_json(CLI::App& sub, CatalogArguments& a) {
  sub.add_flag("--json", a.json, "print JSON to standard output, and nothing else there");
}

}  // namespace

std::function<int()> add_catalog(CLI::App& app) {
  auto a = std::make_shared<CatalogArguments>();
  auto* command = app.add_subcommand(
      "catalog", "The datasets of all departments: contracts, versions, repeated collection");
  command->footer(kCatalogExamples);
  command->require_subcommand(1);
  std::vector<std::pair<CLI::App*, CatalogWork>> works;
  const auto with = [&](const char* name, const char* what, CatalogWork work) {
    auto* sub = add(*command, *a, name, what);
    works.emplace_back(sub, work);
    return sub;
  };
  auto* ls = with("ls", "Every dataset, its version, who may have it", list);
  auto* shown = with("show", "One dataset: fields, units, classes, law", show);
  shown->add_option("DATASET", a->dataset, "e.g. traffic_police.video_flow")->required();
  auto* searched = with("search", "Find datasets by words, field and place", find);
  searched->add_option("WORDS", a->words, "in English or Chinese; all must be found");
  searched->add_option("--field", a->field, "part of a field's name or description");
  searched->add_option("--place", a->place, "a place that the dataset is about");
  auto* checked = with("check", "Every mistake in a folder of contracts, with its line", check);
  checked->add_option("FOLDER", a->contracts, "default the program's own, schemas/contracts");
  checked->add_option(
      "--history", a->history,
      "folder of earlier versions; default history beside the folder, if it is there");
  auto* compared = with("diff", "Is the new version breaking or compatible, and why?", diff);
  compared->add_option("OLD", a->from, "a contract")->required();
  compared->add_option("NEW", a->to, "the same contract, changed")->required();
  auto* exported = with("export", "The catalogue as DCAT-AP 3 (JSON-LD)", export_dcat);
  exported->add_option("--base", a->base, "what addresses of datasets begin with")
      ->capture_default_str();
  exported->add_option("--out", a->out, "file to write; default standard output");
  auto* repeated = with("duplicates", "Repeated collection, and what it costs", find_duplicates);
  repeated->add_option("--run", a->run, "folder of a run: values, places and costs from its log");
  for (auto* sub : {ls, shown, searched, exported, repeated}) add_folder(*sub, *a);
  for (auto* sub : {ls, shown, searched, checked, compared, repeated}) add_json(*sub, *a);
  exported->add_flag("--json", a->json, "the export is JSON anyway");
  return [a, works] {
    for (const auto& [sub, work] : works)
      if (sub->parsed()) return execute(*a, work);
    return 2;
  };
}

}  // namespace citybrain::cli
