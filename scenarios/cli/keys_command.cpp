// The keys of a run: list, rotate, verify, and open what was sealed about a person.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/run_keys.h"
#include "schemas/protection.h"

namespace citybrain::cli {

using experiment::Language;
using model::Error;
using model::Result;
using protection::KeyFile;
using protection::KeyKind;
namespace json = boost::json;

namespace {

struct KeysArguments {
  WhichKeys which;
  bool subjects = false;
  std::string kind = "sign", owner, at, subject;
};

constexpr const char* kKeysExamples = R"(
Examples:
  ./citybrain keys ls runs/sealed                       who has which key, from when until when
  ./citybrain keys ls runs/sealed --subjects            and the tags of the persons in each vault
  ./citybrain keys rotate runs/sealed --owner navigation --at 2026-03-02T00:00:00Z
  ./citybrain keys verify runs/sealed                   receipts of erasures against the vaults
  ./citybrain keys open runs/sealed client:42           what the log holds of a person, opened
docs/personal-data.md describes the key file. Secrets are never printed.
)";

bool is_zh(Language language) { return language == Language::kChinese; }

/// Of a secret, so that two can be told apart; of a public key the key itself.
std::string shown(const protection::KeyEntry& k) {
  if (k.kind == KeyKind::kVerify) return protection::to_hex(protection::view(k.material));
  if (k.kind == KeyKind::kSign)
    return protection::to_hex(protection::view(protection::public_key_of(k.material)));
  return protection::to_hex(protection::view(protection::fingerprint_of(k.material)));
}

json::object json_of(const protection::KeyEntry& k) {
  return {{"kind", std::string(name_of(k.kind))},
          {"owner", k.owner},
          {"id", k.id},
          {"from", protection::time_text(k.from)},
          {"until", protection::time_text(k.until)},
          {k.kind == KeyKind::kSign || k.kind == KeyKind::kVerify ? "public_key" : "fingerprint",
           shown(k)}};
}

json::object json_of(const protection::Vault& v, bool subjects) {
  const auto n = v.counts();
  json::object out = {
      {"source", v.source()}, {"live", n.live}, {"destroyed", n.destroyed}, {"damaged", n.damaged}};
  if (!subjects) return out;
  json::array tags;
  for (const auto& tag : v.live()) tags.push_back(json::string(protection::to_hex(tag)));
  out["subjects"] = tags;
  return out;
}

/// Of a run also its vaults; a key file alone has none.
Result<std::vector<std::unique_ptr<protection::Vault>>> vaults_of(const WhichKeys& which,
                                                                  const KeyFile& keys) {
  std::error_code ec;
  if (!std::filesystem::is_directory(which.run, ec))
    return std::vector<std::unique_ptr<protection::Vault>>();
  return protection::open_vaults(key_file_of(which).parent_path(), keys);
}

Result<int> list(const KeysArguments& a, Language language) {
  CITYBRAIN_ASSIGN(keys, KeyFile::load(key_file_of(a.which)));
  CITYBRAIN_ASSIGN(vaults, vaults_of(a.which, keys));
  if (a.which.json) {
    json::array of_keys, of_vaults;
    for (const auto& k : keys.keys()) of_keys.push_back(json_of(k));
    for (const auto& v : vaults) of_vaults.push_back(json_of(*v, a.subjects));
    fmt::print("{}\n", json::serialize(json::object{{"report", "citybrain.keys"},
                                                    {"report_version", 1},
                                                    {"keys", of_keys},
                                                    {"vaults", of_vaults}}));
    return 0;
  }
  for (const auto& k : keys.keys())
    fmt::print("{:<10} {:<20} {:<4} {:<21} {:<21} {}\n", name_of(k.kind), k.owner, k.id,
               protection::time_text(k.from), protection::time_text(k.until),
               shown(k).substr(0, 16));
  for (const auto& v : vaults) {
    const auto n = v->counts();
    fmt::print(fmt::runtime(is_zh(language) ? "密钥库 {}:有效 {},已销毁 {},损坏 {}\n"
                                            : "vault {}: {} live, {} destroyed, {} damaged\n"),
               v->source(), n.live, n.destroyed, n.damaged);
    if (a.subjects)
      for (const auto& tag : v->live()) fmt::print("  {}\n", protection::to_hex(tag));
  }
  return 0;
}

Result<int> rotate(const KeysArguments& a, Language language) {
  const auto file = key_file_of(a.which);
  CITYBRAIN_ASSIGN(keys, KeyFile::load(file));
  KeyKind kind = KeyKind::kSign;
  if (a.kind == "pseudonym") kind = KeyKind::kPseudonym;
  if (a.kind != "sign" && a.kind != "pseudonym")
    return Error{"CB-USAGE-KEYS", fmt::format("keys of kind \"{}\" are not rotated here", a.kind),
                 "--kind", "sign or pseudonym; persons' keys end with erase"};
  const auto at = protection::time_from(a.at);
  if (!at)
    return Error{"CB-USAGE-KEYS", fmt::format("expected a time, found \"{}\"", a.at), "--at",
                 "like 2026-03-02T07:00:00Z, in the run's time"};
  CITYBRAIN_ASSIGN(next, keys.rotate(kind, a.owner, *at, protection::random_key()));
  CITYBRAIN_TRY(keys.save(file));
  if (a.which.json)
    fmt::print("{}\n", json::serialize(json_of(*next)));
  else
    fmt::print(fmt::runtime(is_zh(language) ? "{} {} 自 {} 起使用 {}\n" : "{} {}: from {} on {}\n"),
               a.kind, a.owner, protection::time_text(*at), next->id);
  return 0;
}

/// What is wrong with the receipts and the vaults, one sentence each.
Result<std::vector<std::string>> faults_of(const RunKeys& keys) {
  std::vector<std::string> out;
  std::map<std::string, const protection::Vault*> vaults;
  for (const auto& v : keys.vaults) {
    vaults[v->source()] = v.get();
    if (v->counts().damaged > 0)
      out.push_back(fmt::format("{}: {} damaged slots", v->source(), v->counts().damaged));
  }
  for (const auto& r : keys.custodian->receipts()) {
    if (const auto good = protection::check(r, *keys.keys); !good)
      out.push_back(good.error().where + ": " + good.error().what);
    const auto vault = vaults.find(r.vault);
    if (vault == vaults.end()) {
      out.push_back(fmt::format("{}: there is no such vault", r.vault));
      continue;
    }
    CITYBRAIN_ASSIGN(gone, vault->second->is_destroyed(*protection::tag_from_hex(r.subject)));
    if (!gone) out.push_back(fmt::format("{}: the key of {} is still there", r.vault, r.subject));
  }
  for (const auto& where : keys.custodian->strangers())
    out.push_back(where + ": neither an erasure nor a receipt");
  return out;
}

Result<int> verify(const KeysArguments& a, Language language) {
  CITYBRAIN_ASSIGN(keys, open_run_keys(a.which));
  CITYBRAIN_ASSIGN(faults, faults_of(*keys));
  const auto erasures = keys->custodian->erasures().size();
  const auto receipts = keys->custodian->receipts().size();
  if (a.which.json) {
    json::array list;
    for (const auto& f : faults) list.push_back(json::string(f));
    json::array subjects;
    for (const auto& [subject, e] : keys->custodian->erasures())
      subjects.push_back(json::string(subject));
    fmt::print("{}\n", json::serialize(json::object{{"report", "citybrain.keys.verify"},
                                                    {"report_version", 1},
                                                    {"erasures", subjects},
                                                    {"receipts", receipts},
                                                    {"faults", list}}));
  } else {
    fmt::print(fmt::runtime(is_zh(language) ? "擦除 {} 项,回执 {} 份,问题 {} 处\n"
                                            : "{} erasures, {} receipts, {} faults\n"),
               erasures, receipts, faults.size());
    for (const auto& f : faults) fmt::print("  {}\n", f);
  }
  return faults.empty() ? 0 : 1;
}

/// Calls use(topic, record time, field) for what was sealed of a subject by one vault.
template <class Use>
Result<void> each_sealed(const RunKeys& keys, const protection::Vault& vault,
                         const std::string& subject, const Use& use) {
  CITYBRAIN_ASSIGN(topics, keys.log->topics());
  const auto department = vault.source().substr(0, vault.source().find('/')) + ".";
  for (const auto& topic : topics) {
    if (!topic.name.starts_with(department)) continue;
    for (network::Partition p = 0; p < topic.partitions; ++p) {
      CITYBRAIN_ASSIGN(first, keys.log->begin(topic.name, p));
      CITYBRAIN_ASSIGN(cursor, keys.log->cursor(topic.name, p, first));
      for (;;) {
        CITYBRAIN_ASSIGN(records, cursor->poll(1024));
        if (records.empty()) break;
        for (const auto& r : records) {
          const auto sealed = r.header(schemas::header::kSealed);
          if (sealed.empty() || r.header("ce_source") != vault.source()) continue;
          const auto fields = protection::open_fields(
              vault, {topic.name, r.header("ce_source"), r.header("ce_id")}, sealed);
          if (!fields) continue;
          for (const auto& f : *fields)
            if (protection::to_hex(f.subject) == subject) use(topic.name, r, f);
        }
      }
    }
  }
  return {};
}

Result<int> open_subject(const KeysArguments& a, Language language) {
  CITYBRAIN_ASSIGN(keys, open_run_keys(a.which));
  CITYBRAIN_ASSIGN(subject, subject_of(*keys, a.subject));
  json::array list;
  std::uint64_t opened = 0, closed = 0;
  for (const auto& vault : keys->vaults) {
    CITYBRAIN_TRY(each_sealed(*keys, *vault, subject,
                              [&](const std::string& topic, const auto& r, const auto& f) {
                                ++(f.value ? opened : closed);
                                if (!f.value) return;
                                const auto time = protection::time_text(r.publish_time);
                                if (a.which.json)
                                  list.push_back({{"dataset", topic},
                                                  {"time", time},
                                                  {"field", f.field},
                                                  {"value", json::string(*f.value)}});
                                else
                                  fmt::print("{} {} {} {}\n", time, topic, f.field, *f.value);
                              }));
  }
  if (a.which.json)
    fmt::print("{}\n", json::serialize(json::object{{"report", "citybrain.keys.open"},
                                                    {"report_version", 1},
                                                    {"subject", subject},
                                                    {"opened", opened},
                                                    {"unreadable", closed},
                                                    {"fields", list}}));
  else
    fmt::print(fmt::runtime(is_zh(language) ? "已打开 {} 个字段,{} 个不可读\n"
                                            : "{} fields opened, {} unreadable\n"),
               opened, closed);
  return 0;
}

using KeysWork = Result<int> (*)(const KeysArguments&, Language);

int execute(const KeysArguments& a, KeysWork work) {
  const auto lang = language(a.which.lang);
  if (!lang) return fail(lang.error(), Language::kEnglish);
  const auto done = work(a, *lang);
  return done ? *done : fail(done.error(), *lang);
}

}  // namespace

