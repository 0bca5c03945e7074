#include "scenarios/experiment/law_plan.h"

#include <algorithm>

#include "hub/runtime/random.h"

namespace citybrain::experiment {

using catalog::Act;
using catalog::Date;
using catalog::Event;
using catalog::State;
using model::Error;
using model::EventTime;
using model::Result;
using std::chrono::days;

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kOpens = 9 * kHourMs, kOpen = 8 * kHourMs;  // office hours, local
constexpr auto kDays = runtime::purpose("law/days");
constexpr auto kHour = runtime::purpose("law/hour");
constexpr auto kChoice = runtime::purpose("law/choice");

/// One request from its draft to its use, step by step, as the state machine allows.
class Course {
 public:
  Course(const LawConfig& law, const catalog::Rules& rules, const RequestConfig& request,
         std::uint64_t seed)
      : law_(law),
        rules_(rules),
        request_(request),
        random_(seed),
        key_(runtime::purpose(request.id)),
        now_(request.filed) {}

  Result<void> run() {
    Event draft = step(Act::kDraft, request_.by);
    draft.dataset = request_.dataset;
    draft.purpose = request_.purpose;
    draft.on_platform = request_.on_platform;
    for (const auto& rule : request_.masks) draft.masks.push_back(catalog::rule_text(rule));
    CITYBRAIN_TRY(take(draft));
    habits_ = habits_of(state().provider);
    CITYBRAIN_TRY(take(step(Act::kFile, request_.by)));
    if (state().state == State::kChecking) CITYBRAIN_TRY(checked());
    if (state().state == State::kWithProvider) CITYBRAIN_TRY(answered());
    if (state().state == State::kGranted) {
      CITYBRAIN_TRY(wait(rules_.law.limits.delivery));
      CITYBRAIN_TRY(take(step(Act::kDeliver, state().provider)));
    }
    if (state().state == State::kDelivered) {
      Event use = step(Act::kUse, request_.by);
      use.purpose = request_.purpose;
      CITYBRAIN_TRY(take(use));
    }
    return {};
  }
  const std::vector<Event>& events() const { return events_; }

 private:
  const catalog::Request& state() const { return book_.requests.at(request_.id); }
  ProviderHabits habits_of(const std::string& provider) const {
    for (const auto& name : {provider, std::string("default")})
      if (const auto it = law_.providers.find(name); it != law_.providers.end()) return it->second;
    return {};
  }
  Event step(Act act, const std::string& by, std::string reason = {}) const {
    Event e;
    e.at = now_;
    e.act = act;
    e.request = request_.id;
    e.by = by;
    e.reason = std::move(reason);
    return e;
  }
  /// Also what is not allowed is on record.
  Result<void> take(const Event& event) {
    events_.push_back(event);
    return catalog::apply(rules_, event, book_);
  }
  bool chance(double probability) { return random_.chance(probability, kChoice, key_, ++drawn_); }

  /// Moves to the day on which somebody with this limit acts.
  Result<void> wait(std::uint32_t limit) {
    const double share =
        habits_.least + (habits_.most - habits_.least) * random_.uniform(kDays, key_, ++drawn_);
    const auto used = static_cast<std::uint32_t>(share * limit + 0.5);
    if (used == 0) {
      now_ = now_ + kMinuteMs;
      return {};
    }
    const auto& calendar = rules_.calendar;
    CITYBRAIN_ASSIGN(day, calendar.due(calendar.day_of(now_), used));
    const double hour = random_.uniform(kHour, key_, ++drawn_) * static_cast<double>(kOpen);
    now_ = calendar.begin_of(day) + kOpens + static_cast<std::int64_t>(hour) / 1000 * 1000;
    return {};
  }

