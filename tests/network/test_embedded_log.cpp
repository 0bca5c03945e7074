#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "tests/network/log_conformance.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::network {
namespace {

template <Fsync::Kind kind, std::size_t memtable>
struct Embedded {
  test::TemporaryFolder folder;
  std::unique_ptr<Log> open() {
    auto log = open_embedded({folder.path() / "log", {kind, 50}, "test", memtable});
    return log ? std::move(*log) : nullptr;
  }
};

using EveryCommit = Embedded<Fsync::Kind::kEveryCommit, 32U << 20>;
using Group = Embedded<Fsync::Kind::kGroup, 32U << 20>;
using TinyMemtable = Embedded<Fsync::Kind::kOs, 64U << 10>;
using Configurations = ::testing::Types<EveryCommit, Group, TinyMemtable>;
INSTANTIATE_TYPED_TEST_SUITE_P(EmbeddedLog, LogConformance, Configurations);

model::Result<std::unique_ptr<Log>> open_at(const std::filesystem::path& path,
                                            const std::string& identity = "test") {
  return open_embedded({path, {Fsync::Kind::kGroup, 100}, identity});
}

void append(Log& log, std::uint64_t sequence, std::string_view value) {
  const Record r{model::EventTime{static_cast<std::int64_t>(sequence)}, sequence, "k", value, {}};
  ASSERT_TRUE((*log.appender({"p"}))->append("t", 0, std::span(&r, 1)));
}

TEST(EmbeddedLog, AnotherScenariosLogIsRefused) {
  const test::TemporaryFolder folder;
  { ASSERT_TRUE(open_at(folder.path())); }
  const auto other = open_at(folder.path(), "another");
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "CB-INPUT-STORE");
}

TEST(EmbeddedLog, OneHolderAFolder) {
  const test::TemporaryFolder folder;
  const auto first = open_at(folder.path());
  ASSERT_TRUE(first);
  const auto second = open_at(folder.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "CB-NETWORK-OPEN");
}

TEST(EmbeddedLog, AFolderThatCannotBeMadeIsAnError) {
  const auto log = open_at("/proc/no-such-place/log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, "CB-NETWORK-OPEN");
}

/// Flips a byte in every file that holds records; what is returned afterwards must be true or an
/// error, never something else.
TEST(EmbeddedLog, AnAlteredByteIsNeverReturned) {
  const test::TemporaryFolder folder;
  {
    auto log = open_at(folder.path());
    ASSERT_TRUE((*log)->create({"t", 1}));
    for (std::uint64_t i = 1; i <= 200; ++i) append(**log, i, "value-" + std::to_string(i));
    ASSERT_TRUE((*log)->sync());
  }
  int altered = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path() / "rocksdb")) {
    if (entry.path().extension() != ".log" || entry.file_size() < 4000) continue;
    std::fstream file(entry.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(3000);
    const char c = static_cast<char>(file.get());
    file.seekp(3000);
    file.put(static_cast<char>(c ^ 0x20));
    ++altered;
  }
  ASSERT_EQ(altered, 1);
  auto log = open_at(folder.path());
  if (!log) {
    EXPECT_EQ(log.error().code, "CB-NETWORK-OPEN");
    return;  // found at open, as it must be: acknowledged records are gone
  }
  auto cursor = (*log)->cursor("t", 0, 0);
  for (std::uint64_t i = 1;; ++i) {
    const auto records = (*cursor)->poll(1);
    if (!records || records->empty()) break;
    EXPECT_EQ(records->front().value, "value-" + std::to_string(i));
  }
}

/// Kills a writer at twenty moments: every record that it said was acknowledged is there, and no
/// record is torn.
TEST(EmbeddedLog, KilledWritersLoseNothingAcknowledged) {
  const test::TemporaryFolder folder;
  std::uint64_t sequence = 0;
  for (int round = 0; round < 20; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto log = open_at(folder.path());
      if (!log || !(*log)->create({"t", 1})) _exit(1);
      auto appender = (*log)->appender({"p"});
      for (std::uint64_t s = sequence + 1;; ++s) {
        const std::string value = "value-" + std::to_string(s);
        const Record r{model::EventTime{static_cast<std::int64_t>(s)}, s, "k", value, {}};
        if (!(*appender)->append("t", 0, std::span(&r, 1))) _exit(2);
        if (s % 7 == 0) {
          if (!(*appender)->flush() || write(pipe_ends[1], &s, sizeof s) != sizeof s) _exit(3);
        }
      }
    }
    close(pipe_ends[1]);
    std::uint64_t acknowledged = 0, s = 0;
    for (int i = 0; i <= round && read(pipe_ends[0], &s, sizeof s) == sizeof s; ++i)
      acknowledged = s;
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << WEXITSTATUS(status);
    while (read(pipe_ends[0], &s, sizeof s) == sizeof s) acknowledged = s;
    close(pipe_ends[0]);
    auto log = open_at(folder.path());
    ASSERT_TRUE(log) << log.error().text();
    auto cursor = (*log)->cursor("t", 0, 0);
    std::uint64_t n = 0;
    for (;;) {
      const auto records = (*cursor)->poll(1000);
      ASSERT_TRUE(records);
      if (records->empty()) break;
      for (const auto& r : *records) ASSERT_EQ(r.value, "value-" + std::to_string(++n));
    }
    EXPECT_GE(n, acknowledged);
    sequence = n;
  }
  EXPECT_GT(sequence, 0U);
}

TEST(EmbeddedLog, ManyThreadsMayAppendAndRead) {
  const test::TemporaryFolder folder;
  auto log = open_at(folder.path());
  ASSERT_TRUE((*log)->create({"t", 2}));
  std::vector<std::thread> threads;
  for (std::uint32_t p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      auto appender = (*log)->appender({"producer-" + std::to_string(p)});
      for (std::uint64_t s = 1; s <= 500; ++s) {
        const Record r{model::EventTime{1}, s, "", "v", {}};
        ASSERT_TRUE((*appender)->append("t", p, std::span(&r, 1)));
      }
    });
    threads.emplace_back([&, p] {
      auto cursor = (*log)->cursor("t", p, 0);
      std::size_t n = 0;
      while (n < 500) {
        const auto records = (*cursor)->poll(64);
        ASSERT_TRUE(records);
        n += records->size();
      }
    });
  }
  for (auto& t : threads) t.join();
}

TEST(Fsync, PoliciesAreParsed) {
  EXPECT_EQ(Fsync::parse("every-commit")->kind, Fsync::Kind::kEveryCommit);
  EXPECT_EQ(Fsync::parse("group:250ms")->group_ms, 250U);
  EXPECT_EQ(Fsync::parse("os")->name(), "os");
  for (const char* bad : {"", "group", "group:ms", "group:0ms", "group:1s", "never"})
    EXPECT_FALSE(Fsync::parse(bad)) << bad;
}

}  // namespace
}  // namespace citybrain::network
