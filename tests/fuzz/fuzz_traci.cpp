// Replies of a TraCI server: any bytes give values or an error, never a crash. The first byte says
// which reply they are taken for.
#include <cstdint>
#include <string_view>

#include "connectors/sumo/sumo.h"
#include "connectors/sumo/traci.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain::connectors::sumo;
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  static const std::vector<std::string> lights = {"TL", "other"}, vehicles = {"a"};
  if (data[0] % 3 == 0) {
    Second second;
    if (!read_second(bytes, data[0] / 3 % 2, lights, second)) return 0;
    std::size_t sum = 0;
    for (const auto& v : second.vehicles) sum += v.id.size() + v.lane.size() + v.route.size();
    if (sum > bytes.size()) __builtin_trap();
  } else if (data[0] % 3 == 1) {
    (void)!read_about(bytes, vehicles);
  } else {
    Reply reply(bytes);
    (void)!reply.version();
  }
  return 0;
}
