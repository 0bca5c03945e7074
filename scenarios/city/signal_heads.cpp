#include "scenarios/city/signal_heads.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace citybrain::city {

using model::has;

namespace {
constexpr model::GroupSet kAll = ~model::GroupSet{0};
}

SignalHeads::SignalHeads(const model::RoadNetwork& network, const Options& options)
    : network_(network), options_(options) {
  for (const auto& j : network.junctions) {
    Heads h;
    if (j.signalised) {
      h.greens = j.phases.front().greens;
      h.cycle = model::cycle_of(j);
      if (j.whole_plan) {
        h.cycle.resize(j.phases.size());
        std::iota(h.cycle.begin(), h.cycle.end(), std::size_t{0});
      }
      // The first phase goes on until the offset has passed.
      h.next_change_s = j.offset_s + std::max(1.0, j.phases.front().duration_s - j.intergreen_s);
    }
    h.green_ended_s.assign(j.movements.size(), -1e9);
    greens_.push_back(j.signalised ? h.greens : kAll);
    shown_.push_back(greens_.back());
    held_.push_back(0);
    const bool own = j.signalised && options.own_plan_after_s > 0;
    plan_wake_s_.push_back(own ? 0 : 1e18);
    heads_.push_back(std::move(h));
  }
}

std::string SignalHeads::fault(const model::Junction& j, const Heads& heads, model::GroupSet greens,
                               double now_s) const {
  constexpr double kTolerance = 0.5;
  for (std::size_t a = 0; a < j.movements.size(); ++a) {
    if (!has(greens, a)) continue;
    for (std::size_t b = 0; b < j.movements.size(); ++b) {
      if (!has(j.conflicts[a], b)) continue;
      if (has(greens, b))
        return fmt::format("{}: conflicting groups {} and {} green together at {:.0f} s", j.name, a,
                           b, now_s);
      const bool starts = !has(heads.greens, a);
      if (starts && has(heads.greens, b))
        return fmt::format("{}: group {} green without clearance of group {} at {:.0f} s", j.name,
                           a, b, now_s);
      if (starts && now_s - heads.green_ended_s[b] < j.intergreen_s - kTolerance)
        return fmt::format(
            "{}: group {} green {:.0f} s after group {} at {:.0f} s, intergreen {:.0f} s", j.name,
            a, now_s - heads.green_ended_s[b], b, now_s, j.intergreen_s);
    }
  }
  return {};
}

void SignalHeads::show(const city_port::SignalActuation& actuation, std::uint32_t now_s,
                       std::vector<std::string>& faults) {
  heads_[actuation.junction.value].commanded_s = now_s + 1;
  if (options_.own_plan_after_s == 0) plan_wake_s_[actuation.junction.value] = 1e18;
  switch_to(actuation.junction, actuation.greens, now_s, faults);
}

void SignalHeads::switch_to(model::JunctionId junction, model::GroupSet wanted, std::uint32_t now_s,
                            std::vector<std::string>& faults) {
  auto& h = heads_[junction.value];
  const auto& j = network_[junction];
  const std::string why = fault(j, h, wanted, now_s);
  if (!why.empty()) {
    faults.push_back(why);
    if (options_.monitor_stops) h.dark_until_s = now_s + kTripSeconds;
  }
  const model::GroupSet greens = now_s < h.dark_until_s ? 0 : wanted;
  for (std::size_t g = 0; g < j.movements.size(); ++g)
    if (has(h.greens, g) && !has(greens, g)) h.green_ended_s[g] = now_s;
  h.greens = greens;
  if (h.powered) tell_drivers(junction, greens);
}

void SignalHeads::tell_drivers(model::JunctionId junction, model::GroupSet greens) {
  shown_[junction.value] = greens;
  greens_[junction.value] = greens & ~held_[junction.value];
}

void SignalHeads::hold_back(model::JunctionId junction, model::GroupSet groups) {
  held_[junction.value] = groups;
  tell_drivers(junction, shown_[junction.value]);
}

