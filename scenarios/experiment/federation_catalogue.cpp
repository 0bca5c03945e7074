#include "scenarios/experiment/federation_catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hub/runtime/random.h"
#include "scenarios/experiment/federation_kinds.h"

namespace citybrain::experiment {

using federation::Level;
using federation::LocalRow;
using federation::PartySpec;
using federation::Plan;
using runtime::purpose;
using runtime::Random;

namespace {

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  for (;;) {
    const auto end = text.find(at);
    out.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return out;
    text.remove_prefix(end + 1);
  }
}

/// How many resources each party has: by weight, what is left to the largest rests.
std::vector<std::uint32_t> shares(std::uint32_t resources, std::span<const PartySpec> parties) {
  std::vector<std::uint32_t> weight, out;
  std::uint64_t sum = 0;
  for (const auto& p : parties) sum += weight.emplace_back(p.level == Level::kProvince ? 4 : 3);
  std::uint32_t dealt = 0;
  for (const auto w : weight)
    dealt += out.emplace_back(static_cast<std::uint32_t>(std::uint64_t{resources} * w / sum));
  std::vector<std::size_t> order(parties.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::uint64_t{resources} * weight[a] % sum > std::uint64_t{resources} * weight[b] % sum;
  });
  for (std::size_t i = 0; dealt < resources && !order.empty(); ++i, ++dealt)
    ++out[order[i % order.size()]];
  return out;
}

/// The kinds in an order of the party's own.
std::vector<const ResourceKind*> order_of(const Random& random, std::string_view party) {
  std::vector<const ResourceKind*> out;
  for (const auto& kind : federation_kinds()) out.push_back(&kind);
  const auto luck = [&](const ResourceKind* k) {
    return random.bits(purpose("federation.kind"), purpose(party) ^ purpose(k->name));
  };
  std::stable_sort(out.begin(), out.end(),
                   [&](const auto* a, const auto* b) { return luck(a) < luck(b); });
  return out;
}

std::string property(const char* name, std::string_view value) {
  return fmt::format("  - property: {}\n    value: {}\n", name, value);
}

std::string field_yaml(std::string_view spec, std::string_view classification) {
  const auto part = split(spec, '|');
  const bool word = part[2] == "s";
  std::string out = fmt::format(
      "      - name: {}\n        businessName: {}\n        logicalType: {}\n        physicalType: "
      "{}\n        required: true\n        classification: {}\n",
      part[0], part[1],
      word             ? "string"
      : part[2] == "i" ? "integer"
                       : "number",
      word             ? "text"
      : part[2] == "i" ? "bigint"
                       : "double",
      classification);
  if (word) {
    out += "        examples: [";
    for (const auto w : split(part[3], ','))
      out += fmt::format("{}\"{}\"", out.back() == '[' ? "" : ", ", w);
    return out + "]\n";
  }
  return out + fmt::format(
                   "        logicalTypeOptions:\n          minimum: {}\n          maximum: {}\n"
                   "        customProperties:\n          - property: unit\n            value: "
                   "\"{}\"\n",
                   part[4], part[5], part[3]);
}

/// The price of a made-up resource is none; what is not shared says by which law.
std::string contract_yaml(const ResourceKind& kind, const PartySpec& party,
                          const std::string& resource, const Random& random) {
  const auto key = purpose(resource);
  const auto domain =
      std::find_if(federation_domains().begin(), federation_domains().end(),
                   [&](const DomainKind& d) { return std::string_view(d.name) == kind.domain; });
  const unsigned every = kind.every_s * (2 + random.bits(purpose("federation.every"), key) % 4) / 2;
  std::string out = fmt::format(
      "apiVersion: v3.1.0\nkind: DataContract\nid: urn:citybrain:federation:{0}\nname: {0}\n"
      "version: 1.{1}.0\nstatus: active\ndomain: {2}\ndataProduct: {3}\ndescription:\n  purpose: "
      "{3} of {4}, made up\n  limitations: Generated for experiments; no such data exists\n"
      "tags: [{2}, {5}]\n",
      resource, random.bits(purpose("federation.version"), key) % 5, kind.domain, kind.title,
      party.name, domain->zh);
  out += fmt::format(
      "schema:\n  - name: {}\n    physicalName: {}\n    physicalType: table\n    logicalType: "
      "object\n    properties:\n",
      kind.name, kind.name);
  for (const auto spec : split(kind.fields, ';')) out += field_yaml(spec, kind.classification);
  out += fmt::format(
      "slaProperties:\n  - property: latency\n    value: 60\n    unit: s\n  - property: "
      "frequency\n    value: {}\n    unit: s\n  - property: retention\n    value: 180\n    unit: "
      "d\n",
      every);
  const bool shared = kind.sharing != 'n';
  out += "customProperties:\n" + property("titleZh", fmt::format("{}{}", party.name_zh, kind.zh)) +
         property("department", party.name) + property("leadSource", party.name) +
         property("resource", resource) + property("crs", "none") +
         property("classification", kind.classification) +
         property("sharingClass", !shared               ? "not-shared"
                                  : kind.sharing == 'u' ? "unconditional"
                                                        : "conditional");
  if (!shared) out += property("sharingLaw", "数据安全法第二十一条");
  std::string purposes = domain->purposes;
  for (std::size_t at = 0; (at = purposes.find(',', at)) != std::string::npos; at += 2)
    purposes.insert(at + 1, " ");
  return out + property("purposes", "[" + purposes + "]");
}

