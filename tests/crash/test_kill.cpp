// kill -9 at seeded points of a run: resumed, it ends with the outcome, the commands and the
// records of a run that nobody killed.
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "tests/crash/counts.h"
#include "tests/crash/kill_driver.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::crash {
namespace {

EmbeddedTarget embedded(const char* horizon) {
  return {CITYBRAIN_PROGRAM, CITYBRAIN_SOURCE_DIR, horizon};
}

KillReport kill(EmbeddedTarget& target, std::uint64_t points) {
  const test::TemporaryFolder folder;
  KillOptions options;
  options.points = points;
  options.first = count_of("CITYBRAIN_POINT", 0);
  options.seed = count_of("CITYBRAIN_SEED", 1);
  options.jobs = std::max(1U, std::thread::hardware_concurrency());
  Progress progress("kill points", points, std::getenv("CITYBRAIN_POINTS") != nullptr);
  options.progress = [&](std::uint64_t n) { progress.done(n); };
  const auto began = std::chrono::steady_clock::now();
  const auto report = kill_and_resume(target, folder.path(), options);
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
  fmt::print("{}: {}; {:.2f} s a point\n", target.name(), report.summary(),
             passed.count() / static_cast<double>(points));
  for (const auto& failure : report.failures) ADD_FAILURE() << failure;
  return report;
}

TEST(Kill, ResumedRunsEndAsIfNothingHadHappened) {
  auto target = embedded("5m");
  const auto points = count_of("CITYBRAIN_POINTS", 20);
  const auto report = kill(target, points);
  EXPECT_EQ(report.points, points);
  if (points < 20) return;
  for (std::size_t i = 0; i < kKillPhases; ++i)
    EXPECT_GT(report.hits[i], 0U) << phase_name(static_cast<KillPhase>(i));
}

TEST(Kill, AlsoWhenEveryCommitIsSynced) {
  auto target = embedded("2m");
  target.more = {"--fsync", "every-commit"};
  kill(target, 6);
}

/// The check must be able to fail: another seed is another outcome.
TEST(Kill, AnotherRunIsToldApart) {
  const test::TemporaryFolder folder;
  auto target = embedded("1m");
  ASSERT_EQ(target.run(folder.path() / "one", false, "", 0).code, 0);
  auto other = embedded("1m");
  other.more = {"--seed", "99"};
  ASSERT_EQ(other.run(folder.path() / "two", false, "", 0).code, 0);
  const auto one = target.outcome(folder.path() / "one");
  const auto two = other.outcome(folder.path() / "two");
  EXPECT_NE(one.hash, two.hash);
  EXPECT_NE(one.records, two.records);
  EXPECT_NE(one.commands, two.commands);
  EXPECT_EQ(one, target.outcome(folder.path() / "one"));
}

/// A process that dies while it writes its first file, or while it removes an earlier run, leaves a
/// folder in which the next one can begin.
TEST(Kill, AFolderThatWasNeverBegunIsNotInTheWay) {
  const test::TemporaryFolder folder;
  const auto out = folder.path() / "out";
  std::filesystem::create_directory(out);
  std::ofstream(out / "run.json.part") << "{\"citybrain";
  auto target = embedded("1m");
  const auto begun = target.run(out, false, "", 0);
  EXPECT_EQ(begun.code, 0) << begun.said;

  std::ofstream(out / "run.json") << "{\"citybrain\": \"run\", \"identity\": \"being replaced\"}\n";
  std::filesystem::remove_all(out / "log/rocksdb");
  const auto resumed = target.run(out, true, "", 0);
  EXPECT_EQ(resumed.code, 2) << resumed.said;
  EXPECT_NE(resumed.said.find("CB-INPUT-STORE"), std::string::npos) << resumed.said;
  EXPECT_EQ(target.run(out, false, "", 0).code, 0);
}

TEST(Kill, AWrongFaultIsAUsageError) {
  const test::TemporaryFolder folder;
  auto target = embedded("1m");
  for (const char* wrong : {"append", "append:", "append:0", "append:x", "lunch:3", "count:"}) {
    const auto end = target.run(folder.path() / "out", false, wrong, 0);
    EXPECT_EQ(end.code, 2) << wrong;
    EXPECT_NE(end.said.find("CB-USAGE-FAULT"), std::string::npos) << end.said;
  }
}

}  // namespace
}  // namespace citybrain::crash
