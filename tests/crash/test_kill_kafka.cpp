// kill -9 on Kafka: any process of a run, and its broker. ./citybrain test crash --network kafka
// sets the numbers; CITYBRAIN_CRASH_KAFKA=HOST:PORT names a broker that is somebody else's and is
// not killed. Otherwise this test starts one of its own, since others would miss it.
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/crash/counts.h"
#include "tests/crash/kafka_kills.h"

namespace citybrain::crash {
namespace {

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr || *value == '\0' ? nullptr : value;
}

class KillOnKafka : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* shared = environment("CITYBRAIN_KAFKA");
    const char* given = environment("CITYBRAIN_CRASH_KAFKA");
    if (given != nullptr) {
      setting.brokers = given;
      return;
    }
    if (shared == nullptr || std::string_view(shared) == "no")
      GTEST_SKIP() << "no Kafka: CITYBRAIN_KAFKA is not set; ./citybrain test sets it";
    own.emplace();
    const auto started = own->start("--heap 256m");
    ASSERT_EQ(started.code, 0) << started.err;
    setting.brokers = own->brokers();
  }
  KafkaKillReport kill(KafkaKillOptions options) {
    options.broker = own ? &*own : nullptr;
    if (const char* keep = environment("CITYBRAIN_KEEP")) options.keep = keep;
    Progress progress("kill points on Kafka", options.points,
                      environment("CITYBRAIN_POINTS") != nullptr);
    options.progress = [&](std::uint64_t n) { progress.done(n); };
    const auto began = std::chrono::steady_clock::now();
    auto report = kill_on_kafka(setting, folder.path(), options);
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    fmt::print("kafka: {}\n{:.1f} s a point\n", report.summary(),
               passed.count() / static_cast<double>(options.points));
    if (!own)
      fmt::print("the broker at {} is somebody else's: it was not killed\n", setting.brokers);
    for (const auto& failure : report.failures) ADD_FAILURE() << failure;
    return report;
  }
  const test::TemporaryFolder folder;
  KafkaSetting setting{CITYBRAIN_PROGRAM, CITYBRAIN_SOURCE_DIR, {}};
  std::optional<test::KafkaBroker> own;
};

TEST_F(KillOnKafka, RunsEndAsIfNothingHadHappened) {
  KafkaKillOptions options;
  options.points = count_of("CITYBRAIN_POINTS", kVictims);
  options.first = count_of("CITYBRAIN_POINT", 0);
  options.seed = count_of("CITYBRAIN_SEED", 1);
  const auto report = kill(options);
  EXPECT_EQ(report.points, options.points);
  const std::size_t victims = own ? kVictims : kVictims - 1;
  if (options.points >= victims)
    for (std::size_t v = 0; v < victims; ++v)
      EXPECT_GT(report.kills(static_cast<Victim>(v)), 0U) << victim_name(static_cast<Victim>(v));
  if (options.points < victims * kKillPhases) return;
  for (std::size_t v = 0; v < victims; ++v)
    for (const auto phase : phases_of(static_cast<Victim>(v)))
      EXPECT_GT(report.hits[v][static_cast<std::size_t>(phase)], 0U)
          << victim_name(static_cast<Victim>(v)) << " in " << phase_name(phase);
}

}  // namespace
}  // namespace citybrain::crash
