// Time zones of the local times in departments' messages: a fixed offset from UTC ("+08:00", "Z")
// or a zone of the IANA database ("Asia/Shanghai"), read from the system's compiled files (TZif,
// RFC 8536) once, when a contract is read. Offsets need no file; zones need Debian's tzdata, and an
// outcome then depends on its rules. Values, cheap to copy; safe to read from many threads.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "hub/model/result.h"

namespace citybrain::catalog {

class TimeZone {
 public:
  /// UTC.
  TimeZone() = default;
  static TimeZone fixed(std::int32_t offset_min);
  /// "Z", "+08:00", "-03:30" or an IANA name. Error CB-INPUT-CONTRACT without a place: no such
  /// zone, with the nearest valid name, or a file that is none.
  static model::Result<TimeZone> named(std::string_view name);
  /// From the bytes of a TZif file.
  static model::Result<TimeZone> from_tzif(std::string_view bytes, std::string_view name);

  const std::string& name() const { return name_; }
  /// The instant at which clocks of the zone show `local_ms` (milliseconds since 1970 as if the
  /// clock were UTC's). Shown twice (an hour repeated in autumn): the first time. Never shown (an
  /// hour left out in spring): as if the clock had not been put forward.
  std::int64_t utc_ms(std::int64_t local_ms) const;
  /// Offset from UTC at an instant.
  std::int32_t offset_s(std::int64_t utc_s) const;

 private:
  struct Rules;
  std::string name_ = "Z";
  std::int32_t fixed_s_ = 0;
  std::shared_ptr<const Rules> rules_;  ///< of IANA's zones
};

}  // namespace citybrain::catalog
