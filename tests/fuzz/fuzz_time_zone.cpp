// TZif files, units and formats of times: any bytes give a zone that answers, or an error.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/catalog/time_format.h"
#include "hub/catalog/time_zone.h"
#include "hub/catalog/units.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto zone = TimeZone::from_tzif(bytes, "fuzz"))
    for (const std::int64_t at_s : {-5'000'000'000LL, 0LL, 1'772'409'601LL, 9'000'000'000LL}) {
      const auto offset = zone->offset_s(at_s);
      if (offset < -200 * 3600 || offset > 200 * 3600) std::abort();
      (void)zone->utc_ms(at_s * 1000);
    }
  if (const auto unit = unit_of(bytes); unit && !(unit->factor > 0)) std::abort();
  if (is_time_format(bytes)) (void)local_ms(bytes, bytes);
  return 0;
}
