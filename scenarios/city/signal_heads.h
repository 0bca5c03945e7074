// Signal heads of all junctions, and the conflict monitor: an independent watch, as real cabinets
// have one (GB/T 20999, EN 12675), that knows the conflict matrix and the intergreen but nothing of
// who gave the command. Private to scenarios/city.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/road_network.h"

namespace citybrain::city {

class SignalHeads {
 public:
  /// `stops`: a trip of the monitor puts the junction to all red for kTripSeconds.
  SignalHeads(const model::RoadNetwork& network, bool stops);

  /// Shows the greens and yellows from second `now_s` on; appends a sentence to `faults` when the
  /// monitor trips.
  void show(const city_port::SignalActuation& actuation, double now_s,
            std::vector<std::string>& faults);
  bool is_green(model::JunctionId junction, std::uint32_t group) const {
    const auto& h = heads_[junction.value];
    return !h.controlled || ((h.greens >> group) & 1U) != 0;
  }
  model::GroupSet greens(model::JunctionId junction) const { return heads_[junction.value].greens; }

 private:
  static constexpr double kTripSeconds = 10;
  struct Heads {
    bool controlled = false;
    model::GroupSet greens = 0;
    model::GroupSet yellows = 0;
    double dark_until_s = -1;
    std::vector<double> green_ended_s;  // by group
  };
  std::string fault(const model::Junction& junction, const Heads& heads, model::GroupSet greens,
                    double now_s) const;

  const model::RoadNetwork& network_;
  bool stops_;
  std::vector<Heads> heads_;
};

}  // namespace citybrain::city