std::function<int()> add_keys(CLI::App& app) {
  auto a = std::make_shared<KeysArguments>();
  auto* command = app.add_subcommand("keys", "Keys of a run: list, rotate, verify, open");
  command->require_subcommand(1);
  command->footer(kKeysExamples);
  auto* ls = command->add_subcommand("ls", "who has which key, and how many persons a vault");
  add_which_keys(*ls, a->which, "folder of a run, or a key file");
  ls->add_flag("--subjects", a->subjects, "and the tags of the persons");
  auto* turn = command->add_subcommand("rotate", "end a key and begin the next one");
  add_which_keys(*turn, a->which, "folder of a run, or a key file");
  turn->add_option("--owner", a->owner, "department, recipient or custodian")->required();
  turn->add_option("--kind", a->kind, "sign or pseudonym")->capture_default_str();
  turn->add_option("--at", a->at, "when, in the run's time: 2026-03-02T07:00:00Z")->required();
  auto* check = command->add_subcommand("verify", "receipts of erasures against the vaults");
  add_which_keys(*check, a->which, "folder of a run");
  auto* read = command->add_subcommand("open", "what the log holds of a person, opened");
  add_which_keys(*read, a->which, "folder of a run");
  read->add_option("SUBJECT", a->subject, "KIND:NAME, or a tag")->required();
  return [=] {
    const KeysWork work = ls->parsed()      ? list
                          : turn->parsed()  ? rotate
                          : check->parsed() ? verify
                                            : open_subject;
    return execute(*a, work);
  };
}

}  // namespace citybrain::cli
