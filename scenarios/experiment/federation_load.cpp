// From what a federation's file says to a plan that holds: contracts, law and calendar are read,
// grants by domain become grants of resources, and every problem gets its place in the file.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "hub/model/nearest.h"
#include "hub/runtime/files.h"
#include "scenarios/experiment/digest.h"
#include "scenarios/experiment/federation_file.h"
#include "scenarios/experiment/fields.h"
#include "scenarios/experiment/law_config.h"

namespace citybrain::experiment {

namespace fs = std::filesystem;
using federation::Plan;
using federation::Problem;
using model::Error;
using model::Result;

namespace {

constexpr const char* kCode = "CB-INPUT-FEDERATION";
constexpr const char* kContract = "CB-INPUT-CONTRACT";

/// Contracts of all parties, as texts with the names that errors give.
Result<std::vector<std::pair<std::string, std::string>>> contract_texts(
    const FederationText& text, const fs::path& folder, std::vector<GeneratedContract>& generated) {
  std::vector<std::pair<std::string, std::string>> out;
  if (text.generate) {
    generated = generate_contracts(*text.generate, text.plan.parties);
    for (const auto& c : generated) out.emplace_back(c.resource + ".yaml", c.text);
    return out;
  }
  std::vector<fs::path> files;
  std::error_code ec;
  for (fs::recursive_directory_iterator it(folder / text.contracts, ec), end; !ec && it != end;
       it.increment(ec))
    if (it->path().extension() == ".yaml") files.push_back(it->path());
  if (ec || files.empty())
    return Error{kContract, "there is no such folder of contracts, or it holds none (*.yaml)",
                 (folder / text.contracts).string(), "check `contracts` in the federation's file"};
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    CITYBRAIN_ASSIGN(bytes, runtime::read_file(file, kContract));
    out.emplace_back(file.string(), std::move(bytes));
  }
  return out;
}

Result<void> load_catalogs(const std::vector<std::pair<std::string, std::string>>& texts,
                           Plan& plan) {
  std::map<std::string, std::vector<catalog::Contract>> by_party;
  for (const auto& p : plan.parties) by_party[p.name];
  for (const auto& [name, text] : texts) {
    CITYBRAIN_ASSIGN(contract, catalog::Catalog::parse(text, name));
    const auto it = by_party.find(contract.department);
    if (it == by_party.end() || Plan::provider_of(contract.dataset) != contract.department) {
      std::vector<std::string> parties;
      for (const auto& p : plan.parties) parties.push_back(p.name);
      return Error{
          kContract,
          fmt::format("the owner of {} is no party: \"{}\"", contract.dataset, contract.department),
          contract.place("department"),
          fmt::format("expected a name PARTY.RESOURCE and its department one of {}",
                      fmt::join(parties, ", "))};
    }
    it->second.push_back(std::move(contract));
  }
  for (auto& [party, contracts] : by_party) {
    CITYBRAIN_ASSIGN(catalog, catalog::Catalog::from(std::move(contracts)));
    plan.catalogs.emplace(party, std::move(catalog));
  }
  return {};
}

/// An entry's field in the file, or the entry where the field is not written.
YAML::Mark mark_of(const YAML::Node& entry, const std::string& field) {
  const YAML::Node& constant = entry;
  const auto at = constant[field];
  return at.IsDefined() ? at.Mark() : entry.Mark();
}

class Completion {
 public:
  Completion(FederationText text, std::string file)
      : text_(std::move(text)), document_{std::move(file), {}, kCode} {}
  FederationText& text() { return text_; }

  /// Grants of resources, each with its entry.
  void expand() {
    for (std::size_t i = 0; i < text_.grants.size(); ++i) {
      const auto& entry = text_.grants[i];
      for (const auto& resource : entry.resources) add(i, resource);
      const auto* link = text_.plan.link(entry.link);
      if (link == nullptr && entry.resources.empty()) add(i, "");  // problems() says so
      if (link == nullptr) continue;
      const auto& of = entry.of.empty() ? link->from : entry.of;
      if (text_.plan.party(of) == nullptr) {
        fail(i, "of", fmt::format("there is no party \"{}\"", of), {});
        continue;
      }
      for (const auto& domain : entry.domains) add_domain(i, of, domain);
    }
  }

  /// The first problem in the file, and how many more there are.
  Result<void> check() {
    const auto all = federation::problems(text_.plan);
    for (const auto& p : all) place(p);
    if (!document_.error) return {};
    if (all.size() > 1)
      document_.error->mend += fmt::format(
          "{}{} more like it", document_.error->mend.empty() ? "" : "; ", all.size() - 1);
    return *document_.error;
  }

 private:
  void fail(std::size_t entry, const char* field, std::string what, std::string mend) {
    document_.fail(mark_of(text_.grant_nodes[entry], field),
                   fmt::format("grants[{}].{}", entry, field), std::move(what), std::move(mend));
  }

  void add(std::size_t entry, const std::string& resource) {
    const auto& e = text_.grants[entry];
    federation::GrantSpec g;
    g.resource = resource;
    g.link = e.link;
    g.id = fmt::format("{}/{}", g.link, resource);
    const auto again = std::count_if(
        text_.plan.grants.begin(), text_.plan.grants.end(),
        [&](const auto& other) { return other.link == g.link && other.resource == resource; });
    if (again > 0) g.id += fmt::format("/{}", again + 1);
    g.purpose = e.purpose;
    g.from = e.from.value_or(text_.plan.epoch.start);
    g.until = e.until;
    g.revoked = e.revoked;
    text_.plan.grants.push_back(std::move(g));
    entry_of_.push_back(entry);
  }

