// kill -9 at twenty seeded points of a run: resumed, it ends with the outcome of a run that nobody
// killed.
#include <gtest/gtest.h>

#include "hub/runtime/random.h"
#include "tests/cli/program.h"

namespace citybrain::test {
namespace {

std::vector<std::string> command(const std::string& out, bool resume) {
  std::vector<std::string> c = {"run",   "quickstart", "--horizon", "10m",
                                "--out", out,          "--json",    "--no-progress"};
  if (resume) c.emplace_back("--resume");
  return c;
}

/// Size of everything that the run has written: a clock of its progress that does not depend on the
/// machine's speed.
std::uintmax_t written(const std::filesystem::path& folder) {
  std::uintmax_t sum = 0;
  std::error_code ec;
  for (std::filesystem::recursive_directory_iterator it(folder, ec), end; !ec && it != end;
       it.increment(ec)) {
    std::error_code gone;  // RocksDB removes files while we look
    const auto size = std::filesystem::file_size(it->path(), gone);
    if (!gone) sum += size;
  }
  return sum;
}

/// True while the child runs; it stays to be waited for.
bool is_alive(pid_t child) {
  siginfo_t info{};
  return waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == 0;
}

TEST(Kill, ResumedRunsEndAsIfNothingHadHappened) {
  Program program;
  const auto whole = program.run(command("whole", false));
  ASSERT_EQ(whole.code, 0) << whole.err;
  const std::string expected = outcome_hash(whole.out);
  const std::uintmax_t size = written(program.folder() / "whole");
  const runtime::Random random(20);
  int killed = 0;
  for (std::uint64_t point = 0; point < 20; ++point) {
    const std::string out = "run" + std::to_string(point);
    const auto at =
        static_cast<std::uintmax_t>(static_cast<double>(size) * 0.95 * random.uniform(1, point));
    const pid_t child = program.start(command(out, false));
    while (written(program.folder() / out) < at && is_alive(child)) usleep(500);
    kill(child, SIGKILL);
    killed += program.wait(child).code == -SIGKILL;
    const bool began = std::filesystem::exists(program.folder() / out / "run.json");
    const auto resumed = program.run(command(out, began));
    ASSERT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_EQ(outcome_hash(resumed.out), expected) << "killed after " << at << " bytes";
    std::filesystem::remove_all(program.folder() / out);
  }
  EXPECT_GE(killed, 15);
}

}  // namespace
}  // namespace citybrain::test
