// Signal heads of all junctions with their cabinets, and the conflict monitor: an independent
// watch, as real cabinets have one (GB/T 20999, EN 12675), that knows the conflict matrix and the
// intergreen but nothing of who gave the command. For cities only (this room and sumo_city).
//
// A cabinet that nobody commands runs the plan it was delivered with: the source's phases in turn.
// Without power the heads flash: nobody has green or red, and vehicles give way to each other.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/city_port/city_port.h"
#include "hub/model/road_network.h"

namespace citybrain::city {

class SignalHeads {
 public:
  struct Options {
    bool monitor_stops = false;  ///< a trip of the monitor puts the junction to all red for a while
    std::uint32_t own_plan_after_s = 0;  ///< without a command for so long, the cabinet runs its
                                         ///< own plan; 0: never
  };
  SignalHeads(const model::RoadNetwork& network, const Options& options);

  /// Shows the greens and yellows from second `now_s` on; appends a sentence to `faults` when the
  /// monitor trips.
  void show(const city_port::SignalActuation& actuation, std::uint32_t now_s,
            std::vector<std::string>& faults);
  /// Lets the cabinets that run their own plan do what it says for this second; appends the
  /// junctions whose heads changed.
  void run_own_plans(std::uint32_t now_s, std::vector<std::string>& faults,
                     std::vector<model::JunctionId>& changed);
  /// Drivers of these groups wait for a siren, whatever the heads show. Of one junction, replaces
  /// what was said before.
  void hold_back(model::JunctionId junction, model::GroupSet groups);
  /// The cabinet itself shows these greens (pre-emption); its own plan rests until resume_plan().
  void serve(model::JunctionId junction, model::GroupSet greens, std::uint32_t now_s,
             std::vector<std::string>& faults);
  /// Whether the own plan goes on when nobody commands; if so it does, after an intergreen.
  bool resume_plan(model::JunctionId junction, std::uint32_t now_s,
                   std::vector<std::string>& faults);
  void set_power(model::JunctionId junction, bool on, std::uint32_t now_s);
  bool has_power(model::JunctionId junction) const { return heads_[junction.value].powered; }

  /// The groups that may go: all where nothing controls.
  model::GroupSet for_drivers(model::JunctionId junction) const { return greens_[junction.value]; }
  /// What the heads show; nothing without power.
  model::GroupSet greens(model::JunctionId junction) const { return heads_[junction.value].greens; }

 private:
  static constexpr std::uint32_t kTripSeconds = 10;
  struct Heads {
    bool powered = true;
    model::GroupSet greens = 0;
    model::GroupSet before_cut = 0;  // what they showed when the power went
    std::uint32_t dark_until_s = 0;
    std::uint32_t commanded_s = 0;      // when the last command came
    std::vector<double> green_ended_s;  // by group
    // The own plan: phase by phase; the last seconds of each are the intergreen to the next.
    std::vector<std::size_t> cycle;
    std::size_t at = 0;
    double next_change_s = 0;
    bool between = false;  // in an intergreen
  };
  std::string fault(const model::Junction& junction, const Heads& heads, model::GroupSet greens,
                    double now_s) const;
  void switch_to(model::JunctionId junction, model::GroupSet greens, std::uint32_t now_s,
                 std::vector<std::string>& faults);
  void advance_plan(model::JunctionId junction, std::uint32_t now_s,
                    std::vector<std::string>& faults);

  const model::RoadNetwork& network_;
  Options options_;
  void tell_drivers(model::JunctionId junction, model::GroupSet greens);
  std::vector<model::GroupSet> shown_;   // by junction, for drivers: all where nothing controls
  std::vector<model::GroupSet> held_;    // by junction: who waits for a siren
  std::vector<model::GroupSet> greens_;  // `shown_` without `held_`
  std::vector<Heads> heads_;
  std::vector<double> plan_wake_s_;  // by junction: no look before
};

}  // namespace citybrain::city
