// A disk that fills up: the run ends with an error that names the file system and says what to do;
// with space again, --resume ends with the outcome of a run that always had space. And an
// interruption at a seeded moment.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <thread>

#include "hub/runtime/random.h"
#include "tests/crash/counts.h"
#include "tests/crash/kill_driver.h"
#include "tests/support/small_disk.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::crash {
namespace {

EmbeddedTarget quickstart() { return {CITYBRAIN_PROGRAM, CITYBRAIN_SOURCE_DIR, "5m"}; }

TEST(FullDisk, TheErrorNamesItAndTheRunGoesOnWithSpaceAgain) {
  const test::SmallDisk disk;
  if (!disk.reason().empty()) GTEST_SKIP() << disk.reason();
  auto target = quickstart();
  const test::TemporaryFolder elsewhere;
  ASSERT_EQ(target.run(elsewhere.path() / "whole", false, "", 0).code, 0);
  const Outcome whole = target.outcome(elsewhere.path() / "whole");
  std::set<std::string> codes;
  // From so small that nothing can begin, to so large that only the reports do not fit.
  const runtime::Random random(count_of("CITYBRAIN_SEED", 1));
  for (std::uint64_t point = 0; point < 12; ++point) {
    const auto kib = 48 + 560 * point + random.bits(1, point) % 560;
    SCOPED_TRACE(fmt::format("{} KiB", kib));
    ASSERT_TRUE(disk.resize(kib));
    const auto out = disk.path() / "run";
    auto end = target.run(out, false, "", 0);
    if (end.code == 0) continue;  // it fits
    EXPECT_EQ(end.code, 1) << end.said;
    EXPECT_NE(end.said.find("No space left on device"), std::string::npos) << end.said;
    EXPECT_NE(end.said.find("the file system at " + disk.path().string() + " ("), std::string::npos)
        << end.said;
    EXPECT_NE(end.said.find("Free some space"), std::string::npos) << end.said;
    codes.insert(end.said.substr(end.said.rfind('['), 12));
    ASSERT_TRUE(disk.resize(200U << 10));
    end = target.run(out, target.can_resume(out), "", 0);
    ASSERT_EQ(end.code, 0) << end.said;
    EXPECT_EQ(target.outcome(out), whole);
    std::filesystem::remove_all(out);
  }
  EXPECT_GE(codes.size(), 2U) << "the log and the store both met it";
}

/// What a program says may not fit either.
TEST(FullDisk, AlsoWhenNothingCanBeSaid) {
  EXPECT_EQ(std::system((std::string("CITYBRAIN_ROOT=" CITYBRAIN_SOURCE_DIR " ") +
                         CITYBRAIN_PROGRAM + " --help >/dev/full 2>/dev/full")
                            .c_str()) &
                0x7F,
            0)
      << "it died of a signal";
  EXPECT_EQ(
      WEXITSTATUS(std::system((std::string("CITYBRAIN_ROOT=" CITYBRAIN_SOURCE_DIR " ") +
                               CITYBRAIN_PROGRAM + " run no-such-scenario >/dev/full 2>/dev/full")
                                  .c_str())),
      1);
}

TEST(Interrupted, AtSeededMomentsItEndsWith130AndGoesOn) {
  auto target = quickstart();
  const test::TemporaryFolder folder;
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(target.run(folder.path() / "whole", false, "", 0).code, 0);
  const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - began;
  const Outcome whole = target.outcome(folder.path() / "whole");
  const runtime::Random random(count_of("CITYBRAIN_SEED", 1));
  int interrupted = 0;
  for (std::uint64_t point = 0; point < 5; ++point) {
    const auto out = folder.path() / std::to_string(point);
    // Not before the program has begun: until then an interruption just ends it.
    const double after_s = wall.count() * (0.3 + 0.5 * random.uniform(1, point));
    const auto end = target.run(out, false, "", after_s, SIGINT);
    if (end.code == 0) continue;  // it was through
    ASSERT_TRUE(end.code == 130 || end.code == -SIGINT) << end.code << ": " << end.said;
    interrupted += end.code == 130;
    const auto resumed = target.run(out, target.can_resume(out), "", 0);
    ASSERT_EQ(resumed.code, 0) << resumed.said;
    EXPECT_EQ(target.outcome(out), whole);
  }
  EXPECT_GT(interrupted, 0);
}

}  // namespace
}  // namespace citybrain::crash
