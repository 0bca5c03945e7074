// What the fields of the departments' messages say in the unified model, so that a rule about a
// field of a contract can be carried out on observations. Private to hub/access but for its tests.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace citybrain::access {

enum class Meaning : std::uint8_t {
  kSubject,   ///< who: a person's, vehicle's or report's name
  kPlace,     ///< where
  kTime,      ///< when
  kSpeed,     ///< how fast
  kRoute,     ///< where to
  kState,     ///< what it does
  kKind,      ///< what a report is about
  kSeverity,  ///< how bad
  kValue,     ///< counts, queues, free places
  kLine,      ///< of a bus
  kDelay,     ///< of a bus
  kWhole,     ///< a part that holds several of these
  kOther,     ///< reaches no observation
};
constexpr std::size_t kMeanings = 13;

struct FieldMeaning {
  std::string_view field;  ///< of the message, without the names of what holds it
  Meaning meaning;
};

/// By a contract's message; empty for tables and unknown ones.
std::span<const FieldMeaning> meanings_of(std::string_view message);
/// kOther for a field that no observation has anything of. By name, or by path ("lanes.lane_no").
Meaning meaning_of(std::string_view message, std::string_view field);
/// Its observations are of single persons, vehicles or callers.
bool is_personal(std::string_view message);
/// Its observations are of things that move, so that a mean speed of several can be given.
bool can_aggregate(std::string_view message);

}  // namespace citybrain::access
