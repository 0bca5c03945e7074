// Gridlock over a run, from the looks in the truth: which jams there were, from when to when, and
// where. A value; one thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hub/model/road_network.h"
#include "scenarios/evaluator/truth_log.h"

namespace citybrain::evaluator {

/// Lanes that wait for each other in a circle, from the first look at which they did.
struct Jam {
  double began_s = 0;                         ///< since when all of them wait
  double seen_until_s = 0;                    ///< the last look at which it was there
  bool dissolved = false;                     ///< it was gone at the look after
  std::uint32_t vehicles = 0;                 ///< standing in the circle, and
  std::uint32_t behind = 0;                   ///< on lanes that wait for it: at its largest
  std::vector<std::string> roads, junctions;  ///< of the circle, at its largest; a circle inside
                                              ///< a junction has no roads
};

struct Gridlock {
  std::vector<Jam> jams;                     ///< in the order of their beginnings
  std::uint32_t standing_at_green_most = 0;  ///< first in line at a signal for 5 minutes: at a look

  std::uint32_t vehicles_at_end = 0;  ///< in jams and behind them, at the last look
  std::size_t dissolved() const;
};

class GridlockHistory {
 public:
  explicit GridlockHistory(const model::RoadNetwork& network) : network_(network) {}
  void look(model::Step step, std::uint32_t standing_at_green, const std::vector<TruthJam>& jams);
  const Gridlock& result() const { return result_; }

 private:
  void name(const TruthJam& from, Jam& jam) const;
  const model::RoadNetwork& network_;
  Gridlock result_;
  std::vector<std::uint32_t> numbers_;  // by jam of the result
};

/// "from 600 s, 84 vehicles in it and 120 behind, not dissolved: J1, J2 (r1, r2)": at most
/// six junctions and roads; no roads where it lies inside a junction.
std::string sentence(const Jam& jam, bool chinese);
/// How many jams there were, then the five largest ones; nothing when there was none.
std::vector<std::string> sentences(const Gridlock& gridlock, bool chinese);

}  // namespace citybrain::evaluator