  void add_domain(std::size_t entry, const std::string& of, const std::string& domain) {
    bool any = false;
    std::vector<std::string> domains;
    for (const auto& c : text_.plan.catalogs.find(of)->second.contracts()) {
      domains.push_back(c.domain);
      if (c.domain != domain) continue;
      any = true;
      if (c.sharing != catalog::SharingClass::kNotShared) add(entry, c.dataset);
    }
    if (any) return;
    const auto near = model::nearest(domain, domains);
    fail(entry, "domains", fmt::format("{} has no resource of the domain \"{}\"", of, domain),
         near.empty() ? std::string() : fmt::format("did you mean \"{}\"?", near));
  }

  void place(const Problem& p) {
    switch (p.in) {
      case Problem::In::kParty:
        return document_.fail(mark_of(text_.party_nodes[p.index], p.field),
                              fmt::format("parties[{}].{}", p.index, p.field), p.what, p.mend);
      case Problem::In::kLink:
        return document_.fail(mark_of(text_.link_nodes[p.index], p.field),
                              fmt::format("links[{}].{}", p.index, p.field), p.what, p.mend);
      case Problem::In::kCut: {
        const auto cuts = text_.link_nodes[p.index]["cuts"];
        const bool written = cuts.IsSequence() && p.cut < cuts.size();
        return document_.fail(
            written ? mark_of(cuts[p.cut], p.field) : text_.link_nodes[p.index].Mark(),
            fmt::format("links[{}].cuts[{}].{}", p.index, p.cut, p.field), p.what, p.mend);
      }
      case Problem::In::kGrant:
        return document_.fail(mark_of(text_.grant_nodes[entry_of_[p.index]], p.field),
                              fmt::format("grants[{}].{}", entry_of_[p.index], p.field), p.what,
                              p.mend);
    }
  }

  FederationText text_;
  Document document_;
  std::vector<std::size_t> entry_of_;  // by grant
};

Result<void> change(Plan& plan, const FederationChanges& changes) {
  if (changes.seed) plan.seed = *changes.seed;
  if (changes.horizon_s) plan.horizon_s = *changes.horizon_s;
  for (const auto& [name, cut] : changes.cuts) {
    const auto it = std::find_if(plan.links.begin(), plan.links.end(),
                                 [&](const auto& l) { return l.name == name; });
    if (it == plan.links.end()) {
      std::vector<std::string> names;
      for (const auto& l : plan.links) names.push_back(l.name);
      const auto near = model::nearest(name, names);
      return Error{"CB-USAGE-CUT", fmt::format("there is no link \"{}\"", name), "--cut",
                   near.empty() ? fmt::format("links: {}", fmt::join(names, ", "))
                                : fmt::format("did you mean \"{}\"?", near)};
    }
    if (cut.until <= cut.from)
      return Error{"CB-USAGE-CUT",
                   fmt::format("the cut of {} ends at {} s, before it begins at {} s", name,
                               cut.until, cut.from),
                   "--cut", "expected LINK:FROM-TO, for example qingpu-wujiang:10m-25m"};
    it->cuts.push_back(cut);
  }
  return {};
}

std::vector<std::string> federations(const fs::path& home) {
  std::vector<std::string> names;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(home / "scenarios" / "library", ec))
    if (fs::exists(entry.path() / "federation.yaml", ec))
      names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<FederationConfig> complete_federation(FederationText text, const std::string& bytes,
                                             const std::string& file, const fs::path& folder,
                                             const fs::path& home,
                                             const FederationChanges& changes) {
  FederationConfig out;
  out.corrections = text.corrections;
  CITYBRAIN_ASSIGN(law, find_law(text.law, folder, home));
  CITYBRAIN_ASSIGN(calendar, find_calendar(text.calendar, folder, home));
  CITYBRAIN_ASSIGN(texts, contract_texts(text, folder, out.contracts));
  std::string all = bytes;
  for (const auto& [name, contract] : texts) all += contract;
  const std::uint32_t limits[] = {static_cast<std::uint32_t>(law.unconditional),
                                  static_cast<std::uint32_t>(law.conditional)};
  all += fmt::format("{} {} {}", law.name, calendar.name(), fmt::join(limits, " "));
  out.config_hash = digest_text(all);
  text.plan.law = std::move(law);
  text.plan.calendar = std::move(calendar);
  CITYBRAIN_TRY(load_catalogs(texts, text.plan));
  Completion completion(std::move(text), file);
  completion.expand();
  CITYBRAIN_TRY(completion.check());
  out.plan = std::move(completion.text().plan);
  CITYBRAIN_TRY(change(out.plan, changes));
  return out;
}

Result<FederationConfig> load_federation(const std::string& name_or_path, const fs::path& home,
                                         const FederationChanges& changes) {
  std::error_code ec;
  fs::path path = home / "scenarios" / "library" / name_or_path / "federation.yaml";
  if (name_or_path.find('/') != std::string::npos || !fs::exists(path, ec)) {
    path = name_or_path;
    if (fs::is_directory(path, ec)) path /= "federation.yaml";
  }
  if (!fs::exists(path, ec)) {
    const auto names = federations(home);
    const auto near = model::nearest(name_or_path, names);
    return Error{
        kCode,
        fmt::format("there is no federation \"{}\" in the library and no such file", name_or_path),
        path.string(),
        near.empty() ? fmt::format("federations: {}", fmt::join(names, ", "))
                     : fmt::format("did you mean \"{}\"?", near)};
  }
  CITYBRAIN_ASSIGN(bytes, runtime::read_file(path, kCode));
  CITYBRAIN_ASSIGN(text, read_federation(bytes, path.string()));
  return complete_federation(std::move(text), bytes, path.string(), path.parent_path(), home,
                             changes);
}

}  // namespace citybrain::experiment
