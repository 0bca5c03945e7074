// CityFlow flows on a fixed crossing, strict and lenient: any bytes give demand that can be driven,
// or an error.
#include <cstdint>
#include <string_view>

#include "scenarios/city/sources.h"
#include "tests/city/worlds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  static const auto network = std::make_shared<const model::RoadNetwork>(
      std::move(*city::import_cityflow_roadnet(test::crossing_roadnet(), "x", {120, 30})));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool lenient : {false, true}) {
    city::ImportReport report;
    auto demand = city::import_cityflow_flow(text, "fuzz", *network, lenient, report);
    if (!demand || demand->size() > 1000) continue;
    auto city = city::make_city(network, std::move(*demand), {});
    if (city) (*city)->advance_to({20'000}).value();
  }
  return 0;
}
