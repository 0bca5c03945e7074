// Warehouses of several regions that share: a run, what there is, and a catalogue made from a seed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>

#include "hub/runtime/files.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/options.h"
#include "scenarios/experiment/federation_report.h"
#include "scenarios/experiment/folder.h"

namespace citybrain::cli {

namespace fs = std::filesystem;
using experiment::FederationChanges;
using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct FederationArguments {
  std::string name = "yangtze-delta", out, horizon, fsync = "os", lang;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> cuts;
  std::uint32_t resources = 242;
  bool resume = false, json = false, all = false, no_progress = false;
};

constexpr const char* kFederationExamples = R"(
Examples:
  ./citybrain federation show                                 parties, links, catalogue of yangtze-delta
  ./citybrain federation show yangtze-delta --resources       each of the 242 resources
  ./citybrain federation run yangtze-delta                    two hours: a row a link, report.json
  ./citybrain federation run yangtze-delta --horizon 30m --cut qingpu-wujiang:5m-15m --json
  ./citybrain federation run my/federation.yaml --seed 7 --out runs/zone
  ./citybrain federation run my/federation.yaml --seed 7 --out runs/zone --resume
  ./citybrain store scan runs/zone/wujiang shared_latest      what one party holds
  ./citybrain federation generate --out my                    contracts and a file to start from
docs/federation.md has the file's keys, the report's fields and what is promised.
)";

/// "LINK:FROM-TO".
Result<std::pair<std::string, federation::Cut>> parse_cut(const std::string& text) {
  const Error bad{"CB-USAGE-CUT", fmt::format("expected LINK:FROM-TO, found \"{}\"", text), "--cut",
                  "for example --cut qingpu-wujiang:10m-25m"};
  const auto colon = text.rfind(':');
  const auto dash = colon == std::string::npos ? colon : text.find('-', colon);
  if (dash == std::string::npos) return bad;
  const auto from_text = text.substr(colon + 1, dash - colon - 1);
  federation::Cut cut;
  if (from_text != "0" && from_text != "0s") {
    const auto from = parse_duration(from_text, "--cut");
    if (!from) return bad;
    cut.from = *from;
  }
  const auto until = parse_duration(text.substr(dash + 1), "--cut");
  if (!until) return bad;
  cut.until = *until;
  return std::pair{text.substr(0, colon), cut};
}

Result<experiment::FederationConfig> load(const FederationArguments& a) {
  FederationChanges changes;
  changes.seed = a.seed;
  if (!a.horizon.empty()) {
    CITYBRAIN_ASSIGN(horizon, parse_duration(a.horizon));
    changes.horizon_s = horizon;
  }
  for (const auto& text : a.cuts) {
    CITYBRAIN_ASSIGN(cut, parse_cut(text));
    changes.cuts.push_back(std::move(cut));
  }
  CITYBRAIN_ASSIGN(home, experiment::home());
  return experiment::load_federation(a.name, home, changes);
}

Result<void> run(const FederationArguments& a, Language language) {
  CITYBRAIN_ASSIGN(config, load(a));
  CITYBRAIN_ASSIGN(fsync, network::Fsync::parse(a.fsync));
  const Interruption interruption;
  ProgressLine line(!a.no_progress, language);
  experiment::FederationRunOptions options;
  options.out =
      a.out.empty() ? fmt::format("runs/{}-seed-{}", config.plan.name, config.plan.seed) : a.out;
  options.resume = a.resume;
  options.fsync = fsync;
  options.stop = &interruption.flag();
  options.progress = [&](model::Step done) {
    line.show(config.plan.name, static_cast<double>(done) / config.plan.horizon_s, done);
  };
  auto report = experiment::run_federation(config, options);
  line.clear();
  if (!report) return report.error();
  if (a.json) {
    fmt::print("{}\n", experiment::federation_json(*report));
    return {};
  }
  fmt::print("{}", experiment::federation_text(*report, language));
  fmt::print(fmt::runtime(language == Language::kChinese ? "\n报告:{0}/report.json\n"
                                                         : "\nReport: {0}/report.json\n"),
             options.out.string());
  return {};
}

Result<void> show(const FederationArguments& a, Language language) {
  CITYBRAIN_ASSIGN(config, load(a));
  fmt::print("{}", a.json ? experiment::federation_plan_json(config) + "\n"
                          : experiment::federation_plan_text(config, a.all, language));
  return {};
}

/// The library's file, with the contracts in a folder instead of a seed.
Result<std::string> file_with_contracts(const fs::path& home, const FederationArguments& a,
                                        const std::string& text) {
  const auto at = text.find("\ncatalogue:");
  const auto end = at == std::string::npos ? at : text.find('\n', at + 1);
  if (end == std::string::npos)
    return Error{"CB-INPUT-FEDERATION", "expected a line `catalogue: {...}`",
                 (home / "scenarios" / "library" / a.name / "federation.yaml").string(), ""};
  return text.substr(0, at) + "\ncatalogue: {contracts: contracts}" + text.substr(end);
}

