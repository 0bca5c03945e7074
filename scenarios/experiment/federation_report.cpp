#include "scenarios/experiment/federation_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "scenarios/experiment/cloud_table.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

namespace bj = boost::json;
using federation::LinkSpec;
using federation::PartyState;
using federation::Plan;

namespace {

const store::LinkRow* end_of(const FederationReport& report, const std::string& party,
                             const std::string& link) {
  for (const auto& p : report.parties)
    for (const auto& [name, row] : p.links)
      if (p.name == party && name == link) return &row;
  return nullptr;
}

void add_sender(const store::LinkRow& from, std::int64_t end_ms, LinkFigures& f) {
  const auto& c = from.counters;
  f.messages = from.out.queued;
  f.rows = c.rows;
  f.bytes = c.bytes;
  f.loads = c.loads;
  f.returned = c.taken;
  f.corrections_stale = c.stale;
  f.waiting = from.out.queued - from.out.acked;
  f.oldest_wait_s = static_cast<double>(c.oldest_ms) / 1000;
  if (f.waiting > 0) f.waiting_s = static_cast<double>(end_ms - from.out.waiting_ms) / 1000;
}

void add_receiver(const store::LinkRow& to, LinkFigures& f) {
  const auto& c = to.counters;
  f.taken = c.taken;
  f.delayed = c.delayed;
  f.stale = c.stale;
  f.withdrawn = c.withdrawn;
  f.erased = c.erased;
  f.returns_sent = c.rows;
  f.returns_waiting = to.out.queued - to.out.acked;
}

std::string with_unit(double seconds) {
  if (seconds < 60) return fmt::format("{:.0f} s", seconds);
  return fmt::format("{:.1f} min", seconds / 60);
}

bj::object json_of(const LinkFigures& f) {
  bj::array cuts;
  for (const auto& c : f.link->cuts)
    cuts.push_back(bj::object{{"from_s", c.from}, {"until_s", c.until}});
  return {{"name", f.link->name},
          {"from", f.link->from},
          {"to", f.link->to},
          {"latency_s", f.link->latency_s},
          {"loss", f.link->loss},
          {"cuts", std::move(cuts)},
          {"grants", f.granted},
          {"messages", f.messages},
          {"rows", f.rows},
          {"bytes", f.bytes},
          {"loads", f.loads},
          {"taken", f.taken},
          {"delayed", f.delayed},
          {"oldest_wait_s", f.oldest_wait_s},
          {"waiting", f.waiting},
          {"waiting_s", f.waiting_s},
          {"retries", f.retries},
          {"lost", f.lost},
          {"duplicates", f.duplicates},
          {"gaps", f.gaps},
          {"stale", f.stale},
          {"withdrawn", f.withdrawn},
          {"refused", f.refused},
          {"invalid", f.invalid},
          {"erased", f.erased},
          {"returns_sent", f.returns_sent},
          {"returns_waiting", f.returns_waiting},
          {"returned", f.returned},
          {"forwarded", f.forwarded},
          {"corrections_stale", f.corrections_stale}};
}

bj::object json_of(const Plan& plan, const PartyState& p) {
  const auto* spec = plan.party(p.name);
  return {{"name", p.name},
          {"name_zh", spec->name_zh},
          {"level", std::string(federation::name_of(spec->level))},
          {"resources", p.resources},
          {"own_rows", p.own_rows},
          {"received_resources", p.received_resources},
          {"received_rows", p.received_rows},
          {"used_rows", p.used_rows},
          {"digest", p.digest}};
}

}  // namespace

