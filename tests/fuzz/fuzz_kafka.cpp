// Addresses of --network kafka: and files of --network-config, and the header that names a record's
// origin: whatever the bytes are, an answer or an error, and what was read is what was written.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "hub/network/kafka_log.h"

using namespace citybrain::network;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto address = KafkaAddress::parse(text)) {
    const auto back =
        address->prefix.empty() ? address->brokers : address->brokers + "/" + address->prefix;
    if (back != text) std::abort();
  }
  if (const auto properties = parse_kafka_properties(text, "fuzz"))
    for (const auto& p : *properties)
      if (p.key.empty() || is_own_property(p.key)) std::abort();
  std::uint64_t sequence = 0;
  std::string_view producer;
  if (parse_origin(text, sequence, producer)) {
    std::uint64_t again = 0;
    std::string_view same;
    std::string written;
    write_origin(sequence, producer, written);
    if (!parse_origin(written, again, same) || again != sequence || same != producer) std::abort();
  }
  return 0;
}
