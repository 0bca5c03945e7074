// Members of a group by leases on the log.
#include <gtest/gtest.h>

#include <thread>

#include "hub/network/members.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::network {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

class MembersTest : public ::testing::Test {
 protected:
  MembersTest() : log(open_embedded({folder.path() / "log", {}, "test"}).value()) {
    log->create({"control.hubs", 1}).value();
  }
  Members join(const std::string& name, milliseconds session = milliseconds(60'000)) {
    return Members::join(*log, {"control.hubs", name, session}).value();
  }
  test::TemporaryFolder folder;
  std::unique_ptr<Log> log;
};

TEST_F(MembersTest, AllSeeWhoJoinsAndLeaves) {
  auto b = join("b");
  auto a = join("a");
  EXPECT_EQ(b.live(), Names{"b"});
  const auto before = b.version();
  ASSERT_TRUE(b.tick());
  EXPECT_GT(b.version(), before);
  EXPECT_EQ(b.live(), (Names{"a", "b"}));
  EXPECT_EQ(a.live(), b.live());
  ASSERT_TRUE(a.leave());
  ASSERT_TRUE(b.tick());
  EXPECT_EQ(b.live(), Names{"b"});
  EXPECT_EQ(b.known(), (Names{"a", "b"}));
}

TEST_F(MembersTest, ASilentOneIsPutOutAndLearnsItWhenItComesBack) {
  auto a = join("a", milliseconds(200));
  auto b = join("b", milliseconds(200));
  while (a.live().size() < 2) ASSERT_TRUE(a.tick());
  while (a.live().size() == 2) {  // b says nothing
    ASSERT_TRUE(a.tick());
    std::this_thread::sleep_for(milliseconds(5));
  }
  EXPECT_EQ(a.live(), Names{"a"});
  const auto back = b.tick();
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, "CB-NETWORK-FENCED");
  EXPECT_NE(back.error().what.find("\"a\""), std::string::npos) << back.error().text();
  auto again = join("b", milliseconds(200));
  EXPECT_EQ(again.live(), (Names{"a", "b"}));
}

TEST_F(MembersTest, TheOlderOfTwoWithOneNameStops) {
  auto older = join("a");
  auto newer = join("a");
  const auto stopped = older.tick();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "CB-NETWORK-FENCED");
  EXPECT_NE(stopped.error().where.find("a"), std::string::npos);
  EXPECT_TRUE(newer.tick());
  EXPECT_EQ(newer.live(), Names{"a"});
}

TEST_F(MembersTest, OneThatSpeaksInTimeStays) {
  auto a = join("a", milliseconds(300));
  auto b = join("b", milliseconds(300));
  const auto end = std::chrono::steady_clock::now() + milliseconds(900);
  while (std::chrono::steady_clock::now() < end) {
    ASSERT_TRUE(a.tick());
    ASSERT_TRUE(b.tick());
    std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_EQ(a.live(), (Names{"a", "b"}));
}

}  // namespace
}  // namespace citybrain::network
