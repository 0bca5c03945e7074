// Time as the hub knows it. Event time is milliseconds since 1970-01-01T00:00:00Z in simulated
// time; a step is one simulated second counted from the scenario's start. Wall clock never appears
// in these types.
#pragma once

#include <compare>
#include <cstdint>

namespace citybrain::model {

struct EventTime {
  std::int64_t ms = 0;
  friend constexpr auto operator<=>(EventTime, EventTime) = default;
  friend constexpr EventTime operator+(EventTime t, std::int64_t ms) { return {t.ms + ms}; }
  friend constexpr EventTime operator-(EventTime t, std::int64_t ms) { return {t.ms - ms}; }
  friend constexpr std::int64_t operator-(EventTime a, EventTime b) { return a.ms - b.ms; }

  template <class A>
  void fields(A& a) {
    a(ms);
  }
};

using Step = std::uint32_t;
constexpr std::int64_t kStepMs = 1000;

/// The start of a scenario in event time, and the conversion between steps and event time.
struct Epoch {
  EventTime start;
  constexpr EventTime at(Step step) const { return start + std::int64_t{step} * kStepMs; }
  constexpr double seconds(EventTime t) const { return static_cast<double>(t - start) / 1000.0; }
};

}  // namespace citybrain::model
