// What comes over a party's links: rows of granted resources, usage and corrections, and what the
// end of a grant takes away.
#include <algorithm>

#include "hub/federation/party.h"

namespace citybrain::federation {

using model::EventTime;
using model::Result;

Result<void> Party::receive(EventTime now, network::Horizon horizon) {
  for (const auto& line : lines_) {
    CITYBRAIN_TRY(line->sender->hear(now, horizon));
    CITYBRAIN_TRY(line->receiver->receive(now, horizon, [&](std::string_view payload) {
      if (line->row.provides)
        take_returns(*line, payload, now);
      else
        take_shipment(*line, payload, now);
    }));
  }
  return {};
}

void Party::take_shipment(Line& line, std::string_view payload, EventTime now) {
  auto& count = line.row.counters;
  const auto shipment = decode_shipment(payload);
  if (!shipment || shipment->link != line.link->name) {
    ++count.invalid;
    return;
  }
  if (!line.receiver->next(shipment->sequence)) return;
  count.withdrawn += shipment->withheld;
  const auto bound = line.receiver->way().arrival({shipment->queued_ms}) +
                     std::int64_t{plan_->late_after_s} * model::kStepMs;
  for (const auto& row : shipment->rows) take_row(line, row, now > bound, now);
}

/// A row stands under its lead source's name, whoever passed it on.
void Party::take_row(Line& line, const Row& row, bool late, EventTime now) {
  auto& count = line.row.counters;
  if (!flows_->is_open(line.link->name, row.resource)) {
    ++count.refused;
    return;
  }
  const auto* contract = plan_->contract(row.resource);
  if (contract == nullptr || breach(*contract, row)) {
    ++count.invalid;
    return;
  }
  const auto* known = holdings_.find(row.resource, row.entity);
  if (known != nullptr && known->version >= row.version) {
    ++count.stale;
    return;
  }
  ++count.taken;
  count.delayed += late ? 1 : 0;
  ++memory_.used[row.resource];
  put(row.resource, row.entity, {line.link->name, row.version, 0, row.at_ms, now.ms, row.values});
  if (!world_->finds) return;
  if (const auto found = world_->finds(spec_->name, row))
    line.back.corrections.push_back({row.resource, row.entity, row.version, found->field,
                                     found->value, spec_->name, found->reason});
}

void Party::take_returns(Line& line, std::string_view payload, EventTime now) {
  auto& count = line.row.counters;
  const auto returns = decode_returns(payload);
  if (!returns || returns->link != line.link->name) {
    ++count.invalid;
    return;
  }
  if (!line.receiver->next(returns->sequence)) return;
  for (const auto& c : returns->corrections) take_correction(line, c, now);
  for (const auto& u : returns->usages) take_usage(line, u);
}

/// Of its own resources it takes effect; of others' it goes on towards the lead source.
void Party::take_correction(Line& line, const Correction& c, EventTime now) {
  auto& count = line.row.counters;
  if (!flows_->is_open(line.link->name, c.resource)) {
    ++count.refused;
    return;
  }
  if (Plan::provider_of(c.resource) != spec_->name) {
    auto* towards = inbound(c.resource);
    ++(towards == nullptr ? count.refused : count.forwarded);
    if (towards != nullptr) towards->back.corrections.push_back(c);
    return;
  }
  const auto* known = holdings_.find(c.resource, c.entity);
  if (known == nullptr || known->version != c.version) {
    ++count.stale;
    return;
  }
  Row row{c.resource, c.entity, c.version + 1, now.ms, known->values};
  if (c.field < row.values.size()) row.values[c.field] = c.value;
  if (c.field >= row.values.size() || breach(*plan_->contract(c.resource), row)) {
    ++count.invalid;
    return;
  }
  ++count.taken;
  put(row.resource, row.entity, {{}, row.version, 0, row.at_ms, now.ms, row.values});
}

void Party::take_usage(Line& line, const Usage& u) {
  auto& count = line.row.counters;
  if (plan_->party(u.by) == nullptr || plan_->contract(u.resource) == nullptr) {
    ++count.invalid;
    return;
  }
  if (Plan::provider_of(u.resource) != spec_->name) {
    auto* towards = inbound(u.resource);
    ++(towards == nullptr ? count.refused : count.forwarded);
    if (towards != nullptr) towards->back.usages.push_back(u);
    return;
  }
  ++count.taken;
  auto& known = usage_[{u.resource, u.by}];
  known.rows += u.rows;
  known.until_ms = std::max(known.until_ms, u.until_ms);
  reported_.insert({u.resource, u.by});
}

/// What is granted no longer may be kept no longer, unless another link still brings it.
void Party::erase_closed() {
  for (const auto& flow : flows_->closed()) {
    const auto line = std::find_if(lines_.begin(), lines_.end(), [&](const auto& l) {
      return !l->row.provides && l->link->name == flow.link;
    });
    if (line == lines_.end() || inbound(flow.resource) != nullptr) continue;
    (*line)->row.counters.erased += holdings_.erase(flow.resource);
    store::erase_shared(write_, flow.resource);
    memory_.used.erase(flow.resource);
  }
}

}  // namespace citybrain::federation
