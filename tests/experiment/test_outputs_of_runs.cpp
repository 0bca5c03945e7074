// What a run writes of its city: the truth topic's bytes are a function of scenario and seed, the
// files are whole, resumed or not.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <thread>

#include "hub/runtime/files.h"
#include "scenarios/evaluator/truth_log.h"
#include "scenarios/experiment/city_bench.h"
#include "scenarios/experiment/compare.h"
#include "scenarios/experiment/run.h"
#include "schemas/schemas.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::experiment {
namespace {

const std::filesystem::path kHome = CITYBRAIN_SOURCE_DIR;

std::string bytes_of(const std::filesystem::path& file) {
  const auto bytes = runtime::read_file(file, "CB-RUN-WRITE");
  EXPECT_TRUE(bytes) << file;
  return bytes ? *bytes : std::string();
}

/// Every record of the truth topic of a run's folder, one after the other.
std::string truth_bytes(const std::filesystem::path& run_folder) {
  const std::string marker = bytes_of(run_folder / "run.json"), key = "\"identity\": \"";
  const auto from = marker.find(key) + key.size();
  const auto log = network::open_embedded(
      {run_folder / "log", {}, marker.substr(from, marker.find('"', from) - from)});
  EXPECT_TRUE(log) << log.error().text();
  if (!log) return {};
  auto cursor = std::move(*(*log)->cursor(schemas::topic::kTruth, 0, 0));
  std::string out;
  for (;;) {
    const auto records = cursor->poll(100);
    if (!records || records->empty()) return out;
    for (const auto& r : *records) out += std::string(r.value) + '\n';
  }
}

class OutputsOfRuns : public ::testing::Test {
 protected:
  OutputsOfRuns()
      : scenario(std::move(*load_scenario(request(), kHome))),
        world(std::move(*build_world(scenario, false))),
        catalog(std::move(*catalog::Catalog::load(kHome / "schemas/contracts"))) {}
  static ScenarioRequest request() {
    ScenarioRequest r;
    r.name_or_path = "quickstart";
    return r;
  }
  RunOptions options(const std::string& name) const {
    RunOptions o;
    o.out = folder.path() / name;
    o.horizon_s = 150;
    o.shares_process = true;
    o.csv_interval_s = 60;
    o.replay_interval_s = 1;
    return *settle(scenario, std::move(o));
  }
  void do_run(const RunOptions& o) const {
    const auto r = run(scenario, world, catalog, o, {});
    ASSERT_TRUE(r) << r.error().text();
  }

  test::TemporaryFolder folder;
  Scenario scenario;
  World world;
  catalog::Catalog catalog;
};

TEST_F(OutputsOfRuns, TwoRunsWriteTheSameBytes) {
  do_run(options("a"));
  do_run(options("b"));
  const std::string truth = truth_bytes(folder.path() / "a");
  EXPECT_GT(truth.size(), 1000U);
  EXPECT_EQ(truth, truth_bytes(folder.path() / "b"));
  for (const char* name : {"trips.csv", "links.csv", "replay.cbr"}) {
    const std::string a = bytes_of(folder.path() / "a" / name);
    EXPECT_GT(a.size(), 1000U) << name;
    EXPECT_TRUE(a == bytes_of(folder.path() / "b" / name)) << name;
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "a" / (std::string(name) + ".part")));
  }
}

TEST_F(OutputsOfRuns, AnInterruptedRunWritesTheSameOnceItIsDone) {
  do_run(options("whole"));
  auto o = options("broken");
  std::atomic<bool> stop = false;
  RunHooks hooks;
  hooks.stop = &stop;
  hooks.progress = [&](const Progress& p) { stop = p.step >= 75; };
  ASSERT_FALSE(run(scenario, world, catalog, o, hooks));
  EXPECT_FALSE(std::filesystem::exists(o.out / "trips.csv"));
  o.resume = true;
  do_run(o);
  EXPECT_EQ(truth_bytes(o.out), truth_bytes(folder.path() / "whole"));
  for (const char* name : {"trips.csv", "links.csv", "replay.cbr"})
    EXPECT_TRUE(bytes_of(o.out / name) == bytes_of(folder.path() / "whole" / name)) << name;
}

