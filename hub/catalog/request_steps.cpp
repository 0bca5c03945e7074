#include "hub/catalog/request_steps.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <initializer_list>

namespace citybrain::catalog {

using model::Error;
using model::Result;

namespace {

Error refuse(const Event& e, std::string what, std::string mend = {}) {
  return {"CB-INPUT-REQUEST", std::move(what), fmt::format("{}: {}", e.request, name_of(e.act)),
          std::move(mend)};
}

Error beyond_scope(const Event& e, const char* field, std::string what, std::string mend) {
  return {"CB-INPUT-SCOPE", std::move(what),
          fmt::format("{}: {}: {}", e.request, name_of(e.act), field), std::move(mend)};
}

/// A request and its grant may show less than the contract allows, never more.
Result<void> take_masks(const Event& e, const Contract& contract, Request& r) {
  std::vector<MaskRule> masks = r.masks;
  for (const auto& text : e.masks) {
    const auto rule = parse_rule(text, e.request);
    if (!rule) return beyond_scope(e, "masks", rule.error().what, rule.error().mend);
    masks.push_back(*rule);
  }
  if (const auto all = narrowed(contract, masks); !all)
    return beyond_scope(e, "masks", all.error().what, all.error().mend);
  r.masks = std::move(masks);
  return {};
}

Result<void> may_be_asked_for(const Event& e, const Contract& c) {
  if (c.department == e.by)
    return refuse(e, fmt::format("{} is the department's own: it needs no request", e.dataset));
  if (c.sharing == SharingClass::kNotShared)
    return beyond_scope(e, "dataset", fmt::format("{} is not shared: {}", e.dataset, c.sharing_law),
                        "take the request back; " + c.file + " says so");
  const auto& p = c.purposes;
  if (!p.empty() && std::find(p.begin(), p.end(), e.purpose) == p.end())
    return beyond_scope(e, "purpose",
                        fmt::format("{} may not be used for \"{}\"", e.dataset, e.purpose),
                        fmt::format("purposes of its contract: {}", fmt::join(p, ", ")));
  return {};
}

/// One step of one request, with what its parts ask again and again.
class Step {
 public:
  Step(const Rules& rules, const Event& event, Request& request)
      : rules_(rules), e_(event), r_(request), today_(rules.calendar.day_of(event.at)) {}

  Result<void> run() {
    if (e_.at < r_.last) return refuse(e_, "it is before the last step of this request");
    if (!rules_.calendar.covers(today_)) return rules_.calendar.works(today_).error();
    if (r_.state_at(rules_.calendar, e_.at) == State::kExpired && e_.act != Act::kCorrected &&
        e_.act != Act::kSettle)
      return beyond_scope(e_, "expires",
                          fmt::format("the grant expired on {}", date_text(*r_.expires)),
                          "file a new request");
    CITYBRAIN_TRY(dispatch());
    r_.last = e_.at;
    return {};
  }

 private:
  Result<void> dispatch() {
    switch (e_.act) {
      case Act::kDraft:
        return refuse(e_, "the request exists already");
      case Act::kFile:
        return file();
      case Act::kPass:
        return pass();
      case Act::kReturn:
        return send_back();
      case Act::kNegotiate:
        return negotiate();
      case Act::kAgree:
        return agree();
      case Act::kEscalate:
        return escalate();
      case Act::kGrant:
        return grant();
      case Act::kRefuse:
        return turn_down();
      default:
        return later();
    }
  }
  Result<void> later() {
    switch (e_.act) {
      case Act::kDeliver:
        return deliver();
      case Act::kUse:
        return use();
      case Act::kClose:
        return close();
      case Act::kRevoke:
        return revoke();
      case Act::kGiveBack:
        return give_back();
      case Act::kCorrect:
        return correct();
      case Act::kCorrected:
        return corrected();
      case Act::kDispute:
        return dispute();
      default:
        return settle();
    }
  }