const ResourceKind* kind_of(std::string_view resource) {
  auto name = resource.substr(resource.find('.') + 1);
  for (const auto& kind : federation_kinds())
    if (name == kind.name) return &kind;
  if (const auto at = name.rfind('_'); at != std::string_view::npos) name = name.substr(0, at);
  for (const auto& kind : federation_kinds())
    if (name == kind.name) return &kind;
  return nullptr;
}

/// A value within the contract's range, whole numbers and numbers of at most two digits behind the
/// point; one of the kind's words.
std::string value_of(const catalog::FieldRule& field, const ResourceKind* kind,
                     std::uint64_t bits) {
  if (field.logical_type == "integer" || field.logical_type == "number") {
    const bool whole = field.logical_type == "integer";
    const std::int64_t unit = whole ? 1 : 100;
    const auto least = static_cast<std::int64_t>(std::ceil(field.minimum.value_or(0) * unit));
    const auto most = static_cast<std::int64_t>(std::floor(field.maximum.value_or(1000) * unit));
    const auto span = static_cast<std::uint64_t>(std::max<std::int64_t>(most - least, 0)) + 1;
    const auto n = least + static_cast<std::int64_t>(bits % span);
    if (whole) return fmt::format("{}", n);
    return fmt::format("{}{}.{:02}", n < 0 ? "-" : "", std::abs(n) / 100, std::abs(n) % 100);
  }
  if (kind != nullptr)
    for (const auto spec : split(kind->fields, ';'))
      if (const auto part = split(spec, '|'); part[0] == field.name && part[2] == "s") {
        const auto words = split(part[3], ',');
        return std::string(words[bits % words.size()]);
      }
  return fmt::format("code-{}", bits % 100);
}

LocalRow row_of(const catalog::Contract& contract, std::uint32_t entity, const Random& random,
                model::Step step) {
  LocalRow row{contract.dataset, fmt::format("{:04}", entity + 1), {}};
  const auto* kind = kind_of(contract.dataset);
  for (std::size_t i = 0; i < contract.fields.size(); ++i) {
    const auto bits =
        random.bits(purpose("federation.value") + i, purpose(contract.dataset) + entity, step);
    row.values.push_back(value_of(contract.fields[i], kind, bits));
  }
  return row;
}

}  // namespace

std::vector<GeneratedContract> generate_contracts(const CatalogueSpec& spec,
                                                  std::span<const PartySpec> parties) {
  const Random random(spec.seed);
  const auto counts = shares(spec.resources, parties);
  std::vector<GeneratedContract> out;
  for (std::size_t p = 0; p < parties.size(); ++p) {
    const auto kinds = order_of(random, parties[p].name);
    for (std::uint32_t i = 0; i < counts[p]; ++i) {
      const auto& kind = *kinds[i % kinds.size()];
      const auto again = i / kinds.size();
      auto resource = fmt::format("{}.{}", parties[p].name, kind.name);
      if (again > 0) resource += fmt::format("_{}", again + 1);
      out.push_back({resource, parties[p].name, contract_yaml(kind, parties[p], resource, random)});
    }
  }
  std::sort(out.begin(), out.end(),
            [](const auto& a, const auto& b) { return a.resource < b.resource; });
  return out;
}

std::vector<LocalRow> generated_changes(const Plan& plan, std::string_view party,
                                        model::Step step) {
  std::vector<LocalRow> out;
  const auto own = plan.catalogs.find(party);
  if (own == plan.catalogs.end()) return out;
  const Random random(plan.seed);
  for (const auto& contract : own->second.contracts()) {
    const auto* kind = kind_of(contract.dataset);
    const std::uint32_t entities = kind == nullptr ? 10 : kind->entities;
    if (step == 1) {
      for (std::uint32_t e = 0; e < entities; ++e) out.push_back(row_of(contract, e, random, step));
      continue;
    }
    const auto key = purpose(contract.dataset);
    const auto every =
        contract.frequency_s < 1 ? 600 : static_cast<std::uint64_t>(contract.frequency_s);
    if ((step + random.bits(purpose("federation.phase"), key) % every) % every != 0) continue;
    const auto many = 1 + random.bits(purpose("federation.many"), key, step) % 3;
    for (std::uint64_t k = 0; k < many; ++k) {
      const auto e = random.bits(purpose("federation.entity") + k, key, step) % entities;
      out.push_back(row_of(contract, static_cast<std::uint32_t>(e), random, step));
    }
  }
  return out;
}

std::optional<federation::Finding> generated_finding(const Plan& plan, double share,
                                                     std::string_view party,
                                                     const federation::Row& row) {
  const Random random(plan.seed);
  const auto key = purpose(party) ^ purpose(row.resource) ^ (purpose(row.entity) << 1U);
  if (!random.chance(share, purpose("federation.finding"), key, row.version)) return std::nullopt;
  const auto* contract = plan.contract(row.resource);
  if (contract == nullptr || contract->fields.empty()) return std::nullopt;
  const auto bits = random.bits(purpose("federation.mend"), key, row.version);
  const auto field = static_cast<std::uint32_t>(bits % contract->fields.size());
  return federation::Finding{field,
                             value_of(contract->fields[field], kind_of(row.resource), bits >> 8U),
                             "differs from what the receiver's own register says"};
}

}  // namespace citybrain::experiment
