#include "hub/dispatch/dispatch.h"

#include <algorithm>

#include "hub/dispatch/arbitration.h"
#include "hub/dispatch/safety.h"

namespace citybrain::dispatch {

using model::EventTime;

namespace {

/// splitmix64's finaliser, so that ids look unlike each other.
std::uint64_t mix(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

std::uint64_t command_id(std::uint32_t junction, EventTime effective) {
  return mix(mix(static_cast<std::uint64_t>(effective.ms) + 0x9E3779B97F4A7C15ULL) ^ junction);
}

Request request_of(const model::Proposal& p) { return {p.phase, p.greens, p.desk, p.reason}; }

model::Command command_of(std::uint32_t junction, const SignalState& s, EventTime effective) {
  model::Command c;
  c.id = command_id(junction, effective);
  c.desk = s.desk;
  c.junction = model::JunctionId{junction};
  c.effective = effective;
  c.greens = s.greens;
  c.yellows = s.yellows;
  c.phase = s.phase;
  c.reason = s.reason;
  return c;
}

/// Proposals that lost and wanted something else than the winner.
void refuse_losers(const model::RoadNetwork& network, std::span<const model::Proposal> proposals,
                   const std::vector<std::int32_t>& winner, Orders& orders) {
  for (std::size_t i = 0; i < proposals.size(); ++i) {
    const auto& p = proposals[i];
    if (p.junction.value >= network.junctions.size()) continue;
    const auto won = winner[p.junction.value];
    if (won == static_cast<std::int32_t>(i)) continue;
    const auto& w = proposals[static_cast<std::size_t>(won)];
    if (w.phase != p.phase || w.greens != p.greens)
      orders.refusals.push_back({p.junction, p.desk, "outranked"});
  }
}

}  // namespace

State initial_state(const model::RoadNetwork& network) {
  std::vector<model::JunctionId> all;
  for (std::uint32_t j = 0; j < network.junctions.size(); ++j) all.emplace_back(j);
  return initial_state(std::move(all));
}

State initial_state(std::vector<model::JunctionId> junctions) {
  State s;
  s.signals.resize(junctions.size());
  s.junctions = std::move(junctions);
  return s;
}

Orders execute(const model::RoadNetwork& network, const SafetyLimits& limits,
               std::span<const model::Proposal> proposals, EventTime now, std::int64_t lookahead_ms,
               State& state) {
  Orders orders;
  const EventTime effective = now + lookahead_ms;
  const auto winner = arbitrate(proposals, network.junctions.size());
  refuse_losers(network, proposals, winner, orders);
  for (std::size_t i = 0; i < state.junctions.size(); ++i) {
    const std::uint32_t j = state.junctions[i].value;
    if (!network.junctions[j].signalised) continue;
    auto& s = state.signals[i];
    Signal signal(network.junctions[j], limits, s);
    signal.start(now);
    auto forced = limits.filter ? signal.overdue(effective) : std::nullopt;
    if (forced) {
      const std::string why = signal.ask(*forced, effective);
      if (winner[j] >= 0) {
        const auto& p = proposals[static_cast<std::size_t>(winner[j])];
        if (target_of(network.junctions[j], request_of(p)) != s.target)
          orders.refusals.push_back({p.junction, p.desk, "max-red"});
      }
      (void)why;  // minimum green or a change under way: asked again in the next step
    } else if (winner[j] >= 0) {
      const auto& p = proposals[static_cast<std::size_t>(winner[j])];
      const std::string why = signal.ask(request_of(p), effective);
      if (!why.empty()) orders.refusals.push_back({p.junction, p.desk, why});
    }
    if (signal.advance(effective)) orders.commands.push_back(command_of(j, s, effective));
  }
  state.issued += orders.commands.size();
  state.refused += orders.refusals.size();
  state.outbox.insert(state.outbox.end(), orders.commands.begin(), orders.commands.end());
  return orders;
}

void acknowledge(std::span<const model::Ack> acks, State& state) {
  for (const auto& ack : acks) {
    const auto it = std::find_if(state.outbox.begin(), state.outbox.end(),
                                 [&](const model::Command& c) { return c.id == ack.command; });
    if (it == state.outbox.end()) continue;  // a repeated acknowledgement
    state.outbox.erase(it);
    ++state.acknowledged;
    if (ack.status == model::AckStatus::kRefused) ++state.refused_by_device;
  }
}

void fill_signals(const model::RoadNetwork& network, const State& state, EventTime now,
                  std::vector<model::SignalSituation>& out) {
  out.resize(network.junctions.size());
  for (std::size_t i = 0; i < state.junctions.size(); ++i) {
    const std::uint32_t j = state.junctions[i].value;
    const auto& s = state.signals[i];
    const auto& junction = network.junctions[j];
    if (!junction.signalised) continue;
    if (!s.started) {
      out[j] = {0, now, false, junction.phases.front().greens, {}};
      continue;
    }
    auto& o = out[j];
    o.phase = s.phase;
    o.since = s.changing ? s.change_ends : s.green_since;
    o.changing = s.changing;
    o.greens = s.greens;
    o.red_s.resize(s.red_since_ms.size());
    for (std::size_t g = 0; g < o.red_s.size(); ++g) {
      const std::int64_t since = s.red_since_ms[g];
      o.red_s[g] = since == SignalState::kGreen ? 0 : static_cast<float>(now.ms - since) / 1000.0F;
    }
  }
}

}  // namespace citybrain::dispatch
