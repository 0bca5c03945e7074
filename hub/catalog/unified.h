// What the unified model takes from each field of the departments' messages: the quantity that a
// contract's unit must be of, times, positions, and identifiers that a table explains. hub/access
// reads the fields listed here and converts them as their contract says. Private to the room, and
// to hub/access's tests.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace citybrain::catalog {

enum class Taken : std::uint8_t {
  kLength,
  kSpeed,
  kDuration,
  kDirection,  ///< an angle clockwise from north
  kPosition,   ///< an angle of the contract's datum
  kClock,      ///< a number on a local clock
  kInstant,    ///< a number since 1970 in UTC
  kClockText,  ///< a text in the field's format, on a local clock
  kIdentifier  ///< explained by the table of its id scheme
};

struct TakenField {
  std::string_view message, path;
  Taken taken;
};

std::span<const TakenField> taken_fields();
/// Messages that are tables of identifiers (crosswalks, fleets, links), which observations are read
/// by, and no observations: a contract of one publishes its id scheme.
bool is_id_table(std::string_view message);

}  // namespace citybrain::catalog
