// Observations: what access admits, one vector a kind, so that fusion runs over columns. All values
// are in unified units (metres, seconds, metres per second, vehicles), unified ids and event time;
// `source` is the dataset.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/time.h"

namespace citybrain::model {

/// A stop-line loop over one second that ended at `at`.
struct LaneCount {
  LaneId lane;
  EventTime at;
  DatasetId source;
  std::uint16_t passed = 0;  ///< vehicles that crossed the stop line
  bool occupied = false;     ///< a vehicle stood or moved in the detection zone at `at`
  std::uint32_t record = 0;  ///< that said it: its place among those that access was given

  template <class A>
  void fields(A& a) {
    a(lane, at, source, passed, occupied);
  }
};

struct SpotSpeed {
  LaneId lane;
  EventTime at;
  DatasetId source;
  float speed_mps = 0;
  std::uint16_t vehicles = 0;

  template <class A>
  void fields(A& a) {
    a(lane, at, source, speed_mps, vehicles);
  }
};

/// A camera's view of one lane upstream of the stop line at `at`.
struct QueueReport {
  static constexpr std::size_t kZones = 64;
  static constexpr float kZoneLength_m = 16.7F;  ///< ten of them are Advanced-MP's 167 m
  LaneId lane;
  EventTime at;
  DatasetId source;
  float reach_m = 0;         ///< how far the camera sees from the stop line
  std::uint16_t queued = 0;  ///< vehicles that stand (slower than 0.1 m/s) within reach
  float queue_end_m =
      0;  ///< distance of the last standing vehicle's front from the stop line; 0 without a queue
  float mean_speed_mps = 0;  ///< of the moving vehicles; 0 when there is none
  std::array<std::uint8_t, kZones>
      moving{};              ///< moving vehicles per zone, the first at the stop line
  std::uint32_t record = 0;  ///< that said it: its place among those that access was given

  template <class A>
  void fields(A& a) {
    a(lane, at, source, reach_m, queued, queue_end_m, mean_speed_mps, moving);
  }
};

/// A navigation client's position, matched to its road.
struct ProbePoint {
  std::uint64_t pseudonym = 0;
  RoadId road;
  RoadId next_road;  ///< the announced next road; kNone when unknown
  EventTime at;
  DatasetId source;
  float to_stop_line_m = 0;
  float speed_mps = 0;
  std::uint32_t record = 0;  ///< that said it: its place among those that access was given

  template <class A>
  void fields(A& a) {
    a(pseudonym, road, next_road, at, source, to_stop_line_m, speed_mps);
  }
};

/// A plate that a camera read at a stop line, as a pseudonym; sometimes of another plate.
struct PlateRead {
  LaneId lane;
  EventTime at;
  DatasetId source;
  std::uint64_t pseudonym = 0;

  template <class A>
  void fields(A& a) {
    a(lane, at, source, pseudonym);
  }
};

enum class FleetRole : std::uint8_t { kBus, kTaxi, kAmbulance };

/// Where a vehicle of a fleet said that it was, and what it does.
struct VehiclePosition {
  enum class State : std::uint8_t {
    kUnknown,
    kParked,
    kDriving,
    kAtStop,
    kToScene,
    kAtScene,
    kToHospital,
    kAtHospital,
  };
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  std::uint64_t vehicle = 0;  ///< its number in the fleet, from 0; of a taxi a pseudonym
  FleetRole role = FleetRole::kBus;
  State state = State::kUnknown;
  bool siren = false;
  EventTime at;
  DatasetId source;
  RoadId road;     ///< found by place and direction; kNone when no road is near
  float at_m = 0;  ///< from the road's beginning
  float speed_mps = 0;
  float delay_s = 0;                 ///< of a bus against its timetable
  std::uint32_t line = kNone;        ///< of a bus
  std::uint32_t next_place = kNone;  ///< of a bus: its next stop, in RoadNetwork::places
  std::uint32_t task = kNone;        ///< of an ambulance
  std::uint32_t record = 0;          ///< that said it: its place among those that access was given

  template <class A>
  void fields(A& a) {
    a(vehicle, role, state, siren, at, source, road, at_m, speed_mps, delay_s, line, next_place,
      task);
  }
};

/// What somebody called about; several reports may speak of one event.
struct EventReport {
  enum class Kind : std::uint8_t { kMedical, kIncident, kFlood, kParking };
  std::uint64_t number = 0;  ///< of the report
  Kind kind = Kind::kMedical;
  std::uint8_t severity = 1;  ///< 1 is the worst, 4 the mildest
  bool located = false;       ///< by coordinates; else by the words of the caller alone
  EventTime at;               ///< when it was reported
  DatasetId source;
  RoadId road;
  float at_m = 0;  ///< from the road's beginning

  template <class A>
  void fields(A& a) {
    a(number, kind, severity, located, at, source, road, at_m);
  }
};

/// A number that a device of a place says.
struct Measurement {
  enum class Quantity : std::uint8_t { kFreePlaces, kCapacity, kEntries, kExits };
  std::uint32_t place = 0;  ///< in RoadNetwork::places
  Quantity quantity = Quantity::kFreePlaces;
  EventTime at;
  DatasetId source;
  float value = 0;  ///< vehicles

  template <class A>
  void fields(A& a) {
    a(place, quantity, at, source, value);
  }
};

/// Everything admitted in one step. `counts` are the counts of loops, and so on; kinds with no
/// admitted source stay empty.
struct ObservationBatch {
  std::vector<LaneCount> counts;
  std::vector<SpotSpeed> speeds;
  std::vector<QueueReport> queues;
  std::vector<ProbePoint> probes;
  std::vector<PlateRead> plates;
  std::vector<VehiclePosition> vehicles;
  std::vector<EventReport> events;
  std::vector<Measurement> measurements;

  /// How many there are of each kind, in the order above.
  using Sizes = std::array<std::size_t, 8>;
  Sizes sizes() const {
    return {counts.size(), speeds.size(),   queues.size(), probes.size(),
            plates.size(), vehicles.size(), events.size(), measurements.size()};
  }
  /// Calls use(vector, its entry in `sizes`) for every kind.
  template <class Use>
  void each(const Sizes& at, const Use& use) {
    use(counts, at[0]);
    use(speeds, at[1]);
    use(queues, at[2]);
    use(probes, at[3]);
    use(plates, at[4]);
    use(vehicles, at[5]);
    use(events, at[6]);
    use(measurements, at[7]);
  }
  /// Takes back what was appended since sizes() said this.
  void shrink(const Sizes& to) {
    each(to, [](auto& kind, std::size_t n) { kind.resize(n); });
  }
  void clear() { shrink({}); }
  std::size_t size() const {
    std::size_t n = 0;
    for (const std::size_t kind : sizes()) n += kind;
    return n;
  }

  template <class A>
  void fields(A& a) {
    a(counts, speeds, queues, probes, plates, vehicles, events, measurements);
  }
};

}  // namespace citybrain::model
