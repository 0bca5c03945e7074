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
};

struct SpotSpeed {
  LaneId lane;
  EventTime at;
  DatasetId source;
  float speed_mps = 0;
  std::uint16_t vehicles = 0;
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
      moving{};  ///< moving vehicles per zone, the first at the stop line
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
};

/// Everything admitted in one step. `counts` are the counts of loops, and so on; kinds with no
/// admitted source stay empty.
struct ObservationBatch {
  std::vector<LaneCount> counts;
  std::vector<SpotSpeed> speeds;
  std::vector<QueueReport> queues;
  std::vector<ProbePoint> probes;

  void clear() {
    counts.clear();
    speeds.clear();
    queues.clear();
    probes.clear();
  }
  std::size_t size() const { return counts.size() + speeds.size() + queues.size() + probes.size(); }
};

}  // namespace citybrain::model