  // What must hold.
  Result<void> in(std::initializer_list<State> states) const {
    if (std::find(states.begin(), states.end(), r_.state) != states.end()) return {};
    std::vector<std::string_view> names;
    for (const auto s : states) names.push_back(name_of(s));
    return refuse(e_, fmt::format("the request is {}; this step follows: {}", name_of(r_.state),
                                  fmt::join(names, ", ")));
  }
  Result<void> by(const std::string& who, const char* role) const {
    if (e_.by == who) return {};
    return refuse(e_,
                  fmt::format("this is the {}'s step: expected {}, found {}", role, who, e_.by));
  }
  Result<void> by_requester() const { return by(r_.requester, "requester"); }
  Result<void> by_provider() const { return by(r_.provider, "provider"); }
  Result<void> by_authority() const { return by(rules_.authority, "authority"); }
  Result<void> by_decider() const {
    return r_.state == State::kEscalated ? by_authority() : by_provider();
  }
  Result<void> with_reason() const {
    if (!e_.reason.empty()) return {};
    return refuse(e_, "it needs a reason", "say why with --reason TEXT");
  }

  // Clocks.
  std::string item_of(ClockKind kind) const {
    const bool has = kind == ClockKind::kCorrection || kind == ClockKind::kDispute;
    return has ? e_.item : std::string();
  }
  void start(ClockKind kind, std::uint32_t limit) {
    r_.clocks.push_back({kind, item_of(kind), limit, 0, today_, false});
  }
  Clock* open(ClockKind kind) { return const_cast<Clock*>(r_.running(kind, item_of(kind))); }
  Result<void> halt(ClockKind kind, bool for_good) {
    Clock* clock = open(kind);
    if (clock == nullptr) return {};
    CITYBRAIN_ASSIGN(days, counted(rules_.calendar, *clock, today_));
    clock->spent = days;
    clock->since.reset();
    clock->stopped = for_good;
    return {};
  }
  /// All that wait for an answer, when there is one.
  Result<void> stop_waiting() {
    for (const auto kind : {ClockKind::kCheck, ClockKind::kCompletion, ClockKind::kAnswer,
                            ClockKind::kNegotiation, ClockKind::kEscalation, ClockKind::kDelivery})
      CITYBRAIN_TRY(halt(kind, true));
    return {};
  }
  void settle_day() {
    if (!r_.settled) r_.settled = today_;
  }

  const Contract& contract() const { return *rules_.catalog.find(r_.dataset); }
  Access access() const {
    return contract().sharing == SharingClass::kUnconditional ? rules_.law.unconditional
                                                              : rules_.law.conditional;
  }
  std::uint32_t answer_limit() const {
    const auto& l = rules_.law.limits;
    if (contract().sharing == SharingClass::kUnconditional) return l.unconditional;
    return r_.on_platform ? l.on_platform : l.conditional;
  }

