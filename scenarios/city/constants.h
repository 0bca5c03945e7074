// Constants of driving, one set for all cities. They are those of CityFlow (Zhang et al. 2019,
// "CityFlow: A Multi-Agent Reinforcement Learning Environment for Large Scale City Traffic
// Scenario", WWW), so that results can be held against it.
#pragma once

#include <cstdint>

namespace citybrain::city {

/// Speed through a left or right turn, m/s: taken from the approach on.
constexpr float kTurnSpeed_mps = 8.3333F;
/// A limit above this is none, m/s.
constexpr float kNoLimit_mps = 1000;
/// Room that a yielding vehicle leaves before the point where paths cross, m.
constexpr float kYieldDistance_m = 5;
/// A lane can be entered when its last vehicle is clear of the entry or at least this fast, m/s.
constexpr float kClearingSpeed_mps = 2;
/// Who pulls aside for a siren goes on at this speed, m/s.
constexpr float kAside_mps = 5.5556F;
/// Lane changes: no other one for so long, s; none so near the stop line, m.
constexpr std::uint32_t kChangeCooling_s = 3;
constexpr float kNoChangeZone_m = 30;
/// A bus at a stop: doors, and each passenger who boards, s; so many board at most (Transit
/// Capacity and Quality of Service Manual, TCRP Report 165, 3rd edition, chapter 6).
constexpr float kDoors_s = 4, kBoarding_s = 2.2F, kMostBoardings = 60;
/// It stops this near its place, m.
constexpr float kAtStop_m = 2;
/// Who comes so near the stop line, nearly standing, in a lane that does not lead on, takes another
/// turn, m.
constexpr float kMissedTurn_m = 8;
/// Whose lane leads nowhere that he could go on from leaves by it after so long on its road, s.
constexpr float kWrongLane_s = 300;
constexpr float kTiny = 1e-8F;
/// A vehicle this near its top speed drives at it, m/s: followers come near a speed without end,
/// and who is at it costs nothing.
constexpr float kNearSpeed_mps = 0.02F;
/// How often an unhindered vehicle thinks of another lane, s.
constexpr std::uint32_t kLookAround_s = 4;

}  // namespace citybrain::city
