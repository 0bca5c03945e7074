// CityFlow road networks: any bytes give a network or an error, never a crash; a network that was
// read can be driven on.
#include <cstdint>
#include <string_view>

#include "scenarios/city/sources.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto network = city::import_cityflow_roadnet(text, "fuzz", {120, 30});
  if (!network || network->lanes.size() > 200 || network->movements.size() > 200) return 0;
  auto city =
      city::make_city(std::make_shared<const model::RoadNetwork>(std::move(*network)), {}, {});
  if (city) (*city)->advance_to({3000}).value();
  return 0;
}
