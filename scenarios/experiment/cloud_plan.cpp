#include "scenarios/experiment/cloud_plan.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace citybrain::experiment {

using model::Error;
using model::Result;

namespace {

/// What requests under the scenario's law may let a desk of the department see for its purpose.
std::set<std::string> asked_for(const LawConfig& law, const std::string& department,
                                const std::string& purpose) {
  std::set<std::string> out;
  const auto add = [&](const auto& r) {
    if (r.by == department && r.purpose == purpose && !r.dataset.empty()) out.insert(r.dataset);
  };
  for (const auto& r : law.requests) add(r);
  if (law.filed)
    for (const auto& event : law.filed->events) add(event);
  return out;
}

Result<std::set<std::string>> datasets_of(const Scenario& scenario, const std::string& sharing) {
  const auto* mode = scenario.mode(sharing.empty() ? scenario.sharing : sharing);
  if (mode == nullptr)
    return Error{"CB-USAGE-SHARING", fmt::format("the scenario has no mode \"{}\"", sharing),
                 "--sharing", "silo, point-to-point or hub"};
  std::set<std::string> out;
  for (const auto& desk : mode->desks) {
    out.insert(desk.datasets.begin(), desk.datasets.end());
    if (scenario.law) out.merge(asked_for(*scenario.law, desk.department, desk.purpose));
  }
  return out;
}

Result<void> known(const std::vector<cloud::DistrictRule>& rules,
                   const std::vector<std::string>& districts) {
  for (const auto& rule : rules) {
    if (std::find(districts.begin(), districts.end(), rule.name) != districts.end()) continue;
    const auto near = catalog::nearest(rule.name, districts);
    return Error{"CB-INPUT-CLOUDS",
                 fmt::format("clouds.districts.{}: the city has no such district", rule.name),
                 rule.where,
                 near.empty() ? fmt::format("districts: {}", fmt::join(districts, ", "))
                              : fmt::format("did you mean \"{}\"?", near)};
  }
  return {};
}

}  // namespace

cloud::Clouds clouds_of(const Scenario& scenario) {
  return scenario.clouds ? *scenario.clouds : cloud::usual_clouds();
}

Result<CloudPlan> cloud_plan(const Scenario& scenario, const model::RoadNetwork& network,
                             const catalog::Catalog& catalog, const cloud::Clouds& clouds,
                             const std::string& sharing) {
  CITYBRAIN_ASSIGN(datasets, datasets_of(scenario, sharing));
  CITYBRAIN_TRY(known(clouds.districts, network.districts));
  CloudPlan out{clouds, {datasets.begin(), datasets.end()}, {}};
  cloud::ClassSet classes;
  for (const auto& name : datasets) {
    const auto* contract = catalog.find(name);
    if (contract == nullptr) return catalog.grant({&name, 1}, "").error();
    classes = classes | contract->classes;
  }
  std::vector<std::uint32_t> signals(network.districts.size());
  for (const auto& j : network.junctions)
    if (j.signalised && j.district.value < signals.size()) ++signals[j.district.value];
  for (std::size_t d = 0; d < network.districts.size(); ++d) {
    const auto& name = network.districts[d];
    cloud::Partition p{cloud::district_partition(name), {std::max(1U, signals[d])}, classes, {}};
    for (const auto& rule : clouds.districts) {
      if (rule.name != name) continue;
      p.classes = p.classes | rule.adds;
      p.load = rule.load.value_or(p.load);
    }
    out.partitions.push_back(std::move(p));
  }
  for (const auto& service : clouds.services) out.partitions.push_back(partition_of(service));
  return out;
}

Result<std::vector<std::string>> hub_nodes(const Scenario& scenario, CloudPlan& plan,
                                           std::uint32_t count) {
  std::vector<std::string> out;
  if (!scenario.clouds) {
    plan.clouds.nodes.clear();
    for (std::uint32_t i = 1; i <= count; ++i) {
      out.push_back(fmt::format("hub-{}", i));
      plan.clouds.nodes.push_back({{out.back()},
                                   cloud::Cloud::kGovernment,
                                   {cloud::kMostUnits},
                                   cloud::ClassSet::all(),
                                   ""});
    }
    return out;
  }
  for (const auto& node : plan.clouds.nodes) {
    const bool any =
        std::any_of(plan.partitions.begin(), plan.partitions.end(), [&](const cloud::Partition& p) {
          return !cloud::district_name(p.name).empty() && cloud::may_hold(node, p);
        });
    if (any && out.size() < count) out.push_back(node.name.text);
  }
  if (out.size() == count) return out;
  return Error{
      "CB-CLOUD-ROOM",
      fmt::format("{} hubs are asked for, but {} nodes may hold a district", count, out.size()),
      "--hubs", "register more nodes, or ask for fewer hubs"};
}

namespace {

/// The districts on these nodes, least moved from `previous`.
Result<cloud::Placement> on(const CloudPlan& plan, std::span<const std::string> names,
                            const cloud::Placement& previous) {
  std::vector<cloud::Node> nodes;
  for (const auto& name : names) {
    const auto it = std::find_if(plan.clouds.nodes.begin(), plan.clouds.nodes.end(),
                                 [&](const cloud::Node& n) { return n.name.text == name; });
    if (it == plan.clouds.nodes.end())
      return Error{"CB-USAGE-NODE", "no cloud has a node of this name", name,
                   "register it in the clouds file"};
    nodes.push_back(*it);
  }
  std::vector<cloud::Partition> districts;
  for (const auto& p : plan.partitions)
    if (!cloud::district_name(p.name).empty()) districts.push_back(p);
  return cloud::place(nodes, districts, previous);
}

}  // namespace

Result<std::vector<std::string>> district_owners(const CloudPlan& plan,
                                                 std::span<const std::string> districts,
                                                 std::span<const std::string> known,
                                                 std::span<const std::string> live) {
  CITYBRAIN_ASSIGN(home, on(plan, known, {}));
  const auto placed = live.empty()
                          ? Result<cloud::Placement>(Error{"CB-CLOUD-LOST", "none", "", ""})
                          : on(plan, live, home);
  if (!placed)
    return Error{"CB-CLOUD-LOST",
                 fmt::format("of the nodes {} are left: {}: {}",
                             live.empty() ? "none" : fmt::format("{}", fmt::join(live, ", ")),
                             placed.error().where, placed.error().what),
                 placed.error().where, placed.error().mend};
  std::vector<std::string> out;
  for (const auto& name : districts)
    out.push_back(placed->owner(cloud::district_partition(name).text)->text);
  return out;
}

}  // namespace citybrain::experiment
