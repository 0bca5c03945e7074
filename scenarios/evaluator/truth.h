// The truth of a run as read back from its topic. Private to scenarios/evaluator.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/time.h"
#include "hub/network/network.h"
#include "scenarios/evaluator/parking.h"
#include "scenarios/evaluator/truth_log.h"

namespace citybrain::evaluator {

/// One step of the truth: counts always, lanes when it was sampled.
struct StepTruth {
  model::Step step = 0;
  std::uint32_t created = 0, finished = 0, running = 0, waiting_outside = 0;
  std::vector<TruthLane> lanes;
  bool looked_for_jams = false;
  std::vector<TruthJam> jams;
  std::uint32_t standing_at_green = 0;
};

struct Passage : TruthPassage {
  bool open = false;  ///< still on the lane when the run ended
};

/// Something that happened to a call, or (kPreempted) at a signal; the words are the city's.
struct EmergencyTruth {
  enum What : std::uint8_t { kCalled, kSent, kAtScene, kAtHospital, kFree, kPreempted };
  model::Step step = 0;
  std::uint8_t what = kCalled, role = 0, severity = 0;
  std::uint32_t call = 0, unit = 0;
};

struct Truth {
  bool present = false;
  std::vector<std::uint32_t> created_ms;  ///< of every vehicle, in order of creation
  std::vector<std::pair<std::uint32_t, std::uint32_t>>
      trips;  ///< created, finished; finished ones only
  std::vector<Passage> passages;
  std::vector<EmergencyTruth> emergencies;
  std::vector<StepTruth> steps;
  ParkingTruth parking;
  std::uint64_t rerouted = 0;
  std::vector<std::string> monitor_faults;
  std::uint64_t missed_turns = 0;
  std::string trips_digest;  ///< bytes for the outcome's hash
};

/// Reads truth.city whole. Error CB-EVALUATE-INCOMPLETE when steps are missing up to `steps`,
/// CB-EVALUATE-TRUTH when a record is damaged.
model::Result<Truth> read_truth(network::Log& log, model::Step steps, std::size_t lanes);

}  // namespace citybrain::evaluator
