#include "hub/catalog/evolution.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace citybrain::catalog {

using model::Error;
using model::Result;

namespace {

constexpr ReasonText kReasons[] = {
    {"field-removed", "readers of the field no longer have it", "字段的读者不再得到它"},
    {"field-added", "readers that do not know the field pass over it", "不认识该字段的读者会跳过"},
    {"message", "records are of another message", "记录改为另一种消息"},
    {"type", "the bytes on the wire, or what they are read as, are others", "线上字节或其解读不同"},
    {"unit", "the same number means another quantity", "同一数字表示不同的量"},
    {"range-wider", "readers may meet values that they were told never come",
     "读者可能遇到原先承诺不会出现的值"},
    {"range-narrower", "every value that may come was expected before",
     "可能出现的值原先都在预期之内"},
    {"now-optional", "readers may miss what was promised", "读者可能得不到原先承诺的内容"},
    {"now-required", "readers get what may have been missing", "读者得到原先可能缺失的内容"},
    {"format", "texts of times are written in another way", "时间文本的写法不同"},
    {"crs", "the same coordinates mean another place", "同一坐标表示不同的地点"},
    {"time-zone", "the same clock means another instant", "同一钟点表示不同的时刻"},
    {"id-scheme", "identifiers are of another scheme", "标识属于另一体系"},
    {"stricter-class", "readers may not be allowed to hold it any longer", "读者可能不再有权持有"},
    {"looser-class", "everybody who may hold it still may", "有权持有者仍然有权"},
    {"identifier", "masking of identifiers applies from now on, readers get other values",
     "开始按标识脱敏,读者得到不同的值"},
    {"no-identifier", "it is no identifier any longer, masking falls away", "不再是标识,脱敏取消"},
    {"later", "records may come later than readers wait", "记录可能晚于读者等待的时间"},
    {"sooner", "records come sooner than readers wait", "记录早于读者等待的时间"},
    {"kept-shorter", "what readers may ask back may be gone", "读者要回查的内容可能已不在"},
    {"kept-longer", "what readers may ask back is there longer", "可回查的时间更长"},
    {"less-often", "readers get fewer records than promised", "记录少于原先承诺"},
    {"more-often", "readers get more records than promised", "记录多于原先承诺"},
    {"clock", "clocks may be ahead by more than readers allow", "时钟超前可能多于读者容许"},
    {"clock-tighter", "clocks are ahead by less than readers allow", "时钟超前少于读者容许"},
    {"sharing-tighter", "readers may lose their grants", "读者可能失去授权"},
    {"sharing-looser", "who may read still may", "有权读取者仍然有权"},
    {"purpose-removed", "uses for this purpose are no longer allowed", "不再允许用于该目的"},
    {"purpose-added", "uses for further purposes are allowed", "允许用于更多目的"},
    {"mask-added", "readers see less than before", "读者看到的比以前少"},
    {"mask-removed", "every reader sees at least what it saw", "读者看到的不少于以前"},
    {"coverage-removed", "records of the place no longer come", "不再有该地点的记录"},
    {"coverage-added", "records of further places come", "增加其他地点的记录"},
    {"lead-source", "another department answers for it", "改由另一部门负责"},
    {"dataset", "it is another dataset", "是另一个数据集"},
    {"derivation", "it is derived from other datasets", "衍生来源改变"},
    {"price", "collecting it costs another amount", "采集成本改变"},
    {"words", "names and descriptions bind nobody", "名称与说明不具约束力"},
};

class Comparison {
 public:
  Evolution evolution;

