// Hub, second third (数据融合): observations -> the situation of one view. Per lane and road, on event time: speed, density, vehicles,
// queue length and the profile of arrivals at the stop line, from whatever the view was granted: stop-line loops (also those upstream,
// whose departures are this lane's arrivals), cameras, navigation probes. Each value carries its variance and its sources.
//
// Estimators: docs in fusion.cpp name the formula and its source for each. Vehicles are conserved between upstream and own stop-line
// counts; cameras and probes correct the state by a scalar Kalman update with per-source variances.
// Plain synchronous functions on values; knows nothing of bytes, contracts, the network or the truth; one thread a State.
#pragma once

#include <memory>
#include <vector>

#include "hub/model/archive.h"
#include "hub/model/ids.h"
#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"

namespace citybrain::fusion {

/// What a view's fusion is told about its sources: what a department knows of its own devices.
struct Options {
  bool neighbours = true;      ///< false: a junction's lanes are known from the devices at that junction only
  float camera_miss = 0.05F;   ///< share of vehicles that a camera overlooks
};

/// The working state of one lane's filter beyond what the situation shows.
struct LaneFilter {
  float queue = 0;                 ///< vehicles
  float queue_variance = 1;
  std::vector<float> moving;       ///< expected moving vehicles per second of free-flow travel from the stop line
  float turn_share = 0;            ///< share of the road's vehicles that use this lane (exponential mean of own counts)
  float discharge_vps = 0;
  std::int64_t last_occupied_ms = 0;
  std::int64_t last_camera_ms = 0;
  std::int64_t last_count_ms = 0;

  template <class A>
  void fields(A& a) {
    a(queue, queue_variance, moving, turn_share, discharge_vps, last_occupied_ms, last_camera_ms, last_count_ms);
  }
};

struct State {
  std::vector<LaneFilter> lanes;
  std::vector<float> road_speed;           ///< by road, m/s
  std::vector<float> road_speed_variance;

  template <class A>
  void fields(A& a) {
    a(lanes, road_speed, road_speed_variance);
  }
};

/// The fuser of one view: immutable tables derived from the network. The network must outlive it.
class Fuser {
 public:
  explicit Fuser(const model::RoadNetwork& network, Options options = {});
  ~Fuser();
  Fuser(Fuser&&) noexcept;

  /// An empty state and situation for a view with these grants.
  State initial_state() const;
  model::Situation initial_situation(model::ViewId view, model::SourceMask grants) const;

  /// Takes the observations of one step whose source is in situation.grants, and moves the situation to `now` (one step after the
  /// last). Signals (situation.signals) are filled by the node beforehand and read here. `watermark`: the past before it is complete.
  void fuse(const model::ObservationBatch& batch, model::EventTime now, model::EventTime watermark, State& state, model::Situation& situation) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::fusion
