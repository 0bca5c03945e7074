// What a party sends: changes of what it holds to those who were granted it, usage and corrections
// back.
#include <algorithm>

#include "hub/federation/party.h"

namespace citybrain::federation {

using model::EventTime;
using model::Result;

namespace {

constexpr std::size_t kRowsInMessage = 200;

Row as_row(const std::string& resource, const std::string& entity, const store::SharedRow& row) {
  return {resource, entity, row.version, row.at_ms, row.values};
}

}  // namespace

void Party::take_own(EventTime now) {
  if (!world_->changes) return;
  for (auto& change : world_->changes(spec_->name, step_ + 1)) {
    CITYBRAIN_CHECK(Plan::provider_of(change.resource) == spec_->name);
    const auto* known = holdings_.find(change.resource, change.entity);
    const std::uint64_t version = known == nullptr ? 1 : known->version + 1;
    put(change.resource, change.entity, {{}, version, 0, now.ms, now.ms, std::move(change.values)});
  }
}

/// Follows the changes from where it was; who has just been granted a resource gets all of it.
Result<void> Party::export_changes(EventTime now) {
  for (const auto& line : lines_) {
    if (!line->row.provides) continue;
    const std::string& link = line->link->name;
    std::set<std::string_view> whole;
    std::vector<Row> rows;
    for (const auto& flow : flows_->opened()) {
      const auto* held = flow.link == link ? holdings_.of(flow.resource) : nullptr;
      if (flow.link == link) whole.insert(flow.resource);
      if (held == nullptr) continue;
      ++line->row.counters.loads;
      for (const auto& [entity, row] : *held) rows.push_back(as_row(flow.resource, entity, row));
    }
    holdings_.after(memory_.exported, [&](const std::string& resource, const std::string& entity,
                                          const store::SharedRow& row) {
      if (!whole.contains(resource) && flows_->is_open(link, resource))
        rows.push_back(as_row(resource, entity, row));
    });
    CITYBRAIN_TRY(queue_rows(*line, std::move(rows), now));
  }
  memory_.exported = holdings_.changes();
  return {};
}

Result<void> Party::queue_rows(Line& line, std::vector<Row> rows, EventTime now) {
  for (std::size_t at = 0; at < rows.size(); at += kRowsInMessage) {
    const auto n = std::min(kRowsInMessage, rows.size() - at);
    Shipment shipment{line.link->name, line.sender->next_sequence(), now.ms, {}, 0};
    std::move(rows.begin() + static_cast<std::ptrdiff_t>(at),
              rows.begin() + static_cast<std::ptrdiff_t>(at + n),
              std::back_inserter(shipment.rows));
    CITYBRAIN_TRY(line.sender->queue(now, n, encode(shipment)));
  }
  return {};
}

void Party::report_usage(EventTime now) {
  if (plan_->usage_every_s == 0 || (step_ + 1) % plan_->usage_every_s != 0) return;
  for (const auto& [resource, rows] : memory_.used)
    if (auto* line = inbound(resource))
      line->back.usages.push_back({resource, spec_->name, rows, now.ms});
  memory_.used.clear();
}

Result<void> Party::queue_returns(EventTime now) {
  for (const auto& line : lines_) {
    auto& back = line->back;
    const auto items = back.corrections.size() + back.usages.size();
    if (items == 0) continue;
    back.link = line->link->name;
    back.sequence = line->sender->next_sequence();
    back.queued_ms = now.ms;
    CITYBRAIN_TRY(line->sender->queue(now, items, encode(back)));
    back = {};
  }
  return {};
}

Result<void> Party::send(EventTime now) {
  for (const auto& line : lines_) {
    Sender::Trim trimmed;
    if (line->row.provides)
      trimmed = [&](std::string_view payload) { return trim(*line, payload); };
    CITYBRAIN_TRY(line->sender->send(now, *publisher_, trimmed));
    line->receiver->answer(now, *publisher_);
  }
  CITYBRAIN_ASSIGN(sent, publisher_->send());
  (void)sent;
  return {};
}

/// Without the rows whose grant has ended while they waited, or that it has to have no longer.
std::optional<std::string> Party::trim(Line& line, std::string_view payload) {
  auto shipment = decode_shipment(payload);
  CITYBRAIN_CHECK(shipment.has_value());  // it is its own
  const auto before = shipment->rows.size();
  std::erase_if(shipment->rows, [&](const Row& row) {
    return !flows_->is_open(line.link->name, row.resource) ||
           holdings_.find(row.resource, row.entity) == nullptr;
  });
  if (shipment->rows.size() == before) return std::nullopt;
  shipment->withheld = static_cast<std::uint32_t>(before - shipment->rows.size());
  return encode(*shipment);
}

}  // namespace citybrain::federation