  void change(Severity severity, std::string what, std::string from, std::string to,
              std::string_view why) {
    evolution.changes.push_back(
        {severity, std::move(what), std::move(from), std::move(to), std::string(why)});
  }
  void words(const std::string& what, const std::string& from, const std::string& to) {
    if (from != to) change(Severity::kWords, what, from, to, "words");
  }
  void breaks(const std::string& what, std::string_view from, std::string_view to,
              std::string_view why) {
    if (from != to) change(Severity::kBreaking, what, std::string(from), std::string(to), why);
  }
  /// A number of which more breaks readers.
  void grows(const std::string& what, double from, double to, std::string_view more,
             std::string_view less) {
    if (from == to) return;
    change(to > from ? Severity::kBreaking : Severity::kCompatible, what, fmt::format("{}", from),
           fmt::format("{}", to), to > from ? more : less);
  }
  /// A list of which taking away breaks readers.
  void list(const std::string& what, const std::vector<std::string>& from,
            const std::vector<std::string>& to, std::string_view removed, std::string_view added) {
    for (const auto& x : from)
      if (std::find(to.begin(), to.end(), x) == to.end())
        change(Severity::kBreaking, what, x, "", removed);
    for (const auto& x : to)
      if (std::find(from.begin(), from.end(), x) == from.end())
        change(Severity::kCompatible, what, "", x, added);
  }
};

std::string text(const std::optional<double>& bound) {
  return bound ? fmt::format("{}", *bound) : "";
}

void compare_range(Comparison& c, const std::string& at, const FieldRule& a, const FieldRule& b) {
  const auto bound = [&](const char* name, const std::optional<double>& from,
                         const std::optional<double>& to, bool wider) {
    if (from == to) return;
    c.change(wider ? Severity::kBreaking : Severity::kCompatible, at + name, text(from), text(to),
             wider ? "range-wider" : "range-narrower");
  };
  bound(".minimum", a.minimum, b.minimum, a.minimum && (!b.minimum || *b.minimum < *a.minimum));
  bound(".maximum", a.maximum, b.maximum, a.maximum && (!b.maximum || *b.maximum > *a.maximum));
}

/// A rule that comes takes something away from readers; one that goes gives it back.
void compare_masks(Comparison& c, const Contract& a, const Contract& b) {
  const auto has = [](const Contract& contract, const MaskRule& rule) {
    return std::any_of(contract.masking.begin(), contract.masking.end(),
                       [&](const MaskRule& r) { return r.same_as(rule); });
  };
  for (const auto& rule : b.masking)
    if (!has(a, rule))
      c.change(Severity::kBreaking, "maskingRules", "", rule_text(rule), "mask-added");
  for (const auto& rule : a.masking)
    if (!has(b, rule))
      c.change(Severity::kCompatible, "maskingRules", rule_text(rule), "", "mask-removed");
}

void compare_field(Comparison& c, const FieldRule& a, const FieldRule& b) {
  const std::string at = "field." + a.path;
  c.breaks(at + ".physicalType", a.physical_type, b.physical_type, "type");
  c.breaks(at + ".logicalType", a.logical_type, b.logical_type, "type");
  // "1" and no unit at all say the same.
  const auto unit = [](const FieldRule& f) { return f.unit.empty() ? std::string("1") : f.unit; };
  if (a.to_unified != b.to_unified || a.dimension != b.dimension)
    c.change(Severity::kBreaking, at + ".unit", fmt::format("{} x {}", a.scale, unit(a)),
             fmt::format("{} x {}", b.scale, unit(b)), "unit");
  else
    c.words(at + ".unit", unit(a), unit(b));
  compare_range(c, at, a, b);
  if (a.required != b.required)
    c.change(a.required ? Severity::kBreaking : Severity::kCompatible, at + ".required",
             a.required ? "true" : "false", b.required ? "true" : "false",
             a.required ? "now-optional" : "now-required");
  c.breaks(at + ".format", a.format, b.format, "format");
  c.breaks(at + ".idScheme", a.id_scheme, b.id_scheme, "id-scheme");
  if (a.data_class != b.data_class) {
    const bool stricter = b.data_class > a.data_class;
    c.change(stricter ? Severity::kBreaking : Severity::kCompatible, at + ".classification",
             std::string(name_of(a.data_class)), std::string(name_of(b.data_class)),
             stricter ? "stricter-class" : "looser-class");
  }
  if (a.personal_identifier != b.personal_identifier)
    c.change(b.personal_identifier ? Severity::kBreaking : Severity::kCompatible,
             at + ".personalIdentifier", a.personal_identifier ? "true" : "false",
             b.personal_identifier ? "true" : "false",
             b.personal_identifier ? "identifier" : "no-identifier");
  if (a.sources != b.sources)
    c.change(Severity::kCompatible, at + ".transformSourceObjects",
             fmt::format("{}", fmt::join(a.sources, ", ")),
             fmt::format("{}", fmt::join(b.sources, ", ")), "derivation");
  c.words(at + ".businessName", a.title_zh, b.title_zh);
  c.words(at + ".description", a.description, b.description);
}

const FieldRule* by_path(const Contract& c, const std::string& path) {
  for (const auto& f : c.fields)
    if (f.path == path) return &f;
  return nullptr;
}

void compare_fields(Comparison& c, const Contract& a, const Contract& b) {
  for (const auto& f : a.fields) {
    if (const auto* now = by_path(b, f.path))
      compare_field(c, f, *now);
    else
      c.change(Severity::kBreaking, "field." + f.path, f.physical_type, "", "field-removed");
  }
  for (const auto& f : b.fields)
    if (by_path(a, f.path) == nullptr)
      c.change(Severity::kCompatible, "field." + f.path, "", f.physical_type, "field-added");
}

void compare_classes(Comparison& c, const Contract& a, const Contract& b) {
  if (a.classes == b.classes) return;
  const bool stricter = !a.classes.covers(b.classes);
  c.change(stricter ? Severity::kBreaking : Severity::kCompatible, "classification",
           a.classes.text(), b.classes.text(), stricter ? "stricter-class" : "looser-class");
}

void compare_levels(Comparison& c, const Contract& a, const Contract& b) {
  c.grows("latency_s", a.maximum_delay_s, b.maximum_delay_s, "later", "sooner");
  c.grows("freshness_s", a.freshness_s, b.freshness_s, "later", "sooner");
  c.grows("frequency_s", a.frequency_s, b.frequency_s, "less-often", "more-often");
  c.grows("clockToleranceSeconds", a.clock_tolerance_s, b.clock_tolerance_s, "clock",
          "clock-tighter");
  if (a.retention_s != b.retention_s) {
    const bool shorter = b.retention_s < a.retention_s;
    c.change(shorter ? Severity::kBreaking : Severity::kCompatible, "retention_s",
             fmt::format("{}", a.retention_s), fmt::format("{}", b.retention_s),
             shorter ? "kept-shorter" : "kept-longer");
  }
}

void compare_law(Comparison& c, const Contract& a, const Contract& b) {
  compare_classes(c, a, b);
  if (a.sharing != b.sharing) {
    const bool tighter = b.sharing > a.sharing;
    c.change(tighter ? Severity::kBreaking : Severity::kCompatible, "sharingClass",
             std::string(name_of(a.sharing)), std::string(name_of(b.sharing)),
             tighter ? "sharing-tighter" : "sharing-looser");
  }
  compare_masks(c, a, b);
  c.list("purposes", a.purposes, b.purposes, "purpose-removed", "purpose-added");
  // A contract that does not name its places is about all of them.
  if (!b.coverage.empty() || !a.coverage.empty()) {
    if (a.coverage.empty() || b.coverage.empty())
      c.change(Severity::kCompatible, "coverage", fmt::format("{}", fmt::join(a.coverage, ", ")),
               fmt::format("{}", fmt::join(b.coverage, ", ")), "coverage-added");
    else
      c.list("coverage", a.coverage, b.coverage, "coverage-removed", "coverage-added");
  }
  if (a.lead_source != b.lead_source)
    c.change(Severity::kCompatible, "leadSource", a.lead_source, b.lead_source, "lead-source");
  if (a.resource != b.resource)
    c.change(Severity::kCompatible, "resource", a.resource, b.resource, "lead-source");
  if (a.sources != b.sources)
    c.change(Severity::kCompatible, "derivedFrom", fmt::format("{}", fmt::join(a.sources, ", ")),
             fmt::format("{}", fmt::join(b.sources, ", ")), "derivation");
  if (a.cost_per_record != b.cost_per_record || a.currency != b.currency)
    c.change(Severity::kCompatible, "price", fmt::format("{} {}", a.cost_per_record, a.currency),
             fmt::format("{} {}", b.cost_per_record, b.currency), "price");
}

}  // namespace

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kWords:
      return "words";
    case Severity::kCompatible:
      return "compatible";
    case Severity::kBreaking:
      return "breaking";
  }
  return "breaking";
}

