// Pre-emption: cabinets that give a vehicle with siren green on their own, as optical and radio
// systems do (NTCIP 1202 calls it preempt). Private to scenarios/city.
//
// When a siren is within `lead_s` of the stop line, the cabinet ends the greens that stand against
// it (minimum greens are cut), waits out the intergreen, shows the phase that serves it, and keeps
// that until the siren is over the line, at most `most_s`. Then it goes back, through the
// intergreen again: to its own plan, or to what it was told last. Commands that come meanwhile are
// refused and remembered: when the cabinet is free again it shows the last of them, so a hub that
// thinks on as if it had been obeyed finds the signal where it thinks it is. The first siren that
// asks is served first.
//
// Safe by itself: a group becomes green only a whole intergreen after every group against it ended,
// whatever was under way before.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/city/signal_heads.h"
#include "scenarios/city/sirens.h"

namespace citybrain::city {

class Preemption {
 public:
  struct Options {
    float lead_s = 0;  ///< 0: there is none
    float most_s = 90;
  };
  Preemption(const model::RoadNetwork& network, SignalHeads& heads, const Options& options);

  bool on() const { return options_.lead_s > 0; }
  float lead_s() const { return options_.lead_s; }
  /// A cabinet that serves a siren or comes back from it; it refuses commands.
  bool busy(model::JunctionId junction) const {
    return on() && cabinets_[junction.value].stage != Stage::kIdle;
  }
  /// A command that was refused because the cabinet is busy.
  void remember(model::JunctionId junction, model::GroupSet greens);
  /// The second from `now_s` on; appends the junctions whose heads changed and those where a
  /// pre-emption began.
  void second(std::uint32_t now_s, const std::vector<Sirens::Approach>& approaches,
              std::vector<std::string>& faults, std::vector<model::JunctionId>& changed,
              std::vector<model::JunctionId>& begun);

 private:
  enum class Stage : std::uint8_t { kIdle, kClearing, kServing, kReturning };
  struct Cabinet {
    Stage stage = Stage::kIdle;
    std::uint8_t group = 0;
    bool asked = false;    ///< in this second
    bool gave_up = false;  ///< served for most_s; not again for the same approach
    model::GroupSet target = 0, wanted = 0;
    std::uint32_t next_s = 0;  ///< when the stage is over
  };
  void begin(model::JunctionId junction, std::uint32_t now_s, std::vector<std::string>& faults);
  bool advance(model::JunctionId junction, std::uint32_t now_s, std::vector<std::string>& faults);
  model::GroupSet phase_for(const model::Junction& junction, std::uint8_t group,
                            model::GroupSet now) const;

  const model::RoadNetwork& network_;
  SignalHeads& heads_;
  Options options_;
  std::vector<Cabinet> cabinets_;       // by junction
  std::vector<std::uint32_t> working_;  // junctions that are not idle, or were asked, in order
};

}  // namespace citybrain::city
