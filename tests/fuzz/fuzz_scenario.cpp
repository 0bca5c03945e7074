// Scenarios: any text gives a scenario or an error that is the user's, with a place.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "scenarios/experiment/scenario.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::experiment;
  const std::string text(reinterpret_cast<const char*>(data), size);
  ScenarioRequest request;
  if (size % 3 == 1) request.settings = {{"city.grid.rows", "2"}};
  if (size % 3 == 2) request.settings = {{"flow", "2"}, {"modes.hub.desks.a.policy", "actuated"}};
  const auto s = parse_scenario(text, "fuzz.yaml", "/folder", request);
  if (!s && !s.error().is_input()) std::abort();
  if (s && s->modes.empty()) std::abort();
  return 0;
}
