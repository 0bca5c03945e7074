#include "scenarios/experiment/access_list.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <initializer_list>
#include <set>

#include "hub/registry/storage.h"
#include "scenarios/experiment/run_identity.h"
#include "schemas/audit.h"
#include "schemas/cloud.h"
#include "schemas/governance.h"
#include "schemas/protection.h"
#include "schemas/schemas.h"

namespace citybrain::experiment {

using model::Error;
using model::Result;
using network::AccessOperation;
using network::AccessResource;
using network::AccessRule;

namespace {

constexpr const char* kDepartment = "User:department-";
constexpr const char* kDesk = "User:desk-";
constexpr const char* kHub = "User:hub";
constexpr const char* kCity = "User:city";
constexpr const char* kEvaluator = "User:evaluator";
/// The department that carries out commands and acknowledges them (connectors/traffic_police).
constexpr const char* kActs = "traffic_police";
/// A Kafka log's own topic, which says whose log it is.
constexpr const char* kIdentity = "citybrain";

class Rules {
 public:
  explicit Rules(const std::string& prefix) : prefix_(prefix.empty() ? "" : prefix + ".") {}

  void read(const std::string& principal, const std::string& topic) {
    allow(principal, topic,
          {AccessOperation::kRead, AccessOperation::kDescribe, AccessOperation::kDescribeConfigs});
  }
  void write(const std::string& principal, const std::string& topic) {
    read(principal, topic);
    allow(principal, topic, {AccessOperation::kWrite});
  }
  /// Topics that several parts make, whoever comes first; making is not reading.
  void make(const std::string& principal, const std::string& topic) {
    allow(
        principal, topic,
        {AccessOperation::kCreate, AccessOperation::kDescribe, AccessOperation::kDescribeConfigs});
  }
  /// The hub makes topics and cuts their old ends, which Kafka calls deleting.
  void keep(const std::string& principal, const std::string& topic) {
    read(principal, topic);
    allow(principal, topic, {AccessOperation::kCreate, AccessOperation::kDelete});
  }
  /// As keep() and write(), but nothing may be deleted: what was said there stands.
  void append(const std::string& principal, const std::string& topic) {
    write(principal, topic);
    allow(principal, topic, {AccessOperation::kCreate});
  }
  /// Groups whose names begin with the prefix, a dot and the principal's name.
  void join(const std::string& principal) {
    const std::string name = prefix_ + principal.substr(principal.find(':') + 1);
    rules_.insert({AccessResource::kGroup, name, true, principal, AccessOperation::kRead});
  }
  /// Transactions under names that begin with the prefix, a dot and the principal's name.
  void transact(const std::string& principal) {
    const std::string name = prefix_ + principal.substr(principal.find(':') + 1);
    for (const auto operation : {AccessOperation::kWrite, AccessOperation::kDescribe})
      rules_.insert({AccessResource::kTransaction, name, true, principal, operation});
  }
  std::vector<AccessRule> sorted() const { return {rules_.begin(), rules_.end()}; }

