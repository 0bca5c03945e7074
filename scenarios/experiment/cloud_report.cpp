#include "scenarios/experiment/cloud_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>

#include "hub/model/nearest.h"
#include "scenarios/experiment/cloud_table.h"
#include "scenarios/experiment/words.h"

namespace citybrain::experiment {

using cloud::Node;
using cloud::Partition;
using model::Error;
using model::Result;
namespace json = boost::json;

namespace {

using Rows = CloudRows;

const Node* node_of(const CloudState& s, std::string_view name) {
  for (const auto& n : s.plan.clouds.nodes)
    if (n.name.text == name) return &n;
  return nullptr;
}

std::uint64_t used(const CloudState& s, const Node& node) {
  std::uint64_t out = 0;
  for (const auto& p : s.plan.partitions)
    if (const auto* at = s.placement.owner(p.name.text); at != nullptr && *at == node.name)
      out += p.load.value;
  return out;
}

/// Nodes that may hold a class, and those that hold something of it.
struct ClassPlaces {
  std::vector<std::string> datasets, may, at;
};
ClassPlaces places_of(const CloudState& s, const catalog::Catalog& catalog,
                      catalog::DataClass data_class) {
  ClassPlaces out;
  for (const auto& name : s.plan.datasets)
    if (const auto* c = catalog.find(name); c != nullptr && c->classes.has(data_class))
      out.datasets.push_back(name);
  for (const auto& n : s.plan.clouds.nodes) {
    if (n.holds.has(data_class)) out.may.push_back(n.name.text);
    const bool there =
        std::any_of(s.plan.partitions.begin(), s.plan.partitions.end(), [&](const Partition& p) {
          const auto* at = s.placement.owner(p.name.text);
          return p.classes.has(data_class) && at != nullptr && *at == n.name;
        });
    if (there) out.at.push_back(n.name.text);
  }
  return out;
}

std::string nodes_table(const CloudState& s, Language language) {
  Rows rows = {{word("node", language), word("cloud", language), word("zone", language),
                word("capacity", language), word("used", language), word("may_hold", language)}};
  for (const auto& n : s.plan.clouds.nodes)
    rows.push_back({n.name.text, cloud_word(n.cloud, language), n.zone.empty() ? "-" : n.zone,
                    std::to_string(n.room.value), std::to_string(used(s, n)), n.holds.text()});
  return cloud_table(rows);
}

std::string partitions_table(const CloudState& s, Language language) {
  Rows rows = {{word("partition", language), word("load", language), word("node", language),
                word("cloud", language), word("data_classes", language), word("why", language)}};
  for (const auto& p : s.plan.partitions) {
    const auto* at = s.placement.owner(p.name.text);
    rows.push_back({p.name.text, std::to_string(p.load.value), at->text,
                    cloud_word(node_of(s, at->text)->cloud, language), p.classes.text(),
                    why_there(s, p, language)});
  }
  return cloud_table(rows);
}

std::string classes_table(const CloudState& s, const catalog::Catalog& catalog, Language language) {
  Rows rows = {{word("data_class", language), word("node", language), word("dataset", language)}};
  for (const auto c : catalog::kDataClasses) {
    const auto places = places_of(s, catalog, c);
    if (places.at.empty() && places.datasets.empty()) continue;
    rows.push_back(
        {std::string(name_of(c)), fmt::format("{}", fmt::join(places.at, ", ")),
         places.datasets.empty() ? "-" : fmt::format("{}", fmt::join(places.datasets, ", "))});
  }
  return cloud_table(rows);
}

std::string change_text(const CloudView& v, Language language) {
  std::string out = "\n";
  if (!v.change.lost.empty())
    out += fmt::format("{}: {}\n", word("lost", language), fmt::join(v.change.lost, ", "));
  if (!v.change.service.empty())
    out += fmt::format("{}: {} -> {}\n", word("service_moves", language), v.change.service,
                       cloud_word(*cloud::cloud_of(v.change.to), language));
  if (v.error)
    return out + fmt::format("{}: {}: {} [{}]\n  {}\n", word("cannot_be_placed", language),
                             v.error->where, v.error->what, v.error->code, v.error->mend);
  const auto moved = cloud::moves(v.before.placement, v.after->placement);
  out += fmt::format("{}: {}\n", word("moved", language), moved.size());
  Rows rows;
  for (const auto& m : moved) rows.push_back({m.partition.text, m.from.text, "-> " + m.to.text});
  return out + cloud_table(rows) + "\n" + nodes_table(*v.after, language);
}

template <class T>
json::array array_of(const std::vector<T>& texts) {
  json::array out;
  for (const auto& t : texts) out.emplace_back(std::string_view(t));
  return out;
}
json::array array_of(cloud::ClassSet classes) {
  json::array out;
  for (const auto c : classes.list()) out.emplace_back(name_of(c));
  return out;
}

json::object state_json(const CloudState& s) {
  json::array nodes, partitions;
  for (const auto& n : s.plan.clouds.nodes)
    nodes.push_back({{"name", n.name.text},
                     {"cloud", name_of(n.cloud)},
                     {"zone", n.zone},
                     {"capacity", n.room.value},
                     {"used", used(s, n)},
                     {"holds", array_of(n.holds)}});
  for (const auto& p : s.plan.partitions) {
    const auto district = cloud::district_name(p.name);
    const auto* at = s.placement.owner(p.name.text);
    partitions.push_back({{"kind", district.empty() ? "service" : "district"},
                          {"name", district.empty() ? cloud::service_name(p.name) : district},
                          {"load", p.load.value},
                          {"classes", array_of(p.classes)},
                          {"node", at->text},
                          {"cloud", name_of(node_of(s, at->text)->cloud)},
                          {"why", why_there(s, p, Language::kEnglish)}});
  }
  return {{"nodes", nodes}, {"partitions", partitions}};
}

json::object change_json(const CloudView& v) {
  json::object out = {{"lost", array_of(v.change.lost)}};
  if (!v.change.service.empty()) {
    out["service"] = v.change.service;
    out["to"] = v.change.to;
  }
  if (v.error) {
    out["error"] = {{"code", v.error->code},
                    {"where", v.error->where},
                    {"what", v.error->what},
                    {"mend", v.error->mend}};
    return out;
  }
  json::array moved;
  for (const auto& m : cloud::moves(v.before.placement, v.after->placement))
    moved.push_back({{"partition", m.partition.text}, {"from", m.from.text}, {"to", m.to.text}});
  out["moves"] = moved;
  out["after"] = state_json(*v.after);
  return out;
}

Error unknown(const char* what, const std::string& name, std::vector<std::string> valid,
              const char* option) {
  const auto near = model::nearest(name, valid);
  return {"CB-USAGE-NODE", fmt::format("there is no {} \"{}\"", what, name), option,
          near.empty() ? fmt::format("there are: {}", fmt::join(valid, ", "))
                       : fmt::format("did you mean \"{}\"?", near)};
}

/// Takes the lost nodes out of the plan and gives the service its new cloud.
Result<void> apply(const CloudChange& change, CloudPlan& plan) {
  for (const auto& lost : change.lost) {
    auto& nodes = plan.clouds.nodes;
    const auto it = std::find_if(nodes.begin(), nodes.end(),
                                 [&](const Node& n) { return n.name.text == lost; });
    if (it == nodes.end()) {
      std::vector<std::string> valid;
      for (const auto& n : nodes) valid.push_back(n.name.text);
      return unknown("node", lost, valid, "--lose");
    }
    nodes.erase(it);
  }
  if (change.service.empty()) return {};
  const auto to = cloud::cloud_of(change.to);
  if (!to) return unknown("cloud", change.to, {"government", "commercial", "civilian"}, "--to");
  const auto name = cloud::service_partition(change.service);
  const auto it = std::find_if(plan.partitions.begin(), plan.partitions.end(),
                               [&](const Partition& p) { return p.name == name; });
  if (it == plan.partitions.end()) {
    std::vector<std::string> valid;
    for (const auto& s : plan.clouds.services) valid.push_back(s.name);
    return unknown("service", change.service, valid, "--move");
  }
  it->clouds = {*to};
  return {};
}

}  // namespace

std::string why_there(const CloudState& s, const Partition& p, Language language) {
  const bool zh = language == Language::kChinese;
  std::vector<std::string> may;
  for (const auto& n : s.plan.clouds.nodes)
    if (cloud::may_hold(n, p)) may.push_back(n.name.text);
  const std::size_t all = s.plan.clouds.nodes.size();
  if (may.size() == 1 && all > 1) return zh ? "唯一可存放的节点" : "the only node that may hold it";
  if (may.size() == all) return zh ? "任一节点均可,负载均衡" : "any node may, evenly used";
  return fmt::format(
      fmt::runtime(zh ? "{} 个节点中 {} 个可存放,负载均衡" : "{1} of {0} nodes may, evenly used"),
      all, may.size());
}

Result<CloudView> cloud_view(const Scenario& scenario, CloudPlan plan, const CloudChange& change,
                             const std::string& sharing) {
  CITYBRAIN_ASSIGN(placed, cloud::place(plan.clouds.nodes, plan.partitions, {}));
  CloudView out{scenario.name,
                sharing.empty() ? scenario.sharing : sharing,
                CloudState{plan, std::move(placed)},
                change,
                {},
                {}};
  if (!change.any()) return out;
  CITYBRAIN_TRY(apply(change, plan));
  auto after = cloud::place(plan.clouds.nodes, plan.partitions, out.before.placement);
  if (after) {
    out.after = CloudState{std::move(plan), std::move(*after)};
  } else {
    out.error = after.error();
  }
  return out;
}

std::string cloud_text(const CloudView& v, const catalog::Catalog& catalog, Language language) {
  std::string out = fmt::format("{} {}, {} {}\n\n", word("scenario", language), v.scenario,
                                word("mode", language), mode_name(v.sharing, language));
  out += nodes_table(v.before, language) + "\n" + partitions_table(v.before, language) + "\n" +
         classes_table(v.before, catalog, language);
  return v.change.any() ? out + change_text(v, language) : out;
}

std::string cloud_json(const CloudView& v, const catalog::Catalog& catalog) {
  json::array classes;
  for (const auto c : catalog::kDataClasses) {
    const auto places = places_of(v.before, catalog, c);
    classes.push_back({{"class", name_of(c)},
                       {"datasets", array_of(places.datasets)},
                       {"may", array_of(places.may)},
                       {"at", array_of(places.at)}});
  }
  json::object out = {{"cloud_report", 1}, {"scenario", v.scenario}, {"sharing", v.sharing}};
  for (auto& [key, value] : state_json(v.before)) out[key] = value;
  out["classes"] = classes;
  if (v.change.any()) out["change"] = change_json(v);
  return json::serialize(out);
}

}  // namespace citybrain::experiment
