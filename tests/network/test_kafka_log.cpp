// The log on Kafka. Needs a broker: CITYBRAIN_KAFKA=HOST:PORT, which ./citybrain test sets; without it
// these tests are skipped, and say so.
#include <unistd.h>

#include <cstdlib>

#include "hub/network/kafka.h"
#include "tests/network/log_conformance.h"

namespace citybrain::network {
namespace {

std::string broker() {
  const char* value = std::getenv("CITYBRAIN_KAFKA");
  return value == nullptr ? "" : value;
}

/// A prefix that no other test program uses, this one or another that runs beside it.
std::string fresh_prefix() {
  static int number = 0;
  return "test-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
}

template <bool sole_writer>
struct Kafka {
  KafkaOptions options;
  Kafka() {
    options.brokers = broker();
    options.prefix = fresh_prefix();
    options.identity = "test";
    options.sole_writer = sole_writer;
  }
  ~Kafka() {
    if (available()) (void)static_cast<bool>(remove_kafka_topics(options));
  }
  static bool available() { return !broker().empty(); }
  std::unique_ptr<Log> open() {
    auto log = open_kafka(options);
    if (!log) ADD_FAILURE() << log.error().text();
    return log ? std::move(*log) : nullptr;
  }
};

using Configurations = ::testing::Types<Kafka<false>, Kafka<true>>;
INSTANTIATE_TYPED_TEST_SUITE_P(KafkaLog, LogConformance, Configurations);

}  // namespace
}  // namespace citybrain::network
