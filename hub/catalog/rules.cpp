#include "hub/catalog/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "hub/catalog/unified.h"
#include "hub/model/nearest.h"

namespace citybrain::catalog {

using model::Error;

namespace {

Breach breach(std::size_t i, const Contract& c, std::string_view key, std::string what,
              std::string mend) {
  return {i, {"CB-INPUT-CONTRACT", std::move(what), c.place(key), std::move(mend)}};
}

void one_contract_a_dataset(std::span<const Contract> all, std::vector<Breach>& out) {
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto [at, fresh] = first.emplace(all[i].dataset, i);
    if (!fresh)
      out.push_back(breach(i, all[i], "name",
                           fmt::format("the dataset {} has a second contract; the first is {}",
                                       all[i].dataset, all[at->second].file),
                           "give it a name of its own, or take one of the files away"));
  }
}

/// 一数一源: who answers for a resource is said once. Another department may collect it too, as
/// long as it names the same lead source.
void one_lead_a_resource(std::span<const Contract> all, std::vector<Breach>& out) {
  std::map<std::string_view, std::size_t> lead;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Contract& c = all[i];
    if (c.resource.empty() || c.lead_source.empty()) continue;
    const auto [at, fresh] = lead.emplace(c.resource, i);
    const Contract& first = all[at->second];
    if (fresh || first.lead_source == c.lead_source) continue;
    out.push_back(breach(
        i, c, "leadSource",
        fmt::format("leadSource: \"{}\" is a second lead source of the resource {}; {} names {}",
                    c.lead_source, c.resource, first.place("leadSource"), first.lead_source),
        fmt::format("expected {}, or another resource", first.lead_source)));
  }
}

/// Identifiers that a reader has to look up are of a scheme that some table publishes.
void schemes_have_tables(std::span<const Contract> all, std::vector<Breach>& out) {
  std::vector<std::string> published;
  for (const auto& c : all)
    if (is_id_table(c.message)) published.push_back(c.id_scheme);
  for (std::size_t i = 0; i < all.size(); ++i)
    for (const auto& t : taken_fields()) {
      if (t.message != all[i].message || t.taken != Taken::kIdentifier) continue;
      const auto& scheme = all[i].scheme_of(t.path);
      if (std::find(published.begin(), published.end(), scheme) != published.end()) continue;
      const auto own = fmt::format("field.{}.idScheme", t.path);
      const auto near = model::nearest(scheme, published);
      out.push_back(
          breach(i, all[i], all[i].where.contains(own) ? own : "idScheme",
                 fmt::format("field {}: no table publishes the id scheme \"{}\"", t.path, scheme),
                 near.empty() ? fmt::format("published: {}", fmt::join(published, ", "))
                              : fmt::format("did you mean \"{}\"?", near)));
    }
}

/// Which dataset a source names: "department.dataset" or "department.dataset.field".
class Derivations {
 public:
  Derivations(std::span<const Contract> all, std::vector<Breach>& out) : all_(all), out_(out) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      names_.push_back(all[i].dataset);
      by_name_.emplace(all[i].dataset, i);
    }
    edges_.resize(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (const auto& s : all[i].sources) edge(i, s, "derivedFrom");
      for (const auto& f : all[i].fields)
        for (const auto& s : f.sources) edge(i, s, "field." + f.path + ".sources");
    }
  }
  void circles() {
    state_.assign(all_.size(), 0);
    for (std::size_t i = 0; i < all_.size(); ++i)
      if (state_[i] == 0) visit(i);
  }

 private:
  struct Edge {
    std::size_t to;
    std::string key;
  };
  void edge(std::size_t from, const std::string& source, const std::string& key) {
    const auto first = source.find('.');
    const auto second = first == std::string::npos ? first : source.find('.', first + 1);
    const auto at = by_name_.find(source.substr(0, second));
    if (at == by_name_.end()) {
      const auto near = model::nearest(source.substr(0, second), names_);
      out_.push_back(breach(from, all_[from], key,
                            fmt::format("it is derived from \"{}\", which no contract describes",
                                        source.substr(0, 120)),
                            near.empty() ? "expected department.dataset, or with a field behind it"
                                         : fmt::format("did you mean \"{}\"?", near)));
      return;
    }
    if (second != std::string::npos) {
      const auto field = source.substr(second + 1);
      if (all_[at->second].field(field) == nullptr) {
        std::vector<std::string> paths;
        for (const auto& f : all_[at->second].fields) paths.push_back(f.path);
        const auto near = model::nearest(field, paths);
        out_.push_back(
            breach(from, all_[from], key,
                   fmt::format("{} has no field \"{}\"", at->first, field.substr(0, 120)),
                   near.empty() ? fmt::format("its fields: {}", fmt::join(paths, ", "))
                                : fmt::format("did you mean \"{}\"?", near)));
        return;
      }
    }
    edges_[from].push_back({at->second, key});
  }
  /// Depth first; an edge back into the path closes a circle. Bounded by kMaxDatasets.
  void visit(std::size_t i) {
    state_[i] = 1;
    path_.push_back(i);
    for (const auto& e : edges_[i]) {
      if (state_[e.to] == 0) visit(e.to);
      if (state_[e.to] != 1) continue;
      std::string around;
      for (auto at = std::find(path_.begin(), path_.end(), e.to); at != path_.end(); ++at)
        around += all_[*at].dataset + " <- ";
      out_.push_back(
          breach(i, all_[i], e.key,
                 fmt::format("the lineage is a circle: {}{}", around, all_[e.to].dataset),
                 "take one of the sources out"));
    }
    path_.pop_back();
    state_[i] = 2;
  }

  std::span<const Contract> all_;
  std::vector<Breach>& out_;
  std::vector<std::string> names_;
  std::map<std::string, std::size_t> by_name_;
  std::vector<std::vector<Edge>> edges_;
  std::vector<int> state_;
  std::vector<std::size_t> path_;
};

}  // namespace

std::vector<Breach> breaches(std::span<const Contract> contracts) {
  std::vector<Breach> out;
  one_contract_a_dataset(contracts, out);
  one_lead_a_resource(contracts, out);
  schemes_have_tables(contracts, out);
  Derivations(contracts, out).circles();
  std::stable_sort(out.begin(), out.end(),
                   [](const Breach& a, const Breach& b) { return a.contract < b.contract; });
  return out;
}

}  // namespace citybrain::catalog