std::span<const ReasonText> reasons() { return kReasons; }

Severity Evolution::severity() const {
  return changes.empty() ? Severity::kWords : changes.front().severity;
}

Evolution compare(const Contract& a, const Contract& b) {
  Comparison c;
  c.breaks("name", a.dataset, b.dataset, "dataset");
  c.breaks("message", a.message, b.message, "message");
  c.breaks("crs", name_of(a.crs), name_of(b.crs), "crs");
  c.breaks("timeZone", a.time_zone.name(), b.time_zone.name(), "time-zone");
  c.breaks("idScheme", a.id_scheme, b.id_scheme, "id-scheme");
  compare_fields(c, a, b);
  compare_levels(c, a, b);
  compare_law(c, a, b);
  c.words("department", a.department, b.department);
  c.words("dataProduct", a.title, b.title);
  c.words("titleZh", a.title_zh, b.title_zh);
  c.words("description", a.description, b.description);
  c.words("descriptionZh", a.description_zh, b.description_zh);
  c.words("limitations", a.limitations, b.limitations);
  c.words("tags", fmt::format("{}", fmt::join(a.tags, ", ")),
          fmt::format("{}", fmt::join(b.tags, ", ")));
  c.words("sharingLaw", a.sharing_law, b.sharing_law);
  std::stable_sort(c.evolution.changes.begin(), c.evolution.changes.end(),
                   [](const Change& x, const Change& y) { return x.severity > y.severity; });
  return std::move(c.evolution);
}

