// Requests for data as a command: a step each on a file of requests, and what the clocks say.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/request_file.h"
#include "scenarios/cli/request_view.h"
#include "scenarios/experiment/scenario.h"

namespace citybrain::cli {

using catalog::Act;
using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct RequestArguments {
  std::string verb;
  std::string log = "requests.jsonl", law, calendar = "china", lang;
  std::string id, by, dataset, purpose, reason, item, expires, at, state;
  std::vector<std::string> masks;
  bool on_platform = false, draft = false, done = false, json = false;
};

constexpr const char* kRequestExamples = R"(
Examples:
  ./citybrain request new r1 --law order-809 --by city_brain --dataset navigation.probes --purpose signal_control
  ./citybrain request check r1
  ./citybrain request grant r1 --expires 2026-12-31 --reason "no onward transfer"
  ./citybrain request grant r2 --expires 2026-12-31 --mask "field: device, rule: pseudonym"
  ./citybrain request deliver r1
  ./citybrain request use r1
  ./citybrain request correct r1 --item c1 --reason "speeds of road 12 are wrong"
  ./citybrain request clock r1
  ./citybrain request list --state in-use --json
Every step takes --log FILE, --by DEPARTMENT (default: whose step it is) and --at TIME (default: now).
A scenario takes the file as law.log; docs/sharing-law.md has the steps, the clocks and the laws.
)";

/// A command that is one step.
struct RequestVerb {
  const char* name;
  Act act;
  Act done;          ///< with the flag
  const char* flag;  ///< empty: none
  const char* about;
};

constexpr RequestVerb kVerbs[] = {
    {"file", Act::kFile, Act::kFile, "", "File a draft, or again what was returned"},
    {"check", Act::kPass, Act::kPass, "", "Conformity check passed: on to the provider"},
    {"return", Act::kReturn, Act::kReturn, "", "Return it to be completed (--reason)"},
    {"grant", Act::kGrant, Act::kGrant, "",
     "Grant it (--expires DAY; --mask RULE; --reason: conditions)"},
    {"refuse", Act::kRefuse, Act::kRefuse, "", "Refuse it (--reason)"},
    {"negotiate", Act::kNegotiate, Act::kAgree, "--agree", "Negotiate; --agree: come to terms"},
    {"escalate", Act::kEscalate, Act::kEscalate, "", "Ask the authority to decide"},
    {"deliver", Act::kDeliver, Act::kDeliver, "", "Deliver what was granted"},
    {"use", Act::kUse, Act::kUse, "", "Use it: for --purpose, by default the one asked for"},
    {"close", Act::kClose, Act::kClose, "", "Close or withdraw it"},
    {"revoke", Act::kRevoke, Act::kRevoke, "", "Revoke the grant (--reason)"},
    {"give-back", Act::kGiveBack, Act::kGiveBack, "",
     "Give data back to the provider (return flow)"},
    {"correct", Act::kCorrect, Act::kCorrected, "--answered",
     "Ask for a correction (--item, --reason); --answered: it was made"},
    {"dispute", Act::kDispute, Act::kSettle, "--settled",
     "Open a dispute (--item, --reason); --settled: it is over"},
};

const RequestVerb* verb_of(std::string_view name) {
  for (const auto& v : kVerbs)
    if (name == v.name) return &v;
  return nullptr;
}

/// Whose step it is.
std::string party(Act act, const catalog::Request& r, const std::string& authority) {
  const auto& state = r.state;
  switch (act) {
    case Act::kPass:
    case Act::kReturn:
    case Act::kSettle:
      return authority;
    case Act::kGrant:
      return state == catalog::State::kEscalated ? authority : r.provider;
    case Act::kRefuse:
      return state == catalog::State::kEscalated || state == catalog::State::kChecking ? authority
                                                                                       : r.provider;
    case Act::kNegotiate:
      return state == catalog::State::kRefused ? r.requester : r.provider;
    case Act::kAgree:
    case Act::kDeliver:
    case Act::kRevoke:
    case Act::kCorrected:
      return r.provider;
    default:
      return r.requester;
  }
}

