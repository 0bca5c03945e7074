// The audit's answers as text and JSON.
#include <fmt/format.h>

#include "scenarios/experiment/audit_report.h"

namespace citybrain::experiment {

namespace json = boost::json;

namespace {

const char* word_of(catalog::AuditFault fault, Language language) {
  if (language == Language::kEnglish) return name(fault);
  static constexpr const char* kChinese[] = {"外来行", "无法读取", "错位",    "被篡改",
                                             "被删除", "被插入",   "被调换",  "封印不符",
                                             "链断裂", "被重写",   "尾部缺失"};
  return kChinese[static_cast<std::size_t>(fault)];
}

std::string name_of(const AuditVerdict& v, std::uint32_t chain) {
  const auto it = v.names.find(chain);
  return it == v.names.end() || it->second.empty() ? fmt::format("chain {}", chain) : it->second;
}

std::string entries_of(const catalog::AuditFinding& f) {
  if (!f.entry) return {};
  if (f.entries <= 1) return fmt::format("{}", *f.entry);
  return fmt::format("{}-{}", *f.entry, *f.entry + f.entries - 1);
}

std::string finding_text(const AuditVerdict& v, const catalog::AuditFinding& f, Language language) {
  const bool zh = language == Language::kChinese;
  const auto entries = entries_of(f);
  std::string out = fmt::format(fmt::runtime(zh ? "  {}  链 {}  步 {}" : "  {}  chain {}  step {}"),
                                word_of(f.fault, language), name_of(v, f.chain), f.step);
  if (!entries.empty()) out += fmt::format(fmt::runtime(zh ? "  条目 {}" : "  entry {}"), entries);
  return out + ": " + f.detail + "\n";
}

std::string value_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

}  // namespace

std::string verdict_text(const AuditVerdict& v, Language language) {
  const bool zh = language == Language::kChinese;
  std::string out;
  for (const auto& [chain, c] : v.chains)
    out += fmt::format(
        fmt::runtime(zh ? "链 {}: {} 步, {} 个条目, 其中 {} 步与网络上公布的一致, 链首 {}\n"
                        : "chain {}: {} steps, {} entries, {} steps as published, head {}\n"),
        name_of(v, chain), c.last, c.entries, c.anchored, catalog::hex(c.head).substr(0, 16));
  out += fmt::format(
      fmt::runtime(zh ? "决策: {} 行与其条目一致\n" : "decisions: {} rows fit their entries\n"),
      v.decisions);
  if (!v.published)
    out += zh ? "未与网络上公布的封印核对: 用 --network 指明日志所在\n"
              : "not held against what was published: say with --network where the log is\n";
  if (v.findings.empty()) return out + (zh ? "审计链完好\n" : "the audit holds\n");
  out += fmt::format(fmt::runtime(zh ? "发现 {} 处:\n" : "{} findings:\n"), v.findings.size());
  for (const auto& f : v.findings) out += finding_text(v, f, language);
  return out;
}

std::string verdict_json(const AuditVerdict& v) {
  json::array chains, findings;
  for (const auto& [chain, c] : v.chains)
    chains.push_back(json::object{{"chain", chain},
                                  {"name", name_of(v, chain)},
                                  {"steps", c.last},
                                  {"entries", c.entries},
                                  {"steps_as_published", c.anchored},
                                  {"head", catalog::hex(c.head)}});
  for (const auto& f : v.findings) {
    json::object o{{"fault", name(f.fault)},
                   {"chain", f.chain},
                   {"name", name_of(v, f.chain)},
                   {"step", f.step},
                   {"detail", f.detail}};
    if (f.entry) o["entry"] = *f.entry;
    if (f.entry) o["entries"] = f.entries;
    findings.push_back(std::move(o));
  }
  return json::serialize(json::object{{"holds", v.findings.empty()},
                                      {"held_against_the_log", v.published},
                                      {"decisions_checked", v.decisions},
                                      {"chains", std::move(chains)},
                                      {"findings", std::move(findings)}});
}

std::string line_text(const AuditLine& line) {
  std::string out = fmt::format("{} {:>6} #{} {}", line.chain, line.step, line.number, line.kind);
  for (const auto& [key, value] : line.fields)
    out += fmt::format("  {}={}", std::string_view(key), value_text(value));
  return out + "\n";
}

json::object line_json(const AuditLine& line) {
  return {{"chain", line.chain},
          {"step", line.step},
          {"entry", line.number},
          {"kind", line.kind},
          {"hash", catalog::hex(line.hash)},
          {"fields", line.fields}};
}

}  // namespace citybrain::experiment
