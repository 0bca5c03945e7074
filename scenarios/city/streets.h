// The road network as vehicles need it: lanes and paths through junctions as one table of ways, and
// where paths cross. Private to scenarios/city; immutable after construction.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hub/model/road_network.h"

namespace citybrain::city {

/// Index of a way: the network's lanes first, then every lane link.
using WayId = std::uint32_t;
constexpr WayId kNoWay = 0xFFFFFFFFU;

/// Where a path through a junction meets another one.
struct Crossing {
  WayId other = kNoWay;
  double at_m = 0;        ///< on this path
  double other_at_m = 0;  ///< on the other
};

struct Way {
  bool is_lane = true;
  double length_m = 0;
  double speed_limit_mps = 1e9;  ///< none on paths through junctions
  // Of a lane:
  model::RoadId road;
  std::uint8_t index = 0;
  // Of a path:
  WayId from = kNoWay, to = kNoWay;
  model::JunctionId junction;
  std::uint8_t group = 0;
  std::uint8_t rank = 0;  ///< straight 3, left 2, right 1, U-turn 0: the lower one yields
  bool is_turn = false;
};

class Streets {
 public:
  explicit Streets(const model::RoadNetwork& network);

  const model::RoadNetwork& network() const { return network_; }
  std::size_t lanes() const { return network_.lanes.size(); }
  std::size_t ways() const { return ways_.size(); }
  const Way& operator[](WayId w) const { return ways_[w]; }
  /// Paths that begin in the lane.
  std::span<const WayId> paths(WayId lane) const {
    return {paths_.data() + first_path_[lane], paths_.data() + first_path_[lane + 1]};
  }
  std::span<const Crossing> crossings(WayId path) const {
    const std::size_t p = path - lanes();
    return {crossings_.data() + first_crossing_[p], crossings_.data() + first_crossing_[p + 1]};
  }
  bool leads_to(WayId lane, model::RoadId road) const;
  /// The path to take from `lane` towards `next`, ending in a lane that leads on to `after` if
  /// there is one, else the nearest; kNoWay when the lane does not lead to `next`. `after` may be
  /// none.
  WayId path(WayId lane, model::RoadId next, model::RoadId after) const;
  /// The lane of the same road nearest to `lane` that leads to `next`; kNoWay when there is none.
  WayId lane_towards(WayId lane, model::RoadId next) const;

 private:
  void add_paths();
  void find_crossings();

  const model::RoadNetwork& network_;
  std::vector<Way> ways_;
  std::vector<std::vector<model::Point>> shapes_;  // by path
  std::vector<WayId> paths_;
  std::vector<std::uint32_t> first_path_;
  std::vector<Crossing> crossings_;
  std::vector<std::uint32_t> first_crossing_;
};

}  // namespace citybrain::city
