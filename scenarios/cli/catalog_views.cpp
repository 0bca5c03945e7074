#include "scenarios/cli/catalog_views.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <boost/json.hpp>

namespace citybrain::cli {

namespace json = boost::json;
using catalog::Contract;
using experiment::Language;

namespace {

const char* say(Language language, const char* en, const char* zh) {
  return language == Language::kChinese ? zh : en;
}

const std::string& title_of(const Contract& c, Language language) {
  return language == Language::kChinese && !c.title_zh.empty() ? c.title_zh : c.title;
}

std::string_view sharing_of(catalog::SharingClass sharing, Language language) {
  if (language == Language::kEnglish) return name_of(sharing);
  switch (sharing) {
    case catalog::SharingClass::kUnconditional:
      return "无条件共享";
    case catalog::SharingClass::kConditional:
      return "有条件共享";
    case catalog::SharingClass::kNotShared:
      return "不予共享";
  }
  return "";
}

json::array array_of(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& t : texts) out.push_back(json::value(t));
  return out;
}

json::object summary(const Contract& c) {
  json::array classes;
  for (const auto k : c.classes.list()) classes.push_back(json::value(name_of(k)));
  return {{"dataset", c.dataset},       {"version", c.version},
          {"department", c.department}, {"lead_source", c.lead_source},
          {"resource", c.resource},     {"title", c.title},
          {"title_zh", c.title_zh},     {"sharing", name_of(c.sharing)},
          {"classification", classes},  {"file", c.file}};
}

json::object field_json(const catalog::FieldRule& f) {
  json::object out{{"path", f.path},
                   {"type", f.physical_type},
                   {"required", f.required},
                   {"classification", name_of(f.data_class)},
                   {"personal_identifier", f.personal_identifier},
                   {"title_zh", f.title_zh},
                   {"description", f.description}};
  if (!f.unit.empty()) {
    out["unit"] = f.unit;
    out["to_unified"] = f.to_unified;
  }
  if (f.minimum) out["minimum"] = *f.minimum;
  if (f.maximum) out["maximum"] = *f.maximum;
  if (!f.format.empty()) out["format"] = f.format;
  if (!f.id_scheme.empty()) out["id_scheme"] = f.id_scheme;
  if (!f.sources.empty()) out["sources"] = array_of(f.sources);
  return out;
}

std::string line(const json::value& v) { return json::serialize(v) + "\n"; }

/// Rules as contracts and requests write them.
std::vector<std::string> masks_of(const catalog::Contract& c) {
  std::vector<std::string> out;
  for (const auto& rule : c.masking) out.push_back(catalog::rule_text(rule));
  return out;
}

}  // namespace

std::string list_text(const catalog::Catalog& catalog, Language language) {
  std::string out =
      fmt::format("{:<40} {:<9} {:<20} {}\n", say(language, "dataset", "数据集"),
                  say(language, "version", "版本"), say(language, "sharing", "共享类别"),
                  say(language, "title", "名称"));
  for (const auto& c : catalog.contracts())
    out += fmt::format("{:<40} {:<9} {:<20} {}\n", c.dataset, c.version,
                       sharing_of(c.sharing, language), title_of(c, language));
  return out;
}

std::string list_json(const catalog::Catalog& catalog) {
  json::array all;
  for (const auto& c : catalog.contracts()) all.push_back(summary(c));
  return line(json::object{{"datasets", all}});
}

