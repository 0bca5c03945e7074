// A lineage as W3C PROV-JSON: entities are records, contracts, grants, estimates, proposals and the
// command; activities the steps on the way; agents departments, desks and the hub.
#include <fmt/format.h>

#include <boost/json.hpp>
#include <chrono>
#include <set>

#include "scenarios/experiment/lineage.h"

namespace citybrain::experiment {

namespace json = boost::json;

namespace {

constexpr const char* kHub = "cb:agent/hub";

/// A local name of PROV: letters, digits and what a URI's path may hold.
std::string safe(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       c == '-' || c == '_' || c == '.' || c == '/';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

json::object typed(const char* value) {
  return {{"$", fmt::format("cb:{}", value)}, {"type", "prov:QUALIFIED_NAME"}};
}

json::object number(double value) {
  return {{"$", fmt::format("{}", value)}, {"type", "xsd:double"}};
}

class Prov {
 public:
  explicit Prov(const Lineage& l) : l_(l) {}

  std::string text() {
    agents();
    for (std::size_t i = 0; i < l_.records.size(); ++i) add_record(l_.records[i]);
    for (const auto& d : l_.datasets) add_dataset(d);
    if (!l_.estimates.empty()) fusion();
    if (l_.command) command(*l_.command);
    json::object out{{"prefix", json::object{{"cb", "urn:citybrain:"}}}};
    for (auto& [kind, things] : sections_) out[kind] = std::move(things);
    return json::serialize(out);
  }

 private:
  void put(const char* kind, const std::string& id, json::object attributes) {
    sections_[kind].emplace(id, std::move(attributes));
  }
  void relate(const char* kind, json::object ends) {
    put(kind, fmt::format("_:r{}", ++relations_), std::move(ends));
  }
  void used(const std::string& activity, const std::string& entity) {
    relate("used", {{"prov:activity", activity}, {"prov:entity", entity}});
  }
  void generated(const std::string& entity, const std::string& activity) {
    relate("wasGeneratedBy", {{"prov:entity", entity}, {"prov:activity", activity}});
  }
  void derived(const std::string& entity, const std::string& from, const std::string& activity) {
    relate(
        "wasDerivedFrom",
        {{"prov:generatedEntity", entity}, {"prov:usedEntity", from}, {"prov:activity", activity}});
  }
  void associated(const std::string& activity, const std::string& agent) {
    relate("wasAssociatedWith", {{"prov:activity", activity}, {"prov:agent", agent}});
  }

  void agents() {
    put("agent", kHub, {{"prov:type", typed("Hub")}, {"prov:label", "hub"}});
    std::set<std::string> desks(l_.desks.begin(), l_.desks.end());
    if (l_.command) desks.insert(l_.command->desk);
    for (const auto& desk : desks) {
      put("agent", desk_id(desk), {{"prov:type", typed("Desk")}, {"prov:label", desk}});
      relate("actedOnBehalfOf", {{"prov:delegate", kHub}, {"prov:responsible", desk_id(desk)}});
    }
  }

  static std::string desk_id(const std::string& desk) { return "cb:agent/desk/" + safe(desk); }
  static std::string record_id(const SourceRecord& r) {
    return fmt::format("cb:record/{}/{}/{}", safe(r.topic), r.partition, r.position);
  }
  static std::string contract_id(const DatasetSteps& d) {
    return fmt::format("cb:contract/{}/{}", safe(d.dataset), safe(d.version));
  }
  static std::string admission_id(const std::string& dataset) {
    return "cb:admission/" + safe(dataset);
  }
  static std::string admitted_id(const SourceRecord& r) {
    return fmt::format("cb:observations/{}/{}/{}", safe(r.topic), r.partition, r.position);
  }
  std::string estimate_id(const EstimateLineage& e) const {
    return fmt::format("cb:estimate/{}/{}/{}", safe(l_.view), l_.step, safe(e.name));
  }
  std::string fusion_id() const { return fmt::format("cb:fusion/{}/{}", safe(l_.view), l_.step); }

  void add_record(const SourceRecord& r) {
    json::object o{{"prov:type", typed("Record")},
                   {"prov:label", fmt::format("{}/{} @ {}", r.topic, r.partition, r.position)},
                   {"cb:expired", r.expired}};
    if (!r.time.empty()) o["cb:time"] = r.time;
    if (!r.source.empty()) o["cb:source"] = r.source;
    if (!r.message.empty()) o["prov:value"] = r.message;
    json::array identifiers(r.identifiers.begin(), r.identifiers.end());
    if (!identifiers.empty()) o["cb:identifier"] = std::move(identifiers);
    put("entity", record_id(r), std::move(o));
  }

  void add_dataset(const DatasetSteps& d) {
    json::object contract{{"prov:type", typed("Contract")},
                          {"prov:label", d.dataset + " " + d.version},
                          {"cb:crs", d.crs},
                          {"cb:idScheme", d.id_scheme},
                          {"cb:timeZone", d.time_zone}};
    json::array fields(d.fields.begin(), d.fields.end());
    if (!fields.empty()) contract["cb:field"] = std::move(fields);
    put("entity", contract_id(d), std::move(contract));
    const auto department = "cb:agent/department/" + safe(d.department);
    put("agent", department, {{"prov:type", typed("Department")}, {"prov:label", d.department}});
    const auto grant = fmt::format("cb:grant/{}/{}", safe(l_.view), safe(d.dataset));
    json::object granted{{"prov:type", typed("Grant")},
                         {"prov:label", fmt::format("{} reads {}", l_.view, d.dataset)}};
    if (d.grant_entry) granted["cb:auditEntry"] = *d.grant_entry;
    put("entity", grant, std::move(granted));
    const auto admission = admission_id(d.dataset);
    put("activity", admission, {{"prov:type", typed("Admission")}, {"prov:label", d.message}});
    associated(admission, kHub);
    used(admission, contract_id(d));
    if (!l_.estimates.empty()) used(fusion_id(), grant);
    for (const auto& r : l_.records) {
      if (r.topic != d.dataset) continue;
      relate("wasAttributedTo", {{"prov:entity", record_id(r)}, {"prov:agent", department}});
      put("entity", admitted_id(r), {{"prov:type", typed("Observations")}});
      generated(admitted_id(r), admission);
      derived(admitted_id(r), record_id(r), admission);
    }
  }

  void fusion() {
    put("activity", fusion_id(),
        {{"prov:type", typed("Fusion")}, {"cb:view", l_.view}, {"cb:step", l_.step}});
    associated(fusion_id(), kHub);
    for (const auto& e : l_.estimates) {
      put("entity", estimate_id(e),
          {{"prov:type", typed("Estimate")},
           {"prov:label", e.name},
           {"prov:value", number(e.value)},
           {"cb:variance", number(e.variance)},
           {"cb:unit", e.unit},
           {"cb:weightOfWhatWasKnownBefore", number(e.older)}});
      generated(estimate_id(e), fusion_id());
      for (const auto& i : e.influences) {
        json::object o{{"prov:generatedEntity", estimate_id(e)},
                       {"prov:usedEntity", source_of(i)},
                       {"prov:activity", fusion_id()},
                       {"cb:kind", i.kind},
                       {"cb:step", i.step},
                       {"cb:observed", number(i.observed)}};
        if (i.gain > 0) o["cb:gain"] = number(i.gain);
        if (i.weight > 0) o["cb:weight"] = number(i.weight);
        relate("wasDerivedFrom", std::move(o));
      }
    }
  }
  std::string source_of(const Influence& i) const { return admitted_id(l_.records[i.record]); }

  void command(const CommandLineage& c) {
    const auto id = "cb:command/" + c.id, policy = "cb:policy/" + c.id,
               proposal = "cb:proposal/" + c.id, arbitration = "cb:arbitration/" + c.id,
               safety = "cb:safety/" + c.id;
    put("entity", id,
        {{"prov:type", typed("Command")},
         {"prov:label", c.shown},
         {"cb:junction", c.junction},
         {"cb:effectiveMs", c.effective_ms},
         {"cb:decidedStep", c.asked}});
    put("entity", proposal, {{"prov:type", typed("Proposal")}, {"prov:label", c.reason}});
    put("activity", policy,
        {{"prov:type", typed("Policy")},
         {"prov:label", c.policy.empty() ? "-" : c.policy},
         {"cb:reason", c.reason},
         {"cb:value", number(c.value)},
         {"cb:runnerUp", number(c.runner_up)}});
    put("activity", arbitration,
        {{"prov:type", typed("Arbitration")}, {"cb:proposals", c.proposals.size()}});
    put("activity", safety, {{"prov:type", typed("SafetyFilter")}, {"cb:step", c.decided}});
    associated(policy, desk_id(c.desk));
    associated(arbitration, kHub);
    associated(safety, kHub);
    for (const auto& e : l_.estimates) used(policy, estimate_id(e));
    if (!l_.replayed)
      for (const auto& r : l_.records) used(policy, record_id(r));
    generated(proposal, policy);
    used(arbitration, proposal);
    relate("wasInformedBy", {{"prov:informed", safety}, {"prov:informant", arbitration}});
    generated(id, safety);
    derived(id, proposal, safety);
    relate("wasAttributedTo", {{"prov:entity", id}, {"prov:agent", desk_id(c.desk)}});
  }

  const Lineage& l_;
  std::map<std::string, json::object> sections_;
  std::size_t relations_ = 0;
};

}  // namespace

std::string lineage_prov(const Lineage& lineage) { return Prov(lineage).text(); }

}  // namespace citybrain::experiment
