// SUMO networks and routes: any bytes give a city or an error, never a crash. The first byte says
// which of the two is fuzzed.
#include <cstdint>
#include <memory>
#include <string_view>

#include "scenarios/city/sources.h"
#include "tests/city/sumo_worlds.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    auto network = test::read_net(text, "fuzz");
    if (!network || network->lanes.size() > 200 || network->movements.size() > 200) return 0;
    auto city =
        city::make_city(std::make_shared<const model::RoadNetwork>(std::move(*network)), {}, {});
    if (city) (*city)->advance_to({3000}).value();
    return 0;
  }
  static const auto network =
      std::make_shared<const model::RoadNetwork>(std::move(*test::read_net(test::sumo_net())));
  for (const bool lenient : {false, true}) {
    city::ImportReport report;
    auto demand = city::import_sumo_routes(text, "fuzz", *network, lenient, report);
    if (!demand || demand->size() > 1000) continue;
    auto city = city::make_city(network, std::move(*demand), {});
    if (city) (*city)->advance_to({20'000}).value();
  }
  return 0;
}