TEST_F(OutputsOfRuns, RunsBesideEachOtherWriteTheSameTruth) {
  const auto with_seed = [&](const std::string& name, std::uint64_t seed) {
    auto o = options(name);
    o.seed = seed;
    return o;
  };
  do_run(with_seed("alone-1", 1));
  do_run(with_seed("alone-2", 2));
  std::vector<std::thread> threads;
  for (const std::uint64_t seed : {1U, 2U})
    threads.emplace_back([&, seed] { do_run(with_seed("beside-" + std::to_string(seed), seed)); });
  for (auto& t : threads) t.join();
  const auto bytes = [&](const char* name) { return truth_bytes(folder.path() / name); };
  EXPECT_EQ(bytes("beside-1"), bytes("alone-1"));
  EXPECT_EQ(bytes("beside-2"), bytes("alone-2"));
  EXPECT_NE(bytes("alone-1"), bytes("alone-2"));
}

/// compare's runs one after the other, and several at the same time, beside a run of its own.
TEST_F(OutputsOfRuns, CompareWritesTheSameTruthOnAnyNumberOfThreads) {
  const auto compared = [&](std::uint32_t threads) {
    CompareOptions o;
    o.modes = {"silo", "hub"};
    o.seeds = 2;
    o.horizon_s = 150;
    o.keep_logs = true;
    o.threads = threads;
    o.out = folder.path() / fmt::format("threads-{}", threads);
    const auto report = compare(scenario, world, catalog, o, {});
    EXPECT_TRUE(report) << report.error().text();
    return o.out;
  };
  const auto one = compared(1), four = compared(4);
  std::set<std::string> different;
  for (const char* mode : {"silo", "hub"}) {
    for (const std::uint64_t seed : {1U, 2U}) {
      auto alone = options(fmt::format("alone-{}-{}", mode, seed));
      alone.sharing = mode;
      alone.seed = seed;
      do_run(alone);
      const std::string truth = truth_bytes(alone.out);
      const auto cell = fmt::format("{}/seed-{}", mode, seed);
      EXPECT_TRUE(truth == truth_bytes(one / cell)) << cell << ", one thread";
      EXPECT_TRUE(truth == truth_bytes(four / cell)) << cell << ", four threads";
      different.insert(truth);
    }
  }
  EXPECT_EQ(different.size(), 4U) << "modes and seeds are seen in the truth";
}

TEST_F(OutputsOfRuns, CitiesBesideEachOtherWriteTheSameTruthFile) {
  const auto write = [&](const std::string& name) {
    CityBenchOptions o;
    o.source.preset = "quickstart";
    o.source.horizon_s = 130;
    o.navigation = 0.5;
    o.parking = 0.2;
    o.truth = folder.path() / name;
    const auto m = bench_city(o);
    EXPECT_TRUE(m) << m.error().text();
  };
  write("alone");
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&write, i] { write(fmt::format("beside-{}", i)); });
  for (auto& t : threads) t.join();
  const std::string alone = bytes_of(folder.path() / "alone");
  EXPECT_GT(alone.size(), 1000U);
  for (int i = 0; i < 4; ++i)
    EXPECT_TRUE(alone == bytes_of(folder.path() / fmt::format("beside-{}", i))) << i;
}

TEST_F(OutputsOfRuns, BenchWritesTheSameTruthTwice) {
  CityBenchOptions o;
  o.source.preset = "quickstart";
  o.source.horizon_s = 130;
  for (const char* name : {"a", "b"}) {
    o.truth = folder.path() / name;
    const auto m = bench_city(o);
    ASSERT_TRUE(m) << m.error().text();
    EXPECT_TRUE(m->gridlock.jams.empty());
  }
  const std::string a = bytes_of(folder.path() / "a");
  EXPECT_TRUE(a == bytes_of(folder.path() / "b"));
  const auto blocks = evaluator::read_truth_file(a);
  ASSERT_TRUE(blocks) << blocks.error().text();
  ASSERT_EQ(blocks->size(), 3U);
  EXPECT_EQ(blocks->back().steps.back().step, 130U);
}

}  // namespace
}  // namespace citybrain::experiment