Result<void> generate(const FederationArguments& a, Language language) {
  CITYBRAIN_ASSIGN(home, experiment::home());
  const auto file = home / "scenarios" / "library" / a.name / "federation.yaml";
  CITYBRAIN_ASSIGN(text, runtime::read_file(file, "CB-INPUT-FEDERATION"));
  CITYBRAIN_ASSIGN(read, experiment::read_federation(text, file.string()));
  experiment::CatalogueSpec spec = read.generate.value_or(experiment::CatalogueSpec{});
  if (a.seed) spec.seed = *a.seed;
  spec.resources = a.resources;
  if (spec.resources > read.plan.parties.size() * model::kMaxDatasets * 3 / 4)
    return Error{"CB-USAGE-RESOURCES",
                 fmt::format("too many: a party can have {} resources", model::kMaxDatasets),
                 "--resources", "a smaller number"};
  const auto contracts = experiment::generate_contracts(spec, read.plan.parties);
  const fs::path out = a.out;
  std::error_code ec;
  if (fs::exists(out, ec) && !fs::is_empty(out, ec))
    return Error{"CB-INPUT-OUT", "the output folder holds something", a.out,
                 "choose an empty or new folder with --out FOLDER"};
  for (const auto& c : contracts) {
    const auto folder = out / "contracts" / c.party;
    CITYBRAIN_TRY(runtime::make_directory(folder, "CB-INPUT-OUT"));
    const auto name = c.resource.substr(c.party.size() + 1) + ".yaml";
    CITYBRAIN_TRY(experiment::write_file(folder / name, c.text));
  }
  CITYBRAIN_ASSIGN(own, file_with_contracts(home, a, text));
  CITYBRAIN_TRY(experiment::write_file(out / "federation.yaml", own));
  if (a.json) {
    fmt::print("{}\n", boost::json::serialize(boost::json::object{
                           {"seed", spec.seed}, {"contracts", contracts.size()}, {"out", a.out}}));
    return {};
  }
  fmt::print(fmt::runtime(language == Language::kChinese
                              ? "{0} 份数据契约与 federation.yaml 已写入 {1}\n"
                              : "{0} contracts and federation.yaml are in {1}\n"),
             contracts.size(), a.out);
  return {};
}

using FederationWork = Result<void> (*)(const FederationArguments&, Language);
struct Verb {
  CLI::App* app;
  FederationWork work;
};

int execute(const std::vector<Verb>& verbs, const FederationArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  for (const auto& verb : verbs) {
    if (!verb.app->parsed()) continue;
    const auto done = verb.work(a, *lang);
    return done ? 0 : fail(done.error(), *lang);
  }
  return 2;
}

CLI::App& add_verb(CLI::App& group, const char* name, const char* about, FederationArguments& a) {
  auto* v = group.add_subcommand(name, about);
  v->add_option("--lang", a.lang, "en or zh; default from the locale");
  v->add_flag("--json", a.json, "print JSON to standard output, and nothing else there");
  v->add_option("--seed", a.seed, "instead of the file's");
  v->footer(kFederationExamples);
  return *v;
}

void add_file(CLI::App& v, FederationArguments& a) {
  v.add_option("FEDERATION", a.name,
               "a name in scenarios/library, a federation.yaml, or its folder")
      ->capture_default_str();
}

}  // namespace

std::function<int()> add_federation(CLI::App& app);
std::function<int()> add_federation(CLI::App& app) {
  auto a = std::make_shared<FederationArguments>();
  auto* group = app.add_subcommand(
      "federation", "Warehouses of several regions that share granted resources over links");
  group->require_subcommand(1);
  group->footer(kFederationExamples);
  auto& runs = add_verb(*group, "run", "Run it: a row a link, report.json", *a);
  add_file(runs, *a);
  runs.add_option("--horizon", a->horizon, "simulated time, for example 90s, 15m, 2h");
  runs.add_option("--cut", a->cuts, "LINK:FROM-TO: nothing crosses then; may be repeated")
      ->allow_extra_args(false);
  runs.add_option("--out", a->out, "folder of the run; default runs/NAME-seed-N");
  runs.add_flag("--resume", a->resume, "go on with a run that was killed or interrupted");
  runs.add_option("--fsync", a->fsync, "every-commit, group:100ms, os: of the logs")
      ->capture_default_str();
  runs.add_flag("--no-progress", a->no_progress, "no progress on standard error");
  auto& shows = add_verb(*group, "show", "Parties, links, grants and catalogue", *a);
  add_file(shows, *a);
  shows.add_flag("--resources", a->all, "every resource, too");
  auto& makes =
      add_verb(*group, "generate", "A catalogue from a seed: contracts and federation.yaml", *a);
  makes.add_option("--out", a->out, "a new folder")->required();
  makes.add_option("--resources", a->resources, "how many, over all parties")
      ->capture_default_str();
  const std::vector<Verb> verbs = {{&runs, run}, {&shows, show}, {&makes, generate}};
  return [=] { return execute(verbs, *a); };
}

}  // namespace citybrain::cli
