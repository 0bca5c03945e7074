// The road network as vehicles need it: lanes and paths through junctions as one table of ways, and
// where paths cross. Private to scenarios/city; immutable after construction.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hub/model/box.h"
#include "hub/model/road_network.h"
#include "scenarios/city/geometry.h"

namespace citybrain::city {

/// Index of a way: the network's lanes first, then every lane link.
using WayId = std::uint32_t;
constexpr WayId kNoWay = 0xFFFFFFFFU;

/// Who goes first where two paths meet: whom the network's source names, or (kUnsaid) the ranks.
enum class Right : std::uint8_t { kUnsaid, kMine, kTheirs };

/// Where a path through a junction meets another one.
struct Crossing {
  WayId other = kNoWay;
  float at_m = 0;           ///< on this path
  float other_at_m = 0;     ///< on the other
  std::uint16_t place = 0;  ///< the other's, among the junction's paths
  Right right = Right::kUnsaid;
};

/// One cache line each: a vehicle at a junction asks several.
struct alignas(64) Way {
  float length_m = 0;
  float speed_limit_mps = 1e9F;      ///< none on paths through junctions
  model::JunctionId junction;        ///< of a path: where it lies; of a lane: at its end
  WayId from = kNoWay, to = kNoWay;  ///< of a path: lanes
  float beyond_m = 0;                ///< of a path: its length and that of the lane `to`
  model::RoadId road;                ///< of a lane
  std::uint32_t mask_at = 0;         ///< where the words of its junction begin in an array of masks
  /// Of a path: the junction's paths that cross it; of a lane: those that begin in it. One bit
  /// each, by `place`; only the first 64 (more: Streets::crossing_mask).
  std::uint64_t mask = 0;
  std::uint16_t place = 0;  ///< of a path, among those of its junction
  std::uint8_t mask_words = 1;
  std::uint8_t index = 0;  ///< of a lane, on its road
  std::uint8_t group = 0;  ///< of a path, in its junction
  std::uint8_t rank = 0;   ///< of a path: the lower one yields: straight 3, left 2, right 1, U-turn
                           ///< 0, and 4 for every step of the road's priority where no signal is
  bool is_lane = true;
  bool is_turn = false;                       ///< of a path: left or right
  bool inner_too = false, outer_too = false;  ///< of a path: the lane beside, towards the road's
                                              ///< middle or edge, leads to the same road; of a
                                              ///< lane: there is one
  bool signalised = false;                    ///< of a lane: its end has a signal
  bool ruled = false;      ///< of a path: the source says who goes first at one of its crossings
  bool gives_way = false;  ///< of a path: there is somebody with Right::kTheirs
  float waits_at_m = 0;    ///< of a path: where it waits for them
};

/// How to go on from a lane.
struct Steer {
  WayId path = kNoWay;    ///< kNoWay: the lane does not lead to the next road
  std::uint8_t goal = 0;  ///< index of the lane to be in instead
  bool astray = false;    ///< the path leads to the next road, but to a lane that does not lead on
};

class Streets {
 public:
  explicit Streets(const model::RoadNetwork& network);

  const model::RoadNetwork& network() const { return network_; }
  std::size_t lanes() const { return network_.lanes.size(); }
  std::size_t ways() const { return ways_.size(); }
  const Way& operator[](WayId w) const { return ways_[w]; }
  /// Paths that begin in the lane.
  std::span<const WayId> paths(WayId lane) const { return of(paths_, first_path_, lane); }
  /// Paths that end in the lane.
  std::span<const WayId> paths_into(WayId lane) const {
    return of(paths_into_, first_path_into_, lane);
  }
  std::span<const Crossing> crossings(WayId path) const {
    return of(crossings_, first_crossing_, path - lanes());
  }
  /// The others' places at the path's crossings, in their order: enough to pass over those where
  /// nobody is.
  std::span<const std::uint16_t> crossing_places(WayId path) const {
    return of(crossing_places_, first_crossing_, path - lanes());
  }
  /// Of a junction: paths through it by `place`, lanes into it and lanes out of it.
  std::span<const WayId> junction_paths(model::JunctionId j) const {
    return of(junction_paths_, first_junction_path_, j.value);
  }
  std::span<const WayId> entries(model::JunctionId j) const {
    return of(entries_, first_entry_, j.value);
  }
  std::span<const WayId> exits(model::JunctionId j) const {
    return of(exits_, first_exit_, j.value);
  }
  /// A bit for every path of the path's junction, by `place`: set when the two cross.
  std::span<const std::uint64_t> crossing_mask(WayId path) const {
    return of(masks_, first_mask_, path - lanes());
  }
  /// Words of a junction's masks begin here in an array that holds one mask a junction.
  std::uint32_t mask_at(model::JunctionId j) const { return junction_mask_[j.value]; }
  std::uint32_t mask_words() const { return junction_mask_.back(); }

