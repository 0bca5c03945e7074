// Requests for data (共享申请) under a law: what is asked for, in which state it is, which clocks
// run. The state is a function of the events: fold() of the same events gives the same book,
// wherever and whenever it is called.
//
//   drafted --file--> checking --pass--> with-provider --grant--> granted --deliver--> delivered
//   --use--> in-use --close--> closed
//   checking --return--> returned (so often as the law says) --file--> checking
//   with-provider --refuse--> refused; with-provider, refused --negotiate--> negotiating --agree-->
//   with-provider; refused, negotiating, an overdue answer --escalate--> escalated --grant,
//   refuse--> granted, delivered, in-use --revoke--> revoked, or expired after the last day of the
//   grant; whatever is not over --close--> closed by its requester. in-use: give-back (回流),
//   correct and corrected (校核纠错); dispute and settle at any time.
//
// Clocks count working days of the calendar; the day on which one starts does not count, so a limit
// of 1 that starts on a Monday is due on Tuesday. A limit that is over refuses no step: it is shown
// and counted, and an overdue answer may be escalated.
//
// An event that is not allowed changes nothing and is an error: CB-INPUT-REQUEST (a step that does
// not follow, or is not this party's), CB-INPUT-SCOPE (beyond what may be shared or was granted:
// not shareable, another purpose, expired, another department), CB-INPUT-CALENDAR. Values, pure
// functions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/catalog/calendar.h"
#include "hub/catalog/catalog.h"
#include "hub/catalog/law.h"
#include "hub/model/ids.h"
#include "hub/model/time.h"

namespace citybrain::catalog {

enum class State : std::uint8_t {
  kDrafted,
  kChecking,
  kReturned,
  kWithProvider,
  kNegotiating,
  kEscalated,
  kGranted,
  kRefused,
  kDelivered,
  kInUse,
  kClosed,
  kRevoked,
  kExpired,
};
constexpr std::uint32_t kStates = 13;
std::string_view name_of(State state);

enum class Act : std::uint8_t {
  kDraft,
  kFile,
  kPass,
  kReturn,
  kNegotiate,
  kAgree,
  kEscalate,
  kGrant,
  kRefuse,
  kDeliver,
  kUse,
  kClose,
  kRevoke,
  kGiveBack,
  kCorrect,
  kCorrected,
  kDispute,
  kSettle,
};
constexpr std::uint32_t kActs = 18;
std::string_view name_of(Act act);
std::optional<Act> act_of(std::string_view name);

/// Who checks, escalates to and settles, where a scenario names nobody else.
constexpr const char* kAuthority = "data_authority";

/// One step of one request.
struct Event {
  model::EventTime at;
  Act act = Act::kDraft;
  std::string request;
  std::string by;               ///< the requester's, the provider's department, or the authority
  std::string reason;           ///< why; of a grant: its conditions
  std::string dataset;          ///< of a draft
  std::string purpose;          ///< of a draft and a use
  bool on_platform = false;     ///< of a draft: the platform has the data already
  std::optional<Date> expires;  ///< of a grant: its last day
  std::string item;             ///< of corrections and disputes: which one
  /// Of a draft: masking rules with which less is enough; of a grant: its conditions. Each comes to
  /// the contract's, as catalog::parse_rule() reads it.
  std::vector<std::string> masks = {};

  friend bool operator==(const Event&, const Event&) = default;
};

enum class ClockKind : std::uint8_t {
  kCheck,
  kCompletion,
  kAnswer,
  kNegotiation,
  kEscalation,
  kDelivery,
  kCorrection,
  kDispute,
};
constexpr std::uint32_t kClocks = 8;
std::string_view name_of(ClockKind kind);

/// Runs, stands still (paused), or has stopped for good.
struct Clock {
  ClockKind kind = ClockKind::kCheck;
  std::string item;           ///< of a correction or dispute
  std::uint32_t limit = 0;    ///< working days
  std::uint32_t spent = 0;    ///< working days before `since`
  std::optional<Date> since;  ///< runs since that day; none: stands still or has stopped
  bool stopped = false;

  friend bool operator==(const Clock&, const Clock&) = default;
};
/// Working days that a clock has counted by the end of `day`.
model::Result<std::uint32_t> counted(const Calendar& calendar, const Clock& clock, Date day);
/// The last day of its limit, as it runs; none where it stands still or has stopped.
model::Result<std::optional<Date>> due(const Calendar& calendar, const Clock& clock);

struct Request {
  std::string id;
  std::string requester, provider;
  std::string dataset;
  std::string purpose;
  bool on_platform = false;
  State state = State::kDrafted;
  std::string reason;           ///< of the last return, refusal or revocation
  std::string conditions;       ///< of the grant
  std::vector<MaskRule> masks;  ///< of draft and grant, beside the contract's
  std::optional<Date> expires;
  std::optional<Date> filed;    ///< first
  std::optional<Date> settled;  ///< the day from which nobody waits any more: in use, or over
  std::uint32_t returned = 0, negotiated = 0, escalated = 0, refused = 0, given_back = 0;
  std::vector<Clock> clocks;  ///< in the order in which they started
  model::EventTime last;      ///< event

  const Clock* running(ClockKind kind, std::string_view item = {}) const;
  /// As of a time: a grant whose last day is over has expired.
  State state_at(const Calendar& calendar, model::EventTime now) const;
};

/// An event that was not allowed, and why.
struct RefusedEvent {
  Event event;
  model::Error error;
};

struct Book {
  std::map<std::string, Request> requests;
  std::vector<RefusedEvent> refused;
};

/// What events are judged by; all of it must outlive the call.
struct Rules {
  const Law& law;
  const Calendar& calendar;
  const Catalog& catalog;
  std::string authority = kAuthority;
};

/// Does one step, or changes nothing.
model::Result<void> apply(const Rules& rules, const Event& event, Book& book);
/// Does all that are allowed; the others are noted in the book.
void fold(const Rules& rules, std::span<const Event> events, Book& book);

/// The datasets that `requester` may use for `purpose` at `now`: of its requests in use.
model::SourceMask granted(const Rules& rules, const Book& book, std::string_view requester,
                          std::string_view purpose, model::EventTime now);

/// The masking rules under which it may, by dataset: of all its requests in use; the strictest of
/// those about the same holds. Datasets without rules are left out.
using GrantMasks = std::map<model::DatasetId, std::vector<MaskRule>>;
GrantMasks granted_masks(const Rules& rules, const Book& book, std::string_view requester,
                         std::string_view purpose, model::EventTime now);

/// What came of the requests by `now`, for reports.
struct RequestFigures {
  std::uint64_t requests = 0;
  std::map<std::string, std::uint64_t> by_state;
  std::uint64_t working_days_waited = 0;  ///< from filing until in use or over, all together
  std::uint64_t returned = 0, refused = 0, negotiated = 0, escalated = 0, expired = 0, revoked = 0;
  std::uint64_t given_back = 0, corrections = 0, corrections_late = 0, disputes = 0;
  std::uint64_t limits_missed = 0;  ///< clocks beyond their limit
  std::uint64_t scope_violations_refused = 0;
  std::uint64_t steps_refused = 0;  ///< all others
};
model::Result<RequestFigures> figures(const Rules& rules, const Book& book, model::EventTime now);

}  // namespace citybrain::catalog
