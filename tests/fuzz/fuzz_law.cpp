// Laws: any text gives one within its bounds, or an error of the user's with a place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "hub/catalog/law.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::catalog;
  const auto law = Law::parse({reinterpret_cast<const char*>(data), size}, "fuzz.yaml");
  if (!law) {
    if (!law.error().is_input() || law.error().where.empty()) std::abort();
    return 0;
  }
  if (law->name.empty() || law->limits.delivery > 250 || law->returns > 10) std::abort();
  return 0;
}