Result<model::EventTime> time_of(const RequestArguments& a) {
  if (a.at.empty()) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return model::EventTime{std::chrono::duration_cast<std::chrono::seconds>(now).count() * 1000};
  }
  if (const auto time = catalog::parse_time(a.at)) return *time;
  return Error{"CB-USAGE-TIME",
               fmt::format("expected a time like 2026-03-02T09:00:00+08:00, found \"{}\"", a.at),
               "--at", ""};
}

Result<catalog::Event> event_of(const RequestArguments& a, Act act, const RequestFile& file) {
  catalog::Event e;
  CITYBRAIN_ASSIGN(at, time_of(a));
  e.at = at;
  e.act = act;
  e.request = a.id;
  e.by = a.by;
  e.reason = a.reason;
  e.item = a.item;
  e.dataset = a.dataset;
  e.purpose = a.purpose;
  e.on_platform = a.on_platform;
  e.masks = a.masks;
  if (!a.expires.empty()) {
    e.expires = catalog::parse_date(a.expires);
    if (!e.expires)
      return Error{"CB-USAGE-TIME",
                   fmt::format("expected a day like 2026-12-31, found \"{}\"", a.expires),
                   "--expires", ""};
  }
  const auto found = file.book().requests.find(a.id);
  if (found == file.book().requests.end()) return e;
  const auto& r = found->second;
  if (e.by.empty()) e.by = party(act, r, file.rules().authority);
  if (act == Act::kUse && e.purpose.empty()) e.purpose = r.purpose;
  return e;
}

Result<void> begin(const RequestArguments& a, RequestFile& file) {
  CITYBRAIN_ASSIGN(event, event_of(a, Act::kDraft, file));
  CITYBRAIN_TRY(file.append(event));
  if (a.draft) return {};
  CITYBRAIN_ASSIGN(filing, event_of(a, Act::kFile, file));
  filing.dataset.clear();
  filing.purpose.clear();
  filing.on_platform = false;
  return file.append(filing);
}

Result<void> step(const RequestArguments& a, Language language, const std::filesystem::path& home) {
  const bool is_new = a.verb == "new";
  std::error_code ec;
  const bool begins = is_new && a.law.empty() && !std::filesystem::exists(a.log, ec);
  CITYBRAIN_ASSIGN(file, RequestFile::open(a.log, RequestFile::Open::kAppend,
                                           begins ? "order-809" : a.law, a.calendar, home));
  if (is_new) {
    CITYBRAIN_TRY(begin(a, file));
  } else {
    const auto* verb = verb_of(a.verb);
    CITYBRAIN_ASSIGN(event, event_of(a, a.done ? verb->done : verb->act, file));
    CITYBRAIN_TRY(file.append(event));
  }
  CITYBRAIN_ASSIGN(now, time_of(a));
  CITYBRAIN_ASSIGN(text, show_request(file, a.id, now, a.json, language));
  fmt::print("{}", text);
  return {};
}

Result<void> look(const RequestArguments& a, Language language, const std::filesystem::path& home) {
  CITYBRAIN_ASSIGN(file, RequestFile::open(a.log, RequestFile::Open::kRead, "", "", home));
  CITYBRAIN_ASSIGN(now, time_of(a));
  if (a.verb == "show") {
    CITYBRAIN_ASSIGN(text, show_request(file, a.id, now, a.json, language));
    fmt::print("{}", text);
  } else if (a.verb == "clock") {
    CITYBRAIN_ASSIGN(text, show_clocks(file, a.id, now, a.json, language));
    fmt::print("{}", text);
  } else {
    CITYBRAIN_ASSIGN(text, list_requests(file, a.state, now, a.json, language));
    fmt::print("{}", text);
  }
  for (const auto& r : file.book().refused)
    fmt::print(stderr, "citybrain: warning: {}: {}\n", a.log, r.error.text());
  return {};
}