  Result<void> file() {
    CITYBRAIN_TRY(in({State::kDrafted, State::kReturned}));
    CITYBRAIN_TRY(by_requester());
    CITYBRAIN_TRY(halt(ClockKind::kCompletion, true));
    if (!r_.filed) r_.filed = today_;
    if (access() == Access::kRefused) {
      r_.state = State::kRefused;
      r_.reason = "the law " + rules_.law.name + " gives no right to it";
      ++r_.refused;
      settle_day();
      return {};
    }
    r_.state = access() == Access::kOpen ? State::kDelivered : State::kChecking;
    if (r_.state == State::kChecking) start(ClockKind::kCheck, rules_.law.limits.check);
    return {};
  }
  Result<void> pass() {
    CITYBRAIN_TRY(in({State::kChecking}));
    CITYBRAIN_TRY(by_authority());
    CITYBRAIN_TRY(halt(ClockKind::kCheck, true));
    r_.state = State::kWithProvider;
    start(ClockKind::kAnswer, answer_limit());
    return {};
  }
  Result<void> send_back() {
    CITYBRAIN_TRY(in({State::kChecking}));
    CITYBRAIN_TRY(by_authority());
    CITYBRAIN_TRY(with_reason());
    if (r_.returned >= rules_.law.returns)
      return refuse(e_,
                    fmt::format("the law {} lets a request be returned {} times", rules_.law.name,
                                rules_.law.returns),
                    "pass or refuse it");
    CITYBRAIN_TRY(halt(ClockKind::kCheck, true));
    r_.state = State::kReturned;
    r_.reason = e_.reason;
    ++r_.returned;
    start(ClockKind::kCompletion, rules_.law.limits.completion);
    return {};
  }
  Result<void> negotiate() {
    CITYBRAIN_TRY(in({State::kWithProvider, State::kRefused}));
    CITYBRAIN_TRY(r_.state == State::kRefused ? by_requester() : by_provider());
    if (access() == Access::kRefused)
      return refuse(e_, "the law gives no right to it, so there is nothing to negotiate");
    CITYBRAIN_TRY(halt(ClockKind::kAnswer, false));  // stands still until they agree
    r_.state = State::kNegotiating;
    r_.settled.reset();
    ++r_.negotiated;
    start(ClockKind::kNegotiation, rules_.law.limits.negotiation);
    return {};
  }
  Result<void> agree() {
    CITYBRAIN_TRY(in({State::kNegotiating}));
    CITYBRAIN_TRY(by_provider());
    CITYBRAIN_TRY(halt(ClockKind::kNegotiation, true));
    r_.state = State::kWithProvider;
    if (Clock* answer = open(ClockKind::kAnswer)) {
      answer->since = today_;
    } else {
      start(ClockKind::kAnswer, answer_limit());
    }
    return {};
  }
  Result<void> escalate() {
    CITYBRAIN_TRY(in({State::kRefused, State::kNegotiating, State::kWithProvider}));
    CITYBRAIN_TRY(by_requester());
    if (access() == Access::kRefused)
      return refuse(e_, "the law gives no right to it, so nobody can be asked");
    if (const Clock* answer = open(ClockKind::kAnswer);
        r_.state == State::kWithProvider && answer != nullptr) {
      CITYBRAIN_ASSIGN(days, counted(rules_.calendar, *answer, today_));
      if (days <= answer->limit)
        return refuse(e_,
                      fmt::format("the provider has answered neither no nor too late: day {} of {}",
                                  days, answer->limit),
                      "wait for the answer, or for the limit to be over");
    }
    CITYBRAIN_TRY(stop_waiting());
    r_.state = State::kEscalated;
    r_.settled.reset();
    ++r_.escalated;
    start(ClockKind::kEscalation, rules_.law.limits.escalation);
    return {};
  }
  Result<void> grant() {
    CITYBRAIN_TRY(in({State::kWithProvider, State::kEscalated}));
    CITYBRAIN_TRY(by_decider());
    if (!e_.expires) return refuse(e_, "a grant needs its last day", "--expires 2026-12-31");
    if (*e_.expires < today_)
      return beyond_scope(e_, "expires",
                          fmt::format("the grant would end on {}, before it begins on {}",
                                      date_text(*e_.expires), date_text(today_)),
                          "give a day to come");
    const auto* contract = rules_.catalog.find(r_.dataset);
    CITYBRAIN_CHECK(contract != nullptr);
    CITYBRAIN_TRY(take_masks(e_, *contract, r_));
    CITYBRAIN_TRY(stop_waiting());
    r_.state = State::kGranted;
    r_.expires = e_.expires;
    r_.conditions = e_.reason;
    start(ClockKind::kDelivery, rules_.law.limits.delivery);
    return {};
  }
  Result<void> turn_down() {
    CITYBRAIN_TRY(
        in({State::kChecking, State::kWithProvider, State::kNegotiating, State::kEscalated}));
    CITYBRAIN_TRY(r_.state == State::kChecking ? by_authority() : by_decider());
    CITYBRAIN_TRY(with_reason());
    CITYBRAIN_TRY(stop_waiting());
    r_.state = State::kRefused;
    r_.reason = e_.reason;
    ++r_.refused;
    settle_day();
    return {};
  }
  Result<void> deliver() {
    CITYBRAIN_TRY(in({State::kGranted}));
    CITYBRAIN_TRY(by_provider());
    CITYBRAIN_TRY(halt(ClockKind::kDelivery, true));
    r_.state = State::kDelivered;
    return {};
  }
  Result<void> use() {
    CITYBRAIN_TRY(in({State::kDelivered, State::kInUse}));
    if (e_.by != r_.requester)
      return beyond_scope(
          e_, "by", fmt::format("{} was granted to {}, not to {}", r_.dataset, r_.requester, e_.by),
          "file a request of its own");
    if (e_.purpose != r_.purpose)
      return beyond_scope(e_, "purpose",
                          fmt::format("{} was granted for \"{}\", not for \"{}\"", r_.dataset,
                                      r_.purpose, e_.purpose),
                          "file a request for that purpose");
    r_.state = State::kInUse;
    settle_day();
    return {};
  }
  Result<void> close() {
    CITYBRAIN_TRY(by_requester());
    CITYBRAIN_TRY(in({State::kDrafted, State::kChecking, State::kReturned, State::kWithProvider,
                      State::kNegotiating, State::kEscalated, State::kGranted, State::kDelivered,
                      State::kInUse}));
    CITYBRAIN_TRY(stop_waiting());
    r_.state = State::kClosed;
    settle_day();
    return {};
  }
  Result<void> revoke() {
    CITYBRAIN_TRY(in({State::kGranted, State::kDelivered, State::kInUse}));
    if (e_.by != rules_.authority) CITYBRAIN_TRY(by_provider());
    CITYBRAIN_TRY(with_reason());
    CITYBRAIN_TRY(stop_waiting());
    r_.state = State::kRevoked;
    r_.reason = e_.reason;
    settle_day();
    return {};
  }
  Result<void> give_back() {
    CITYBRAIN_TRY(in({State::kInUse}));
    CITYBRAIN_TRY(by_requester());
    ++r_.given_back;
    return {};
  }
  Result<void> begin_item(ClockKind kind, std::uint32_t limit) {
    CITYBRAIN_TRY(with_reason());
    for (const auto& c : r_.clocks)
      if (c.kind == kind && c.item == e_.item)
        return refuse(e_, fmt::format("there is a {} \"{}\" already", name_of(kind), e_.item),
                      "give it another name with --item");
    start(kind, limit);
    return {};
  }
  Result<void> end_item(ClockKind kind) {
    if (open(kind) == nullptr)
      return refuse(e_, fmt::format("there is no open {} \"{}\"", name_of(kind), e_.item));
    return halt(kind, true);
  }
  Result<void> correct() {
    CITYBRAIN_TRY(in({State::kDelivered, State::kInUse}));
    CITYBRAIN_TRY(by_requester());
    return begin_item(ClockKind::kCorrection, rules_.law.limits.correction);
  }
  Result<void> corrected() {
    CITYBRAIN_TRY(by_provider());
    return end_item(ClockKind::kCorrection);
  }
  Result<void> dispute() {
    if (!r_.filed) return refuse(e_, "the request has not been filed");
    if (e_.by != r_.provider) CITYBRAIN_TRY(by_requester());
    return begin_item(ClockKind::kDispute, rules_.law.limits.escalation);
  }
  Result<void> settle() {
    CITYBRAIN_TRY(by_authority());
    return end_item(ClockKind::kDispute);
  }

