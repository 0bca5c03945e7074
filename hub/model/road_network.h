// The road network: the part of the base database (基础库) that the city, the connectors and the
// hub share as nouns. Immutable after build(); ids are indexes into the vectors. Units: metres,
// seconds, metres per second; coordinates are metres east and north of `anchor` (CGCS2000), in a
// local plane (see datum.h). Safe to read from many threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "hub/model/ids.h"
#include "hub/model/result.h"

namespace citybrain::model {

struct Point {
  double x = 0;
  double y = 0;
};

struct GeoPoint {
  double lon_deg = 0;
  double lat_deg = 0;
};

enum class Turn : std::uint8_t { kLeft, kStraight, kRight, kUTurn };

/// The movements of one junction that show green together, one bit a movement in
/// Junction::movements' order.
using GroupSet = std::uint64_t;
constexpr std::size_t kMaxGroups = 64;

struct Lane {
  RoadId road;
  std::uint8_t index = 0;  ///< 0 is the lane next to the road's centre line
  double width_m = 0;
  double speed_limit_mps = 0;
  std::vector<MovementId> movements;  ///< movements that may be taken from this lane; empty on a
                                      ///< road that leaves the network
};

struct Road {
  std::string name;
  JunctionId from;
  JunctionId to;
  std::vector<Point> shape;  ///< at least two points, in driving direction
  double length_m = 0;       ///< from the edge of junction `from` to the stop line at junction `to`
  LaneId first_lane;         ///< lanes are first_lane .. first_lane + lanes - 1
  std::uint8_t lanes = 0;
  DistrictId district;
  std::uint8_t priority = 0;          ///< at a junction without signals, the lower one gives way
  std::vector<MovementId> movements;  ///< movements that leave this road at its end
};

struct LaneLink {
  LaneId from;
  LaneId to;
  double length_m = 0;         ///< path through the junction
  double speed_limit_mps = 0;  ///< 0: none of its own
  std::vector<Point> shape;    ///< may be empty (then a straight line is assumed)
  // Who goes first where paths meet, when the source says so; else it follows from the roads.
  bool ruled = false;
  std::uint16_t number = 0;                 ///< among the junction's links, for gives_way_to
  std::vector<std::uint16_t> gives_way_to;  ///< numbers of links of the junction, all ruled
  double waits_at_m = 0;  ///< where it waits for them, along the path; 0: at the stop line
};

struct Movement {
  JunctionId junction;
  RoadId from;
  RoadId to;
  Turn turn = Turn::kStraight;
  std::uint8_t group = 0;  ///< its bit in the junction's GroupSets
  std::vector<LaneLink> links;
};

/// One stage of a signal plan (GB/T 20999: 阶段): the movements shown green and its planned time.
struct Phase {
  GroupSet greens = 0;
  double duration_s = 0;
};

struct Junction {
  std::string name;
  Point at;
  double width_m = 0;
  bool boundary = false;    ///< vehicles appear and vanish here
  bool signalised = false;  ///< has at least two phases with different greens
  DistrictId district;
  std::vector<MovementId> movements;  ///< at most kMaxGroups
  std::vector<Phase> phases;  ///< greens only; change intervals are not phases (see intergreen_s)
  double intergreen_s = 5;    ///< yellow and all-red between two phases
  double yellow_s = 3;        ///< the part of the intergreen that shows yellow
  bool whole_plan = false;    ///< its own plan runs every phase, also those that only repeat what
                              ///< others serve (cycle_of leaves these out)
  double offset_s = 0;        ///< the cycle's beginning after the scenario's start
  GroupSet always_green = 0;  ///< groups green in every phase and through intergreens (right turns)
  std::vector<GroupSet> conflicts;  ///< per group, the groups that must never be green with it
};

/// Places of the base database that lie on a road.
enum class PlaceKind : std::uint8_t {
  kAmbulanceStation,
  kHospital,
  kParkingLot,
  kBusStop,
  kStreetParking,  ///< places along the road
};
constexpr bool is_parking(PlaceKind kind) {
  return kind == PlaceKind::kParkingLot || kind == PlaceKind::kStreetParking;
}

struct Place {
  PlaceKind kind = PlaceKind::kHospital;
  std::string name;
  RoadId road;
  double at_m = 0;             ///< from the road's beginning
  std::uint32_t capacity = 0;  ///< ambulances of a station, spaces to park; else 0
};

/// The phases, in order, that it takes to serve every group that some phase serves: the plan's
/// cycle without phases that repeat what others do. Indexes into junction.phases.
std::vector<std::size_t> cycle_of(const Junction& junction);

inline bool has(GroupSet set, std::size_t group) { return ((set >> group) & 1U) != 0; }

struct RoadNetwork {
  std::string name;
  GeoPoint anchor;  ///< where x = y = 0 is
  std::vector<Junction> junctions;
  std::vector<Road> roads;
  std::vector<Lane> lanes;
  std::vector<Movement> movements;
  std::vector<std::string> districts;  ///< at least one
  std::vector<Place> places;

  const Junction& operator[](JunctionId id) const { return junctions[id.value]; }
  const Road& operator[](RoadId id) const { return roads[id.value]; }
  const Lane& operator[](LaneId id) const { return lanes[id.value]; }
  const Movement& operator[](MovementId id) const { return movements[id.value]; }

  LaneId lane(RoadId road, std::uint32_t index) const {
    return LaneId{roads[road.value].first_lane.value + index};
  }
  RoadId find_road(std::string_view road_name) const;  ///< kNone when there is no such road
  JunctionId find_junction(std::string_view junction_name) const;
  MovementId find_movement(RoadId from, RoadId to) const;  ///< kNone when the turn is not allowed

  /// Fills what follows from the rest: Road::movements, Lane::movements, Movement::group,
  /// Junction::conflicts (from the crossing paths of lane links, less the pairs that a phase of the
  /// source shows together), always_green, and the look-up tables. Error CB-INPUT-ROADNET names the
  /// thing that is inconsistent.
  Result<void> build();

 private:
  std::unordered_map<std::string, RoadId> road_by_name_;
  std::unordered_map<std::string, JunctionId> junction_by_name_;
};

}  // namespace citybrain::model
