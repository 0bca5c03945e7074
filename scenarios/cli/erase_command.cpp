// Erasing a person from a run: the key is destroyed, what was sealed under it is read by nobody.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/run_keys.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;

namespace {

struct EraseArguments {
  WhichKeys which;
  std::string subject, reason = "asked for by the person";
};

constexpr const char* kEraseExamples = R"(
Examples:
  ./citybrain run quickstart --set protection.sealing=true --out runs/sealed
  ./citybrain keys open runs/sealed client:42         what the log holds of a person
  ./citybrain erase runs/sealed client:42             destroy the key, with a signed receipt
  ./citybrain keys verify runs/sealed                 check every receipt against the vaults
SUBJECT is KIND:NAME (plate, client, taxi, caller, citizen) or a tag of 32 hexadecimal digits.
Killed on the way, the next command that opens the run's keys completes it.
)";

std::vector<protection::Receipt> receipts_of(const RunKeys& keys, const std::string& subject) {
  std::vector<protection::Receipt> out;
  for (const auto& r : keys.custodian->receipts())
    if (r.subject == subject) out.push_back(r);
  return out;
}

void print_json(const std::string& subject, const std::vector<protection::Receipt>& receipts) {
  boost::json::array list;
  for (const auto& r : receipts)
    list.push_back({{"vault", r.vault},
                    {"held", r.held},
                    {"fingerprint", protection::to_hex(protection::view(r.fingerprint))},
                    {"overwrites", r.overwrites},
                    {"effective", protection::time_text(r.effective)},
                    {"key", r.key},
                    {"signature", protection::to_hex(r.signature)}});
  fmt::print("{}\n", boost::json::serialize(boost::json::object{{"report", "citybrain.erasure"},
                                                                {"report_version", 1},
                                                                {"subject", subject},
                                                                {"receipts", list}}));
}

void print(const std::string& subject, const std::vector<protection::Receipt>& receipts,
           Language language) {
  const bool zh = language == Language::kChinese;
  fmt::print(fmt::runtime(zh ? "主体 {} 已擦除\n" : "subject {} is erased\n"), subject);
  for (const auto& r : receipts) {
    if (r.held)
      fmt::print(fmt::runtime(zh ? "  {}:密钥已销毁(指纹 {}),覆写 {} 次,回执由 {} 签署\n"
                                 : "  {}: key destroyed (fingerprint {}), overwritten {} times, "
                                   "receipt signed with {}\n"),
                 r.vault, protection::to_hex(protection::view(r.fingerprint)).substr(0, 16),
                 r.overwrites, r.key);
    else
      fmt::print(fmt::runtime(zh ? "  {}:从未持有该主体的密钥\n" : "  {}: never had a key\n"),
                 r.vault);
  }
}

Result<void> work(const EraseArguments& a, Language language) {
  CITYBRAIN_ASSIGN(keys, open_run_keys(a.which));
  CITYBRAIN_ASSIGN(subject, subject_of(*keys, a.subject));
  if (keys->vaults.empty())
    return Error{"CB-INPUT-KEYS", "the run sealed nothing, so there is nothing to erase",
                 a.which.run, "run it with --set protection.sealing=true"};
  const auto tag = *protection::tag_from_hex(subject);
  bool known = keys->custodian->erasures().contains(subject);
  for (const auto& v : keys->vaults) known = known || v->find(tag) != nullptr;
  if (!known)
    return Error{"CB-INPUT-SUBJECT", fmt::format("no vault has a key of \"{}\"", a.subject),
                 a.which.run, "./citybrain keys ls RUN --subjects lists the tags that there are"};
  // Behind the last Step, whose part of the audit is sealed: a run that goes on tells it in its
  // next.
  const model::EventTime now = keys->end + 1;
  CITYBRAIN_TRY(keys->custodian->request({subject, a.reason, now}));
  CITYBRAIN_TRY(keys->custodian->carry_out(now));
  const auto receipts = receipts_of(*keys, subject);
  if (a.which.json)
    print_json(subject, receipts);
  else
    print(subject, receipts, language);
  return {};
}

int execute(const EraseArguments& a) {
  const auto lang = language(a.which.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = work(a, *lang);
  return done ? 0 : fail(done.error(), *lang);
}

}  // namespace

std::function<int()> add_erase(CLI::App& app) {
  auto a = std::make_shared<EraseArguments>();
  auto* command = app.add_subcommand("erase", "Erase a person from a run: destroy the key");
  add_which_keys(*command, a->which, "folder of a run that sealed personal fields");
  command->add_option("SUBJECT", a->subject, "KIND:NAME, or a tag")->required();
  command->add_option("--reason", a->reason, "goes into the log with the erasure");
  command->footer(kEraseExamples);
  return [a] { return execute(*a); };
}

}  // namespace citybrain::cli