  const Rules& rules_;
  const Event& e_;
  Request& r_;
  Date today_;
};

}  // namespace

Result<Request> drafted(const Rules& rules, const Event& e, const Book& book) {
  if (e.request.empty() || e.by.empty()) return refuse(e, "a draft needs an id and who asks");
  if (book.requests.contains(e.request))
    return refuse(e, fmt::format("there is a request \"{}\" already", e.request),
                  "give it another id");
  const Date today = rules.calendar.day_of(e.at);
  if (!rules.calendar.covers(today)) return rules.calendar.works(today).error();
  if (auto known = rules.catalog.grant({&e.dataset, 1}, e.by);
      !known && rules.catalog.find(e.dataset) == nullptr) {
    known.error().where = fmt::format("{}: draft: dataset", e.request);
    return known.error();
  }
  const Contract& contract = *rules.catalog.find(e.dataset);
  CITYBRAIN_TRY(may_be_asked_for(e, contract));
  Request r;
  r.id = e.request;
  r.requester = e.by;
  r.provider = contract.department;
  r.dataset = e.dataset;
  r.purpose = e.purpose;
  r.on_platform = e.on_platform;
  r.last = e.at;
  CITYBRAIN_TRY(take_masks(e, contract, r));
  return r;
}

Result<void> stepped(const Rules& rules, const Event& event, Request& request) {
  return Step(rules, event, request).run();
}

}  // namespace citybrain::catalog
