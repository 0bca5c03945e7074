// Constants of driving, one set for all cities. They are those of CityFlow (Zhang et al. 2019,
// "CityFlow: A Multi-Agent Reinforcement Learning Environment for Large Scale City Traffic
// Scenario", WWW), so that results can be held against it.
#pragma once

namespace citybrain::city {

/// Speed through a left or right turn, m/s: taken from the approach on.
constexpr double kTurnSpeed_mps = 8.3333;
/// Room that a yielding vehicle leaves before the point where paths cross, m.
constexpr double kYieldDistance_m = 5;
/// A lane can be entered when its last vehicle is clear of the entry or at least this fast, m/s.
constexpr double kClearingSpeed_mps = 2;
/// Lane changes: no other one for so long, s; none so near the stop line, m.
constexpr double kChangeCooling_s = 3;
constexpr double kNoChangeZone_m = 30;
constexpr double kTiny = 1e-8;

}  // namespace citybrain::city
