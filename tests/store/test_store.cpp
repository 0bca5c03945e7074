#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hub/store/store.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::store {
namespace {

class StoreTest : public ::testing::Test {
 protected:
  void open(const std::string& identity = "test") {
    store.reset();
    store = std::move(*Store::open({folder.path(), identity, false}));
  }
  void SetUp() override { open(); }

  test::TemporaryFolder folder;
  std::unique_ptr<Store> store;
};

TEST_F(StoreTest, AStepIsWrittenWhole) {
  EXPECT_FALSE(store->last_step()->has_value());
  StepWrite w(7);
  w.put(Family::kBase, "a", "1");
  w.put(Family::kTheme, "a", "2");
  w.put(Family::kTheme, "gone", "3");
  w.erase(Family::kTheme, "gone");
  EXPECT_EQ(w.rows(), 4U);
  ASSERT_TRUE(store->commit(std::move(w)));
  open();
  EXPECT_EQ(store->last_step()->value(), 7U);
  EXPECT_EQ(store->get(Family::kBase, "a")->value(), "1");
  EXPECT_EQ(store->get(Family::kTheme, "a")->value(), "2");
  EXPECT_FALSE(store->get(Family::kTheme, "gone")->has_value());
}

TEST_F(StoreTest, AsOfMeansAsKnownAt) {
  for (const std::uint32_t known : {10U, 20U, 30U}) {
    StepWrite w(known);
    w.put(Family::kTheme, Key().text("lane").u32(5).u32(known).view(), std::to_string(known));
    ASSERT_TRUE(store->commit(std::move(w)));
  }
  const std::string lane = Key().text("lane").u32(5).take();
  EXPECT_FALSE(store->get_as_of(Family::kTheme, lane, 9)->has_value());
  EXPECT_EQ(store->get_as_of(Family::kTheme, lane, 10)->value(), "10");
  EXPECT_EQ(store->get_as_of(Family::kTheme, lane, 29)->value(), "20");
  EXPECT_EQ(store->get_as_of(Family::kTheme, lane, 1000)->value(), "30");
  EXPECT_FALSE(
      store->get_as_of(Family::kTheme, Key().text("lane").u32(6).view(), 1000)->has_value());
}

TEST_F(StoreTest, ScansAreInOrderAndStop) {
  StepWrite w(1);
  for (const std::uint32_t i : {3U, 1U, 2U, 256U})
    w.put(Family::kSpecial, Key().text("d").u32(i).view(), std::to_string(i));
  w.put(Family::kSpecial, Key().text("e").view(), "other");
  ASSERT_TRUE(store->commit(std::move(w)));
  std::vector<std::string> seen;
  ASSERT_TRUE(store->scan(Family::kSpecial, Key().text("d").view(),
                          [&](std::string_view, std::string_view v) {
                            seen.emplace_back(v);
                            return true;
                          }));
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "2", "3", "256"}));
}

TEST_F(StoreTest, SnapshotsAreWholeAndTheLastThreeAreKept) {
  for (const model::Step s : {60U, 120U, 180U, 240U})
    ASSERT_TRUE(store->put_snapshot({s, "state at " + std::to_string(s)}));
  EXPECT_EQ(store->snapshot_at_or_before(1000)->value().step, 240U);
  EXPECT_EQ(store->snapshot_at_or_before(239)->value().bytes, "state at 180");
  EXPECT_EQ(store->snapshot_at_or_before(120)->value().step, 120U);
  EXPECT_FALSE(store->snapshot_at_or_before(119)->has_value());
}

TEST_F(StoreTest, AnotherRunsStoreIsRefused) {
  store.reset();
  const auto other = Store::open({folder.path(), "another", false});
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code, "CB-INPUT-STORE");
}

TEST_F(StoreTest, APlaceThatCannotBeWrittenIsAnError) {
  const auto bad = Store::open({"/proc/nowhere", "test", false});
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, "CB-STORE-OPEN");
}

/// After a kill -9 the store opens at a whole Step: the rows of the last step are those of that
/// step in every family.
TEST(Store, KilledWritersLeaveWholeSteps) {
  const test::TemporaryFolder folder;
  for (int round = 0; round < 8; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      auto store = Store::open({folder.path(), "test", false});
      if (!store) _exit(1);
      for (model::Step s = 1;; ++s) {
        StepWrite w(s);
        for (const auto f : {Family::kBase, Family::kTheme, Family::kOutbox})
          w.put(f, "row", std::to_string(s));
        if (!(*store)->commit(std::move(w)) || write(ends[1], "x", 1) != 1) _exit(2);
      }
    }
    close(ends[1]);
    char c = 0;
    for (int i = 0; i < 20 * (round + 1); ++i) ASSERT_EQ(read(ends[0], &c, 1), 1);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    close(ends[0]);
    auto store = Store::open({folder.path(), "test", false});
    ASSERT_TRUE(store) << store.error().text();
    const auto step = (*store)->last_step()->value();
    EXPECT_GE(step, 20U * static_cast<unsigned>(round + 1));
    for (const auto f : {Family::kBase, Family::kTheme, Family::kOutbox})
      EXPECT_EQ((*store)->get(f, "row")->value(), std::to_string(step));
  }
}

}  // namespace
}  // namespace citybrain::store
