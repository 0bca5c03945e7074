#include "scenarios/city/preemption.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace citybrain::city {

using model::GroupSet;
using model::JunctionId;

namespace {
std::uint32_t whole_seconds(double s) { return static_cast<std::uint32_t>(std::ceil(s)); }
}  // namespace

Preemption::Preemption(const model::RoadNetwork& network, SignalHeads& heads,
                       const Options& options)
    : network_(network), heads_(heads), options_(options) {
  if (on()) cabinets_.resize(network.junctions.size());
}

void Preemption::remember(JunctionId junction, GroupSet greens) {
  cabinets_[junction.value].wanted = greens;
}

/// Of the phases that serve the group, the one that keeps most of what is green; the group alone
/// where no phase does.
GroupSet Preemption::phase_for(const model::Junction& j, std::uint8_t group, GroupSet now) const {
  GroupSet best = 0;
  int kept = -1;
  for (const auto& p : j.phases) {
    if (!model::has(p.greens, group)) continue;
    const int keeps = std::popcount(p.greens & now);
    if (keeps <= kept) continue;
    kept = keeps;
    best = p.greens;
  }
  return kept >= 0 ? best : (GroupSet{1} << group) | (j.always_green & ~j.conflicts[group]);
}

void Preemption::begin(JunctionId junction, std::uint32_t now_s, std::vector<std::string>& faults) {
  auto& c = cabinets_[junction.value];
  const auto& j = network_[junction];
  const GroupSet now = heads_.greens(junction);
  if (c.stage == Stage::kIdle) c.wanted = now;
  c.target = phase_for(j, c.group, now);
  c.stage = Stage::kClearing;
  heads_.serve(junction, now & c.target, now_s, faults);
  // Also groups that ended before, by somebody's command, are clear after a whole intergreen.
  c.next_s = now_s + whole_seconds(j.intergreen_s);
}

/// True when the heads changed.
bool Preemption::advance(JunctionId junction, std::uint32_t now_s,
                         std::vector<std::string>& faults) {
  auto& c = cabinets_[junction.value];
  const auto& j = network_[junction];
  switch (c.stage) {
    case Stage::kIdle:
      return false;
    case Stage::kClearing:
      if (now_s < c.next_s) return false;
      heads_.serve(junction, c.target, now_s, faults);
      c.stage = Stage::kServing;
      c.next_s = now_s + whole_seconds(static_cast<double>(options_.most_s));
      return true;
    case Stage::kServing:
      if (c.asked && now_s < c.next_s) return false;
      c.gave_up = c.asked;
      if (heads_.resume_plan(junction, now_s, faults)) {
        c.stage = Stage::kIdle;
        return true;
      }
      heads_.serve(junction, heads_.greens(junction) & c.wanted, now_s, faults);
      c.stage = Stage::kReturning;
      c.next_s = now_s + whole_seconds(j.intergreen_s);
      return true;
    case Stage::kReturning:
      // What its commander has ended meanwhile ends when he thinks so, and counts from then.
      if ((heads_.greens(junction) & ~c.wanted) != 0) {
        heads_.serve(junction, heads_.greens(junction) & c.wanted, now_s, faults);
        c.next_s = std::max(c.next_s, now_s + whole_seconds(j.intergreen_s));
        return true;
      }
      if (now_s < c.next_s) return false;
      heads_.serve(junction, c.wanted, now_s, faults);
      c.stage = Stage::kIdle;
      return true;
  }
  return false;
}

void Preemption::second(std::uint32_t now_s, const std::vector<Sirens::Approach>& approaches,
                        std::vector<std::string>& faults, std::vector<JunctionId>& changed,
                        std::vector<JunctionId>& begun) {
  if (!on()) return;
  for (const auto j : working_) cabinets_[j].asked = false;
  for (const auto& a : approaches) {
    if (!network_[a.junction].signalised || !heads_.has_power(a.junction)) continue;
    auto& c = cabinets_[a.junction.value];
    if (std::find(working_.begin(), working_.end(), a.junction.value) == working_.end())
      working_.push_back(a.junction.value);
    const bool free = c.stage == Stage::kIdle || c.stage == Stage::kReturning;
    if (free && !c.asked && !c.gave_up) {
      c.group = a.group;
      c.asked = true;
      begin(a.junction, now_s, faults);
      changed.push_back(a.junction);
      begun.push_back(a.junction);
    } else {
      c.asked = c.asked || c.group == a.group;
    }
  }
  std::sort(working_.begin(), working_.end());
  for (const auto id : working_) {
    const JunctionId junction{id};
    auto& c = cabinets_[id];
    if (!heads_.has_power(junction)) c.stage = Stage::kIdle;
    if (!c.asked) c.gave_up = false;
    if (advance(junction, now_s, faults)) changed.push_back(junction);
  }
  std::erase_if(working_, [&](std::uint32_t j) {
    return cabinets_[j].stage == Stage::kIdle && !cabinets_[j].asked && !cabinets_[j].gave_up;
  });
}

}  // namespace citybrain::city
