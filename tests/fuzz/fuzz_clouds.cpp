// Clouds files: any text gives clouds that keep the rules, or an error that is the user's, with a
// place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "scenarios/experiment/clouds_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto clouds = experiment::parse_clouds(text, "fuzz.yaml");
  if (!clouds) {
    if (!clouds.error().is_input() || clouds.error().where.empty()) std::abort();
    return 0;
  }
  if (clouds->nodes.empty()) std::abort();
  for (const auto& n : clouds->nodes)
    if (n.cloud != cloud::Cloud::kGovernment &&
        !(n.holds.without(catalog::kGovernmentOnly) == n.holds))
      std::abort();
  return 0;
}
