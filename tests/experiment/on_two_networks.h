// Runs of quickstart on the network that the test's parameter names: "embedded" or "kafka", which
// needs a broker, CITYBRAIN_KAFKA=HOST:PORT.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>

#include "scenarios/experiment/folder.h"
#include "scenarios/experiment/run.h"
#include "scenarios/experiment/together.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {

class OnTwoNetworks : public ::testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const std::filesystem::path home = CITYBRAIN_SOURCE_DIR;
    if (on_kafka()) {
      const char* broker = std::getenv("CITYBRAIN_KAFKA");
      if (broker == nullptr)
        GTEST_SKIP() << "no broker: set CITYBRAIN_KAFKA=HOST:PORT (./citybrain test does)";
      brokers = broker;
    }
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    scenario = load_scenario(r, home).value();
    world = build_world(*scenario, false).value();
    catalog = catalog::Catalog::load(home / "schemas/contracts").value();
  }
  void TearDown() override {
    for (const auto& p : prefixes)
      (void)static_cast<bool>(network::remove_kafka_topics({brokers, p, {}, {}}));
  }
  static bool on_kafka() { return std::string_view(GetParam()) == "kafka"; }

  RunOptions options(const std::string& name, std::uint32_t retention_s = 0) {
    RunOptions o;
    o.out = folder.path() / name;
    o.seed = 1;
    o.horizon_s = 400;
    o.shares_process = true;
    o.log_retention_s = retention_s;
    if (on_kafka()) {
      o.kafka.emplace();
      o.kafka->brokers = brokers;
      o.kafka->prefix = "retention-" + std::to_string(::getpid()) + "-" + std::to_string(++number);
      prefixes.push_back(o.kafka->prefix);
    }
    return *settle(*scenario, std::move(o));
  }
  model::Result<RunReport> go(const RunOptions& o, const RunHooks& hooks = {}) const {
    return run(*scenario, *world, *catalog, o, hooks);
  }
  /// Runs to this step, which is behind the snapshots of all minutes before it.
  void interrupt(const RunOptions& o, model::Step at, std::uint32_t hubs = 0) {
    std::atomic<bool> stop = false;
    RunHooks hooks;
    hooks.stop = &stop;
    hooks.progress = [&](const Progress& p) { stop = p.step >= at; };
    const auto broken =
        hubs == 0 ? go(o, hooks) : run_together(*scenario, *world, *catalog, o, hooks, hubs);
    ASSERT_FALSE(broken);
    ASSERT_EQ(broken.error().code, "CB-RUN-INTERRUPTED") << broken.error().text();
  }
  const std::string& expected() {
    if (hash.empty()) {
      auto o = options("whole");
      o.kafka.reset();
      hash = go(o)->evaluation.outcome_hash;
    }
    return hash;
  }
  std::unique_ptr<network::Log> open(const RunOptions& o) const {
    return open_past_log(o.out, o.kafka).value();
  }
  static inline int number = 0;
  test::TemporaryFolder folder;
  std::string brokers, hash;
  std::vector<std::string> prefixes;
  std::optional<Scenario> scenario;
  std::optional<World> world;
  std::optional<catalog::Catalog> catalog;
};

}  // namespace citybrain::experiment
