// What makes a plan sound.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "hub/federation/plan.h"
#include "hub/model/nearest.h"

namespace citybrain::federation {

namespace {

using In = Problem::In;

class Inspection {
 public:
  explicit Inspection(const Plan& plan) : plan_(plan) {
    for (const auto& p : plan.parties) parties_.push_back(p.name);
    for (const auto& l : plan.links) links_.push_back(l.name);
  }

  std::vector<Problem> all() {
    for (std::size_t i = 0; i < plan_.parties.size(); ++i) party(i);
    for (std::size_t i = 0; i < plan_.links.size(); ++i) link(i);
    std::set<std::string> resources;
    for (std::size_t i = 0; i < plan_.grants.size(); ++i)
      if (grant(i)) resources.insert(plan_.grants[i].resource);
    for (const auto& resource : resources) circle(resource);
    std::stable_sort(out_.begin(), out_.end(), [](const Problem& a, const Problem& b) {
      return std::pair(a.in == In::kCut ? In::kLink : a.in, a.index) <
             std::pair(b.in == In::kCut ? In::kLink : b.in, b.index);
    });
    return std::move(out_);
  }

 private:
  void say(In in, std::size_t index, const char* field, std::string what, std::string mend = {},
           std::size_t cut = 0) {
    out_.push_back({in, index, cut, field, std::move(what), std::move(mend)});
  }
  static std::string near(const std::string& wrong, const std::vector<std::string>& names) {
    const auto best = model::nearest(wrong, names);
    return best.empty() ? fmt::format("there are: {}", fmt::join(names, ", "))
                        : fmt::format("did you mean \"{}\"?", best);
  }

  void party(std::size_t i) {
    const auto& p = plan_.parties[i];
    if (p.parent.empty()) return;
    const auto* parent = plan_.party(p.parent);
    if (parent == nullptr)
      return say(In::kParty, i, "parent", fmt::format("there is no party \"{}\"", p.parent),
                 near(p.parent, parties_));
    if (parent->level >= p.level)  // levels go down with every step, so that there is no circle
      say(In::kParty, i, "parent",
          fmt::format("{} is a {}: it cannot be above a {}", p.parent, name_of(parent->level),
                      name_of(p.level)));
  }

  void link(std::size_t i) {
    const auto& l = plan_.links[i];
    for (const auto& [field, end] : {std::pair{"from", &l.from}, std::pair{"to", &l.to}})
      if (plan_.party(*end) == nullptr)
        say(In::kLink, i, field, fmt::format("there is no party \"{}\"", *end),
            near(*end, parties_));
    if (l.from == l.to)
      say(In::kLink, i, "to", fmt::format("circular: it leads from {} back to itself", l.from),
          "a link joins two parties");
    for (std::size_t k = 0; k < i; ++k) {
      const auto& other = plan_.links[k];
      if (other.name == l.name)
        say(In::kLink, i, "name", fmt::format("there is a link \"{}\" already", l.name));
      else if (other.from == l.from && other.to == l.to)
        say(In::kLink, i, "to",
            fmt::format("the link {} leads from {} to {} already", other.name, l.from, l.to));
    }
    for (std::size_t k = 0; k < l.cuts.size(); ++k)
      if (l.cuts[k].until <= l.cuts[k].from)
        say(In::kCut, i, "until",
            fmt::format("the cut ends at {} s, before it begins at {} s", l.cuts[k].until,
                        l.cuts[k].from),
            "expected from < until", k);
  }

  /// True when link and contract are there.
  bool grant(std::size_t i) {
    const auto& g = plan_.grants[i];
    const auto* link = plan_.link(g.link);
    if (link == nullptr) {
      say(In::kGrant, i, "link", fmt::format("there is no link \"{}\"", g.link),
          near(g.link, links_));
      return false;
    }
    const auto* contract = plan_.contract(g.resource);
    if (contract == nullptr) {
      say(In::kGrant, i, "resources",
          fmt::format("the resource \"{}\" has no contract", g.resource),
          near_resource(g.resource));
      return false;
    }
    for (std::size_t k = 0; k < i; ++k)
      if (plan_.grants[k].id == g.id)
        say(In::kGrant, i, "resources", fmt::format("there is a grant \"{}\" already", g.id));
    if (link->to == Plan::provider_of(g.resource)) {
      say(In::kGrant, i, "link",
          fmt::format("circular: {} would go back to {}, its lead source", g.resource, link->to));
      return true;
    }
    scope(i, g);
    if (link->from != Plan::provider_of(g.resource)) passed_on(i, g, *link);
    return true;
  }

