#include "hub/catalog/request.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "hub/catalog/request_steps.h"

namespace citybrain::catalog {

using model::Error;
using model::EventTime;
using model::Result;

namespace {

constexpr std::array<std::string_view, kStates> kStateNames = {
    "drafted", "checking",  "returned", "with-provider", "negotiating", "escalated", "granted",
    "refused", "delivered", "in-use",   "closed",        "revoked",     "expired"};
constexpr std::array<std::string_view, kActs> kActNames = {
    "draft",   "file", "pass",  "return", "negotiate", "agree",   "escalate",  "grant",   "refuse",
    "deliver", "use",  "close", "revoke", "give-back", "correct", "corrected", "dispute", "settle"};
constexpr std::array<std::string_view, kClocks> kClockNames = {
    "check",      "completion", "answer",     "negotiation",
    "escalation", "delivery",   "correction", "dispute"};

}  // namespace

std::string_view name_of(State state) { return kStateNames[static_cast<std::size_t>(state)]; }
std::string_view name_of(Act act) { return kActNames[static_cast<std::size_t>(act)]; }
std::string_view name_of(ClockKind kind) { return kClockNames[static_cast<std::size_t>(kind)]; }

std::optional<Act> act_of(std::string_view name) {
  const auto it = std::find(kActNames.begin(), kActNames.end(), name);
  if (it == kActNames.end()) return std::nullopt;
  return static_cast<Act>(it - kActNames.begin());
}

Result<std::uint32_t> counted(const Calendar& calendar, const Clock& clock, Date day) {
  if (!clock.since) return clock.spent;
  CITYBRAIN_ASSIGN(days, calendar.working_days(*clock.since, day));
  return clock.spent + days;
}

Result<std::optional<Date>> due(const Calendar& calendar, const Clock& clock) {
  if (!clock.since) return std::optional<Date>();
  if (clock.spent >= clock.limit) return std::optional<Date>(*clock.since);
  CITYBRAIN_ASSIGN(day, calendar.due(*clock.since, clock.limit - clock.spent));
  return std::optional<Date>(day);
}

const Clock* Request::running(ClockKind kind, std::string_view item) const {
  for (const auto& c : clocks)
    if (c.kind == kind && c.item == item && !c.stopped) return &c;
  return nullptr;
}

State Request::state_at(const Calendar& calendar, EventTime now) const {
  const bool has_grant =
      state == State::kGranted || state == State::kDelivered || state == State::kInUse;
  return has_grant && expires && calendar.day_of(now) > *expires ? State::kExpired : state;
}

Result<void> apply(const Rules& rules, const Event& event, Book& book) {
  if (event.act == Act::kDraft) {
    CITYBRAIN_ASSIGN(request, drafted(rules, event, book));
    book.requests.emplace(event.request, std::move(request));
    return {};
  }
  const auto it = book.requests.find(event.request);
  if (it == book.requests.end())
    return Error{"CB-INPUT-REQUEST", fmt::format("there is no request \"{}\"", event.request),
                 event.request, "./citybrain request list shows those that there are"};
  Request next = it->second;
  CITYBRAIN_TRY(stepped(rules, event, next));
  it->second = std::move(next);
  return {};
}

void fold(const Rules& rules, std::span<const Event> events, Book& book) {
  for (const auto& event : events)
    if (const auto done = apply(rules, event, book); !done)
      book.refused.push_back({event, done.error()});
}

namespace {

/// Calls use(request, dataset) for what `requester` may use for `purpose` at `now`.
template <class Use>
void each_in_use(const Rules& rules, const Book& book, std::string_view requester,
                 std::string_view purpose, EventTime now, const Use& use) {
  for (const auto& [id, r] : book.requests) {
    if (r.requester != requester || r.purpose != purpose) continue;
    if (r.state_at(rules.calendar, now) != State::kInUse) continue;
    if (const auto* contract = rules.catalog.find(r.dataset)) use(r, contract->id);
  }
}

}  // namespace

model::SourceMask granted(const Rules& rules, const Book& book, std::string_view requester,
                          std::string_view purpose, EventTime now) {
  model::SourceMask mask;
  each_in_use(rules, book, requester, purpose, now,
              [&](const Request&, model::DatasetId dataset) { mask.add(dataset); });
  return mask;
}

GrantMasks granted_masks(const Rules& rules, const Book& book, std::string_view requester,
                         std::string_view purpose, EventTime now) {
  GrantMasks out;
  each_in_use(rules, book, requester, purpose, now,
              [&](const Request& r, model::DatasetId dataset) {
                if (r.masks.empty()) return;
                auto& all = out[dataset];
                all.insert(all.end(), r.masks.begin(), r.masks.end());
              });
  return out;
}

namespace {

Result<void> count_request(const Rules& rules, const Request& r, EventTime now,
                           RequestFigures& out) {
  const Date today = rules.calendar.day_of(now);
  const State state = r.state_at(rules.calendar, now);
  ++out.requests;
  ++out.by_state[std::string(name_of(state))];
  out.returned += r.returned;
  out.refused += r.refused;
  out.negotiated += r.negotiated;
  out.escalated += r.escalated;
  out.given_back += r.given_back;
  out.expired += state == State::kExpired ? 1 : 0;
  out.revoked += state == State::kRevoked ? 1 : 0;
  if (r.filed) {
    CITYBRAIN_ASSIGN(days, rules.calendar.working_days(*r.filed, r.settled.value_or(today)));
    out.working_days_waited += days;
  }
  for (const auto& c : r.clocks) {
    CITYBRAIN_ASSIGN(days, counted(rules.calendar, c, today));
    const bool late = days > c.limit;
    out.limits_missed += late ? 1 : 0;
    out.corrections += c.kind == ClockKind::kCorrection ? 1 : 0;
    out.corrections_late += c.kind == ClockKind::kCorrection && late ? 1 : 0;
    out.disputes += c.kind == ClockKind::kDispute ? 1 : 0;
  }
  return {};
}

}  // namespace

Result<RequestFigures> figures(const Rules& rules, const Book& book, EventTime now) {
  RequestFigures out;
  for (const auto& [id, r] : book.requests) CITYBRAIN_TRY(count_request(rules, r, now, out));
  for (const auto& refused : book.refused)
    ++(refused.error.code == "CB-INPUT-SCOPE" ? out.scope_violations_refused : out.steps_refused);
  return out;
}

}  // namespace citybrain::catalog
