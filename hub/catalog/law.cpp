#include "hub/catalog/law.h"

#include <fmt/format.h>

#include "hub/catalog/strict_map.h"
#include "hub/catalog/text_file.h"

namespace citybrain::catalog {

using model::Result;

namespace {

constexpr const char* kLawCode = "CB-INPUT-LAW";
constexpr std::uint32_t kMostDays = 250;  // a year's

Access read_access(StrictMap& r, const YAML::Node& map, const char* key) {
  const std::string word = r.text(map, key);
  if (word == "open") return Access::kOpen;
  if (word == "on-request") return Access::kOnRequest;
  if (word == "refused") return Access::kRefused;
  r.fail(map[key],
         fmt::format("{}: expected open, on-request or refused, found \"{}\"", key, word));
  return Access::kRefused;
}

Limits read_limits(StrictMap& r, const YAML::Node& map) {
  Limits l;
  if (!r.expect(map, "working_days",
                {"check", "unconditional", "conditional", "on_platform", "delivery", "completion",
                 "negotiation", "escalation", "correction"}))
    return l;
  const auto read = [&](const char* key, std::uint32_t& into) {
    into = r.whole(map, key, 0, kMostDays);
  };
  read("check", l.check);
  read("unconditional", l.unconditional);
  read("conditional", l.conditional);
  l.on_platform = l.conditional;
  if (map["on_platform"].IsDefined()) read("on_platform", l.on_platform);
  read("delivery", l.delivery);
  read("completion", l.completion);
  read("negotiation", l.negotiation);
  read("escalation", l.escalation);
  read("correction", l.correction);
  return l;
}

}  // namespace

Result<Law> Law::parse(std::string_view text, std::string_view name) {
  auto law = read_strictly<Law>(kLawCode, text, name, [](StrictMap& r, const YAML::Node& root) {
    Law l;
    if (!r.expect(root, "law",
                  {"law", "name", "title", "source", "access", "working_days", "returns"}))
      return l;
    (void)r.whole(root, "law", 1, 1);
    l.name = r.text(root, "name");
    const YAML::Node title = root["title"];
    if (!r.expect(title, "title", {"en", "zh"})) return l;
    l.title_en = r.text(title, "en");
    l.title_zh = r.text(title, "zh");
    l.source = r.text(root, "source");
    const YAML::Node access = root["access"];
    if (!r.expect(access, "access", {"unconditional", "conditional"})) return l;
    l.unconditional = read_access(r, access, "unconditional");
    l.conditional = read_access(r, access, "conditional");
    l.limits = read_limits(r, root["working_days"]);
    l.returns = r.whole(root, "returns", 0, 10);
    return l;
  });
  if (law) law->file = name;
  return law;
}

Result<Law> Law::load(const std::filesystem::path& file) {
  CITYBRAIN_ASSIGN(text, read_text(file, kLawCode));
  return parse(text, file.string());
}

}  // namespace citybrain::catalog