  std::string near_resource(const std::string& wrong) const {
    std::vector<std::string> names;
    for (const auto& [party, of] : plan_.catalogs)
      for (const auto& c : of.contracts()) names.push_back(c.dataset);
    const auto best = model::nearest(wrong, names);
    return best.empty() ? "./citybrain federation show lists the resources"
                        : fmt::format("did you mean \"{}\"?", best);
  }

  /// As the law judges the steps of the grant.
  void scope(std::size_t i, const GrantSpec& g) {
    const auto provider = std::string(Plan::provider_of(g.resource));
    const catalog::Rules rules{plan_.law, plan_.calendar, plan_.catalogs.find(provider)->second,
                               plan_.authority};
    catalog::Book book;
    for (const auto& event : events_of(plan_, g)) {
      const auto done = catalog::apply(rules, event, book);
      if (done) continue;
      const bool beyond = done.error().code == "CB-INPUT-SCOPE";
      const auto& where = done.error().where;
      const char* field = where.ends_with(": purpose")         ? "purpose"
                          : where.ends_with(": expires")       ? "until"
                          : event.act == catalog::Act::kRevoke ? "revoked"
                          : where.ends_with(": dataset")       ? "resources"
                                                               : "from";
      return say(In::kGrant, i, field,
                 fmt::format("{}{}", beyond ? "beyond its scope: " : "", done.error().what),
                 done.error().mend);
    }
  }

  /// Who is not the lead source must have it, at least as long.
  void passed_on(std::size_t i, const GrantSpec& g, const LinkSpec& link) {
    const GrantSpec* own = nullptr;
    for (const auto& other : plan_.grants) {
      const auto* way = plan_.link(other.link);
      if (other.resource != g.resource || way == nullptr || way->to != link.from) continue;
      if (own == nullptr || own->until < other.until) own = &other;
    }
    if (own == nullptr)
      return say(In::kGrant, i, "link",
                 fmt::format("beyond its scope: {} was not granted {} and cannot pass it on",
                             link.from, g.resource),
                 fmt::format("grant it to {}, too, or use a link from {}", link.from,
                             Plan::provider_of(g.resource)));
    if (own->until < g.until)
      say(In::kGrant, i, "until",
          fmt::format("beyond its scope: {} passes {} on and may use it until {} only", link.from,
                      g.resource, catalog::date_text(own->until)));
  }

  /// Takes away who only sends, again and again; what is left goes in a circle.
  void circle(const std::string& resource) {
    std::vector<std::size_t> left;
    for (std::size_t i = 0; i < plan_.grants.size(); ++i)
      if (plan_.grants[i].resource == resource && plan_.link(plan_.grants[i].link) != nullptr)
        left.push_back(i);
    for (bool more = true; more;) {
      std::set<std::string_view> receivers;
      for (const auto i : left) receivers.insert(plan_.link(plan_.grants[i].link)->to);
      more = std::erase_if(left, [&](std::size_t i) {
               return !receivers.contains(plan_.link(plan_.grants[i].link)->from);
             }) > 0;
    }
    if (left.empty()) return;
    const auto& last = plan_.grants[left.back()];
    if (plan_.link(last.link)->to == Plan::provider_of(resource)) return;  // said before
    say(In::kGrant, left.back(), "link",
        fmt::format("circular: {} would come back over {}", resource, last.link));
  }

  const Plan& plan_;
  std::vector<std::string> parties_, links_;
  std::vector<Problem> out_;
};

}  // namespace

std::vector<Problem> problems(const Plan& plan) { return Inspection(plan).all(); }

}  // namespace citybrain::federation
