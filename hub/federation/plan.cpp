#include "hub/federation/plan.h"

#include <algorithm>
#include <array>

namespace citybrain::federation {

using catalog::Act;
using catalog::Event;

namespace {

constexpr std::array<std::string_view, kLevels> kLevelNames = {"province", "city", "district"};

template <class T>
const T* named(const std::vector<T>& all, std::string_view name) {
  const auto it = std::find_if(all.begin(), all.end(), [&](const T& x) { return x.name == name; });
  return it == all.end() ? nullptr : &*it;
}

}  // namespace

std::string_view name_of(Level level) { return kLevelNames[static_cast<std::size_t>(level)]; }

std::optional<Level> level_of(std::string_view name) {
  const auto it = std::find(kLevelNames.begin(), kLevelNames.end(), name);
  if (it == kLevelNames.end()) return std::nullopt;
  return static_cast<Level>(it - kLevelNames.begin());
}

bool LinkSpec::up(model::Step step) const {
  return std::none_of(cuts.begin(), cuts.end(),
                      [&](const Cut& c) { return c.from <= step && step < c.until; });
}

const PartySpec* Plan::party(std::string_view wanted) const { return named(parties, wanted); }
const LinkSpec* Plan::link(std::string_view wanted) const { return named(links, wanted); }

std::string_view Plan::provider_of(std::string_view resource) {
  return resource.substr(0, resource.find('.'));
}

const catalog::Contract* Plan::contract(std::string_view resource) const {
  const auto it = catalogs.find(provider_of(resource));
  return it == catalogs.end() ? nullptr : it->second.find(resource);
}

std::vector<Event> events_of(const Plan& plan, const GrantSpec& grant) {
  const auto* link = plan.link(grant.link);
  const auto* contract = plan.contract(grant.resource);
  const std::string requester = link == nullptr ? std::string() : link->to;
  const std::string provider(Plan::provider_of(grant.resource));
  const bool open_class =
      contract != nullptr && contract->sharing == catalog::SharingClass::kUnconditional;
  const auto access = open_class ? plan.law.unconditional : plan.law.conditional;
  std::vector<Event> out;
  const auto add = [&](Act act, const std::string& by) -> Event& {
    Event e;
    e.at = grant.from;
    e.act = act;
    e.request = grant.id;
    e.by = by;
    return out.emplace_back(std::move(e));
  };
  auto& draft = add(Act::kDraft, requester);
  draft.dataset = grant.resource;
  draft.purpose = grant.purpose;
  add(Act::kFile, requester);
  if (access == catalog::Access::kRefused) return out;
  if (access == catalog::Access::kOnRequest) {
    add(Act::kPass, plan.authority);
    add(Act::kGrant, provider).expires = grant.until;
    add(Act::kDeliver, provider);
  }
  add(Act::kUse, requester).purpose = grant.purpose;
  if (grant.revoked) {
    auto& revoke = add(Act::kRevoke, plan.authority);
    revoke.at = *grant.revoked;
    revoke.reason = "revoked";
  }
  return out;
}

std::vector<Event> events_of(const Plan& plan) {
  std::vector<Event> out;
  for (const auto& grant : plan.grants)
    for (auto& e : events_of(plan, grant)) out.push_back(std::move(e));
  std::stable_sort(out.begin(), out.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
  return out;
}

}  // namespace citybrain::federation
