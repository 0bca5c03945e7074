// Who is under way in SUMO, second by second, as the port and the evaluator want to know it: lanes
// in order, stop lines crossed, fleets, trips, passages. Private to scenarios/sumo_city.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "connectors/sumo/sumo.h"
#include "scenarios/city/city.h"
#include "scenarios/city/sumo_names.h"

namespace citybrain::sumo_city {

/// Looked up by views, never walked.
struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
};
template <class T>
using ByName = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// SUMO's vClass as a role; what fits none is a car.
city_port::Role role_of(std::string_view vehicle_class);

class Travellers {
 public:
  Travellers(const model::RoadNetwork& network, const city::SumoNames& names);

  /// Numbers the vehicles that were loaded; says about whom SUMO must be asked before take().
  std::vector<std::string> unknown(const connectors::sumo::Second& second);
  void learn(std::span<const std::string> ids, std::span<const connectors::sumo::About> about);
  /// The second that began at `second_s` since the start; fills trips and passages of `truth`.
  void take(const connectors::sumo::Second& second, std::uint32_t second_s, city::TruthStep& truth);

  std::uint32_t crossings(model::LaneId lane) const { return crossed_[lane.value]; }
  std::span<const city_port::VehicleOnLane> vehicles(model::LaneId lane) const {
    return lanes_[lane.value];
  }
  std::span<const city_port::FleetVehicle> fleet() const { return fleet_; }
  std::vector<city::TruthStep::Passage> open_passages(std::uint32_t now_s) const;
  void sample(std::vector<city::TruthStep::LaneTruth>& out) const;
  city::TripFacts facts(std::uint32_t who) const;
  std::vector<city::OnTheRoad> on_the_road() const;
  std::vector<std::uint32_t> outside() const;
  std::uint64_t teleports() const { return teleports_; }
  std::uint64_t collisions() const { return collisions_; }

 private:
  static constexpr std::uint32_t kNobody = 0xFFFFFFFFU;
  struct Traveller {
    city_port::Role role = city_port::Role::kCar;
    std::uint32_t unit = kNobody;  // of a fleet
    std::uint32_t line = kNobody;
    std::string route;
    std::vector<model::RoadId> roads;  // of the route; kNone where the network has none
    bool known = false, created = false, departed = false, arrived = false;
    bool route_changed = false;  // edges are counted anew
    std::uint32_t created_s = 0;
    // Where it was seen last.
    std::uint32_t seen_s = kNobody;
    model::LaneId lane;      // kNone inside junctions and off the lanes
    std::int32_t edge = -1;  // -1: off the lanes
    bool inside = false;     // the junction after that edge
    double to_stop_line_m = 0, speed_mps = 0;
    bool stopped = false;
    std::uint32_t entered_s = 0;  // the road
  };

  std::uint32_t number_of(std::string_view id);
  void create(std::span<const std::string_view> ids, std::uint32_t second_s,
              city::TruthStep& truth);
  void arrive(std::uint32_t who, std::uint32_t second_s, city::TruthStep& truth);
  void move(std::uint32_t who, const connectors::sumo::Vehicle& v, std::uint32_t second_s,
            city::TruthStep& truth);
  void lose(std::uint32_t who, std::uint32_t second_s, city::TruthStep& truth);
  /// Stop lines between where it was and the end of edge `last` of its route.
  void cross(const Traveller& t, std::int32_t last);
  void leave_road(std::uint32_t who, std::uint32_t second_s, city::TruthStep& truth);
  model::RoadId road(const Traveller& t, std::int32_t edge) const;
  model::LaneId next_lane(model::LaneId from, model::RoadId to) const;
  void count_crossing(model::LaneId lane);
  void show_lanes();
  void show_fleet();

  const model::RoadNetwork& network_;
  const city::SumoNames& names_;
  ByName<std::uint32_t> lane_by_name_, number_by_id_, line_by_name_;
  std::vector<Traveller> all_;            // by number
  std::vector<std::uint32_t> under_way_;  // seen in the last second, or off the lanes for a while
  std::vector<std::vector<std::uint32_t>> fleets_;  // by role: units' numbers
  std::vector<std::vector<city_port::VehicleOnLane>> lanes_;
  std::vector<std::uint32_t> crossed_;
  std::vector<std::uint32_t> touched_, crossed_lanes_;  // lanes to be emptied
  std::vector<city_port::FleetVehicle> fleet_;
  std::uint64_t teleports_ = 0, collisions_ = 0;
};

}  // namespace citybrain::sumo_city