std::vector<LinkFigures> link_figures(const FederationReport& report) {
  std::vector<LinkFigures> out;
  const auto end_ms = report.plan.epoch.at(report.horizon_s).ms;
  for (const auto& link : report.plan.links) {
    LinkFigures f;
    f.link = &link;
    f.granted = static_cast<std::uint64_t>(
        std::count_if(report.plan.grants.begin(), report.plan.grants.end(),
                      [&](const auto& g) { return g.link == link.name; }));
    const auto* from = end_of(report, link.from, link.name);
    const auto* to = end_of(report, link.to, link.name);
    if (from != nullptr) add_sender(*from, end_ms, f);
    if (to != nullptr) add_receiver(*to, f);
    for (const auto* end : {from, to}) {
      if (end == nullptr) continue;
      f.retries += end->counters.retries;
      f.lost += end->counters.lost;
      f.duplicates += end->counters.duplicates;
      f.gaps += end->counters.gaps;
      f.refused += end->counters.refused;
      f.invalid += end->counters.invalid;
      f.forwarded += end->counters.forwarded;
    }
    out.push_back(f);
  }
  return out;
}

std::string federation_json(const FederationReport& report) {
  bj::array parties, links;
  std::uint64_t refused_steps = 0;
  LinkFigures sum;
  for (const auto& p : report.parties) {
    parties.push_back(json_of(report.plan, p));
    refused_steps = std::max(refused_steps, p.refused_steps);
  }
  for (const auto& f : link_figures(report)) {
    links.push_back(json_of(f));
    sum.rows += f.rows;
    sum.bytes += f.bytes;
    sum.taken += f.taken;
    sum.delayed += f.delayed;
    sum.retries += f.retries;
    sum.duplicates += f.duplicates;
    sum.returned += f.returned;
    sum.waiting += f.waiting;
  }
  return bj::serialize(bj::object{{"federation_report", 1},
                                  {"federation", report.name},
                                  {"config_hash", report.config_hash},
                                  {"seed", report.seed},
                                  {"start_ms", report.start.ms},
                                  {"horizon_s", report.horizon_s},
                                  {"outcome_hash", report.outcome_hash},
                                  {"law", report.plan.law.name},
                                  {"grants", report.plan.grants.size()},
                                  {"steps_refused", refused_steps},
                                  {"rows", sum.rows},
                                  {"bytes", sum.bytes},
                                  {"taken", sum.taken},
                                  {"delayed", sum.delayed},
                                  {"waiting", sum.waiting},
                                  {"retries", sum.retries},
                                  {"duplicates", sum.duplicates},
                                  {"returned", sum.returned},
                                  {"parties", std::move(parties)},
                                  {"links", std::move(links)}});
}

std::string federation_text(const FederationReport& report, Language language) {
  const auto w = [&](const char* key) { return std::string(word(key, language)); };
  const auto n = [](std::uint64_t v) { return fmt::format("{}", v); };
  std::string out = fmt::format("{}  {} {}  {} {} s\n{} {}\n\n", report.name, w("seed"),
                                report.seed, w("federation_horizon"), report.horizon_s,
                                w("outcome_hash"), report.outcome_hash);
  CloudRows links = {{w("federation_link"), w("federation_grants"), w("federation_rows"),
                      w("federation_kilobytes"), w("federation_taken"), w("federation_delayed"),
                      w("federation_oldest"), w("federation_waiting"), w("federation_retries"),
                      w("federation_duplicates"), w("federation_withdrawn"),
                      w("federation_returned")}};
  for (const auto& f : link_figures(report))
    links.push_back({f.link->name, n(f.granted), n(f.rows), fmt::format("{:.1f}", f.bytes / 1024.0),
                     n(f.taken), n(f.delayed), with_unit(f.oldest_wait_s), n(f.waiting),
                     n(f.retries), n(f.duplicates), n(f.withdrawn + f.refused),
                     n(f.returned + f.forwarded)});
  out += cloud_table(links) + "\n";
  CloudRows parties = {{w("federation_party"), w("federation_own"), w("federation_own_rows"),
                        w("federation_received"), w("federation_received_rows"),
                        w("federation_used")}};
  for (const auto& p : report.parties)
    parties.push_back({p.name, n(p.resources), n(p.own_rows), n(p.received_resources),
                       n(p.received_rows), n(p.used_rows)});
  return out + cloud_table(parties);
}

