// Vehicles with siren on: how they get through traffic. Private to scenarios/city.
//
// A vehicle with siren drives in the gap that others make for it, not in a lane: it keeps its own
// position beside the queues, so that it can never stand where another vehicle is counted, and
// nobody in a queue has to be moved for it. Metres, seconds.
// - Speed: above the limit by a share (`excess`); through turns as everybody.
// - Past others: while one lane of the road is free ahead, it takes that. Where all lanes are
// taken,
//   others pull aside over kReaction_m ahead (kAside), and it passes them faster than they drive by
//   kPass_mps on roads of several lanes, kPassOneLane_mps on roads of one. So it passes a standing
//   queue at 20 km/h between lanes, at 10 km/h where there is one. (No published measurement of
//   that speed was found; docs/cities.md holds the time that it saves against Ho and Casey 1998.)
// - Junctions: drivers of crossing movements who can stop do so from kHeard_s before it comes
//   (SignalHeads::hold_back). Against red it comes to the line at kRedLine_mps at most and crosses
//   when the paths across its own are clear; after kPatience_s before vehicles that block them it
//   squeezes through at kSqueeze_mps. Reactions at 25 m and ignoring red are SUMO's model of
//   the same (Bieker-Walz, Behrisch, Junghans 2018: "Analysis of the traffic behavior of emergency
//   vehicles in a microscopic traffic simulation", EPiC Series in Engineering 2).
// - Behind one another in the order in which they come.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "scenarios/city/signal_heads.h"
#include "scenarios/city/streets.h"
#include "scenarios/city/traffic.h"

namespace citybrain::city {

class Sirens {
 public:
  struct Options {
    float excess = 0.3F;  ///< above the speed limit, a share
    bool passes = true;   ///< past queues; false: it stays behind whoever is ahead in its lane
  };
  static constexpr float kReaction_m = 50, kPass_mps = 5.5556F, kPassOneLane_mps = 2.7778F,
                         kHeard_s = 6, kRedLine_mps = 5.5556F, kSqueeze_mps = 1.5F;
  static constexpr std::uint32_t kPatience_s = 8;
  static constexpr float kLength_m = 6;

  /// A vehicle under way.
  struct Drive {
    bool on = false;
    WayId way = kNoWay;  ///< a lane of the road that leads on, or a path
    float at_m = 0, speed_mps = 0;
    std::vector<model::RoadId> route;
    std::size_t leg = 0;  ///< of the route, the road that it is on or has just left
    float to_m = 0;       ///< on the last road
    WayId next = kNoWay;  ///< the path at the end of the road
    std::uint32_t blocked_s = 0;
    bool arrived = false;
  };
  /// What comes to a junction, for pre-emption.
  struct Approach {
    model::JunctionId junction;
    std::uint8_t group = 0;
    float seconds = 0;
  };

  /// `vehicles` drives, all off.
  Sirens(const Streets& streets, Traffic& traffic, SignalHeads& heads, std::size_t vehicles,
         const Options& options);

  void start(std::size_t vehicle, float at_m, float speed_mps, std::vector<model::RoadId> route,
             float to_m);
  /// Another way on from where it is; the route begins with the road that it is on.
  void reroute(std::size_t vehicle, std::vector<model::RoadId> route, float to_m);
  void stop(std::size_t vehicle);
  const Drive& operator[](std::size_t vehicle) const { return drives_[vehicle]; }

  /// The second from `now_s` on, before everybody else's.
  void second(std::uint32_t now_s);
  /// Junctions that a siren reaches within `lead_s`, and the group that it needs.
  std::vector<Approach> approaches(float lead_s) const;

 private:
  void drive(std::size_t vehicle);
  float next_speed(std::size_t vehicle);
  float past_others(const Drive& d) const;
  float lane_bound(const Drive& d, WayId lane, float pass_mps) const;
  float junction_bound(std::size_t vehicle);
  float path_bound(const Drive& d, WayId path, float to_path_m) const;
  float behind_sirens(std::size_t vehicle) const;
  bool is_clear(std::size_t vehicle, WayId path, float from_m) const;
  bool will_cross(WayId path) const;
  void cross_over(Drive& d);
  void steer(Drive& d) const;
  void claim();
  void make_way();
  void make_way_for(const Drive& d);

  const Streets& streets_;
  Traffic& traffic_;
  SignalHeads& heads_;
  Options options_;
  std::uint32_t now_s_ = 0;
  std::vector<Drive> drives_;
  std::vector<std::pair<std::uint32_t, model::GroupSet>> held_, held_before_;  // by junction
  struct Aside {
    Slot vehicle = kNobody;
    WayId lane = kNoWay;
    friend auto operator<=>(const Aside&, const Aside&) = default;
  };
  std::vector<Aside> aside_, aside_before_;
};

}  // namespace citybrain::city
