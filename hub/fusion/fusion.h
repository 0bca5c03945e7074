// Hub, second third (数据融合): observations -> the situation of one view. Per lane and road, on
// event time: speed, density, vehicles, queue length and the profile of arrivals at the stop line,
// from whatever the view was granted: stop-line loops (also those upstream, whose departures are
// this lane's arrivals), cameras, navigation probes, buses and taxis. Each value carries its
// variance and its sources. Beside traffic: fleets, events that people called about, places
// (known.h).
//
// Estimators (lane_filter.h names the formulas and their sources): vehicles are conserved between
// upstream and own stop-line counts and travel at free speed in between; cameras correct queues by
// a scalar Kalman update with the variance that their misses cause, at the time that a late report
// speaks of; probes give road speeds and, on roads without upstream loops, vehicles beyond the
// cameras' reach.
// The city is fused district by district, and a district's estimates depend on its own observations
// of this step and on what the others passed on of the step before (Neighbour), whoever works on
// them and in whatever order: so several processes may share the districts. What knows no border
// (fleets, events, places) is at home in model::kCityDistrict.
// Plain synchronous functions on values; knows nothing of bytes, contracts, the network or the
// truth; one thread a State.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "hub/model/archive.h"
#include "hub/model/districts.h"
#include "hub/model/ids.h"
#include "hub/model/observation.h"
#include "hub/model/road_network.h"
#include "hub/model/situation.h"

namespace citybrain::fusion {

/// What a view's fusion is told about its sources: what a department knows of its own devices.
struct Options {
  bool neighbours =
      true;  ///< false: a junction's lanes are known from the devices at that junction only
  float camera_miss = 0.05F;  ///< share of vehicles that a camera overlooks
};

/// The working state of one lane's filter beyond what the situation shows.
struct LaneFilter {
  float queue = 0;  ///< standing vehicles
  float queue_variance = 1;
  std::vector<float>
      moving;       ///< expected moving vehicles by second of free-flow travel from the stop line
  float share = 0;  ///< of the road's vehicles that use this lane
  float discharge_vps = 0;     ///< exponential mean over a minute
  float arrival_vps = 0;       ///< exponential mean over five minutes of what passes and piles up
  float moving_speed_mps = 0;  ///< of the moving vehicles, as last seen
  std::array<float, 8>
      recent_queue{};  ///< by second back from now, so that a late report corrects the right time
  std::int64_t last_occupied_ms = INT64_MIN / 2;
  std::int64_t last_camera_ms = INT64_MIN / 2;
  std::int64_t last_count_ms = INT64_MIN / 2;

  template <class A>
  void fields(A& a) {
    a(queue, queue_variance, moving, share, discharge_vps, arrival_vps, moving_speed_mps,
      recent_queue, last_occupied_ms, last_camera_ms, last_count_ms);
  }
};

/// A navigation client that was seen on a road.
struct Client {
  model::RoadId road;
  std::int64_t last_ms = 0;

  template <class A>
  void fields(A& a) {
    a(road, last_ms);
  }
};

/// Counts of one district and step. Whole numbers: the order of summing cannot matter.
struct Tally {
  std::uint32_t clients_met = 0;       ///< clients that entered the city on roads without counts
  std::uint32_t vehicles_counted = 0;  ///< vehicles that loops counted on those roads

  template <class A>
  void fields(A& a) {
    a(clients_met, vehicles_counted);
  }
};

/// What a district knows beyond its lanes and roads.
struct DistrictState {
  std::map<std::uint64_t, Client> clients;
  Tally tally;  ///< of the last step
  /// Decaying counts over the whole city: clients and vehicles on roads that both see.
  float clients_seen = 0;
  float vehicles_counted = 0;

  template <class A>
  void fields(A& a) {
    a(clients, tally, clients_seen, vehicles_counted);
  }
};

/// Columns over the whole city, of which each district's entries are its own.
struct State {
  std::vector<LaneFilter> lanes;
  std::vector<float> road_speed;  ///< by road, m/s
  std::vector<float> road_speed_variance;
  std::vector<std::int64_t> road_probe_ms;  ///< when a probe was last heard of on the road
  std::vector<DistrictState> districts;
};

/// What one observation did to what is known of one lane or road, for whoever follows an estimate
/// back to its sources. Collected only when asked for; nothing that is estimated depends on it.
struct Contribution {
  enum class Kind : std::uint8_t {
    kPicture,  ///< corrected a lane's queue (Kalman)
    kCount,    ///< vehicles that left a lane: taken from it, given to the roads that they entered
    kSpeed,    ///< corrected a road's speed (Kalman)
  };
  static constexpr std::uint32_t kOwn = 0xFFFFFFFFU;
  Kind kind = Kind::kPicture;
  model::LaneId lane;
  model::RoadId road;
  model::EventTime at;
  model::DatasetId source;
  std::uint32_t record = 0;        ///< as the observation says it
  std::uint32_t neighbour = kOwn;  ///< which of `others` passed it on
  float observed = 0;              ///< vehicles or m/s, as understood
  float gain = 0;                  ///< its weight against what was predicted, 0 to 1
  float innovation = 0;            ///< observed minus predicted
  float noise_variance = 0;        ///< of the observation
  float prior_variance = 0;        ///< of the prediction
};
using Contributions = std::vector<Contribution>;

/// What another district passed on in the step before.
struct Neighbour {
  const model::ObservationBatch* observations = nullptr;
  Tally tally;
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

  /// One district's share of a step: takes the observations whose source is in situation.grants,
  /// and moves the district's part of the situation to `now` (one step after the last). Its signals
  /// (situation.signals) are filled by the node beforehand and read here. `others`: what every
  /// other district passed on, in their order. `watermark`: the past before it is complete.
  /// `said`: where to append what each observation did; may be null.
  void fuse(model::DistrictId district, const model::ObservationBatch& batch,
            std::span<const Neighbour> others, model::EventTime now, model::EventTime watermark,
            State& state, model::Situation& situation, Contributions* said = nullptr) const;
  /// Takes of a district's observations what other districts need.
  void pass_on(model::DistrictId district, const model::ObservationBatch& batch,
               model::ObservationBatch& out) const;
  /// A district's part of state and situation, as bytes.
  void save(model::DistrictId district, const State& state, const model::Situation& situation,
            model::Writer& out) const;
  void load(model::DistrictId district, model::Reader& in, State& state,
            model::Situation& situation) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace citybrain::fusion