void SignalHeads::serve(model::JunctionId junction, model::GroupSet greens, std::uint32_t now_s,
                        std::vector<std::string>& faults) {
  plan_wake_s_[junction.value] = 1e18;
  switch_to(junction, greens, now_s, faults);
}

bool SignalHeads::resume_plan(model::JunctionId junction, std::uint32_t now_s,
                              std::vector<std::string>& faults) {
  auto& h = heads_[junction.value];
  const bool commanded =
      h.commanded_s != 0 && now_s < h.commanded_s - 1 + options_.own_plan_after_s;
  if (options_.own_plan_after_s == 0 || commanded) return false;
  // As after a power cut: all red but for what stays green, then the phase after the present one.
  const auto& j = network_[junction];
  const auto next = h.cycle[(h.at + 1) % h.cycle.size()];
  switch_to(junction, h.greens & j.phases[next].greens, now_s, faults);
  h.between = true;
  h.next_change_s = now_s + j.intergreen_s;
  plan_wake_s_[junction.value] = h.next_change_s;
  return true;
}

void SignalHeads::set_power(model::JunctionId junction, bool on, std::uint32_t now_s) {
  auto& h = heads_[junction.value];
  const auto& j = network_[junction];
  if (h.powered == on || !j.signalised) return;
  h.powered = on;
  // Heads come back with all red, as the start-up sequence of a cabinet does.
  for (std::size_t g = 0; g < j.movements.size(); ++g) h.green_ended_s[g] = now_s;
  if (!on) h.before_cut = h.greens;
  h.greens = 0;
  tell_drivers(junction, on ? 0 : kAll);
  h.between = true;
  h.next_change_s = now_s + j.intergreen_s;
  plan_wake_s_[junction.value] = on ? h.next_change_s : 1e18;
}

void SignalHeads::run_own_plans(std::uint32_t now_s, std::vector<std::string>& faults,
                                std::vector<model::JunctionId>& changed) {
  for (std::uint32_t j = 0; j < plan_wake_s_.size(); ++j) {
    if (plan_wake_s_[j] > now_s) continue;
    auto& h = heads_[j];
    if (options_.own_plan_after_s == 0) {  // after a power cut: as before it, until a command comes
      plan_wake_s_[j] = 1e18;
      switch_to(model::JunctionId{j}, h.before_cut, now_s, faults);
      changed.push_back(model::JunctionId{j});
      continue;
    }
    const double own_from_s =
        h.commanded_s == 0 ? 0 : h.commanded_s - 1 + options_.own_plan_after_s;
    plan_wake_s_[j] = std::max(own_from_s, h.next_change_s);
    if (plan_wake_s_[j] > now_s || !h.powered) continue;
    advance_plan(model::JunctionId{j}, now_s, faults);
    plan_wake_s_[j] = h.next_change_s;
    changed.push_back(model::JunctionId{j});
  }
}

/// The next change of the cabinet's own plan: into an intergreen, or out of it into the next phase.
void SignalHeads::advance_plan(model::JunctionId junction, std::uint32_t now_s,
                               std::vector<std::string>& faults) {
  auto& h = heads_[junction.value];
  const auto& j = network_[junction];
  if (!h.between) {
    const auto next = h.cycle[(h.at + 1) % h.cycle.size()];
    // Groups that are green in the next phase, too, stay so.
    switch_to(junction, (h.greens & j.phases[next].greens) | j.always_green, now_s, faults);
    h.next_change_s = now_s + j.intergreen_s;
  } else {
    h.at = (h.at + 1) % h.cycle.size();
    const auto& phase = j.phases[h.cycle[h.at]];
    switch_to(junction, phase.greens, now_s, faults);
    h.next_change_s = now_s + std::max(1.0, phase.duration_s - j.intergreen_s);
  }
  h.between = !h.between;
}

}  // namespace citybrain::city