 private:
  void allow(const std::string& principal, const std::string& topic,
             std::initializer_list<AccessOperation> operations) {
    for (const auto operation : operations)
      rules_.insert({AccessResource::kTopic, prefix_ + topic, false, principal, operation});
  }
  const std::string prefix_;
  std::set<AccessRule> rules_;
};

/// What is published, whatever the mode: what some desk of some mode was granted, and what the
/// scenario publishes anyhow.
std::set<std::string> published(const Scenario& scenario) {
  std::set<std::string> out(scenario.publish.begin(), scenario.publish.end());
  for (const auto& mode : scenario.modes)
    for (const auto& desk : mode.desks) out.insert(desk.datasets.begin(), desk.datasets.end());
  if (!scenario.law) return out;
  for (const auto& r : scenario.law->requests) out.insert(r.dataset);
  if (scenario.law->filed)
    for (const auto& e : scenario.law->filed->events)
      if (e.act == catalog::Act::kDraft) out.insert(e.dataset);
  return out;
}

Result<const ModeConfig*> mode_of(const Scenario& scenario, const std::string& sharing) {
  const auto& name = sharing.empty() ? scenario.sharing : sharing;
  if (const auto* mode = scenario.mode(name)) return mode;
  std::vector<std::string> names;
  for (const auto& m : scenario.modes) names.push_back(m.name);
  return Error{"CB-USAGE-SHARING", fmt::format("there is no mode \"{}\" in this scenario", name),
               "--sharing", fmt::format("modes: {}", fmt::join(names, ", "))};
}

void publisher(const std::string& department, const std::string& topic, Rules& rules) {
  rules.write(department, topic);
  rules.join(department);
  rules.transact(department);
  rules.write(department, schemas::topic::kWatermarks);
  rules.read(department, schemas::topic::kDecided);
  rules.read(department, kIdentity);
  for (const auto* control :
       {schemas::topic::kRun, schemas::topic::kPortState, schemas::topic::kPortReplies})
    rules.read(department, control);
  for (const auto* said : {schemas::topic::kPortActuations, kKeptTopic})
    rules.write(department, said);
}

Result<void> departments(const Scenario& scenario, const catalog::Catalog& catalog, Rules& rules) {
  for (const auto& dataset : published(scenario)) {
    const auto* contract = catalog.find(dataset);
    if (contract == nullptr) return catalog.grant({&dataset, 1}, "").error();
    const std::string department = kDepartment + contract->department;
    publisher(department, dataset, rules);
    if (!scenario.protection.sealing) continue;
    for (const auto* topic : {schemas::topic::kErasures, schemas::topic::kErasureReceipts}) {
      rules.read(department, topic);
      rules.write(department, topic);
      rules.keep(kHub, topic);
      rules.make(kCity, topic);
    }
  }
  // Of every contract there is a topic, also of those that nobody publishes here.
  for (const auto& contract : catalog.contracts()) {
    rules.keep(kHub, contract.dataset);
    rules.make(kCity, contract.dataset);
  }
  if (scenario.law) {
    publisher(std::string(kDepartment) + "governance", schemas::topic::kGovernance, rules);
    rules.keep(kHub, schemas::topic::kGovernance);
    rules.make(kCity, schemas::topic::kGovernance);
  }
  rules.read(std::string(kDepartment) + kActs, schemas::topic::kCommands);
  rules.write(std::string(kDepartment) + kActs, schemas::topic::kAcks);
  return {};
}

Result<void> desks(const ModeConfig& mode, const catalog::Catalog& catalog, Rules& rules) {
  for (const auto& desk : mode.desks) {
    CITYBRAIN_TRY(catalog.grant(desk.datasets, desk.department));
    const std::string principal = kDesk + desk.name;
    for (const auto& dataset : desk.datasets) rules.read(principal, dataset);
    rules.join(principal);
  }
  return {};
}

void system_parts(Rules& rules) {
  for (const auto* topic : {schemas::topic::kAcks, schemas::topic::kWatermarks, kIdentity})
    rules.keep(kHub, topic);
  rules.keep(kHub, registry::kTopic);
  for (const auto* topic : {kIdentity, registry::kTopic}) rules.write(kHub, topic);
  for (const auto* topic :
       {schemas::topic::kCommands, schemas::topic::kDecided, schemas::topic::kExchange,
        schemas::topic::kMembers, schemas::topic::kCloudNodes, schemas::topic::kCloudPlacements,
        schemas::topic::kCloudServices}) {
    rules.keep(kHub, topic);
    rules.write(kHub, topic);
  }
  rules.append(kHub, schemas::topic::kAudit);
  rules.join(kHub);
  rules.transact(kHub);
  for (const auto* who : {kCity, kEvaluator}) rules.join(who);
  rules.transact(kCity);
  for (const auto* topic : {schemas::topic::kRun, kKeptTopic}) rules.read(kHub, topic);
  rules.make(kHub, schemas::topic::kRun);
  for (const auto* topic :
       {schemas::topic::kCommands, schemas::topic::kAcks, schemas::topic::kWatermarks,
        schemas::topic::kDecided, schemas::topic::kAudit, kIdentity})
    rules.make(kCity, topic);
  for (const auto* topic : {schemas::topic::kRun, schemas::topic::kPortState,
                            schemas::topic::kPortReplies, registry::kTopic}) {
    rules.keep(kCity, topic);
    rules.write(kCity, topic);
  }
  for (const auto* topic : {schemas::topic::kPortActuations, kKeptTopic}) rules.keep(kCity, topic);
  rules.write(kCity, schemas::topic::kTruth);
  rules.keep(kCity, schemas::topic::kTruth);
  for (const auto* topic : {schemas::topic::kDecided, schemas::topic::kWatermarks})
    rules.read(kCity, topic);
  rules.write(kCity, kIdentity);
  for (const auto* topic : {schemas::topic::kTruth, kIdentity}) rules.read(kEvaluator, topic);
}

/// One resource and principal with all their operations.
struct Line {
  const AccessRule* rule = nullptr;
  std::vector<std::string> operations;
};

std::vector<Line> lines_of(const std::vector<AccessRule>& rules) {
  std::vector<Line> out;
  for (const auto& r : rules) {
    const auto* last = out.empty() ? nullptr : out.back().rule;
    if (last == nullptr || last->resource != r.resource || last->name != r.name ||
        last->prefixed != r.prefixed || last->principal != r.principal)
      out.push_back({&r, {}});
    out.back().operations.emplace_back(word_of(r.operation));
  }
  return out;
}

}  // namespace

Result<std::vector<AccessRule>> access_list(const Scenario& scenario, const std::string& sharing,
                                            const catalog::Catalog& catalog,
                                            const std::string& prefix) {
  Rules rules(prefix);
  CITYBRAIN_ASSIGN(mode, mode_of(scenario, sharing));
  CITYBRAIN_TRY(departments(scenario, catalog, rules));
  CITYBRAIN_TRY(desks(*mode, catalog, rules));
  system_parts(rules);
  return rules.sorted();
}

bool is_of_access_lists(const AccessRule& rule, const std::string& prefix) {
  const std::string_view who = rule.principal;
  const bool known = who == kHub || who == kCity || who == kEvaluator ||
                     who.starts_with(kDepartment) || who.starts_with(kDesk);
  return known && (prefix.empty() || rule.name.starts_with(prefix + "."));
}

std::string access_text(const std::vector<AccessRule>& rules) {
  const auto lines = lines_of(rules);
  const auto name = [](const AccessRule& r) { return r.name + (r.prefixed ? "*" : ""); };
  std::size_t name_width = 0, who_width = 0;
  for (const auto& l : lines) {
    name_width = std::max(name_width, name(*l.rule).size());
    who_width = std::max(who_width, l.rule->principal.size());
  }
  std::string out;
  for (const auto& l : lines)
    out += fmt::format("{:16}  {:{}}  {:{}}  {}\n", word_of(l.rule->resource), name(*l.rule),
                       name_width, l.rule->principal, who_width, fmt::join(l.operations, ","));
  return out;
}

std::string access_json(const std::vector<AccessRule>& rules) {
  boost::json::array out;
  for (const auto& l : lines_of(rules)) {
    boost::json::array operations;
    for (const auto& o : l.operations) operations.emplace_back(o);
    out.push_back({{"resource", word_of(l.rule->resource)},
                   {"name", l.rule->name},
                   {"prefixed", l.rule->prefixed},
                   {"principal", l.rule->principal},
                   {"operations", operations}});
  }
  return boost::json::serialize(out);
}

}  // namespace citybrain::experiment
