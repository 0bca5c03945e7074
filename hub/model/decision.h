// Decisions: what a policy wants (Proposal), what dispatch orders (Command), what came of it (Ack).
// Values, no IO.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/road_network.h"
#include "hub/model/time.h"
#include "hub/model/trace.h"

namespace citybrain::model {

/// Why: a stable code with the numbers behind it. The sentence for people is made from both at the
/// edge, in their language, so that no step of a run pays for text.
struct Reason {
  std::string code;         ///< e.g. "pressure", "gap-out", "look-ahead", "max-red"
  float value = 0;          ///< the winner's score
  float runner_up = 0;      ///< the next best's score
  std::int32_t detail = 0;  ///< code-specific (e.g. the phase left)
  /// The records behind it, the strongest first; empty where time alone asks for it (max-red).
  std::vector<TraceContext> causes = {};

  template <class A>
  void fields(A& a) {
    a(code, value, runner_up, detail, causes);
  }
};

/// What a desk asks of one signal: a phase by its index in Junction::phases, or (phase < 0) an
/// explicit set of greens.
struct Proposal {
  DeskId desk;
  JunctionId junction;
  std::int32_t phase = -1;
  GroupSet greens = 0;
  std::int32_t priority = 0;  ///< higher wins; equal ones are decided by benefit, then by desk
  double benefit = 0;         ///< expected, vehicle-seconds saved
  Reason reason;
};

/// A half-open range of positions in the log.
struct PositionRange {
  std::uint32_t topic = 0;
  std::uint32_t partition = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;

  template <class A>
  void fields(A& a) {
    a(topic, partition, from, to);
  }
};

/// What a signal is to show from `effective` on. Every group in neither set is red.
struct Command {
  std::uint64_t id = 0;  ///< deterministic: a hash of (junction, step, ordinal)
  DeskId desk;
  JunctionId junction;
  EventTime effective;
  GroupSet greens = 0;
  GroupSet yellows = 0;
  std::int32_t phase = -1;  ///< the phase that this belongs to or leads to
  Reason reason;
  std::vector<PositionRange> because;  ///< the records of the step that it was decided in

  template <class A>
  void fields(A& a) {
    a(id, desk, junction, effective, greens, yellows, phase, reason, because);
  }
};

enum class AckStatus : std::uint8_t { kApplied, kRefused, kDuplicate };

struct Ack {
  std::uint64_t command = 0;
  JunctionId junction;
  EventTime at;
  AckStatus status = AckStatus::kApplied;
  std::string why;

  template <class A>
  void fields(A& a) {
    a(command, junction, at, status, why);
  }
};

}  // namespace citybrain::model