std::string contract_text(const Contract& c, Language language) {
  const bool zh = language == Language::kChinese;
  std::string out = fmt::format("{} {}  {}\n{}\n", c.dataset, c.version, title_of(c, language),
                                zh && !c.description_zh.empty() ? c.description_zh : c.description);
  const auto row = [&](const char* en, const char* chinese, const std::string& value) {
    if (!value.empty()) out += fmt::format("  {}: {}\n", say(language, en, chinese), value);
  };
  row("department", "部门", c.department);
  row("lead source", "数源部门", c.lead_source);
  row("resource", "数据资源", c.resource);
  row("places", "覆盖范围", fmt::format("{}", fmt::join(c.coverage, ", ")));
  row("sharing", "共享类别", std::string(sharing_of(c.sharing, language)));
  row("law", "不予共享的依据", c.sharing_law);
  row("classification", "分级分类", c.classes.text());
  row("purposes", "使用目的", fmt::format("{}", fmt::join(c.purposes, ", ")));
  row("masks", "脱敏规则", fmt::format("{}", fmt::join(masks_of(c), ", ")));
  row("message", "消息", c.message);
  row("crs", "坐标系", std::string(name_of(c.crs)));
  row("time zone", "时区", c.time_zone.name());
  row("id scheme", "标识体系", c.id_scheme);
  row("greatest delay, s", "最大时延(秒)", fmt::format("{}", c.maximum_delay_s));
  row("kept, d", "保存期限(天)", fmt::format("{}", c.retention_s / 86'400));
  row("cost of a record", "单条采集成本",
      c.currency.empty() ? "" : fmt::format("{} {}", c.cost_per_record, c.currency));
  row("file", "文件", c.file);
  out += fmt::format("\n  {:<26} {:<22} {:<12} {:<20} {}\n", say(language, "field", "字段"),
                     say(language, "type", "类型"), say(language, "unit", "单位"),
                     say(language, "classification", "分级分类"),
                     say(language, "description", "说明"));
  for (const auto& f : c.fields)
    out += fmt::format("  {:<26} {:<22} {:<12} {:<20} {}\n", f.path, f.physical_type,
                       f.scale == 1 ? f.unit : fmt::format("{} {}", f.scale, f.unit),
                       fmt::format("{}{}", name_of(f.data_class), f.personal_identifier ? "*" : ""),
                       zh && !f.title_zh.empty() ? f.title_zh : f.description);
  return out;
}

std::string contract_json(const Contract& c) {
  json::object out = summary(c);
  json::array fields;
  for (const auto& f : c.fields) fields.push_back(field_json(f));
  out["description"] = c.description;
  out["description_zh"] = c.description_zh;
  out["message"] = c.message;
  out["crs"] = name_of(c.crs);
  out["time_zone"] = c.time_zone.name();
  out["id_scheme"] = c.id_scheme;
  out["maximum_delay_s"] = c.maximum_delay_s;
  out["freshness_s"] = c.freshness_s;
  out["frequency_s"] = c.frequency_s;
  out["retention_s"] = c.retention_s;
  out["clock_tolerance_s"] = c.clock_tolerance_s;
  out["purposes"] = array_of(c.purposes);
  out["masking"] = array_of(masks_of(c));
  out["coverage"] = array_of(c.coverage);
  out["tags"] = array_of(c.tags);
  out["sharing_law"] = c.sharing_law;
  out["cost_per_record"] = c.cost_per_record;
  out["currency"] = c.currency;
  out["derived_from"] = array_of(c.sources);
  out["fields"] = std::move(fields);
  return line(out);
}

std::string hits_text(const std::vector<catalog::Hit>& hits, Language language) {
  if (hits.empty()) return say(language, "nothing found\n", "没有找到\n");
  std::string out;
  for (const auto& h : hits)
    out += fmt::format("{:<40} {}\n    {}\n", h.contract->dataset, title_of(*h.contract, language),
                       fmt::join(h.because, ", "));
  return out;
}

std::string hits_json(const std::vector<catalog::Hit>& hits) {
  json::array all;
  for (const auto& h : hits) {
    auto o = summary(*h.contract);
    o["score"] = h.score;
    o["because"] = array_of(h.because);
    all.push_back(std::move(o));
  }
  return line(json::object{{"hits", all}});
}

std::string errors_text(const catalog::Checked& checked, Language language) {
  std::string out;
  for (const auto& e : checked.errors) out += e.text() + "\n";
  return out + fmt::format(fmt::runtime(say(language, "{} contracts in order, {} errors\n",
                                            "{} 份契约无误,{} 处错误\n")),
                           checked.catalog.contracts().size(), checked.errors.size());
}

std::string errors_json(const catalog::Checked& checked) {
  json::array all;
  for (const auto& e : checked.errors)
    all.push_back(
        json::object{{"code", e.code}, {"where", e.where}, {"what", e.what}, {"mend", e.mend}});
  json::array good;
  for (const auto& c : checked.catalog.contracts()) good.push_back(json::value(c.dataset));
  return line(json::object{{"errors", all}, {"in_order", good}});
}

namespace {

std::string reason(const std::string& code, Language language) {
  for (const auto& r : catalog::reasons())
    if (r.code == code) return std::string(language == Language::kChinese ? r.zh : r.en);
  return code;
}

const char* severity_text(catalog::Severity severity, Language language) {
  switch (severity) {
    case catalog::Severity::kBreaking:
      return say(language, "breaking", "不兼容");
    case catalog::Severity::kCompatible:
      return say(language, "compatible", "兼容");
    case catalog::Severity::kWords:
      return say(language, "words only", "仅文字");
  }
  return "";
}

/// The version that the changes ask for; empty when the old one is none.
std::string wanted_version(const Contract& from, const catalog::Evolution& evolution) {
  const auto old = catalog::version_of(from.version);
  if (!old) return "";
  return evolution.changes.empty() ? old->text() : least_version(*old, evolution.severity()).text();
}

}  // namespace

std::string evolution_text(const Contract& from, const Contract& to, Language language) {
  const auto evolution = compare(from, to);
  if (evolution.changes.empty()) return say(language, "no changes\n", "没有变化\n");
  std::string out;
  for (const auto& c : evolution.changes)
    out += fmt::format("{:<12} {}: {} -> {}\n             {}\n",
                       severity_text(c.severity, language), c.what, c.from.empty() ? "-" : c.from,
                       c.to.empty() ? "-" : c.to, reason(c.why, language));
  return out + fmt::format(fmt::runtime(say(language, "{}: after {} expected {} or later, is {}\n",
                                            "{}:{} 之后应为 {} 或更高,现为 {}\n")),
                           severity_text(evolution.severity(), language), from.version,
                           wanted_version(from, evolution), to.version);
}

std::string evolution_json(const Contract& from, const Contract& to) {
  const auto evolution = compare(from, to);
  json::array changes;
  for (const auto& c : evolution.changes)
    changes.push_back(json::object{{"severity", name_of(c.severity)},
                                   {"what", c.what},
                                   {"from", c.from},
                                   {"to", c.to},
                                   {"why", c.why},
                                   {"reason", reason(c.why, Language::kEnglish)}});
  return line(
      json::object{{"severity", evolution.changes.empty() ? "none" : name_of(evolution.severity())},
                   {"from_version", from.version},
                   {"to_version", to.version},
                   {"least_version", wanted_version(from, evolution)},
                   {"version_fits", static_cast<bool>(check_step(from, to))},
                   {"changes", changes}});
}

std::string pairs_text(const std::vector<catalog::Pair>& pairs, Language language) {
  if (pairs.empty()) return say(language, "no repeated collection found\n", "未发现重复采集\n");
  std::string out;
  for (const auto& p : pairs) {
    const auto part = [](double v) { return v < 0 ? std::string("-") : fmt::format("{:.2f}", v); };
    const char* kind = p.likeness == catalog::Likeness::kDuplicate
                           ? say(language, "duplicate", "重复")
                           : say(language, "near-duplicate", "近似重复");
    out += fmt::format(
        fmt::runtime(say(language,
                         "{} {:.2f}: {} and {}\n    about {}, fields {}, values {}, places {}\n",
                         "{} {:.2f}:{} 与 {}\n    主题 {},字段 {},取值 {},地点 {}\n")),
        kind, p.score, p.a->dataset, p.b->dataset, part(p.about), part(p.structure), part(p.values),
        part(p.places));
    for (const auto& f : p.fields) out += fmt::format("    {} = {} ({:.2f})\n", f.a, f.b, f.score);
    if (p.records > 0)
      out += fmt::format(
          fmt::runtime(
              say(language,
                  "    collecting {} again cost {} records, {} bytes, {:.2f} {} in {:.2f} h\n",
                  "    重复采集 {}:{} 条记录,{} 字节,{:.2f} {},历时 {:.2f} 小时\n")),
          p.b->dataset, p.records, p.bytes, p.cost, p.b->currency, p.hours);
  }
  return out;
}

std::string pairs_json(const std::vector<catalog::Pair>& pairs) {
  json::array all;
  const auto part = [](double v) { return v < 0 ? json::value(nullptr) : json::value(v); };
  for (const auto& p : pairs) {
    json::array fields;
    for (const auto& f : p.fields)
      fields.push_back(json::object{{"a", f.a}, {"b", f.b}, {"score", f.score}});
    all.push_back(json::object{{"keep", p.a->dataset},
                               {"repeats", p.b->dataset},
                               {"likeness", name_of(p.likeness)},
                               {"score", p.score},
                               {"about", p.about},
                               {"structure", p.structure},
                               {"values", part(p.values)},
                               {"places", part(p.places)},
                               {"fields", fields},
                               {"records", p.records},
                               {"bytes", p.bytes},
                               {"hours", p.hours},
                               {"cost", p.cost},
                               {"currency", p.b->currency}});
  }
  return line(json::object{{"pairs", all}});
}

}  // namespace citybrain::cli
