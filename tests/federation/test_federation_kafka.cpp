// A federation whose network is Kafka: what comes of it is what comes of it on the embedded log.
// Needs a broker: CITYBRAIN_KAFKA=HOST:PORT, which ./citybrain test sets.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "hub/network/kafka.h"
#include "tests/federation/zone.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::federation {
namespace {

std::string hash_of(const Plan& plan, network::Log& log, const std::filesystem::path& folder) {
  const auto world = test::world(plan, 3);
  auto all = Federation::open(plan, world, test::options_at(folder), log).value();
  all.advance(80).value();
  all.restart("b").value();
  all.advance(plan.horizon_s).value();
  return all.outcome_hash();
}

TEST(FederationOnKafka, HasTheOutcomeOfTheEmbeddedLog) {
  const char* broker = std::getenv("CITYBRAIN_KAFKA");
  if (broker == nullptr)
    GTEST_SKIP() << "no broker: set CITYBRAIN_KAFKA=HOST:PORT (./citybrain test does)";
  auto plan = test::zone({"a", "b"}, {"a-b", "b-a"},
                         {test::contract("a.water"), test::contract("b.air")});
  test::grant(plan, "a-b", "a.water");
  test::grant(plan, "b-a", "b.air").revoked = plan.epoch.at(100);
  plan.links[0].cuts = {{40, 90}};
  plan.links[1].loss = 0.2;
  plan.horizon_s = 150;
  const test::TemporaryFolder embedded, kafka;
  const auto near = test::network_at(embedded.path());
  const auto expected = hash_of(plan, *near, embedded.path());
  network::KafkaOptions options;
  options.brokers = broker;
  options.prefix = "federation-" + std::to_string(::getpid());
  options.identity = "test";
  options.sole_writer = true;
  {
    const auto far = network::open_kafka(options);
    ASSERT_TRUE(far) << far.error().text();
    EXPECT_EQ(hash_of(plan, **far, kafka.path()), expected);
  }
  (void)static_cast<bool>(network::remove_kafka_topics(options));
}

}  // namespace
}  // namespace citybrain::federation
