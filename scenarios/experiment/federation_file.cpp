#include "scenarios/experiment/federation_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "hub/model/nearest.h"
#include "scenarios/experiment/fields.h"
#include "scenarios/experiment/scenario_parts.h"

namespace citybrain::experiment {

using federation::Level;
using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr const char* kCode = "CB-INPUT-FEDERATION";
constexpr std::uint32_t kLongest_s = 7 * 86'400;

/// Names become folders and topics.
bool plain_name(const std::string& name) {
  return !name.empty() && name.size() <= 40 &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
         });
}

void read_name(Fields& f, std::string& name) {
  f.require("name");
  f.text("name", name);
  if (!name.empty() && !plain_name(name))
    f.fail(f.raw("name"), "name",
           "expected at most 40 lower-case letters, digits, - and _, found \"" + name + "\"");
}

std::optional<EventTime> read_time(Fields& f, const char* key) {
  std::string text;
  f.text(key, text);
  if (text.empty()) return std::nullopt;
  const auto time = catalog::parse_time(text);
  if (!time)
    f.fail(f.raw(key), key,
           "expected a time like 2026-03-02T09:00:00+08:00, found \"" + text + "\"");
  return time;
}

/// Calls take(fields, path) for each mapping of a list, and keeps the nodes.
template <class Take>
void each(Document& document, Fields& f, const char* key, const std::string& prefix,
          std::vector<YAML::Node>* nodes, const Take& take) {
  const YAML::Node list = f.raw(key);
  if (!list.IsDefined()) return;
  if (!list.IsSequence()) return f.fail(list, key, "expected a list");
  for (std::size_t i = 0; i < list.size(); ++i) {
    const auto path = fmt::format("{}{}[{}]", prefix, key, i);
    if (!list[i].IsMap()) return document.fail(list[i].Mark(), path, "expected a mapping");
    Fields item(document, list[i], path);
    take(item, path);
    item.finish();
    if (nodes != nullptr) nodes->push_back(list[i]);
  }
}

void read_party(Fields& f, federation::Plan& plan) {
  federation::PartySpec p;
  std::string level;
  read_name(f, p.name);
  f.require("level");
  f.text("name_zh", p.name_zh);
  f.text("level", level);
  f.text("parent", p.parent);
  if (const auto known = federation::level_of(level)) {
    p.level = *known;
  } else if (!level.empty()) {
    f.fail(f.raw("level"), "level",
           fmt::format("expected province, city or district, found \"{}\"", level));
  }
  if (plan.party(p.name) != nullptr)
    f.fail(f.raw("name"), "name", fmt::format("there is a party \"{}\" already", p.name));
  plan.parties.push_back(std::move(p));
}

void read_link(Document& document, Fields& f, const std::string& path, federation::Plan& plan) {
  federation::LinkSpec l;
  for (const char* key : {"from", "to"}) f.require(key);
  f.text("from", l.from);
  f.text("to", l.to);
  if (f.has("name")) {
    read_name(f, l.name);
  } else {
    (void)f.raw("name");
    l.name = l.from + "-" + l.to;
  }
  f.whole("latency_s", l.latency_s, 1, 3600);
  f.number("loss", l.loss, 0, 0.9);
  each(document, f, "cuts", path + ".", nullptr, [&](Fields& cut, const std::string&) {
    federation::Cut c;
    for (const char* key : {"from", "until"}) cut.require(key);
    cut.whole("from", c.from, 0, kLongest_s);
    cut.whole("until", c.until, 0, kLongest_s);
    l.cuts.push_back(c);
  });
  plan.links.push_back(std::move(l));
}

void read_grant(Fields& f, GrantEntry& g) {
  for (const char* key : {"link", "purpose", "until"}) f.require(key);
  f.text("link", g.link);
  f.text("of", g.of);
  f.text("purpose", g.purpose);
  f.texts("resources", g.resources);
  f.texts("domains", g.domains);
  if (g.resources.empty() && g.domains.empty())
    f.fail(f.raw("resources"), "resources", "expected resources or domains, or both");
  g.from = read_time(f, "from");
  g.revoked = read_time(f, "revoked");
  std::string until;
  f.text("until", until);
  if (const auto day = catalog::parse_date(until)) {
    g.until = *day;
  } else if (!until.empty()) {
    f.fail(f.raw("until"), "until", "expected a day like 2026-12-31, found \"" + until + "\"");
  }
}

void read_catalogue(Fields f, FederationText& out) {
  const bool generated = f.has("seed") || f.has("resources");
  CatalogueSpec spec;
  f.whole("seed", spec.seed, 0, 1'000'000'000'000);
  f.whole("resources", spec.resources, 1, 10'000);
  f.text("contracts", out.contracts);
  if (generated == !out.contracts.empty())
    f.fail(f.raw("contracts"), "contracts",
           "expected either seed and resources, to generate it, or contracts, a folder");
  if (generated) out.generate = spec;
  f.finish();
}

void read_all(Document& document, Fields& f, FederationText& out) {
  auto& plan = out.plan;
  std::uint32_t format = 1;
  for (const char* key : {"federation", "name", "start", "catalogue", "parties", "links"})
    f.require(key);
  f.whole("federation", format, 1, 1);
  read_name(f, plan.name);
  if (const auto start = read_time(f, "start")) plan.epoch.start = *start;
  f.whole("horizon_s", plan.horizon_s, 1, kLongest_s);
  f.whole("seed", plan.seed, 0, 1'000'000'000'000);
  f.text("law", out.law);
  f.text("calendar", out.calendar);
  f.text("authority", plan.authority);
  f.whole("late_after_s", plan.late_after_s, 0, 86'400);
  f.whole("usage_every_s", plan.usage_every_s, 0, 86'400);
  f.number("corrections", out.corrections, 0, 1);
  read_catalogue(f.map("catalogue"), out);
  each(document, f, "parties", "", &out.party_nodes,
       [&](Fields& item, const std::string&) { read_party(item, plan); });
  each(document, f, "links", "", &out.link_nodes,
       [&](Fields& item, const std::string& path) { read_link(document, item, path, plan); });
  each(document, f, "grants", "", &out.grant_nodes,
       [&](Fields& item, const std::string&) { read_grant(item, out.grants.emplace_back()); });
  if (out.generate &&
      out.generate->resources > plan.parties.size() * std::size_t{model::kMaxDatasets} * 3 / 4)
    f.fail(f.raw("catalogue"), "catalogue.resources",
           fmt::format("too many: a party can have {}", model::kMaxDatasets));
  f.finish();
}

}  // namespace

Result<FederationText> read_federation(const std::string& text, const std::string& file) {
  Document document{file, {}, kCode};
  try {
    const YAML::Node root = YAML::Load(text);
    CITYBRAIN_TRY(within_bounds(root, document));
    Fields f(document, root, "");
    FederationText out;
    if (!f.present())
      document.fail(root.Mark(), "federation", "expected a mapping with federation: 1, name, ...");
    read_all(document, f, out);
    if (document.error) return *document.error;
    return out;
  } catch (const YAML::Exception& e) {
    const std::string where =
        e.mark.is_null() ? file : fmt::format("{}:{}:{}", file, e.mark.line + 1, e.mark.column + 1);
    return Error{kCode, "not valid YAML: " + e.msg, where,
                 "check indentation and quotes at this place"};
  }
}

}  // namespace citybrain::experiment
