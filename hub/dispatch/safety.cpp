#include "hub/dispatch/safety.h"

#include <algorithm>

namespace citybrain::dispatch {

using model::EventTime;
using model::GroupSet;
using model::has;

namespace {

std::int64_t milliseconds(double seconds) {
  return static_cast<std::int64_t>(seconds * 1000.0 + 0.5);
}

GroupSet served(const model::Junction& j) {
  GroupSet all = 0;
  for (const auto& p : j.phases) all |= p.greens;
  return all;
}

/// Number of leading phases after which every group was served once.
std::size_t cover(const model::Junction& j) {
  const GroupSet all = served(j);
  GroupSet seen = 0;
  for (std::size_t i = 0; i < j.phases.size(); ++i) {
    seen |= j.phases[i].greens;
    if (seen == all) return i + 1;
  }
  return j.phases.size();
}

}  // namespace

std::optional<GroupSet> target_of(const model::Junction& junction, const Request& request) {
  if (request.phase < 0) return request.greens | junction.always_green;
  if (static_cast<std::size_t>(request.phase) >= junction.phases.size()) return std::nullopt;
  return junction.phases[static_cast<std::size_t>(request.phase)].greens;
}

void Signal::start(EventTime now) {
  if (state_.started) return;
  state_.started = true;
  state_.phase = 0;
  state_.greens = state_.target = junction_.phases.front().greens;
  state_.green_since = now;
  state_.red_since_ms.assign(junction_.movements.size(), now.ms);
  for (std::size_t g = 0; g < junction_.movements.size(); ++g)
    if (has(state_.greens, g)) state_.red_since_ms[g] = SignalState::kGreen;
}

/// Earliest deadline first: a group that waited is served in time if, when it becomes due, there is
/// still time for the phases of all groups that waited longer, each with its minimum green and the
/// intergreen, and for the change that may just have begun.
std::optional<Request> Signal::overdue(EventTime effective) const {
  const std::int64_t round = milliseconds(limits_.min_green_s + junction_.intergreen_s);
  const std::int64_t limit = milliseconds(limits_.max_red_s);
  const std::int64_t most_ahead =
      std::min(limit / 2, static_cast<std::int64_t>(cover(junction_) + 1) * round);
  if (effective.ms - oldest_red() < limit - most_ahead) return std::nullopt;
  const GroupSet all = served(junction_);
  std::vector<std::size_t> waiting;
  for (std::size_t g = 0; g < junction_.movements.size(); ++g)
    if (has(all, g) && !has(state_.target, g) && state_.red_since_ms[g] != SignalState::kGreen)
      waiting.push_back(g);
  std::stable_sort(waiting.begin(), waiting.end(),
                   [&](auto a, auto b) { return state_.red_since_ms[a] < state_.red_since_ms[b]; });
  std::vector<std::int32_t> phases;
  bool due = false;
  for (const auto g : waiting) {
    const std::int32_t p = phase_for(g);
    if (p < 0) continue;
    if (std::find(phases.begin(), phases.end(), p) == phases.end()) phases.push_back(p);
    const std::int64_t ahead =
        std::min(limit / 2, (static_cast<std::int64_t>(phases.size()) + 1) * round);
    due = due || effective.ms - state_.red_since_ms[g] >= limit - ahead;
  }
  if (!due || phases.empty()) return std::nullopt;
  const auto oldest = *std::find_if(waiting.begin(), waiting.end(),
                                    [&](auto g) { return phase_for(g) == phases.front(); });
  const auto waited = static_cast<float>(effective.ms - state_.red_since_ms[oldest]) / 1000.0F;
  return Request{phases.front(), 0, {}, {"max-red", waited, 0, static_cast<std::int32_t>(oldest)}};
}

std::int64_t Signal::oldest_red() const {
  return state_.red_since_ms.empty()
             ? SignalState::kGreen
             : *std::min_element(state_.red_since_ms.begin(), state_.red_since_ms.end());
}

/// The first safe phase that serves the group; -1 when there is none.
std::int32_t Signal::phase_for(std::size_t group) const {
  for (std::size_t p = 0; p < junction_.phases.size(); ++p)
    if (has(junction_.phases[p].greens, group) && is_safe(junction_.phases[p].greens))
      return static_cast<std::int32_t>(p);
  return -1;
}

bool Signal::is_safe(GroupSet greens) const {
  for (std::size_t g = 0; g < junction_.conflicts.size(); ++g)
    if (has(greens, g) && (junction_.conflicts[g] & greens) != 0) return false;
  return junction_.movements.size() >= model::kMaxGroups ||
         (greens >> junction_.movements.size()) == 0;
}

std::string Signal::ask(const Request& request, EventTime effective) {
  const auto target = target_of(junction_, request);
  if (!target) return "unknown-phase";
  if (*target == state_.target) return {};
  if (!limits_.filter) {
    state_.phase = request.phase;
    state_.target = *target;
    state_.changing = true;
    state_.yellow_ends = state_.change_ends = effective;
  } else {
    if (!is_safe(*target)) return "conflict";
    if (state_.changing) return "changing";
    if (effective - state_.green_since < milliseconds(limits_.min_green_s)) return "min-green";
    const GroupSet ending = state_.greens & ~*target;
    const std::int64_t intergreen = ending == 0 ? 0 : milliseconds(junction_.intergreen_s);
    state_.phase = request.phase;
    state_.target = *target;
    state_.changing = true;
    state_.yellow_ends =
        effective + std::min(intergreen, ending == 0 ? 0 : milliseconds(junction_.yellow_s));
    state_.change_ends = effective + intergreen;
  }
  state_.reason = request.reason;
  state_.desk = request.desk;
  return {};
}

bool Signal::advance(EventTime effective) {
  if (!state_.changing) return false;
  if (effective >= state_.change_ends) {
    state_.changing = false;
    state_.green_since = effective;
    show(state_.target, 0, effective);
    return true;
  }
  const GroupSet staying = state_.greens & state_.target;
  if (effective >= state_.yellow_ends) {
    if (state_.yellows == 0 && state_.greens == staying) return false;
    show(staying, 0, effective);
    return true;
  }
  if (state_.yellows != 0) return false;
  const GroupSet ending = state_.greens & ~state_.target;
  show(staying, ending, effective);
  return true;
}

void Signal::show(GroupSet greens, GroupSet yellows, EventTime effective) {
  for (std::size_t g = 0; g < state_.red_since_ms.size(); ++g) {
    if (has(greens, g)) {
      state_.red_since_ms[g] = SignalState::kGreen;
    } else if (state_.red_since_ms[g] == SignalState::kGreen) {
      state_.red_since_ms[g] = effective.ms;  // yellow counts as waiting
    }
  }
  state_.greens = greens;
  state_.yellows = yellows;
}

}  // namespace citybrain::dispatch
