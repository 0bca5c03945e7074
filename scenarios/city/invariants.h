// What always holds in a city, checked after every second in builds that are not for release
// (CITYBRAIN_INVARIANTS: presets debug, asan, tsan, fuzz): nobody is lost or doubled, nobody stands
// in somebody else, nobody drives over the line at red, others know where the first one on a lane
// goes. A pass over all vehicles a second. Private to scenarios/city.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "scenarios/city/city.h"
#include "scenarios/city/signal_heads.h"
#include "scenarios/city/traffic.h"

#ifdef CITYBRAIN_INVARIANTS
/// Stops with the sentence that `broken` gives, unless that is empty.
#define CITYBRAIN_ASSERT_NOTHING(broken)                          \
  do {                                                            \
    if (const std::string says = (broken); !says.empty())         \
      ::citybrain::model::stop(says.c_str(), __FILE__, __LINE__); \
  } while (false)
#else
#define CITYBRAIN_ASSERT_NOTHING(broken) static_cast<void>(0)
#endif

namespace citybrain::city {

/// Where two vehicles of a way are in each other, or out of order; empty: nowhere. `kind_of` gives
/// a car's Driving, `excused` the cars ahead that do not count.
template <class KindOf, class Excused>
std::string overlap_on(WayId way, const CarQueue& cars, std::uint32_t now_s, KindOf kind_of,
                       Excused excused);

class Invariants {
 public:
  /// Who cannot brake any more when the light changes is over the line within so many seconds.
  static constexpr std::uint32_t kClears_s = 4;
  /// Known: who changes lanes just behind a junction does not look at who comes out of it; for a
  /// second or two, one may stand in the other by 2 or 3 m (one in some 10,000 vehicles).
  static constexpr float kMouth_m = 30;
  static constexpr std::uint32_t kAfterChange_s = 5;
  /// Positions are sums of many small floats, m.
  static constexpr float kRounding_m = 0.05F;

  Invariants(const Streets& streets, const Traffic& traffic, const SignalHeads& heads)
      : streets_(streets), traffic_(traffic), heads_(heads), last_green_s_(streets.lanes()) {}
  /// The first thing that does not hold after the second that ended at `now_s`, in words; empty
  /// when all does. Every second, from the first on.
  std::string broken(std::uint32_t now_s, const TruthStep& truth);

 private:
  std::string lost(const TruthStep& truth);
  std::string overlapping(std::uint32_t now_s) const;
  std::string through_red(std::uint32_t now_s, const TruthStep& truth);
  std::string unexpected(std::uint32_t now_s) const;
  bool has_green(WayId lane) const;

  const Streets& streets_;
  const Traffic& traffic_;
  const SignalHeads& heads_;
  std::uint64_t created_ = 0, finished_ = 0;
  std::vector<std::uint32_t> last_green_s_;  // by lane: when any of its movements had green
};

template <class KindOf, class Excused>
std::string overlap_on(WayId way, const CarQueue& cars, std::uint32_t now_s, KindOf kind_of,
                       Excused excused) {
  for (std::size_t i = 1; i < cars.size(); ++i) {
    const float tail = cars[i - 1].at(now_s) - kind_of(cars[i - 1]).length_m;
    if (cars[i].at(now_s) > tail + Invariants::kRounding_m && !excused(cars[i - 1], tail))
      return "two vehicles overlap on way " + std::to_string(way) + ": one's tail is at " +
             std::to_string(tail) + " m, the next one's front at " +
             std::to_string(cars[i].at(now_s)) + " m, second " + std::to_string(now_s);
  }
  return {};
}

}  // namespace citybrain::city
