// Gridlock: traffic that waits for itself. Nobody is taken off the road here, so a city can lock
// up; this says when, where and how many stand in it. Private to scenarios/city.
//
// A way (a lane, or a path through a junction) waits for another one when the first vehicle on it
// has stood for kStands_s, longer than any red, and
//   - the lane that it goes to next has no room: its last vehicle stands in the mouth; or
//   - somebody stands on the path before it; or
//   - it has green and yields to a vehicle, which is on the other way; or
//   - it must change to the lane beside.
// Ways that wait for each other in a circle are a jam that no signal dissolves (Daganzo 2007,
// "Urban gridlock: macroscopic modeling and mitigation approaches", Transportation Research Part B
// 41: the queue that reaches back to its own head). Vehicles that are broken down wait for nobody.
// A look costs one pass over the ways' first vehicles.
#pragma once

#include <cstdint>
#include <vector>

#include "scenarios/city/city.h"
#include "scenarios/city/signal_heads.h"
#include "scenarios/city/traffic.h"

namespace citybrain::city {

class GridlockWatch {
 public:
  /// Seconds between looks; what counts as standing in a jam, and as standing at green.
  static constexpr std::uint32_t kEvery_s = 60, kStands_s = 180, kStandsAtGreen_s = 300;

  GridlockWatch(const Streets& streets, const Traffic& traffic, const SignalHeads& heads);
  /// Every kEvery_s seconds; says in `truth` which jams there are.
  void look(std::uint32_t now_s, TruthStep& truth);

 private:
  void find_standing(TruthStep& truth);
  WayId waits_for(WayId way) const;
  WayId way_of(Slot vehicle, model::JunctionId junction) const;
  bool has_room(WayId lane, float length_m) const;
  bool stands(WayId way, std::uint32_t seconds) const;
  void find_jams(TruthStep& truth);
  void add_jam(const std::vector<WayId>& circle, TruthStep& truth);
  std::uint32_t number_of(const std::vector<WayId>& circle);
  void count_behind(TruthStep& truth);
  std::uint32_t standing_on(WayId way) const;

  struct Head {  ///< who is first on a way, and since when in the same place
    std::uint32_t trip = kNoTrip;
    float at_m = 0;
    std::uint32_t since_s = 0;
  };
  const Streets& streets_;
  const Traffic& traffic_;
  const SignalHeads& signals_;
  std::uint32_t now_s_ = 0;
  std::uint32_t jams_ = 0;                             // so far
  std::vector<Head> heads_;                            // by way
  std::vector<WayId> next_;                            // by way: what it waits for
  std::vector<std::uint32_t> seen_;                    // by way: in which walk, and one more
  std::vector<std::uint32_t> jam_;                     // by way: index in truth.jams, and one more
  std::vector<std::uint32_t> number_before_, number_;  // by way: of the jam at a look, and one more
};

}  // namespace citybrain::city