int execute(const RequestArguments& a) {
  const auto lang = language(a.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto home = experiment::home();
  if (!home) return fail(home.error(), *lang);
  const bool looks = a.verb == "list" || a.verb == "show" || a.verb == "clock";
  const auto done = looks ? look(a, *lang, *home) : step(a, *lang, *home);
  return done ? 0 : fail(done.error(), *lang);
}

using Arguments = std::shared_ptr<RequestArguments>;

CLI::App* add_verb(CLI::App& command, const Arguments& a, const char* name, const char* about) {
  auto* verb = command.add_subcommand(name, about);
  verb->add_option("--log", a->log, "file of requests")->capture_default_str();
  verb->add_option("--at", a->at, "when, e.g. 2026-03-02T09:00:00+08:00; default: now");
  verb->add_option("--lang", a->lang, "en or zh; default from the locale");
  verb->add_flag("--json", a->json, "print JSON to standard output, and nothing else there");
  verb->callback([a, name = std::string(name)] { a->verb = name; });
  return verb;
}

void add_masks(CLI::App& verb, const Arguments& a, const char* what) {
  verb.add_option("--mask", a->masks,
                  fmt::format("{}: a masking rule that comes to the contract's, for example "
                              "\"field: device, rule: drop\"",
                              what));
}

void add_new(CLI::App& command, const Arguments& a) {
  auto* verb = add_verb(command, a, "new", "Ask for a dataset: draft a request and file it");
  verb->add_option("ID", a->id, "the request's name")->required();
  verb->add_option("--by", a->by, "department that asks")->required();
  verb->add_option("--dataset", a->dataset, "e.g. navigation.probes")->required();
  verb->add_option("--purpose", a->purpose, "one of those of the dataset's contract")->required();
  verb->add_flag("--on-platform", a->on_platform, "the platform has the data already");
  add_masks(*verb, a, "less is enough");
  verb->add_flag("--draft", a->draft, "do not file it yet");
  verb->add_option("--law", a->law,
                   "of a new file: order-809 (the default), county-2024, 2016-interim, "
                   "unconditional, refusal, or "
                   "a file NAME.yaml");
  verb->add_option("--calendar", a->calendar, "of a new file: china, or a file NAME.yaml")
      ->capture_default_str();
}

void add_step(CLI::App& command, const Arguments& a, const RequestVerb& v) {
  auto* verb = add_verb(command, a, v.name, v.about);
  verb->add_option("ID", a->id, "the request's name")->required();
  verb->add_option("--by", a->by, "department that takes the step; default: whose step it is");
  verb->add_option("--reason", a->reason, "why; of a grant: its conditions");
  if (v.act == Act::kGrant) {
    verb->add_option("--expires", a->expires, "last day of the grant");
    add_masks(*verb, a, "its condition");
  }
  if (v.act == Act::kUse) verb->add_option("--purpose", a->purpose, "what it is used for");
  if (v.act == Act::kCorrect || v.act == Act::kDispute)
    verb->add_option("--item", a->item, "name of this correction or dispute");
  if (*v.flag != '\0') verb->add_flag(v.flag, a->done, "the other way round: see above");
}

}  // namespace

std::function<int()> add_request(CLI::App& app) {
  auto a = std::make_shared<RequestArguments>();
  auto* command = app.add_subcommand("request", "Ask for data, and answer: steps, states, clocks");
  command->require_subcommand(1);
  command->footer(kRequestExamples);
  add_new(*command, a);
  for (const auto& v : kVerbs) add_step(*command, a, v);
  auto* list = add_verb(*command, a, "list", "All requests and their states");
  list->add_option("--state", a->state, "only those in this state, e.g. in-use");
  auto* show = add_verb(*command, a, "show", "One request");
  show->add_option("ID", a->id, "the request's name")->required();
  auto* clock = add_verb(*command, a, "clock", "Working days used, limits and due days");
  clock->add_option("ID", a->id, "the request's name; default: all");
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
