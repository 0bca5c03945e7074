// What another hub passed on: any bytes are an exchange that fits the city, or none; one that is
// taken is encoded again and says the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "hub/node/exchange.h"
#include "tests/support/fake_city.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace citybrain;
  static const auto network = test::crossing_with_places();
  static const model::Districts districts(network);
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto exchange = node::decode_exchange(bytes, districts, 1);
  if (!exchange) return 0;
  if (!node::fits(exchange->observations, districts)) std::abort();
  const auto again = node::decode_exchange(node::encode(*exchange), districts, 1);
  if (!again || node::encode(*again) != node::encode(*exchange)) std::abort();
  return 0;
}
