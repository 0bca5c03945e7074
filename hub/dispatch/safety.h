// The safety filter of one signal: a state machine that only ever shows safe states. Private to
// hub/dispatch.
//
// A change of greens goes: ending groups yellow for yellow_s, then red until intergreen_s have
// passed, then the new greens; groups green before and after stay green. A set of greens with a
// conflict in it is never shown.
#pragma once

#include <optional>
#include <string>

#include "hub/dispatch/dispatch.h"

namespace citybrain::dispatch {

/// What is asked of one signal.
struct Request {
  std::int32_t phase = -1;
  model::GroupSet greens = 0;
  model::DeskId desk;
  model::Reason reason;
};

class Signal {
 public:
  Signal(const model::Junction& junction, const SafetyLimits& limits, SignalState& state)
      : junction_(junction), limits_(limits), state_(state) {}

  /// First call: the plan's first phase is what cabinets show by themselves.
  void start(model::EventTime now);
  /// The group that must be served now because of the maximum red, as a request; nothing when there
  /// is none.
  std::optional<Request> overdue(model::EventTime effective) const;
  /// Asks for a change; returns why not, or an empty string when it is under way or nothing has to
  /// change.
  std::string ask(const Request& request, model::EventTime effective);
  /// Moves a change under way on. True when the heads show something new from `effective` on.
  bool advance(model::EventTime effective);

 private:
  bool is_safe(model::GroupSet greens) const;
  std::int64_t oldest_red() const;
  std::int32_t phase_for(std::size_t group) const;
  void show(model::GroupSet greens, model::GroupSet yellows, model::EventTime effective);

  const model::Junction& junction_;
  const SafetyLimits& limits_;
  SignalState& state_;
};

/// The greens of a request: its phase's, or its own set with what is always green. Nothing for a
/// phase that does not exist.
std::optional<model::GroupSet> target_of(const model::Junction& junction, const Request& request);

}  // namespace citybrain::dispatch