std::string federation_plan_text(const FederationConfig& config, bool resources,
                                 Language language) {
  const auto& plan = config.plan;
  const auto w = [&](const char* key) { return std::string(word(key, language)); };
  std::size_t all = 0;
  CloudRows parties = {{w("federation_party"), w("federation_level"), w("federation_parent"),
                        w("federation_own"), w("federation_domains")}};
  CloudRows rows;
  for (const auto& p : plan.parties) {
    const auto& contracts = plan.catalogs.find(p.name)->second.contracts();
    all += contracts.size();
    std::map<std::string, int> domains;
    for (const auto& c : contracts) {
      ++domains[c.domain];
      rows.push_back({c.dataset, std::string(catalog::name_of(c.sharing)), c.classes.text(),
                      fmt::format("{:.0f} s", c.frequency_s), c.title_zh});
    }
    std::string text;
    for (const auto& [domain, count] : domains)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", domain, count);
    parties.push_back({fmt::format("{} {}", p.name, p.name_zh),
                       w(fmt::format("federation_{}", federation::name_of(p.level)).c_str()),
                       p.parent, fmt::format("{}", contracts.size()), text});
  }
  std::string out =
      fmt::format("{}  {}: {}, {}: {}, {}: {}, {}: {}\n\n{}\n", plan.name, w("federation_party"),
                  plan.parties.size(), w("federation_link"), plan.links.size(), w("federation_own"),
                  all, w("federation_grants"), plan.grants.size(), cloud_table(parties));
  CloudRows links = {{w("federation_link"), w("federation_latency"), w("federation_grants"),
                      w("federation_cuts")}};
  for (const auto& l : plan.links) {
    std::string cuts;
    for (const auto& c : l.cuts)
      cuts += fmt::format("{}{}-{} s", cuts.empty() ? "" : ", ", c.from, c.until);
    const auto grants = std::count_if(plan.grants.begin(), plan.grants.end(),
                                      [&](const auto& g) { return g.link == l.name; });
    links.push_back({l.name, fmt::format("{} s", l.latency_s), fmt::format("{}", grants), cuts});
  }
  out += cloud_table(links);
  if (resources) out += "\n" + cloud_table(rows);
  return out;
}

std::string federation_plan_json(const FederationConfig& config) {
  const auto& plan = config.plan;
  bj::array parties, links, resources, grants;
  for (const auto& p : plan.parties) {
    parties.push_back(bj::object{{"name", p.name},
                                 {"name_zh", p.name_zh},
                                 {"level", std::string(federation::name_of(p.level))},
                                 {"parent", p.parent}});
    for (const auto& c : plan.catalogs.find(p.name)->second.contracts())
      resources.push_back(bj::object{{"name", c.dataset},
                                     {"party", p.name},
                                     {"domain", c.domain},
                                     {"title", c.title},
                                     {"title_zh", c.title_zh},
                                     {"sharing", std::string(catalog::name_of(c.sharing))},
                                     {"classes", c.classes.text()},
                                     {"frequency_s", c.frequency_s}});
  }
  for (const auto& l : plan.links)
    links.push_back(bj::object{{"name", l.name},
                               {"from", l.from},
                               {"to", l.to},
                               {"latency_s", l.latency_s},
                               {"loss", l.loss}});
  for (const auto& g : plan.grants)
    grants.push_back(bj::object{{"id", g.id},
                                {"resource", g.resource},
                                {"link", g.link},
                                {"purpose", g.purpose},
                                {"until", catalog::date_text(g.until)}});
  return bj::serialize(bj::object{{"federation", plan.name},
                                  {"config_hash", config.config_hash},
                                  {"parties", std::move(parties)},
                                  {"links", std::move(links)},
                                  {"resources", std::move(resources)},
                                  {"grants", std::move(grants)}});
}

}  // namespace citybrain::experiment