  /// Where a road's turn number `turn` leads.
  model::RoadId after(model::RoadId road, std::uint8_t turn) const {
    return turn_to_[first_turn_[road.value] + turn];
  }
  bool leads_to(WayId lane, model::RoadId road) const;
  /// Another lane of the road leads to a road that this one leads to, too.
  bool has_choice(WayId lane) const { return choice_[lane] != 0; }
  /// From `lane` by turn `turn` of its road, and `second` of the next one (kNoTurn: none).
  static constexpr std::uint8_t kNoTurn = 255;
  const Steer& steer(WayId lane, std::uint8_t turn, std::uint8_t second) const {
    const model::RoadId road = ways_[lane].road;
    const std::uint32_t t = first_turn_[road.value] + turn;
    const std::uint32_t next = turn_to_[t].value;
    const std::uint32_t seconds = first_turn_[next + 1] - first_turn_[next];
    const std::uint32_t column = second == kNoTurn ? seconds : second;
    return steers_[first_steer_[t] + ways_[lane].index * (seconds + 1) + column];
  }
  /// The path to take from `lane` towards `next`, ending in a lane that leads on to `after` if
  /// there is one, else the nearest; kNoWay when the lane does not lead to `next`. `after` may be
  /// none.
  WayId path(WayId lane, model::RoadId next, model::RoadId after) const;
  /// The lane of the same road nearest to `lane` that leads to `next`; kNoWay when there is none.
  WayId lane_towards(WayId lane, model::RoadId next) const;

 private:
  template <class T>
  static std::span<const T> of(const std::vector<T>& all, const std::vector<std::uint32_t>& first,
                               std::size_t i) {
    return {all.data() + first[i], all.data() + first[i + 1]};
  }
  void add_paths();
  void find_crossings();
  std::optional<Meeting> meeting(WayId a, WayId b) const;
  Right right(std::size_t a, std::size_t b) const;
  void group_by_junction();
  void find_masks();
  void find_choices();
  void find_steers();
  WayId lane_that_leads_on(WayId lane, model::RoadId next, model::RoadId second) const;

  const model::RoadNetwork& network_;
  std::vector<Way> ways_;
  std::vector<std::vector<model::Point>> shapes_;  // by path, until the crossings are found
  std::vector<model::Box> around_;                 // those shapes
  std::vector<const model::LaneLink*> links_;      // the same
  std::vector<WayId> paths_;
  std::vector<std::uint32_t> first_path_;
  std::vector<WayId> paths_into_;
  std::vector<std::uint32_t> first_path_into_;
  std::vector<Crossing> crossings_;
  std::vector<std::uint32_t> first_crossing_;
  std::vector<std::uint16_t> crossing_places_;
  std::vector<WayId> junction_paths_, entries_, exits_;
  std::vector<std::uint32_t> first_junction_path_, first_entry_, first_exit_;
  std::vector<std::uint64_t> masks_;
  std::vector<std::uint32_t> first_mask_, junction_mask_;
  std::vector<model::RoadId> turn_to_;
  std::vector<std::uint32_t> first_turn_;
  std::vector<std::uint8_t> choice_;
  std::vector<Steer> steers_;
  std::vector<std::uint32_t> first_steer_;  // by turn of all roads
};

}  // namespace citybrain::city
