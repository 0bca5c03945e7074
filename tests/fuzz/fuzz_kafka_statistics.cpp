// Whatever a client says of itself, the text stays one: every line is a remark or a series.
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>

#include "hub/metrics/metrics.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  citybrain::metrics::Metrics metrics;
  (void)static_cast<bool>(citybrain::metrics::take_kafka_statistics(
      {reinterpret_cast<const char*>(data), size}, metrics));
  std::istringstream text(metrics.text());
  for (std::string line; std::getline(text, line);)
    if (!line.starts_with("# ") && !line.starts_with("citybrain_kafka_")) std::abort();
  return 0;
}
