// Hub, last third (反馈执行): proposals -> commands. Arbitration picks one proposal a junction
// (priority, then benefit, then desk); the safety filter turns it into what a signal may show:
// minimum green, intergreen (yellow, then all red) before a conflicting green, the conflict matrix,
// maximum red; whatever was asked, no command that breaks one of these leaves here. Commands go to
// the outbox until they are acknowledged. Every refusal says why.
//
// Knows only hub/model. Values; State is serialisable; deterministic. One thread a State.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hub/model/archive.h"
#include "hub/model/decision.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"

namespace citybrain::dispatch {

/// Limits of one signal, in seconds.
struct SafetyLimits {
  double min_green_s = 5;
  /// No group that a phase serves stays red longer, whatever was asked: it is forced in time for
  /// itself and for those that waited longer. A limit below twice (cover + 1) * (minimum green +
  /// intergreen), cover being the number of phases that serve every group once, cannot be kept and
  /// is then met as nearly as the other rules allow.
  double max_red_s = 300;
  bool filter = true;  ///< false only in the test that shows the city's conflict monitor firing
};

struct SignalState {
  std::int32_t phase = -1;  ///< shown, or being changed to
  model::GroupSet greens = 0;
  model::GroupSet yellows = 0;
  model::GroupSet target = 0;    ///< greens after the change
  model::EventTime green_since;  ///< when the present (or coming) phase's green began
  model::EventTime change_ends;  ///< end of the intergreen
  model::EventTime yellow_ends;
  bool changing = false;
  bool started = false;
  static constexpr std::int64_t kGreen = INT64_MAX;
  std::vector<std::int64_t> red_since_ms;  ///< by group; kGreen when not red
  model::Reason reason;
  model::DeskId desk;

  template <class A>
  void fields(A& a) {
    a(phase, greens, yellows, target, green_since, change_ends, yellow_ends, changing, started,
      red_since_ms, reason, desk);
  }
};

/// Of the junctions of a city, or of a district: what each does depends on its own proposals only.
struct State {
  std::vector<model::JunctionId> junctions;
  std::vector<SignalState> signals;    ///< of the junctions, in their order
  std::vector<model::Command> outbox;  ///< not yet acknowledged, by id order of issue
  std::uint64_t issued = 0;
  std::uint64_t refused = 0;  ///< proposals refused or put off by the filter
  std::uint64_t acknowledged = 0;
  std::uint64_t refused_by_device = 0;

  template <class A>
  void fields(A& a) {
    a(junctions, signals, outbox, issued, refused, acknowledged, refused_by_device);
  }
};

struct Refusal {
  model::JunctionId junction;
  model::DeskId desk;
  std::string
      code;  ///< "min-green", "conflict", "unknown-phase", "changing", "max-red", "outranked"
};

struct Orders {
  std::vector<model::Command> commands;
  std::vector<Refusal> refusals;
};

/// Of all junctions.
State initial_state(const model::RoadNetwork& network);
State initial_state(std::vector<model::JunctionId> junctions);
/// One step: decided at `now`, effective at `now` + `lookahead_ms`. Also carries on changes that
/// are under way, without proposals.
Orders execute(const model::RoadNetwork& network, const SafetyLimits& limits,
               std::span<const model::Proposal> proposals, model::EventTime now,
               std::int64_t lookahead_ms, State& state);
void acknowledge(std::span<const model::Ack> acks, State& state);
/// What the hub knows of each of the state's signals, for the situation (by junction).
void fill_signals(const model::RoadNetwork& network, const State& state, model::EventTime now,
                  std::vector<model::SignalSituation>& out);

}  // namespace citybrain::dispatch
