// Calendars: any text gives one whose counts agree with its days, or an error of the user's with a
// place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "hub/catalog/calendar.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  const auto c = Calendar::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!c) {
    if (!c.error().is_input() || c.error().where.empty()) std::abort();
    return 0;
  }
  std::uint32_t n = 0;
  for (Date d = c->first() + std::chrono::days{1}; d <= c->last() && n < 400;
       d += std::chrono::days{1}) {
    n += *c->works(d) ? 1 : 0;
    if (*c->working_days(c->first(), d) != n) std::abort();
  }
  return 0;
}
