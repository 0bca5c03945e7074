// Snapshots in a shared folder: the newest whole one, never one of another run.
#include <gtest/gtest.h>

#include <fstream>

#include "hub/store/snapshot_folder.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::store {
namespace {

TEST(SnapshotFolder, GivesTheNewestWholeOneAndKeepsThree) {
  const test::TemporaryFolder folder;
  SnapshotFolder a(folder.path() / "s", "run", "a"), b(folder.path() / "s", "run", "b");
  EXPECT_FALSE(a.at_or_before("north", 1000)->has_value());
  for (model::Step s = 60; s <= 300; s += 60)
    ASSERT_TRUE(a.put("north", {s, "state at " + std::to_string(s)}));
  ASSERT_TRUE(b.put("north", {300, "state at 300"})) << "two may write the same";
  EXPECT_EQ(b.steps("north").value(), (std::vector<model::Step>{180, 240, 300}));
  EXPECT_EQ(b.at_or_before("north", 1000)->value().step, 300U);
  EXPECT_EQ(b.at_or_before("north", 299)->value().bytes, "state at 240");
  EXPECT_FALSE(b.at_or_before("north", 179)->has_value());
  EXPECT_FALSE(b.at_or_before("south", 1000)->has_value());
}

// Bug: a hub without --name goes by the path of its store, and could not write a snapshot.
TEST(SnapshotFolder, WritersHaveAnyNames) {
  const test::TemporaryFolder folder;
  SnapshotFolder mine(folder.path(), "run", "hub at /a/folder/" + std::string(300, 'x'));
  ASSERT_TRUE(mine.put("p", {60, "bytes"}));
  const auto found = mine.at_or_before("p", 60);
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->bytes, "bytes");
}

TEST(SnapshotFolder, PassesOverDamageAndRefusesAnotherRun) {
  const test::TemporaryFolder folder;
  SnapshotFolder mine(folder.path(), "run", "a");
  ASSERT_TRUE(mine.put("north", {60, std::string(1000, 'x')}));
  ASSERT_TRUE(mine.put("north", {120, std::string(1000, 'y')}));
  {
    std::fstream f(folder.path() / "north/0000000120.snapshot",
                   std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(500);
    f.put('z');
  }
  EXPECT_EQ(mine.at_or_before("north", 200)->value().step, 60U);
  const auto refused = SnapshotFolder(folder.path(), "other", "a").at_or_before("north", 200);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-INPUT-SNAPSHOT");
  EXPECT_NE(refused.error().what.find("\"run\""), std::string::npos);
  EXPECT_NE(refused.error().where.find("0000000060.snapshot"), std::string::npos);
}

}  // namespace
}  // namespace citybrain::store
