// Whole runs on Kafka: the same outcome as on the embedded log, recovery, and whose topics are
// whose. Needs a broker: CITYBRAIN_KAFKA=HOST:PORT, which ./citybrain test sets.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "scenarios/experiment/run.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

class RunOnKafka : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* broker = std::getenv("CITYBRAIN_KAFKA");
    if (broker == nullptr)
      GTEST_SKIP() << "no broker: set CITYBRAIN_KAFKA=HOST:PORT (./citybrain test does)";
    kafka.brokers = broker;
    kafka.prefix = "test-run-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
    const std::filesystem::path home = CITYBRAIN_SOURCE_DIR;
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    scenario = load_scenario(r, home).value();
    world = build_world(*scenario, false).value();
    catalog = catalog::Catalog::load(home / "schemas/contracts").value();
  }
  void TearDown() override {
    if (!kafka.prefix.empty()) (void)static_cast<bool>(network::remove_kafka_topics(kafka));
  }
  RunOptions options(const std::string& name, bool on_kafka) const {
    RunOptions o;
    o.out = folder.path() / name;
    o.seed = 1;
    o.horizon_s = 130;
    o.shares_process = true;
    if (on_kafka) o.kafka = kafka;
    return *settle(*scenario, std::move(o));
  }
  model::Result<RunReport> go(const RunOptions& o, const RunHooks& hooks = {}) const {
    return run(*scenario, *world, *catalog, o, hooks);
  }
  std::string hash(const RunOptions& o) const {
    const auto r = go(o);
    EXPECT_TRUE(r) << r.error().text();
    return r ? r->evaluation.outcome_hash : "";
  }

  static inline int number = 0;
  test::TemporaryFolder folder;
  network::KafkaOptions kafka;
  std::optional<Scenario> scenario;
  std::optional<World> world;
  std::optional<catalog::Catalog> catalog;
};

TEST_F(RunOnKafka, TheOutcomeIsThatOfTheEmbeddedLog) {
  const std::string embedded = hash(options("embedded", false));
  const auto report = go(options("kafka", true));
  ASSERT_TRUE(report) << report.error().text();
  EXPECT_EQ(report->evaluation.outcome_hash, embedded);
  EXPECT_EQ(report->network, "kafka");
  // Once more in the same folder: its topics are removed as a log would be.
  EXPECT_EQ(hash(options("kafka", true)), embedded);
}

TEST_F(RunOnKafka, InterruptedRunsGoOn) {
  const std::string embedded = hash(options("embedded", false));
  auto o = options("broken", true);
  std::atomic<bool> stop = false;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step >= 75; };
  const auto broken = go(o, hooks);
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, "CB-RUN-INTERRUPTED");
  o.resume = true;
  auto elsewhere = o;
  elsewhere.kafka.reset();
  EXPECT_EQ(go(elsewhere).error().code, "CB-INPUT-STORE");
  EXPECT_EQ(hash(o), embedded);
}

TEST_F(RunOnKafka, AnotherFoldersTopicsAreLeftAlone) {
  const std::string first = hash(options("first", true));
  for (int i = 0; i < 2; ++i) {
    const auto second = go(options("second", true));
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "CB-INPUT-STORE");
  }
  auto again = options("first", true);
  again.resume = true;  // all of it is there still
  EXPECT_EQ(hash(again), first);
}

}  // namespace
}  // namespace citybrain::experiment
