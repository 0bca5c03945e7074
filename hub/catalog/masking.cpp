#include "hub/catalog/masking.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "hub/catalog/catalog.h"

namespace citybrain::catalog {

using model::Error;
using model::Result;

namespace {

constexpr std::string_view kKinds[] = {"drop", "pseudonym", "generalise-place", "generalise-time",
                                       "aggregate"};
constexpr std::string_view kScales[] = {"exact", "road", "cell", "district"};

constexpr std::size_t kMostText = 400;  // of a rule by itself

template <class Names>
std::string listed(const Names& names, std::string_view given) {
  std::vector<std::string> all(std::begin(names), std::end(names));
  const auto near = nearest(std::string(given), all);
  return near.empty() ? fmt::format("expected one of {}", fmt::join(all, ", "))
                      : fmt::format("did you mean \"{}\"?", near);
}

/// Reads one rule; every key is asked for once.
class RuleReading {
 public:
  RuleReading(const YAML::Node& map, const MaskFail& fail) : map_(map), fail_(fail) {}

  std::string text(const char* key) {
    known_.emplace_back(key);
    const YAML::Node v = map_[key];
    return v.IsDefined() && v.IsScalar() ? v.Scalar() : std::string();
  }
  std::uint32_t whole(const char* key, std::uint32_t least, std::uint32_t most) {
    known_.emplace_back(key);
    const YAML::Node v = map_[key];
    std::uint32_t n = 0;
    const bool is_number = v.IsDefined() && v.IsScalar() && !v.Scalar().starts_with('-') &&
                           YAML::convert<std::uint32_t>::decode(v, n);
    if (is_number && n >= least && n <= most) return n;
    fail_(v.IsDefined() ? v : map_,
          v.IsDefined() ? fmt::format("{} must be a whole number of {} to {}", key, least, most)
                        : fmt::format("\"{}\" is missing", key),
          fmt::format("expected a whole number of {} to {}", least, most));
    good_ = false;
    return least;
  }
  void wrong(const char* key, std::string what, std::string mend) {
    const YAML::Node v = map_[key];
    fail_(v.IsDefined() ? v : map_, std::move(what), std::move(mend));
    good_ = false;
  }
  bool finish() {
    for (const auto& e : map_) {
      const std::string key = e.first.IsScalar() ? e.first.Scalar() : "";
      if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
      fail_(e.first, fmt::format("\"{}\" is not known in this rule", key), listed(known_, key));
      good_ = false;
    }
    return good_;
  }

