#include "hub/federation/flows.h"

#include <algorithm>

#include "hub/catalog/request_log.h"
#include "hub/network/framing.h"
#include "schemas/governance.h"

namespace citybrain::federation {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kFlowPoll = 256;

}  // namespace

Flows::Flows(const Plan& plan, std::unique_ptr<network::Cursor> cursor)
    : plan_(&plan), cursor_(std::move(cursor)) {
  for (const auto& grant : plan.grants) {
    flows_[{grant.link, grant.resource}].grants.push_back(&grant);
    provider_of_.emplace(grant.id, Plan::provider_of(grant.resource));
  }
}

Result<Flows> Flows::open(const Plan& plan, network::Log& log, EventTime now) {
  CITYBRAIN_TRY(log.create({schemas::topic::kGovernance, 1}));
  CITYBRAIN_ASSIGN(first, log.begin(schemas::topic::kGovernance, 0));
  CITYBRAIN_ASSIGN(cursor, log.cursor(schemas::topic::kGovernance, 0, first));
  CITYBRAIN_ASSIGN(horizon, log.horizon());
  Flows flows(plan, std::move(cursor));
  CITYBRAIN_TRY(flows.step(now, horizon));
  flows.opened_.clear();
  flows.closed_.clear();
  return flows;
}

void Flows::take(const catalog::Event& event) {
  const auto it = provider_of_.find(event.request);
  if (it == provider_of_.end()) return;  // no grant of this federation
  const auto catalog = plan_->catalogs.find(it->second);
  if (catalog == plan_->catalogs.end()) return;
  const catalog::Rules rules{plan_->law, plan_->calendar, catalog->second, plan_->authority};
  catalog::fold(rules, {&event, 1}, books_[it->second]);
  changed_ = true;
}

Result<void> Flows::step(EventTime now, network::Horizon horizon) {
  opened_.clear();
  closed_.clear();
  for (bool more = true; more;) {
    CITYBRAIN_ASSIGN(records, cursor_->poll(kFlowPoll, horizon));
    more = !records.empty();
    for (const auto& r : records) {
      if (r.publish_time > now) {
        cursor_->seek(r.position);
        more = false;
        break;
      }
      const auto framed = network::unframe(r.value);
      if (!framed || framed->schema != schemas::kGovernanceEvent) continue;
      if (const auto event = catalog::decode_event(framed->payload)) take(*event);
    }
  }
  judge(now);
  return {};
}

/// A grant ends by a step or with its last day; nothing else changes a flow.
void Flows::judge(EventTime now) {
  const auto today = plan_->calendar.day_of(now);
  if (!changed_ && today == judged_on_) return;
  changed_ = false;
  judged_on_ = today;
  for (auto& [flow, state] : flows_) {
    const auto& book = books_[std::string(Plan::provider_of(flow.resource))];
    const auto* link = plan_->link(flow.link);
    const bool open =
        std::any_of(state.grants.begin(), state.grants.end(), [&](const GrantSpec* grant) {
          const auto it = book.requests.find(grant->id);
          return it != book.requests.end() && it->second.dataset == flow.resource &&
                 link != nullptr && it->second.requester == link->to &&
                 it->second.state_at(plan_->calendar, now) == catalog::State::kInUse;
        });
    if (open && !state.open) opened_.push_back(flow);
    if (!open && state.open) closed_.push_back(flow);
    state.open = open;
  }
}

bool Flows::is_open(const std::string& link, const std::string& resource) const {
  const auto it = flows_.find({link, resource});
  return it != flows_.end() && it->second.open;
}

std::uint64_t Flows::refused_steps() const {
  std::uint64_t n = 0;
  for (const auto& [provider, book] : books_) n += book.refused.size();
  return n;
}

}  // namespace citybrain::federation
