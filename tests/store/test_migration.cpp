// Stores of the previous format. tests/store/former_store is one that the program of that format
// wrote (quickstart, 75 s, one junction); what it holds is written again here in its own way too.
#include <gtest/gtest.h>

#include "hub/model/archive.h"
#include "hub/store/warehouse.h"
#include "tests/support/temporary_folder.h"

namespace citybrain::store {
namespace {

namespace fs = std::filesystem;
constexpr const char* kIdentity =
    "citybrain-run-2 scenario=one-pole config=fixture seed=1 sharing=hub horizon=75 policy=- "
    "perfect=0";

class MigrationTest : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::copy(fs::path(CITYBRAIN_SOURCE_DIR) / "tests/store/former_store", folder.path() / "store",
             fs::copy_options::recursive);
  }
  StoreOptions options() const { return {folder.path() / "store", kIdentity, false}; }
  test::TemporaryFolder folder;
};

TEST_F(MigrationTest, TheFormerFormatIsRefusedAndTheWayOutIsSaid) {
  const auto opened = Store::open(options());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, "CB-INPUT-STORE");
  EXPECT_NE(opened.error().mend.find("store migrate"), std::string::npos) << opened.error().text();
}

TEST_F(MigrationTest, EverythingIsThereAfterwards) {
  const auto rows = Store::migrate(options(), 1'000'000);
  ASSERT_TRUE(rows) << rows.error().text();
  EXPECT_GT(*rows, 0U);
  auto store = Store::open(options());
  ASSERT_TRUE(store) << store.error().text();
  const auto w = Warehouse::open(**store);
  ASSERT_TRUE(w) << w.error().text();
  EXPECT_EQ(w->city().start_ms, 1'000'000);
  EXPECT_EQ(w->last_step(), 75U);
  EXPECT_TRUE(w->verify()->problems.empty()) << w->verify()->problems.front();
  // Two minutes of 64 and 6 lanes in the format's own way: six samples, then two.
  for (const std::uint32_t lane : {0U, 63U, 64U, 69U})
    for (const auto& [t, step] :
         {std::pair{9U, 0U}, {10U, 10U}, {59U, 50U}, {60U, 60U}, {75U, 70U}}) {
      const auto found = w->lane_as_of(0, lane, t);
      ASSERT_TRUE(found) << found.error().text();
      ASSERT_EQ(found->has_value(), t >= 10) << lane << " at " << t;
      if (t < 10) continue;
      EXPECT_EQ((*found)->step, step);
      EXPECT_EQ((*found)->sample.queue_x100, step * 10 + lane);
    }
  EXPECT_FALSE(w->within(*Area::parse("near:120,30,1km")));  // not known, and said
  // Once more changes nothing.
  store->reset();
  EXPECT_EQ(*Store::migrate(options(), 5), 0U);
}

TEST_F(MigrationTest, AKillInBetweenLeavesItToBeDoneAgain) {
  // What a kill leaves: new rows beside the old ones, and still the former format's name.
  ASSERT_TRUE(Store::migrate(options(), 1'000'000));
  const auto whole = [&] {
    auto store = std::move(*Store::open(options()));
    std::vector<std::string> rows;
    for (std::size_t f = 0; f < kFamilies; ++f)
      store
          ->scan(static_cast<Family>(f), "",
                 [&](auto key, auto value) {
                   rows.push_back(std::string(key) + "=" + std::string(value));
                   return true;
                 })
          .value();
    return rows;
  };
  const auto expected = whole();
  fs::remove_all(folder.path() / "store");
  SetUp();
  auto other = options();
  other.identity = "another run";
  const auto refused = Store::migrate(other, 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CB-INPUT-STORE");
  ASSERT_TRUE(Store::migrate(options(), 1'000'000));
  EXPECT_TRUE(whole() == expected);
}

}  // namespace
}  // namespace citybrain::store