  Result<void> checked() {
    const auto& l = rules_.law.limits;
    CITYBRAIN_TRY(wait(l.check));
    if (rules_.law.returns > 0 && chance(habits_.returned)) {
      CITYBRAIN_TRY(take(step(Act::kReturn, rules_.authority, "the purpose is not explained")));
      CITYBRAIN_TRY(wait(l.completion));
      CITYBRAIN_TRY(take(step(Act::kFile, request_.by)));
      CITYBRAIN_TRY(wait(l.check));
    }
    return take(step(Act::kPass, rules_.authority));
  }

  Result<void> answered() {
    const auto& l = rules_.law.limits;
    const std::string provider = state().provider;
    if (chance(habits_.negotiated)) {
      CITYBRAIN_TRY(take(step(Act::kNegotiate, provider, "the terms of use")));
      CITYBRAIN_TRY(wait(l.negotiation));
      CITYBRAIN_TRY(take(step(Act::kAgree, provider)));
    }
    const auto* answer = state().running(catalog::ClockKind::kAnswer);
    CITYBRAIN_TRY(wait(answer->limit - std::min(answer->limit, answer->spent)));
    if (!chance(habits_.refused)) return grant(provider);
    CITYBRAIN_TRY(take(step(Act::kRefuse, provider, "not needed for the requester's duties")));
    if (!request_.escalates) return {};
    CITYBRAIN_TRY(take(step(Act::kEscalate, request_.by)));
    CITYBRAIN_TRY(wait(l.escalation));
    return grant(rules_.authority);
  }

  Result<void> grant(const std::string& by) {
    Event e = step(Act::kGrant, by, "for this purpose only");
    e.expires = rules_.calendar.day_of(now_) + days{request_.days} - days{1};
    return take(e);
  }

  const LawConfig& law_;
  const catalog::Rules& rules_;
  const RequestConfig& request_;
  runtime::Random random_;
  std::uint64_t key_;
  EventTime now_;
  ProviderHabits habits_;
  std::uint64_t drawn_ = 0;
  catalog::Book book_;
  std::vector<Event> events_;
};

void sort_by_time(std::vector<Event>& events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.at < b.at; });
}

/// Steps that are not allowed, as they will be refused.
void judge(const LawConfig& law, const catalog::Rules& rules, LawPlan& plan) {
  catalog::Book book;
  catalog::fold(rules, plan.events, book);
  for (const auto& refused : book.refused) {
    Error error = refused.error;
    for (const auto& r : law.requests)
      if (r.id == refused.event.request) error.where = r.where + ": " + error.where;
    plan.warnings.push_back(error.text());
  }
}

/// Of a file, each step with its line.
LawPlan as_filed(const LawConfig& law, const catalog::Rules& rules) {
  LawPlan plan;
  plan.events = law.filed->events;
  catalog::Book book;
  for (std::size_t i = 0; i < plan.events.size(); ++i) {
    auto done = catalog::apply(rules, plan.events[i], book);
    if (done) continue;
    done.error().where =
        law.log.string() + ":" + std::to_string(law.filed->lines[i]) + ": " + done.error().where;
    plan.warnings.push_back(done.error().text());
  }
  sort_by_time(plan.events);
  return plan;
}

}  // namespace

LawPlan plan_requests(const LawConfig& law, const catalog::Catalog& catalog, std::uint64_t seed) {
  const catalog::Rules rules{*law.law, *law.days, catalog, law.authority};
  if (law.filed) return as_filed(law, rules);
  LawPlan plan;
  for (const auto& request : law.requests) {
    Course course(law, rules, request, seed);
    if (auto done = course.run(); !done && done.error().code == "CB-INPUT-CALENDAR") {
      done.error().where = request.where + ": " + done.error().where;
      plan.warnings.push_back(done.error().text());
    }  // anything else is found again by judge()
    plan.events.insert(plan.events.end(), course.events().begin(), course.events().end());
    plan.events.insert(plan.events.end(), request.later.begin(), request.later.end());
  }
  sort_by_time(plan.events);
  judge(law, rules, plan);
  return plan;
}

}  // namespace citybrain::experiment
