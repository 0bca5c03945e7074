#include "hub/node/audit.h"

#include <algorithm>
#include <map>
#include <utility>

namespace citybrain::node {

using catalog::Accessed;
using catalog::AuditTrail;

namespace {

using Counts = std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t>;

/// Records by (dataset, partition).
Counts counts(const Gathered& gathered) {
  Counts out;
  for (const auto& r : gathered.records) ++out[{r.dataset.value, r.partition}];
  return out;
}

Accessed entry_of(const model::PositionRange& range, const Counts& records) {
  Accessed a;
  a.dataset = range.topic;
  a.partition = range.partition;
  a.from = range.from;
  a.to = range.to;
  const auto n = records.find({range.topic, range.partition});
  a.records = n == records.end() ? 0 : n->second;
  return a;
}

}  // namespace

void open_chain(const std::string& district, const Options& options,
                const catalog::Catalog& catalog, AuditTrail& trail) {
  catalog::Opened names;
  names.chain = district;
  for (const auto& c : catalog.contracts()) names.datasets.push_back({c.dataset, c.version});
  for (const auto& v : options.views) names.views.push_back(v.name);
  for (const auto& d : options.desks) names.desks.push_back({d.name, d.policy.name, d.view.value});
  trail.add(names);
  for (const auto& v : options.views)
    for (const auto& c : catalog.contracts())
      if (v.grants.has(c.id))
        trail.add(catalog::GrantChanged{catalog::GrantChanged::What::kOpened, v.name, c.dataset,
                                        c.version, "", ""});
}

void note_access(const Gathered& gathered, std::span<const model::SourceMask> grants,
                 AuditTrail& trail) {
  const auto records = counts(gathered);
  for (const auto& range : gathered.because) {
    auto entry = entry_of(range, records);
    for (std::uint32_t v = 0; v < grants.size(); ++v) {
      if (!grants[v].has(model::DatasetId{range.topic})) continue;
      entry.view = v;
      trail.add(entry);
    }
  }
}

void note_law(const GrantReader& law, AuditTrail& trail) {
  for (const auto& change : law.changes()) trail.add(change);
}

void note_tables(const Gathered& gathered, AuditTrail& trail) {
  const auto records = counts(gathered);
  for (const auto& range : gathered.because) trail.add(entry_of(range, records));
}

void note_masks(const std::string& view, const catalog::Catalog& catalog,
                const access::ReaderSpec& reader, std::span<const std::uint64_t> masked,
                AuditTrail& trail) {
  for (std::size_t g = 0; g < masked.size(); ++g) {
    if (masked[g] == 0) continue;
    const auto& grant = reader.grants[g];
    const auto& dataset = catalog[grant.dataset].dataset;
    for (const auto& rule : grant.masks)
      trail.add(catalog::Masked{view, dataset, rule.field, catalog::rule_text(rule), masked[g]});
    if (!grant.is_owner && reader.clearance != catalog::ClassSet::all())
      trail.add(
          catalog::Masked{view, dataset, "", "clearance " + reader.clearance.text(), masked[g]});
  }
}

void note_erasures(const ErasureReader& erasures, AuditTrail& trail) {
  for (const auto& e : erasures.begun())
    trail.add(catalog::Deleted{"subject", "", e.subject, 1, e.reason});
  for (const auto& r : erasures.destroyed()) {
    if (!r.held) continue;  // there was no key to destroy
    catalog::KeyDestroyed key{r.vault, r.subject, "", {}};
    std::copy(r.fingerprint.begin(), r.fingerprint.end(), key.proof.begin());
    trail.add(key);
  }
}

void note_quarantine(std::span<const access::Quarantined> records, AuditTrail& trail) {
  for (const auto& q : records)
    trail.add(catalog::Isolated{q.dataset.value, q.partition, q.position, access::name(q.fault),
                                q.detail});
}

void note_orders(const dispatch::Orders& orders, std::span<const std::string> rows,
                 AuditTrail& trail) {
  catalog::Sha256 sha256;
  for (std::size_t i = 0; i < orders.commands.size(); ++i) {
    const auto& c = orders.commands[i];
    trail.add(catalog::Decided{c.id, c.desk.value, c.junction.value, c.effective.ms, c.reason.code,
                               sha256({rows[i]})});
  }
  for (const auto& r : orders.refusals)
    trail.add(catalog::Refused{r.desk.value, r.junction.value, r.code});
}

}  // namespace citybrain::node