Version least_version(const Version& from, Severity severity) {
  switch (severity) {
    case Severity::kBreaking:
      return {from.major + 1, 0, 0};
    case Severity::kCompatible:
      return {from.major, from.minor + 1, 0};
    case Severity::kWords:
      return {from.major, from.minor, from.patch + 1};
  }
  return from;
}

Result<void> check_step(const Contract& from, const Contract& to) {
  const auto old = version_of(from.version), now = version_of(to.version);
  if (!old || !now)
    return Error{"CB-INPUT-CONTRACT", "the version is not MAJOR.MINOR.PATCH", to.place("version"),
                 ""};
  const auto evolution = compare(from, to);
  if (evolution.changes.empty()) {
    if (*now >= *old) return {};
    return Error{"CB-INPUT-CONTRACT",
                 fmt::format("version {} is below {}", now->text(), old->text()),
                 to.place("version"), ""};
  }
  const auto least = least_version(*old, evolution.severity());
  if (*now >= least) return {};
  const auto& first = evolution.changes.front();
  return Error{
      "CB-INPUT-CONTRACT",
      fmt::format("version {} after {}, but the changes are {} ({}: \"{}\" -> \"{}\")", now->text(),
                  old->text(), name_of(evolution.severity()), first.what, first.from, first.to),
      to.place("version"), fmt::format("expected {} or later", least.text())};
}

std::string Version::text() const { return fmt::format("{}.{}.{}", major, minor, patch); }

std::optional<Version> version_of(std::string_view text) {
  Version v;
  std::uint32_t* parts[] = {&v.major, &v.minor, &v.patch};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (std::size_t i = 0; i < 3; ++i) {
    if (i > 0 && (at == end || *at++ != '.')) return std::nullopt;
    const auto [next, ec] = std::from_chars(at, end, *parts[i]);
    if (ec != std::errc() || next - at > 6) return std::nullopt;
    at = next;
  }
  return at == end ? std::optional(v) : std::nullopt;
}

}  // namespace citybrain::catalog
