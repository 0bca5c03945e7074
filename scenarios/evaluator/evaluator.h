// The evaluator: the only reader of both the truth and the situation, after the fact; it never
// feeds back. A pure function of the truth topic of the log and of the store (history of
// situations, digests of the Steps).
//
// Travel times. average_travel_time_s is CityFlow's get_average_travel_time: over every vehicle
// created (those still queued outside the network too), finished ones with their travel time, the
// others with the time since they were created. average_travel_time_paper_s is the one that the
// signal-control papers print: per junction, from first sight on an entering lane of a signalised
// junction to leaving it, unfinished until the end of the run; summed over the junctions of a
// vehicle, averaged over vehicles ever seen on an entering lane. outcome_hash: XXH3-128 over the
// Steps' digests (what was read, commands with their effective times, situations) and the truth's
// trips. It excludes wall time, network, process count and paths. A city without truth gives
// truth_present = false and a hash over the digests alone. Errors: CB-EVALUATE-* when truth or
// history is damaged or incomplete. One thread; values after return.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hub/model/result.h"
#include "hub/model/road_network.h"
#include "hub/model/time.h"
#include "hub/network/network.h"
#include "hub/store/store.h"
#include "scenarios/evaluator/gridlock.h"
#include "scenarios/evaluator/parking.h"

namespace citybrain::evaluator {

/// A duration over the cases in which it came to its end.
struct Spread {
  double mean = 0, p50 = 0, p90 = 0;
  std::uint64_t n = 0;
};

/// How calls for help were served. Times count from the call.
struct Emergencies {
  std::uint64_t calls = 0;     ///< medical ones
  std::uint64_t answered = 0;  ///< somebody arrived before the run ended
  Spread response_s;           ///< to the arrival of an ambulance
  Spread hospital_s;           ///< to the arrival at a hospital
  std::uint64_t incidents = 0;
  Spread police_s;  ///< of incidents, to the arrival of the police
  std::uint64_t preemptions = 0;
  bool any() const { return calls + incidents + preemptions > 0; }
};

struct Outcomes {
  Emergencies emergencies;
  double average_travel_time_s = 0;
  double average_travel_time_paper_s = 0;
  std::uint64_t vehicles_entered = 0;  ///< created, those waiting outside included
  std::uint64_t vehicles_finished = 0;
  std::uint64_t vehicles_running = 0;  ///< on the road at the end
  std::uint64_t vehicles_waiting_outside = 0;
  double mean_queue_veh =
      0;  ///< standing vehicles on entering lanes of signalised junctions, mean over samples
  double mean_speed_mps = 0;  ///< space mean over all lanes and samples
  ParkingOutcomes parking;
  std::uint64_t vehicles_rerouted = 0;  ///< times that a driver took another way
  std::uint64_t missed_turns = 0;  ///< drivers who came to the line in a wrong lane and detoured
};

/// How well one quantity was known in one view, over all lanes of signalised approaches and all
/// samples.
struct EstimationScore {
  std::string view;
  std::string quantity;  ///< "queue_veh", "vehicles", "speed_mps"
  double rmse = 0;
  double mape = 0;        ///< over samples whose truth is at least one vehicle (or 1 m/s)
  double bias = 0;        ///< mean of estimate minus truth
  double coverage95 = 0;  ///< share of samples inside estimate +- 1.96 standard deviations (and
                          ///< rounding of 0.5 for counts)
  std::uint64_t samples = 0;
};

/// The run over time, one entry a truth sample (10 s by default).
struct Series {
  std::vector<double> at_s;
  std::vector<double> running;
  std::vector<double> waiting_outside;
  std::vector<double> finished;  ///< cumulative
  std::vector<double> queued;    ///< standing vehicles, whole network
  std::vector<double> mean_speed_mps;
  std::map<std::string, std::vector<double>> queue_rmse;  ///< by view
};

/// One road over the whole run, for the map.
struct RoadTotals {
  double delay_s_per_vehicle =
      0;  ///< mean seconds lost against free flow, estimated from sampled speeds (vehicle-weighted)
  double mean_speed_mps = 0;
  double mean_vehicles = 0;
  double mean_queued = 0;
};

struct JunctionTotals {
  std::string name;
  std::uint64_t passages = 0;  ///< vehicles that left an entering lane
  double mean_passage_s = 0;   ///< from entering the lane to leaving it
  std::uint64_t vehicles = 0;  ///< vehicles that came onto an entering lane
  double mean_approach_s = 0;  ///< their time there, whoever is still there counted to the end
};

/// Vehicles created in one quarter of an hour of the run.
struct DepartureTotals {
  static constexpr double kPeriod_s = 900;
  std::uint64_t vehicles = 0;
  double mean_travel_s = 0;  ///< as Outcomes::average_travel_time_s
};

struct Evaluation {
  bool truth_present = false;
  std::string outcome_hash;  ///< 32 hexadecimal digits
  Outcomes outcomes;
  Gridlock gridlock;
  std::vector<EstimationScore> estimation;
  Series series;
  std::vector<RoadTotals> roads;            ///< by road
  std::vector<JunctionTotals> junctions;    ///< by junction
  std::vector<DepartureTotals> departures;  ///< by quarter of an hour, from the beginning
  std::vector<std::string> monitor_faults;  ///< what the city's conflict monitor reported
};

struct Question {
  model::Epoch epoch;
  model::Step steps = 0;           ///< the run's length in Steps
  std::vector<std::string> views;  ///< by view id
};

model::Result<Evaluation> evaluate(network::Log& log, const store::Store& store,
                                   const model::RoadNetwork& network, const Question& question);

}  // namespace citybrain::evaluator
