// Bugs that the simulated power cuts found, each pinned by the shortest history that shows it.
#include <gtest/gtest.h>

#include "hub/network/embedded_log.h"
#include "hub/store/opening.h"
#include "tests/crash/log_oracle.h"
#include "tests/crash/power_cut.h"
#include "tests/crash/power_file_system.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::crash {
namespace {

using network::Fsync;
using End = PowerFileSystem::End;

class PowerCutBug : public ::testing::Test {
 protected:
  void open(Fsync::Kind kind, std::size_t memtable = 1U << 20) {
    auto log = network::EmbeddedLog::open(
        {folder_.path() / "log", {kind, 3'600'000}, "bug", memtable}, env_);
    ASSERT_TRUE(log) << log.error().text();
    log_ = std::move(*log);
  }
  void append(std::uint32_t bytes = 50) {
    ASSERT_TRUE(oracle_.append(*log_, place_, "p", 1, bytes));
  }
  /// What was gathered goes to RocksDB, and not to the disk.
  void write() { ASSERT_TRUE(log_->position_at("t", 0, {INT64_MAX})); }
  void sync() {
    ASSERT_TRUE(log_->sync());
    oracle_.acknowledge();
  }
  void end(End how, std::uint64_t seed = 1) {
    files_->end_now(how);
    log_.reset();
    files_->restart(seed);
  }
  void check() {
    const auto wrong = oracle_.check(*log_, true);
    EXPECT_FALSE(wrong) << *wrong;
  }

  const test::TemporaryFolder folder_;
  const std::shared_ptr<PowerFileSystem> files_ = std::make_shared<PowerFileSystem>(
      folder_.path().string(), std::vector<std::string>{"log", "store"}, Honours::kEverything);
  PumpedEnv env_{files_};
  LogOracle oracle_{1};
  const LogPlace place_{"t", 0};
  std::unique_ptr<network::Log> log_;
};

/// RocksDB syncs what is in its folder, but not the folder's name.
TEST_F(PowerCutBug, TheFolderOfANewLogVanishedWithEverythingInIt) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    const std::string root = folder_.path().string();
    const auto files = std::make_shared<PowerFileSystem>(
        root, std::vector<std::string>{"log", "store"}, Honours::kEverything);
    PumpedEnv env(files);
    {
      auto store = store::StoreOpening{&env, 1U << 20}.open({folder_.path() / "store", "x", true});
      ASSERT_TRUE(store) << store.error().text();
      ASSERT_TRUE((*store)->commit(store::StepWrite(1)));
      files->end_now(End::kPowerCut);
    }
    files->restart(seed);
    auto store = store::StoreOpening{&env, 1U << 20}.open({folder_.path() / "store", "x", true});
    ASSERT_TRUE(store);
    EXPECT_EQ((*store)->last_step().value(), std::optional<model::Step>(1));
  }
}

/// They were read, built upon and acknowledged, but never synced by the process that found them.
TEST_F(PowerCutBug, BytesOfAKilledProcessWereLostUnderWhatCameBehindThem) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kGroup));
    ASSERT_TRUE(oracle_.create(*log_, {"t", 1}));
    append();
    sync();
    for (int i = 0; i < 20; ++i) append();
    write();
    end(End::kKilled);
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kGroup));
    check();
    append();
    sync();
    end(End::kPowerCut, seed);
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kGroup));
    check();
    log_.reset();
  }
}

/// Everything an append brought was there already; what a reader had written before it, unsynced,
/// was then said to be acknowledged, and missed after a power cut.
TEST_F(PowerCutBug, ARepeatedAppendAcknowledgedWhatWasNotSynced) {
  for (std::uint64_t seed = 1; seed <= 8; ++seed) {
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kEveryCommit));
    ASSERT_TRUE(oracle_.create(*log_, {"t", 1}));
    append();
    oracle_.acknowledge();
    ASSERT_TRUE(oracle_.create(*log_, {"new" + std::to_string(seed), 1}));
    ASSERT_TRUE(oracle_.truncate(*log_, place_, 0));  // drops nothing, writes what was gathered
    ASSERT_TRUE(oracle_.append(*log_, place_, "p", 0, 0));
    oracle_.acknowledge();
    end(End::kPowerCut, seed);
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kEveryCommit));
    check();
    log_.reset();
  }
}

/// RocksDB begins its next log without syncing the one before; the next one's records survived,
/// the end of the one before did not.
TEST_F(PowerCutBug, ANewerLogOfRocksDbSurvivedTheEndOfTheOlderOne) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kOs, 64U << 10));
    ASSERT_TRUE(oracle_.create(*log_, {"t", 1}));
    for (int i = 0; i < 4; ++i) {
      append(40'000);
      write();
    }
    end(End::kPowerCut, seed);
    ASSERT_NO_FATAL_FAILURE(open(Fsync::Kind::kOs, 64U << 10));
    check();
    log_.reset();
  }
}

/// A store appends several records to its MANIFEST before it syncs them, one a family; a power cut
/// left one of them altered and whole ones behind it, and the store was refused.
TEST(PowerCutHistory, AnAlteredRecordAmongTheLastOnesOfAStoresManifest) {
  for (const std::uint64_t history :
       {7443860642885569344U, 908695811766230952U, 2742314391397127296U}) {
    PowerCutOptions options;
    options.history = history;
    options.threads = 1;
    const auto report = cut_power(options);
    EXPECT_GT(report.cuts, 0U);
    for (const auto& failure : report.failures) ADD_FAILURE() << failure;
  }
}

}  // namespace
}  // namespace citybrain::crash
