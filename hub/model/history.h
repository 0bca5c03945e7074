// Rows of the theme database (主题库) that keep what was known of lanes: one blocked row per 64
// lanes of a district and minute and view, with a sample every kSampleSteps steps. Values are
// fixed-point so that a row is small and the same on every machine. Values, no IO.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "hub/model/situation.h"

namespace citybrain::model {

constexpr std::uint32_t kLanesPerBlock = 64;
constexpr Step kSampleSteps = 10;  ///< seconds between two samples of a lane
constexpr Step kBlockSteps = 60;   ///< a row holds a minute

/// One lane at one time. `_sd` is the standard deviation that the hub believed its error to have.
struct LaneSample {
  std::uint16_t queue_x100 = 0;  ///< vehicles
  std::uint16_t queue_sd_x100 = 0;
  std::uint16_t vehicles_x100 = 0;
  std::uint16_t vehicles_sd_x100 = 0;
  std::uint16_t speed_cmps = 0;  ///< centimetres per second
  std::uint16_t speed_sd_cmps = 0;

  template <class A>
  void fields(A& a) {
    a(queue_x100, queue_sd_x100, vehicles_x100, vehicles_sd_x100, speed_cmps, speed_sd_cmps);
  }
};

/// The lanes of one block (Districts::blocks, hub/model/districts.h) at `steps[i]`.
struct LaneHistoryBlock {
  std::uint32_t block = 0;
  std::vector<Step> steps;
  std::vector<std::vector<LaneSample>> samples;

  template <class A>
  void fields(A& a) {
    a(block, steps, samples);
  }
};

/// Rounds a non-negative value to 1/100, saturating.
inline std::uint16_t fixed_x100(double value) {
  return static_cast<std::uint16_t>(std::clamp(value * 100.0 + 0.5, 0.0, 65535.0));
}

}  // namespace citybrain::model