 private:
  const YAML::Node& map_;
  const MaskFail& fail_;
  std::vector<std::string> known_;
  bool good_ = true;
};

void read_place(RuleReading& r, MaskRule& rule) {
  const auto to = r.text("to");
  const auto at = std::find(std::begin(kScales) + 1, std::end(kScales), to);
  if (at == std::end(kScales))
    return r.wrong("to", fmt::format("a place cannot be generalised to \"{}\"", to),
                   "expected road, cell or district");
  rule.scale = static_cast<PlaceScale>(at - std::begin(kScales));
  if (rule.scale == PlaceScale::kCell) rule.cell_m = r.whole("size_m", kLeastCell_m, kMostCell_m);
}

std::optional<MaskRule> read_rule(const YAML::Node& node, const std::string& file,
                                  std::span<const std::string> fields, const MaskFail& fail) {
  if (!node.IsMap()) {
    fail(node, "expected a masking rule", "like {field: device, rule: pseudonym}");
    return std::nullopt;
  }
  RuleReading r(node, fail);
  MaskRule rule;
  rule.where = fmt::format("{}:{}:{}", file, node.Mark().line + 1, node.Mark().column + 1);
  const auto kind = r.text("rule");
  const auto at = std::find(std::begin(kKinds), std::end(kKinds), kind);
  if (at == std::end(kKinds)) {
    r.wrong("rule", fmt::format("there is no mask \"{}\"", kind), listed(kKinds, kind));
    return std::nullopt;
  }
  rule.kind = static_cast<MaskKind>(at - std::begin(kKinds));
  if (rule.kind == MaskKind::kAggregate) {
    rule.minimum_group = r.whole("minimum_group", 2, kMostGroup);
    rule.window_s = r.whole("window_s", 1, kMostWindow_s);
  } else {
    rule.field = r.text("field");
    if (rule.field.empty()) r.wrong("field", "the rule names no field", "field: NAME");
    if (!rule.field.empty() && !fields.empty() &&
        std::find(fields.begin(), fields.end(), rule.field) == fields.end())
      r.wrong("field", fmt::format("the contract has no field \"{}\"", rule.field),
              listed(fields, rule.field));
  }
  if (rule.kind == MaskKind::kGeneralisePlace) read_place(r, rule);
  if (rule.kind == MaskKind::kGeneraliseTime) rule.minutes = r.whole("minutes", 1, kMostMinutes);
  return r.finish() ? std::optional(rule) : std::nullopt;
}

/// As much as the contract's rule or more: nothing that it hides is seen.
bool is_as_strict(const MaskRule& granted, const MaskRule& contract) {
  if (granted.kind == MaskKind::kDrop) return true;
  if (granted.kind != contract.kind) return false;
  switch (granted.kind) {
    case MaskKind::kDrop:
    case MaskKind::kPseudonym:
      return true;
    case MaskKind::kGeneralisePlace:
      return granted.scale > contract.scale ||
             (granted.scale == contract.scale && granted.cell_m >= contract.cell_m);
    case MaskKind::kGeneraliseTime:
      return granted.minutes >= contract.minutes;
    case MaskKind::kAggregate:
      return granted.minimum_group >= contract.minimum_group &&
             granted.window_s >= contract.window_s;
  }
  return false;
}

std::string text_of(const MaskRule& r) {
  switch (r.kind) {
    case MaskKind::kGeneralisePlace:
      return r.scale == PlaceScale::kCell
                 ? fmt::format("generalise-place to cells of {} m", r.cell_m)
                 : fmt::format("generalise-place to {}", name_of(r.scale));
    case MaskKind::kGeneraliseTime:
      return fmt::format("generalise-time to {} minutes", r.minutes);
    case MaskKind::kAggregate:
      return fmt::format("aggregate of at least {} over {} s", r.minimum_group, r.window_s);
    case MaskKind::kDrop:
    case MaskKind::kPseudonym:
      break;
  }
  return std::string(name_of(r.kind));
}

}  // namespace

std::string_view name_of(MaskKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view name_of(PlaceScale scale) { return kScales[static_cast<std::size_t>(scale)]; }

bool MaskRule::same_as(const MaskRule& o) const {
  return kind == o.kind && field == o.field && scale == o.scale && cell_m == o.cell_m &&
         minutes == o.minutes && minimum_group == o.minimum_group && window_s == o.window_s;
}

std::vector<MaskRule> read_masking(const YAML::Node& list, const std::string& file,
                                   std::span<const std::string> known_fields,
                                   const MaskFail& fail) {
  std::vector<MaskRule> out;
  if (!list.IsDefined()) return out;
  if (!list.IsSequence()) {
    fail(list, "expected a list of masking rules", "- {field: NAME, rule: pseudonym}");
    return out;
  }
  for (const auto& node : list)
    if (auto rule = read_rule(node, file, known_fields, fail)) out.push_back(std::move(*rule));
  return out;
}

Result<MaskRule> parse_rule(std::string_view text, const std::string& where) {
  if (text.size() > kMostText)
    return Error{"CB-INPUT-MASK", fmt::format("a rule of {} characters", text.size()), where,
                 fmt::format("expected at most {}", kMostText)};
  std::optional<Error> error;
  const auto fail = [&](const YAML::Node&, std::string what, std::string mend) {
    if (!error) error = Error{"CB-INPUT-MASK", std::move(what), where, std::move(mend)};
  };
  const std::string braced =
      text.starts_with('{') ? std::string(text) : fmt::format("{{{}}}", text);
  std::optional<MaskRule> rule;
  try {
    rule = read_rule(YAML::Load(braced), where, {}, fail);
  } catch (const YAML::Exception& e) {
    fail({}, fmt::format("\"{}\" is no masking rule: {}", text.substr(0, 80), e.msg),
         "like {field: device, rule: pseudonym}");
  }
  if (error) return *error;
  rule->where = where;
  return *rule;
}

std::string rule_text(const MaskRule& r) {
  const auto head = fmt::format("field: {}, rule: {}", r.field, name_of(r.kind));
  switch (r.kind) {
    case MaskKind::kGeneralisePlace:
      return r.scale == PlaceScale::kCell
                 ? fmt::format("{{{}, to: cell, size_m: {}}}", head, r.cell_m)
                 : fmt::format("{{{}, to: {}}}", head, name_of(r.scale));
    case MaskKind::kGeneraliseTime:
      return fmt::format("{{{}, minutes: {}}}", head, r.minutes);
    case MaskKind::kAggregate:
      return fmt::format("{{rule: aggregate, minimum_group: {}, window_s: {}}}", r.minimum_group,
                         r.window_s);
    case MaskKind::kDrop:
    case MaskKind::kPseudonym:
      break;
  }
  return fmt::format("{{{}}}", head);
}

Result<std::vector<MaskRule>> narrowed(const Contract& contract,
                                       std::span<const MaskRule> granted) {
  std::vector<std::string> fields;
  for (const auto& f : contract.fields) fields.push_back(f.name);
  std::vector<MaskRule> out = contract.masking;
  for (const auto& g : granted) {
    if (!g.field.empty() && contract.field(g.field) == nullptr)
      return Error{"CB-INPUT-MASK",
                   fmt::format("{} has no field \"{}\"", contract.dataset, g.field), g.where,
                   listed(fields, g.field)};
    for (const auto& c : contract.masking) {
      const bool about_the_same = c.field == g.field && c.kind == g.kind;
      if (!about_the_same || is_as_strict(g, c)) continue;
      return Error{"CB-INPUT-MASK",
                   fmt::format("the grant goes beyond its scope: field {} of {} is {} by the "
                               "contract, the grant asks for {}",
                               g.field.empty() ? "(all)" : g.field, contract.dataset, text_of(c),
                               text_of(g)),
                   g.where, fmt::format("a grant may only be stricter than {}", c.where)};
    }
    out.push_back(g);
  }
  return out;
}

Result<void> check_purpose(const Contract& contract, const std::string& purpose) {
  const auto& allowed = contract.purposes;
  if (purpose.empty() || std::find(allowed.begin(), allowed.end(), purpose) != allowed.end())
    return {};
  return Error{"CB-INPUT-PURPOSE",
               fmt::format("{} may not be read for the purpose \"{}\"", contract.dataset, purpose),
               contract.file, listed(allowed, purpose)};
}

}  // namespace citybrain::catalog
