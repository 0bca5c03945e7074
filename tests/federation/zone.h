// A small federation for tests: three or four parties, contracts of one or two fields, laws and
// calendar of the program.
#pragma once

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "hub/federation/federation.h"

namespace citybrain::test {

inline const std::filesystem::path kSchemas = std::string(CITYBRAIN_SOURCE_DIR) + "/schemas";

inline catalog::Contract contract(const std::string& name,
                                  const std::string& sharing = "conditional",
                                  const std::string& purposes = "watching, planning") {
  const auto party = name.substr(0, name.find('.'));
  const std::string law =
      sharing == "not-shared" ? "  - {property: sharingLaw, value: a law}\n" : "";
  const auto text = fmt::format(
      "apiVersion: v3.1.0\nkind: DataContract\nid: urn:x:{0}\nname: {0}\nversion: 1.0.0\n"
      "status: active\ndomain: water\nschema:\n  - name: rows\n    physicalName: rows\n"
      "    properties:\n      - {{name: level, logicalType: integer, required: true, "
      "logicalTypeOptions: {{minimum: 0, maximum: 1000}}}}\n"
      "      - {{name: note, logicalType: string}}\n"
      "slaProperties:\n  - {{property: latency, value: 60, unit: s}}\n"
      "  - {{property: frequency, value: 10, unit: s}}\n"
      "customProperties:\n  - {{property: department, value: {1}}}\n"
      "  - {{property: classification, value: internal}}\n"
      "  - {{property: sharingClass, value: {2}}}\n"
      "{4}  - {{property: purposes, value: [{3}]}}\n",
      name, party, sharing, purposes, law);
  return catalog::Catalog::parse(text, name + ".yaml").value();
}

inline model::EventTime start() { return *catalog::parse_time("2026-03-02T08:00:00+08:00"); }

/// Parties of one level, the links "x-y" between them, no grants yet.
inline federation::Plan zone(const std::vector<std::string>& parties,
                             const std::vector<std::string>& links,
                             std::vector<catalog::Contract> contracts) {
  federation::Plan plan;
  plan.name = "zone";
  plan.epoch.start = start();
  plan.horizon_s = 300;
  plan.usage_every_s = 60;
  plan.law = catalog::Law::load(kSchemas / "laws/order-809.yaml").value();
  plan.calendar = catalog::Calendar::load(kSchemas / "calendars/china.yaml").value();
  std::map<std::string, std::vector<catalog::Contract>> by_party;
  for (const auto& p : parties) {
    plan.parties.push_back({p, "", federation::Level::kDistrict, ""});
    by_party[p];
  }
  for (const auto& l : links)
    plan.links.push_back({l, l.substr(0, l.find('-')), l.substr(l.find('-') + 1), 1, 0, {}});
  for (auto& c : contracts) by_party[c.department].push_back(std::move(c));
  for (auto& [party, of] : by_party)
    plan.catalogs.emplace(party, catalog::Catalog::from(std::move(of)).value());
  return plan;
}

/// From the start (or `from_s` after it) until the end of the year.
inline federation::GrantSpec& grant(federation::Plan& plan, const std::string& link,
                                    const std::string& resource, std::int64_t from_s = 0) {
  federation::GrantSpec g;
  g.id = fmt::format("{}/{}/{}", link, resource, plan.grants.size());
  g.resource = resource;
  g.link = link;
  g.purpose = "watching";
  g.from = plan.epoch.start + from_s * 1000;
  g.until = *catalog::parse_date("2026-12-31");
  return plan.grants.emplace_back(std::move(g));
}

/// Every resource has three entities; one of them changes each `every` Steps.
inline federation::World world(const federation::Plan& plan, model::Step every = 5) {
  federation::World w;
  w.changes = [&plan, every](std::string_view party, model::Step step) {
    std::vector<federation::LocalRow> out;
    for (const auto& c : plan.catalogs.find(party)->second.contracts())
      for (unsigned e = 0; e < 3; ++e)
        if (step == 1 || (step % every == 0 && step / every % 3 == e))
          out.push_back({c.dataset, fmt::format("e{}", e), {fmt::format("{}", step), "n"}});
    return out;
  };
  return w;
}

inline std::unique_ptr<network::Log> network_at(const std::filesystem::path& folder) {
  network::EmbeddedOptions options;
  options.directory = folder / "network";
  options.fsync = {network::Fsync::Kind::kOs};
  options.identity = "test";
  return network::open_embedded(options).value();
}

inline federation::Options options_at(const std::filesystem::path& folder) {
  return {folder, "test", {network::Fsync::Kind::kOs}};
}

inline const federation::PartyState& party_of(const std::vector<federation::PartyState>& all,
                                              std::string_view name) {
  for (const auto& p : all)
    if (p.name == name) return p;
  return all.front();
}

inline store::LinkRow link_of(const federation::PartyState& party, std::string_view link) {
  for (const auto& [name, row] : party.links)
    if (name == link) return row;
  return {};
}

}  // namespace citybrain::test
