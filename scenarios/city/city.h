// The simulated world: the only room that knows where every vehicle is. Deterministic for (network,
// demand, options, seed, actuations). Implements city_port::City for departments and gives the
// evaluator its truth.
//
// Model: lanes and the paths through junctions are queues of vehicles in order; each second a
// vehicle takes the greatest speed that its leader, the signal, the room behind the junction and
// crossing traffic allow (following.h), so saturation headway, start-up lost time, spillback and
// blocking follow from it instead of being laid down. A standing vehicle behind a standing one
// costs nothing: the cost of a second grows with the moving vehicles. One set of constants for all
// cities (constants.h). Includes no hub stage. One thread at a time per city; many cities may live
// in one process.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/road_network.h"
#include "hub/model/time.h"
#include "scenarios/city/demand.h"
#include "scenarios/city/emergencies.h"
#include "scenarios/city/events.h"
#include "scenarios/city/guidance.h"
#include "scenarios/city/parking_spec.h"
#include "scenarios/city/taxi_spec.h"

namespace citybrain::city {

/// What happened in one step, for the evaluator only. Times in seconds since the start.
struct TruthStep {
  struct Passage {  ///< a vehicle left (or, at the end, is still on) an entering lane of a
                    ///< signalised junction
    std::uint32_t vehicle = 0;
    std::uint32_t junction = 0;
    double entered_s = 0;
    double left_s = 0;
  };
  struct Finished {
    std::uint32_t vehicle = 0;
    double created_s = 0;
    double finished_s = 0;
    float distance_m = 0;  ///< from the beginning of its first road, through junctions; or
                           ///< kNotKnown_m
  };
  struct Parked {  ///< a car found a place
    std::uint32_t vehicle = 0;
    float search_s = 0;  ///< since it found its first one full; 0: that one was free
  };
  struct LaneTruth {  ///< sampled every `truth_interval_s`, every lane of the network
    std::uint16_t vehicles = 0;
    std::uint16_t queued = 0;  ///< slower than kStandingSpeed_mps
    float mean_speed_mps = 0;  ///< 0 when empty
  };
  /// What happened to a call, or, kPreempted, at a signal.
  struct Emergency {
    enum class What : std::uint8_t { kCalled, kSent, kAtScene, kAtHospital, kFree, kPreempted };
    What what = What::kCalled;
    std::uint32_t call = 0;  ///< Call::id; the junction where a signal was pre-empted
    std::uint32_t unit = 0;
    city_port::Role role = city_port::Role::kAmbulance;  ///< of the units that the call needs
    std::uint8_t severity = 0;
  };
  struct Jam {                         ///< lanes that wait for each other in a circle (gridlock.h)
    std::uint32_t number = 0;          ///< the same from look to look
    std::uint32_t began_s = 0;         ///< since when all of them wait
    std::uint32_t vehicles = 0;        ///< standing on the circle, junctions included
    std::uint32_t behind = 0;          ///< standing on ways that wait for it
    std::vector<std::uint32_t> lanes;  ///< of the circle; empty: it lies inside a junction
    std::vector<std::uint32_t> junctions;  ///< that it goes through
  };
  model::Step step = 0;
  std::vector<double> created_s;       ///< creation times of the vehicles created in this step
  std::vector<std::uint32_t> entered;  ///< vehicles that came from outside onto their first road
  std::vector<std::uint32_t> detours;  ///< vehicles that missed a turn and took another way
  std::vector<Passage> passages;
  std::vector<Finished> finished;
  std::vector<LaneTruth> lanes;  ///< empty between samples
  std::uint32_t running = 0;
  std::uint32_t waiting_outside = 0;
  std::vector<Parked> parked;
  std::uint32_t searching = 0;  ///< look for a place to park
  std::uint32_t gave_up = 0;    ///< stopped looking in this step
  std::uint32_t rerouted = 0;   ///< drivers who took another way in this step
  std::vector<Emergency> emergencies;
  bool looked_for_jams = false;  ///< once a minute
  std::vector<Jam> jams;         ///< then: those that there are
  std::uint32_t standing_at_green =
      0;  ///< then: first in line at a signal for 5 minutes, greens too
  std::vector<std::string>
      monitor_faults;  ///< conflict-monitor trips, in words naming junction and groups

  /// Keeps the room.
  void clear();
};

/// Vehicles since the start, of one lane: there now = entered + changed_in - left - changed_out.
struct LaneCounts {
  std::uint32_t entered = 0;      ///< from the junction, or from outside
  std::uint32_t left = 0;         ///< over its end
  std::uint32_t changed_in = 0;   ///< from the lanes beside; vehicles of fleets, from the kerb
  std::uint32_t changed_out = 0;  ///< to them
};

/// What is known of a vehicle from its departure on.
struct TripFacts {
  Role role = Role::kCar;
  model::RoadId from, to;  ///< none for a vehicle that is not of the demand, or off the network
  double created_s = 0;
};

struct OnTheRoad {
  std::uint32_t vehicle = 0;
  float distance_m = 0;  ///< as TruthStep::Finished has it, up to now
};

/// A distance that the city does not know.
constexpr float kNotKnown_m = -1;

/// What a city that knows its truth implements beside city_port::City; for the evaluator only.
class TruthSource {
 public:
  virtual ~TruthSource() = default;
  /// The truth of the step that ended at the city's now(). Valid until the next advance_to().
  virtual const TruthStep& truth() const = 0;
  /// Passages of the vehicles that are on entering lanes right now, left_s = now (for the end of a
  /// run).
  virtual std::vector<TruthStep::Passage> open_passages() const = 0;
  /// By lane, valid until the next advance_to(). Empty: not known.
  virtual std::span<const LaneCounts> lane_counts() const { return {}; }
  virtual TripFacts trip_facts(std::uint32_t vehicle) const = 0;
  /// Trips inside, in order of `vehicle`; vehicles of fleets are none.
  virtual std::vector<OnTheRoad> on_the_road() const = 0;
  /// Trips that wait to enter, in their order.
  virtual std::vector<std::uint32_t> outside() const = 0;
  /// What a reader of the figures must know (a city that moved vehicles by magic, ...).
  virtual std::vector<std::string> remarks() const { return {}; }
};

struct Options {
  std::uint64_t seed = 1;
  model::EventTime start;
  std::uint32_t truth_interval_s = 10;
  bool conflict_monitor_stops = false;  ///< a trip of the conflict monitor puts the junction to all
                                        ///< red for 10 s (else it is only reported)
  std::uint32_t own_plan_after_s = 0;   ///< a signal without a command for so long runs the plan it
                                        ///< was delivered with; 0: it stays as it is
  std::vector<Disturbance> disturbances;  ///< in the order of their beginnings
  NavigationSpec navigation;
  ParkingSpec parking;
  TaxiSpec taxis;
  EmergencyPlan emergencies;
};

/// Makes a city at `options.start` with no vehicle on the road. The demand is one of this network.
model::Result<std::unique_ptr<city_port::City>> make_city(
    std::shared_ptr<const model::RoadNetwork> network, Demand demand, const Options& options);

/// The truth of a city that implements TruthSource, as those of make_city do; another one is a
/// programmer's mistake.
const TruthSource& truth_source(const city_port::City& city);
inline const TruthStep& truth(const city_port::City& city) { return truth_source(city).truth(); }

/// Bytes of everything that is there for vehicles: queues, journeys, demand.
std::size_t vehicle_bytes(const city_port::City& city);

inline std::vector<TruthStep::Passage> open_passages(const city_port::City& city) {
  return truth_source(city).open_passages();
}

}  // namespace citybrain::city
