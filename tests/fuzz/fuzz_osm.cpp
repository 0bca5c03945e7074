// OpenStreetMap extracts, XML and PBF: any bytes give a city or an error, never a crash.
#include <cstdint>
#include <memory>
#include <string_view>

#include "scenarios/city/sources.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  city::ImportReport report;
  auto network = city::import_osm({reinterpret_cast<const char*>(data), size}, "fuzz", report);
  if (!network || network->lanes.size() > 200 || network->movements.size() > 200) return 0;
  auto city =
      city::make_city(std::make_shared<const model::RoadNetwork>(std::move(*network)), {}, {});
  if (city) (*city)->advance_to({3000}).value();
  return 0;
}
